from __future__ import annotations

import collections
import os
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from engines.weights.checkpoint import open_checkpoint, read_checkpoint
from engines.weights.errors import CheckpointError
from engines.weights.tensor_file import write_tensors
from tests.conftest import REPOSITORY
from tests.engines.weights import hostile
from tests.engines.weights.hostile import archive, network, row, sparse, storage, tensor, text

FLOATS = np.arange(12, dtype=np.float32)
SHAPES = {
    "generator": {"conv.weight": (4, 3, 3, 3), "norm.num_batches_tracked": (), "half": (2,)},
    "kp_detector": {"kp.bias": (5,), "bf": (3,), "shared": (4,)},
}


@pytest.fixture
def torch():
    """PyTorch, where it is installed."""
    return pytest.importorskip("torch", reason="needs the extra 'neural'")


@pytest.fixture
def trained(torch):
    """What a training run saves: networks, optimisers, a counter."""
    torch.manual_seed(1)
    weight = torch.nn.Parameter(torch.randn(4, 3, 3, 3))
    generator = collections.OrderedDict(
        {
            "conv.weight": weight.detach(),
            "norm.num_batches_tracked": torch.tensor(7),
            "half": torch.ones(2).half(),
        }
    )
    generator._metadata = collections.OrderedDict({"": {"version": 1}})
    optimiser = torch.optim.Adam([weight])
    (weight.sum() * 2).backward()
    optimiser.step()
    many = torch.arange(8.0)
    detector = {
        "kp.bias": torch.nn.Parameter(torch.zeros(5)),
        "bf": torch.ones(3).bfloat16(),
        "shared": many[2:6],
    }
    return {
        "generator": generator,
        "kp_detector": detector,
        "optimizer_generator": optimiser.state_dict(),
        "epoch": 99,
    }


@pytest.fixture(params=[True, False], ids=["archive", "row"])
def saved(request, torch, trained, tmp_path):
    """It, in a file of either kind."""
    path = tmp_path / "mein mödel" / "vox 無.pth.tar"
    path.parent.mkdir()
    torch.save(trained, path, _use_new_zipfile_serialization=request.param)
    return path


def _refusal(path):
    with pytest.raises(CheckpointError) as caught:
        read_checkpoint(path)
    said = str(caught.value)
    assert "\n" not in said
    assert said.endswith((".", ".)"))
    return said


def test_a_training_checkpoint_gives_its_networks_and_nothing_else(saved, trained):
    checkpoint = open_checkpoint(saved)
    assert checkpoint.shapes == SHAPES
    states = checkpoint.load()
    assert set(states) == {"generator", "kp_detector"}
    np.testing.assert_array_equal(
        states["generator"]["conv.weight"], trained["generator"]["conv.weight"].numpy()
    )
    assert states["generator"]["norm.num_batches_tracked"] == 7
    assert states["generator"]["norm.num_batches_tracked"].dtype == np.int64
    assert states["generator"]["half"].dtype == states["kp_detector"]["bf"].dtype == np.float32
    assert states["kp_detector"]["shared"].tolist() == [2, 3, 4, 5]
    assert set(checkpoint.load(["kp_detector"])) == {"kp_detector"}


def test_a_single_networks_file_has_no_name_for_it(torch, tmp_path):
    path = tmp_path / "combiner.pt"
    torch.save(torch.nn.Conv2d(2, 3, 1).state_dict(), path)
    assert open_checkpoint(path).shapes == {"": {"weight": (3, 2, 1, 1), "bias": (3,)}}
    assert set(read_checkpoint(path)[""]) == {"weight", "bias"}


