"""Models are stored whole, once, and leave nothing behind when they are refused."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from app.errors import GuiseError, UnknownNameError
from app.models import store as module
from app.models.errors import ModelError, ModelKnown, Stopped
from app.models.manifest import find_published, match
from app.models.store import ModelStore
from engines.errors import EngineError
from engines.fomm.shapes import expected_shapes
from engines.weights.tensor_file import write_tensors
from tests.engines.fomm.rules import small_config, state_by_rule
from tests.engines.weights import hostile

NETWORKS = ("generator", "kp_detector")


@pytest.fixture
def store(guise_home):
    """An empty store."""
    return ModelStore(guise_home / "models")


@pytest.fixture(scope="session")
def states():
    """The weights of a small model of no published configuration."""
    shapes = expected_shapes(small_config(), NETWORKS)
    return {network: state_by_rule(network, keys) for network, keys in shapes.items()}


def _flat(states):
    return {f"{network}/{key}": array for network, state in states.items() for key, array in state.items()}


@pytest.fixture
def file(tmp_path, states):
    """It, as a file that needs no PyTorch."""
    path = tmp_path / "mein ördner" / "Größe 無.safetensors"
    path.parent.mkdir()
    write_tensors(path, _flat(states))
    return path


def _hidden(store):
    return (
        [path.name for path in store.folder.iterdir() if path.name.startswith(".")]
        if store.folder.exists()
        else []
    )


def _nothing_stored(store):
    return not store.folder.exists() or list(store.folder.iterdir()) == []


def test_an_empty_store_creates_nothing(store, guise_home):
    assert store.list() == []
    with pytest.raises(UnknownNameError, match="There is no model 'x'"):
        store.find("x")
    assert not guise_home.exists()


def test_a_model_is_stored_with_what_is_known_of_it(store, file, states):
    told = []
    model = store.add(file, progress=lambda *each: told.append(each))
    assert (model.name, model.family, model.configuration) == ("Größe 無", "fomm", "fomm-custom")
    assert model.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert model.origin == file.name
    assert model.licence == ""
    assert model.networks == NETWORKS
    for network in NETWORKS:
        state = store.find("größe 無").state(network)
        assert set(state) == set(states[network])
        for key, array in states[network].items():
            np.testing.assert_array_equal(state[key], array)
    assert [step for n, (step, _, _) in enumerate(told) if not n or told[n - 1][0] != step] == [
        "Checking",
        "Reading",
        "Storing",
    ]
    assert told[-1][1] == told[-1][2]
    assert _hidden(store) == []


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pytorch_file_is_stored_the_same(store, file, states, tmp_path, zipped):
    torch = pytest.importorskip("torch", reason="needs the extra 'neural'")
    path = tmp_path / "vox-adv-cpk.pth.tar"
    networks = {
        network: {key: torch.from_numpy(np.asarray(array)) for key, array in state.items()}
        for network, state in states.items()
    }
    torch.save(networks | {"epoch": 7, "optimizer": {}}, path, _use_new_zipfile_serialization=zipped)
    model = store.add(path)
    assert model.name == "vox-adv-cpk"
    np.testing.assert_array_equal(
        model.state("generator")["final.weight"], states["generator"]["final.weight"]
    )
    with pytest.raises(ModelKnown, match="stored already, as 'vox-adv-cpk'"):
        store.add(file)  # other bytes, the same weights
    assert store.list() == [model]


def test_the_same_file_is_kept_once_whatever_it_is_called(store, file, tmp_path):
    first = store.add(file)
    copy = shutil.copy(file, tmp_path / "another.bin")
    for path in (file, Path(copy)):
        with pytest.raises(ModelKnown) as caught:
            store.add(path, "Other")
        assert caught.value.model == first
        assert str(caught.value) == "This model is stored already, as 'Größe 無'. Nothing was added."
    assert store.list() == [first]
    assert _hidden(store) == []


def test_names_are_kept_apart_and_found_by_their_beginning(store, file, states, tmp_path):
    first = store.add(file, "Vox")
    changed = _flat(states)
    changed["generator/final.bias"] = changed["generator/final.bias"] + 1
    write_tensors(tmp_path / "b.safetensors", changed)
    second = store.add(tmp_path / "b.safetensors", "  vox ")
    assert (first.name, second.name) == ("Vox", "vox 2")
    assert store.find("VOX") == first
    assert store.find("vox 2") == second
    assert store.find(second.id.upper()) == second
    with pytest.raises(UnknownNameError, match=r"There is no model 'vo'\. .*Available: Vox, vox 2"):
        store.find("vo")
    store.remove("Vox")
    assert store.find("vo") == second
    with pytest.raises(UnknownNameError):
        store.find("")


def test_networks_nobody_needs_are_left_out_and_discriminators_kept(store, states, tmp_path):
    extra = {
        "discriminator/discs.1.conv.bias": np.zeros(1, np.float32),
        "smile_net/a": np.zeros(3, np.float32),
    }
    path = tmp_path / "a.safetensors"
    write_tensors(path, _flat(states) | extra)
    assert store.add(path).networks == ("discriminator", *NETWORKS)


def test_published_files_are_known_by_checksum_or_by_name_and_content():
    vox = find_published("vox")
    assert match("VOX-cpk.pth.tar", "vox-256", {"md5": "0"}) == vox
    assert match("vox-cpk.pth.tar", "fomm-custom", {}) is None
    assert match("x", "y", {"md5": "8a45a24037871c045fbb8a6a8aa95ebc"}).name == "vox-adv"


def _wrong(states, change):
    flat = dict(_flat(states))
    change(flat)
    return flat


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda flat: flat.update({"generator/final.weight": np.zeros((3, 5, 7, 7), np.float32)}),
            "looks like a First Order Motion Model, but 'generator/final.weight' has the shape",
        ),
        (lambda flat: flat.pop("kp_detector/kp.bias"), "'kp_detector/kp.bias' is missing"),
        (
            lambda flat: flat.update({"generator/x": np.zeros(1, np.float32)}),
            "'generator/x' is unknown",
        ),
        (
            lambda flat: [flat.pop(key) for key in list(flat) if key.startswith("kp_detector/")],
            "is no First Order Motion Model or Talking Head Anime: it holds generator.",
        ),
    ],
)
def test_wrong_shapes_are_one_sentence_and_leave_nothing(store, states, tmp_path, change, said):
    path = tmp_path / "wrong.safetensors"
    write_tensors(path, _wrong(states, change))
    with pytest.raises(ModelError) as caught:
        store.add(path)
    assert f"'{path.name}'" in caught.value.message
    assert said in caught.value.message
    assert _nothing_stored(store)


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(hostile.png()),
        lambda path: path.write_bytes(b"\x80\x02cposix\nsystem\n."),
        lambda path: hostile.sparse(path, 2_100_000_000),
        lambda path: hostile.archive(path, hostile.network(hostile.tensor(1 << 40, (1 << 40,), (1,)))),
        lambda path: path.mkdir(),
        lambda path: None,
    ],
)
def test_hostile_files_leave_nothing(store, tmp_path, make):
    path = tmp_path / "a b ü.pth"
    make(path)
    with pytest.raises((GuiseError, EngineError)) as caught:
        store.add(path)
    assert "\n" not in str(caught.value)
    assert _nothing_stored(store)


def test_nan_weights_leave_nothing(store, states, tmp_path):
    flat = _wrong(states, lambda flat: flat.update({"generator/final.bias": np.full(3, np.nan, np.float32)}))
    write_tensors(tmp_path / "nan.safetensors", flat)
    with pytest.raises(EngineError, match=r"'generator/final.bias' holds values that are not numbers"):
        store.add(tmp_path / "nan.safetensors")
    assert _nothing_stored(store)


@pytest.mark.parametrize("step", ["Checking", "Reading", "Storing"])
@pytest.mark.parametrize("how", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_leaves_nothing(store, file, step, how):
    def interrupt(now, _done, _total):
        if now == step:
            raise how

    with pytest.raises(how):
        store.add(file, progress=interrupt)
    assert _nothing_stored(store)
    assert store.add(file).name == "Größe 無"


def test_cancelling_leaves_nothing(store, file):
    steps = []
    with pytest.raises(Stopped, match="Nothing was stored"):
        store.add(file, None, lambda step, *_: steps.append(step), lambda: "Reading" in steps)
    assert _nothing_stored(store)


def test_a_disk_without_room_is_said_and_nothing_left(store, file, monkeypatch):
    usage = namedtuple("usage", "free")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage(1000))
        with pytest.raises(ModelError, match="to store the model, and the disk has 0 MB left"):
            store.add(file)
    assert _nothing_stored(store)

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("engines.weights.tensor_file.os.fsync", full)
    with pytest.raises(ModelError, match="The disk is full: Guise could not store the model"):
        store.add(file)
    assert _nothing_stored(store)


def test_a_folder_that_may_not_be_written_to_is_said(file, tmp_path, monkeypatch):
    store = ModelStore(tmp_path / "locked" / "models")

    def locked(*_args, **_options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(module, "save_model", locked)
    with pytest.raises(ModelError, match="may not write to its folder"):
        store.add(file)


def test_what_a_killed_process_left_goes_with_the_next_model(store, file):
    old, fresh, gone = (store.folder / name for name in (".new-1-aa", ".new-2-bb", ".gone-x-cc"))
    for folder in (old, fresh, gone):
        folder.mkdir(parents=True)
        (folder / "weights.safetensors").write_bytes(b"half")
    long_ago = time.time() - 3600
    for folder in (old, gone):
        os.utime(folder / "weights.safetensors", (long_ago, long_ago))
        os.utime(folder, (long_ago, long_ago))
    store.add(file)
    assert _hidden(store) == [".new-2-bb"]


def test_a_damaged_model_is_left_out_and_can_be_removed(store, file, caplog):
    model = store.add(file)
    (model.folder / "model.json").write_text("{")
    assert store.list() == store.list() == []
    assert len([record for record in caplog.records if "cannot be used" in record.message]) == 1
    with pytest.raises(ModelError, match="A damaged model is where this one would be stored"):
        store.add(file)
    assert store.remove(model.id) == model.id
    assert _nothing_stored(store)


def test_removing_frees_everything(store, file):
    model = store.add(file)
    with pytest.raises(UnknownNameError, match="Did you mean 'Größe 無'"):
        store.remove("Größe")
    assert store.remove("größe 無") == model.id
    assert _nothing_stored(store)
    for name in (model.id, "..", ".", "", ".downloads"):
        with pytest.raises(UnknownNameError):
            store.remove(name)


def test_verifying_tells_how_far_it_is_and_finds_damage(store, file):
    model, told = store.add(file), []
    assert store.verify(model.id, lambda *each: told.append(each)) == model
    assert told[-1] == ("Verifying", model.size, model.size)
    with pytest.raises(Stopped):
        store.verify(model.id, cancelled=lambda: True)
    data = bytearray(model.weights.read_bytes())
    data[len(data) // 2] ^= 1
    model.weights.write_bytes(data)
    with pytest.raises(EngineError, match="they are not what was stored"):
        store.verify(model.id)


def test_a_folder_that_cannot_be_read_is_said(tmp_path):
    (tmp_path / "models").write_text("a file")
    with pytest.raises(ModelError, match="could not read the models"):
        ModelStore(tmp_path / "models").list()
