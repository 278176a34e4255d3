from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from engines.weights.tensor_file import read_header, read_tensors, write_tensors


@pytest.fixture
def tensors(rng):
    """A few tensors of several types, shapes and sizes."""
    return {
        "generator/conv.weight": rng.standard_normal((4, 3, 7, 7)).astype(np.float32),
        "generator/norm.num_batches_tracked": np.array(12, np.int64),
        "kp_detector/kp.bias": rng.standard_normal(5).astype(np.float16),
        "kp_detector/mask": np.array([True, False]),
        "kp_detector/nothing": np.zeros((0, 3), np.float64),
        "größe": np.arange(6, dtype=np.uint8).reshape(2, 3),
    }


def _file(path, header, data=b"", length=None):
    """Write a file with that header, a dict or its bytes."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes((len(text) if length is None else length).to_bytes(8, "little") + text + data)
    return path


def _entry(shape=(1,), begin=0, end=4, dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


def _same(found, expected):
    assert set(found) == set(expected)
    for key, tensor in expected.items():
        assert found[key].dtype == tensor.dtype
        np.testing.assert_array_equal(found[key], tensor)
        assert found[key].shape == tensor.shape


def test_what_is_written_is_read(tmp_path, tensors):
    path = tmp_path / "gewöhnliche dátei.safetensors"
    sha256 = write_tensors(path, tensors)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    _same(read_tensors(path), tensors)
    assert {key: entry.shape for key, entry in read_header(path).items()} == {
        key: tensor.shape for key, tensor in tensors.items()
    }


def test_some_can_be_read_alone_and_belong_to_the_caller(tmp_path, tensors):
    path = tmp_path / "file"
    write_tensors(path, tensors)
    found = read_tensors(path, ["größe"])
    _same(found, {"größe": tensors["größe"]})
    found["größe"][:] = 0
    _same(read_tensors(path, ["größe"]), {"größe": tensors["größe"]})
    with pytest.raises(ValueError, match="no tensor 'x'"):
        read_tensors(path, ["x"])


def test_the_same_tensors_give_the_same_bytes(tmp_path, tensors):
    first = write_tensors(tmp_path / "a", tensors)
    assert write_tensors(tmp_path / "b", dict(reversed(tensors.items()))) == first


def test_big_endian_and_strided_arrays_are_stored_as_what_they_mean(tmp_path):
    tensors = {
        "big": np.arange(3, dtype=">f4"),
        "strided": np.arange(12, dtype=np.int32).reshape(3, 4).T[::2],
    }
    write_tensors(tmp_path / "a", tensors)
    found = read_tensors(tmp_path / "a")
    assert found["big"].tolist() == [0, 1, 2]
    np.testing.assert_array_equal(found["strided"], tensors["strided"])


def test_the_published_library_reads_and_writes_the_same(tmp_path, tensors):
    library = pytest.importorskip("safetensors.numpy", reason="needs the extra 'neural'")
    write_tensors(tmp_path / "ours", tensors)
    _same(library.load_file(tmp_path / "ours"), tensors)
    library.save_file(tensors, tmp_path / "theirs", {"note": "x"})
    _same(read_tensors(tmp_path / "theirs"), tensors)


def test_bfloat16_is_widened(tmp_path):
    values = np.array([1.0, -2.5, 0.0], np.float32)
    halves = (values.view(np.uint32) >> 16).astype("<u2").tobytes()
    path = _file(tmp_path / "a", {"x": _entry((3,), 0, 6, "BF16")}, halves)
    found = read_tensors(path)["x"]
    assert found.dtype == np.float32
    assert found.tolist() == values.tolist()


def test_progress_ends_at_the_whole_and_may_break_off(tmp_path, tensors):
    told = []
    write_tensors(tmp_path / "a", tensors, lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] == (tmp_path / "a").stat().st_size
    with pytest.raises(InterruptedError):
        write_tensors(tmp_path / "b", tensors, lambda *_: (_ for _ in ()).throw(InterruptedError()))


@pytest.mark.parametrize(
    ("header", "data", "said"),
    [
        ({"x": _entry()}, b"123", "cut off"),
        ({"x": _entry()}, b"12345", "behind its last"),
        ({"x": _entry(), "y": _entry()}, b"1234", "overlap"),
        ({"x": _entry(begin=4, end=8)}, b"12345678", "gaps"),
        ({"x": _entry(dtype="F7")}, b"1234", "nothing sensible"),
        ({"x": _entry(shape=(2,))}, b"1234", "nothing sensible"),
        ({"x": _entry(shape=(-1,), end=-4)}, b"1234", "nothing sensible"),
        ({"x": _entry(shape=(1 << 60, 1 << 60), end=1 << 122)}, b"1234", "nothing sensible"),
        ({"x": _entry(shape=(1,) * 9)}, b"1234", "nothing sensible"),
        ({"x": _entry(shape=(True,))}, b"1234", "nothing sensible"),
        ({"x": _entry(shape=(1.0,))}, b"1234", "nothing sensible"),
        ({"x": [1]}, b"", "nothing sensible"),
        ({"x": {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]}}, b"1234", "nothing sensible"),
        ({"x": {"dtype": "F32", "shape": 3, "data_offsets": [0, 4]}}, b"1234", "nothing sensible"),
        (b'{"x": {}, "x": {}}', b"", "header cannot be read"),
        (b"[" * 100_000, b"", "header cannot be read"),
        (b"[]", b"", "header cannot be read"),
        (b"\xff\xfe", b"", "header cannot be read"),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path, header, data, said):
    path = _file(tmp_path / "file", header, data)
    with pytest.raises(ValueError, match=said):
        read_header(path)
    with pytest.raises(ValueError, match=said):
        read_tensors(path)


@pytest.mark.parametrize("content", [b"", b"123", bytes(1000), b"\xff" * 1000])
def test_what_has_no_header_is_refused(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="does not begin with a header"):
        read_header(path)


def test_a_header_longer_than_the_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match="cut off"):
        read_header(_file(tmp_path / "file", {"x": _entry()}, b"1234", length=5000))
