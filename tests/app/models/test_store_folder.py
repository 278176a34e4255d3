"""Models that come as a folder of several files, one network each: Talking Head Anime 3 and 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.cli.main import main
from app.errors import GuiseError
from app.models.errors import ModelKnown
from app.models.store import ModelStore
from app.paths import user_paths
from engines.errors import EngineError
from engines.tha.shapes import Shapes, tha1_shapes, tha3_shapes
from engines.tha.tha1.config import Tha1Config
from engines.tha.tha3.config import Tha3Config
from engines.tha.widths import Widths
from engines.weights.tensor_file import write_tensors
from tests.fakes.characters import write_character

SMALL = Widths(start=2, widest=6, blocks=2)


def write_folder(folder: Path, shapes: Shapes, kind: type[np.floating] = np.float32) -> Path:
    """Write a model as published, its weights as .safetensors."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(3)
    for network, keys in shapes.items():
        state = {key: rng.standard_normal(shape).astype(kind) for key, shape in keys.items()}
        write_tensors(folder / f"{network}.safetensors", state)
    return folder


@pytest.fixture
def third(tmp_path: Path) -> Path:
    """A small model of version 3, in half precision."""
    config = Tha3Config("tha3-custom", separable=True, widths=SMALL, editor=SMALL)
    return write_folder(tmp_path / "separable_hälf", tha3_shapes(config), np.float16)


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A small model of version 1."""
    return write_folder(tmp_path / "tha1", tha1_shapes(Tha1Config("tha1-custom", SMALL)))


def test_a_folder_becomes_one_model(third, first):
    store, told = ModelStore(user_paths().models), []
    model = store.add(third, progress=lambda step, done, total: told.append((step, done, total)))
    assert (model.name, model.family, len(model.networks)) == ("separable_hälf", "tha", 5)
    assert model.state("editor")
    checked = [each for each in told if each[0] == "Checking"]
    assert checked[-1][1] == checked[-1][2] == sum(each.stat().st_size for each in third.iterdir())
    assert store.add(first, "Mine").name == "Mine"
    with pytest.raises(ModelKnown, match="separable_hälf"):
        store.add(third)


def test_a_folder_with_a_file_too_few_stores_nothing(third):
    (third / "editor.safetensors").unlink()
    store = ModelStore(user_paths().models)
    with pytest.raises((GuiseError, EngineError), match="editor"):
        store.add(third)
    assert store.list() == []


def test_the_command_line_takes_folders_and_sends_characters_to_the_shelf(first, tmp_path, capsys):
    assert main(["models", "add", str(first)]) == 0
    assert "Added 'tha1'" in capsys.readouterr().out
    character = write_character(tmp_path / "chara")
    for path in (character, character.parent):
        assert main(["models", "add", str(path)]) == 1
        assert "guise avatars add" in capsys.readouterr().err
