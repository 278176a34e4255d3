from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from engines.weights.errors import ModelDamagedError
from engines.weights.model import CARD, WEIGHTS, load_model, save_model


@pytest.fixture
def networks(rng):
    """Two tiny networks."""
    return {
        "generator": {
            "conv.weight": rng.standard_normal((4, 3, 3, 3)).astype(np.float32),
            "norm.num_batches_tracked": np.array(7, np.int64),
        },
        "kp_detector": {"kp.bias": rng.standard_normal(5).astype(np.float16)},
    }


@pytest.fixture
def model(tmp_path, networks):
    """They, stored."""
    return save_model(
        tmp_path / "ein öder ordner" / "models",
        networks,
        name="  Mein\nModéll ",
        family="fomm",
        configuration="vox-256",
        licence="MIT",
        origin="vox.pth.tar",
    )


def test_a_model_comes_back_as_it_was_stored(model, networks):
    loaded = load_model(model.folder)
    assert loaded == model
    assert (loaded.name, loaded.family, loaded.configuration) == ("Mein Modéll", "fomm", "vox-256")
    assert (loaded.licence, loaded.origin) == ("MIT", "vox.pth.tar")
    assert loaded.added.endswith("+00:00")
    assert loaded.networks == ("generator", "kp_detector")
    assert loaded.shapes()["generator"] == {"conv.weight": (4, 3, 3, 3), "norm.num_batches_tracked": ()}
    state = loaded.state("generator")
    assert list(state) == ["conv.weight", "norm.num_batches_tracked"]
    np.testing.assert_array_equal(state["conv.weight"], networks["generator"]["conv.weight"])
    assert state["norm.num_batches_tracked"] == 7
    assert loaded.state("kp_detector")["kp.bias"].dtype == np.float32


def test_its_folder_is_named_for_people_and_for_every_system(model):
    assert model.id == model.folder.name == f"mein-modell-{model.sha256[:6]}"
    assert sorted(path.name for path in model.folder.iterdir()) == [CARD, WEIGHTS]
    assert model.size == model.weights.stat().st_size
    assert model.weights_sha256 == hashlib.sha256(model.weights.read_bytes()).hexdigest()


def test_the_checksum_is_that_of_the_file_it_came_from(tmp_path, networks):
    model = save_model(tmp_path, networks, name="無", family="fomm", configuration="x", sha256="ab" * 32)
    assert model.sha256 == "ab" * 32
    assert model.id == "model-ababab"
    assert load_model(model.folder).weights_sha256 == model.weights_sha256 != model.sha256


def test_the_same_is_stored_once(model, networks):
    with pytest.raises(FileExistsError):
        save_model(model.folder.parent, networks, name=model.name, family="fomm", configuration="vox-256")
    assert [path.name for path in model.folder.parent.iterdir()] == [model.id]


def test_an_interruption_leaves_nothing(tmp_path, networks):
    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save_model(tmp_path, networks, name="x", family="f", configuration="c", progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path, networks, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engines.weights.tensor_file.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        save_model(tmp_path, networks, name="x", family="f", configuration="c")
    assert list(tmp_path.iterdir()) == []


def test_verifying_finds_a_changed_bit(model):
    told = []
    model.verify(lambda done, total: told.append((done, total)))
    assert told[-1] == (model.size, model.size)
    data = bytearray(model.weights.read_bytes())
    data[-1] ^= 1
    model.weights.write_bytes(data)
    with pytest.raises(ModelDamagedError, match="not what was stored"):
        model.verify()


def test_lost_and_shortened_weights_are_said(model):
    data = model.weights.read_bytes()
    model.weights.write_bytes(data[:-4])
    with pytest.raises(ModelDamagedError, match="cut off"):
        load_model(model.folder).state("generator")
    model.weights.unlink()
    for use in (lambda: load_model(model.folder).networks, model.verify):
        with pytest.raises(ModelDamagedError, match="Remove it and add its file again"):
            use()


def test_a_network_it_does_not_have_is_said(model):
    with pytest.raises(ModelDamagedError, match="no network 'editor'"):
        model.state("editor")


@pytest.mark.parametrize(
    "change",
    [
        lambda card: "",
        lambda card: "[]",
        lambda card: "[" * 50_000,
        lambda card: json.dumps(card | {"schema": 99}),
        lambda card: json.dumps(card | {"size": "7"}),
        lambda card: json.dumps(card | {"name": 7}),
        lambda card: json.dumps({key: value for key, value in card.items() if key != "family"}),
        None,
    ],
)
def test_a_damaged_card_is_one_sentence_and_a_way_out(model, change):
    path = model.folder / CARD
    card = json.loads(path.read_text("utf-8"))
    path.unlink() if change is None else path.write_text(change(card), "utf-8")
    with pytest.raises(ModelDamagedError, match=r"cannot be used: .+ Remove the folder and add"):
        load_model(model.folder)