def test_safetensors_are_read_without_pytorch(tmp_path):
    path = tmp_path / "model.safetensors"
    write_tensors(path, {"generator/a": FLOATS, "bare": FLOATS.astype(np.float64)})
    code = (
        "import sys; sys.modules['torch'] = sys.modules['safetensors'] = None\n"
        "from pathlib import Path\n"
        "from engines.weights.checkpoint import read_checkpoint\n"
        f"states = read_checkpoint(Path({str(path)!r}))\n"
        "print({network: {key: (each.dtype.name, each.tolist()[-1]) for key, each in state.items()}"
        " for network, state in states.items()})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "{'': {'bare': ('float32', 11.0)}, 'generator': {'a': ('float32', 11.0)}}"


def test_without_pytorch_the_extra_is_named_but_what_is_inside_is_known(tmp_path, monkeypatch):
    description = network(tensor(12, (3, 4), (4, 1), legacy=True))
    path = row(tmp_path / "vox.pth", description, numbers=storage(FLOATS))
    monkeypatch.setitem(sys.modules, "torch", None)
    checkpoint = open_checkpoint(path)
    assert checkpoint.shapes == {"generator": {"a": (3, 4)}}
    with pytest.raises(CheckpointError, match=r"'vox.pth' needs PyTorch.+--extra neural guise"):
        checkpoint.load()


def test_archives_are_read_without_pytorch_as_it_reads_them(torch, tmp_path, monkeypatch):
    rows = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    kept = {
        "turned": rows.T,
        "part": rows[1:, 1:3],
        "half": rows.half(),
        "brain": rows.bfloat16() / 3,
        "double": rows.double(),
        "count": torch.tensor(7),
        "small": torch.tensor([-1, 1], dtype=torch.int8),
        "flags": torch.tensor([True, False]),
        "none": torch.zeros(0, 3),
    }
    torch.save(kept, tmp_path / "a.pt")
    monkeypatch.setitem(sys.modules, "torch", None)
    found = read_checkpoint(tmp_path / "a.pt")[""]
    assert found.keys() == kept.keys()
    for key, array in found.items():
        floating = kept[key].dtype.is_floating_point
        expected = kept[key].float().numpy() if floating else kept[key].numpy()
        assert (array.dtype, array.shape) == (expected.dtype, expected.shape), key
        assert (array == expected).all(), key
    found["part"][:] = 0
    assert found["turned"].any(), "each has numbers of its own"


def test_the_hand_made_files_of_these_tests_are_read_where_they_tell_the_truth(torch, tmp_path):
    path = archive(tmp_path / "a", network(tensor(12, (3, 4), (4, 1))), {"0": FLOATS.tobytes()})
    assert read_checkpoint(path)["generator"]["a"].tolist() == FLOATS.reshape(3, 4).tolist()
    description = network(tensor(12, (3, 4), (4, 1), legacy=True))
    path = row(tmp_path / "b", description, numbers=storage(FLOATS))
    assert read_checkpoint(path)["generator"]["a"].tolist() == FLOATS.reshape(3, 4).tolist()


@pytest.mark.parametrize("kind", ["archive", "row", "bare 2", "bare 4", "in a network", "named only"])
def test_code_is_named_and_never_run(tmp_path, kind):
    trace, path = tmp_path / "trace", tmp_path / "evil.pth"
    evil = hostile.RunsCode(trace)
    if kind == "archive":
        archive(path, pickle.dumps(evil, 2))
    elif kind == "row":
        row(path, pickle.dumps({"generator": evil}, 2), ())
    elif kind == "in a network":
        archive(path, network(b"cposix\nsystem\n(" + text(f"mkdir {trace}") + b"tR"))
    elif kind == "named only":
        archive(path, b"\x80\x02cbuiltins\neval\n.")
    else:
        path.write_bytes(pickle.dumps(evil, int(kind[-1])))
    said = _refusal(path)
    assert "would run a program when opened (" in said
    assert any(name in said for name in ("mkdir", "posix.system", "builtins.eval"))
    assert "official page" in said
    assert not trace.exists()


@pytest.mark.parametrize(
    "call",
    [
        b"cbuiltins\nbytearray\n(" + hostile.number(1 << 40) + b"tR",
        b"ctorch\nFloatStorage\n(" + hostile.number(1 << 40) + b"tR",
        b"ctorch._utils\n_rebuild_meta_tensor_no_storage\n(tR",
        b"ctorch\nTensor\n)R",
    ],
)
def test_what_pytorch_would_call_but_weights_do_not_need_is_refused(tmp_path, call):
    assert "would run a program" in _refusal(archive(tmp_path / "a.pth", network(call)))


BIG = 1 << 45
LIES = {
    "a storage larger than the file": network(tensor(BIG, (BIG,), (1,))),
    "a tensor larger than its storage": network(tensor(12, (13,), (1,))),
    "a tensor that repeats one number": network(tensor(12, (1 << 20, 1 << 20), (0, 0))),
    "a tensor behind its storage": network(tensor(12, (4,), (1,), offset=9)),
    "strides beyond its storage": network(tensor(12, (3, 4), (5, 1))),
    "negative sizes": network(tensor(12, (-3, -4), (4, 1))),
    "too many axes": network(tensor(12, (1,) * 9, (1,) * 9)),
    "fewer strides than axes": network(tensor(12, (3, 4), (1,))),
    "an unknown storage": network(tensor(12, (12,), (1,), key="1")),
    "two sizes for one storage": network(tensor(12, (12,), (1,)), tensor(6, (6,), (1,))),
    "an endless number": b"\x80\x02\x8a\xff" + b"\x7f" * 255 + b".",
    "a tuple as a name": b"\x80\x02}()" + b"K\x01u.",
    "an odd number of items": b"\x80\x02}(K\x01u.",
    "nothing": b"",
    "no end": network(tensor(12, (12,), (1,)))[:-1],
    "no value": b"\x80\x02.",
    "a list": b"\x80\x02].",
    "an unknown instruction": b"\x80\x02\x82\x01.",
    "a forged memory position": b"\x80\x02h\x07.",
    "a text longer than the file": b"\x80\x02X\xff\xff\xff\xff.",
    "attributes of a list": b"\x80\x02]}b.",
    "a mark that is not there": b"\x80\x02K\x01t.",
    "a storage by number": b"\x80\x02K\x07Q.",
    "a parameter without a tensor": b"\x80\x02ctorch._utils\n_rebuild_parameter\n(K\x01\x88}tR.",
    "a call with too many values": b"\x80\x02ccollections\nOrderedDict\n(K\x01tR.",
    "a call of a value": b"\x80\x02K\x01)R.",
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("kind", ["archive", "row"])
def test_a_description_that_lies_is_one_sentence(tmp_path, lie, kind):
    path = tmp_path / "liar.pth"
    if kind == "archive":
        archive(path, LIES[lie], {"0": FLOATS.tobytes()})
    else:
        row(path, LIES[lie], numbers=storage(FLOATS))
    assert "'liar.pth' cannot be used: " in _refusal(path)


def test_many_views_of_one_storage_are_counted(tmp_path):
    count = 1 << 20
    views = [tensor(count, (count,), (1,)) for _ in range(400)]
    items = b"".join(text(str(n)) + each for n, each in enumerate(views))
    description = b"\x80\x02}(" + text("generator") + b"}(" + items + b"uu."
    path = archive(tmp_path / "views.pth", description, {"0": bytes(4 * count)})
    assert "more memory than any model" in _refusal(path)


def test_zeros_packed_small_are_refused(tmp_path):
    zeros = bytes(20_000_000)
    description = network(tensor(5_000_000, (5_000_000,), (1,)))
    path = archive(tmp_path / "bomb.pth", description, {"0": zeros}, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 100_000
    assert "packed in a way PyTorch does not write" in _refusal(path)


def test_an_archive_whose_records_share_their_bytes_is_refused(tmp_path):
    path = archive(tmp_path / "a.pth", network(tensor(1200, (1200,), (1,))), {"0": bytes(4800)})
    with zipfile.ZipFile(path, "a") as file:
        for n in range(1, 50):
            file.writestr(f"archive/data/{n}", b"")
            last, first = file.infolist()[-1], file.getinfo("archive/data/0")
            last.header_offset, last.CRC = first.header_offset, first.CRC
            last.file_size = last.compress_size = 4800
    assert "more than it does" in _refusal(path)


def test_a_directory_larger_than_memory_is_not_read(tmp_path):
    path = tmp_path / "a.pth"
    directory = 1 << 30
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(directory + 100)
        file.seek(0, os.SEEK_END)
        file.write(b"PK\x05\x06" + bytes(8) + directory.to_bytes(4, "little") + bytes(6))
    assert "directory is too large" in _refusal(path)


def test_a_changed_bit_in_an_archive_is_found(torch, trained, tmp_path):
    path = tmp_path / "a.pth"
    torch.save(trained, path)
    data = bytearray(path.read_bytes())
    position = data.index(trained["generator"]["conv.weight"].numpy().tobytes())
    data[position + 1] ^= 1
    path.write_bytes(data)
    assert "checksums do not fit" in _refusal(path)


@pytest.mark.parametrize("flag", [5, 6])
def test_a_record_in_a_form_the_library_cannot_read_is_one_sentence(torch, tmp_path, flag):
    path = archive(tmp_path / "a.pth", network(tensor(12, (12,), (1,))), {"0": FLOATS.tobytes()})
    data = bytearray(path.read_bytes())
    first = data.index(b"PK\x01\x02")
    data[data.index(b"PK\x01\x02", first + 4) + 8] |= 1 << flag  # the directory's entry for data/0
    path.write_bytes(data)
    assert "cannot be used" in _refusal(path)


def test_a_directory_that_points_nowhere_is_no_reading_error(tmp_path):
    path = archive(tmp_path / "a.pth", network(tensor(12, (12,), (1,))), {"0": FLOATS.tobytes()})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x05\x06") + 12 : data.index(b"PK\x05\x06") + 14] = b"\xff\xff"
    path.write_bytes(data)
    assert "cannot be used" in _refusal(path)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
def test_a_file_that_is_cut_off_says_so(saved, share):
    data = saved.read_bytes()
    saved.write_bytes(data[: int(len(data) * share)])
    said = _refusal(saved)
    assert "'vox 無.pth.tar' cannot be used: " in said
    assert "Download it again" in said


def test_values_that_are_no_numbers_are_refused(torch, trained, tmp_path):
    trained["generator"]["conv.weight"][1, 2, 0, 0] = float("nan")
    path = tmp_path / "a.pth"
    torch.save(trained, path)
    assert "'generator/conv.weight' holds values that are not numbers" in _refusal(path)
    write_tensors(tmp_path / "a.safetensors", {"generator/a": np.array([1e300])})
    assert "'generator/a' holds values that are not numbers" in _refusal(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "'a.pth' is empty. Download it again"),
        (hostile.png(), "'a.pth' is a picture, not a model. Pictures are added with `guise avatars add`."),
        (b"\n<!DOCTYPE html><html>", "is a web page, not a model"),
        (b"hello", "is no model Guise can read"),
        (bytes(5000), "is no model Guise can read"),
        (b"\x80", "cannot be used"),
        (hostile.MAGIC, "cannot be used"),
        (pickle.dumps({"generator": {"a": [1.0]}}, 2), "was not written by PyTorch"),
        (pickle.dumps({"generator": {"a": 1}}, 4), "was not written by PyTorch"),
        (hostile.zip_of(readme=b"x"), "is an archive without a PyTorch checkpoint"),
        (hostile.zip_of(**{"m/data.pkl": b"", "m/constants.pkl": b""}), "is a program (TorchScript)"),
        (hostile.zip_of(**{"m/data.pkl": b"", "n/data.pkl": b""}), "is an archive without"),
        (hostile.zip_of(**{"m/data.pkl": b"\x80\x02}."}), "holds no networks"),
        (hostile.zip_of(**{"m/data.pkl": b"\x80\x02" + bytes(5 << 20)}), "larger than any model's"),
        (b"PK\x03\x04" + bytes(100), "cannot be used"),
    ],
)
def test_what_is_no_model_is_one_sentence(tmp_path, content, said):
    path = tmp_path / "a.pth"
    path.write_bytes(content)
    assert said in _refusal(path)


def test_a_safetensors_file_that_is_none_is_one_sentence(tmp_path):
    assert "cannot be used: it does not begin with a header" in _refusal(
        sparse(tmp_path / "a.safetensors", 900)
    )


@pytest.mark.parametrize("name", ["zeros.pth", "zeros.safetensors"])
def test_two_gigabytes_of_zeros_are_not_read(tmp_path, name):
    assert "has 2.1 GB, and no model" in _refusal(sparse(tmp_path / name, 2_100_000_000))


def test_folders_and_missing_files_are_said(tmp_path):
    assert _refusal(tmp_path).endswith("is a folder. Give the file inside it.")
    assert "There is no file 'nowhere.pth'" in _refusal(tmp_path / "nowhere.pth")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "is no ordinary file" in _refusal(tmp_path / "pipe")


def test_a_file_that_may_not_be_read_is_said(tmp_path, monkeypatch):
    path = tmp_path / "a.pth"
    path.write_bytes(b"x")

    def locked(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", locked)
    assert "'a.pth' cannot be read: permission denied. Check that you may read it." in _refusal(path)
