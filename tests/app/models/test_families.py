"""Models say what they are, in one file or in a folder of files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.models.errors import ModelError
from app.models.families import recognise, recognise_folder
from engines.tha.shapes import tha1_shapes, tha3_shapes
from engines.tha.tha1.config import Tha1Config
from engines.tha.tha3.config import Tha3Config
from engines.tha.widths import Widths
from engines.weights.errors import CheckpointError
from tests.engines.tha.rules import Shapes, published_shapes

SMALL = Widths(start=2, widest=6, blocks=2)
THIRD = tha3_shapes(Tha3Config("tha3-custom", separable=True, widths=SMALL, editor=SMALL))
FIRST = tha1_shapes(Tha1Config("tha1-custom", SMALL))


def files(folder: Path, shapes: Shapes) -> Path:
    """A folder as models are handed out: each network's bare state dict in a file of its own."""
    torch = pytest.importorskip("torch", reason="needs the extra 'neural'")
    folder.mkdir()
    for network, keys in shapes.items():
        torch.save({key: torch.zeros(shape) for key, shape in keys.items()}, folder / f"{network}.pt")
    return folder


@pytest.mark.parametrize(("shapes", "name"), [(THIRD, "tha3-custom"), (FIRST, "tha1-custom")])
def test_a_folder_of_networks_is_one_model(tmp_path: Path, shapes: Shapes, name: str) -> None:
    found, checkpoints = recognise_folder(files(tmp_path / "separable_float", shapes))

    assert (found.family.name, found.configuration) == ("tha", name)
    assert set(found.networks) == set(checkpoints) == set(shapes)
    loaded = checkpoints["face_morpher"].load([""])[""]
    assert {key: array.shape for key, array in loaded.items()} == shapes["face_morpher"]
    assert all(array.dtype == np.float32 for array in loaded.values())


def test_a_folder_with_a_wrong_network_is_refused_by_its_name(tmp_path: Path) -> None:
    folder = files(tmp_path / "mine", THIRD | {"editor": {"weight": (2, 2)}})

    with pytest.raises(ModelError, match="'mine' looks like a Talking Head Anime, but"):
        recognise_folder(folder)


def test_a_folder_with_a_damaged_file_is_refused_by_the_files_name(tmp_path: Path) -> None:
    folder = files(tmp_path / "mine", THIRD)
    (folder / "editor.pt").write_bytes(b"PK\x03\x04 no archive")

    with pytest.raises(CheckpointError, match=r"'editor\.pt'"):
        recognise_folder(folder)


@pytest.mark.parametrize(
    ("precision", "configuration"), [("half", "tha3-standard-half"), ("float", "tha3-standard-float")]
)
def test_what_numbers_take_decides_before_a_name_does(precision: str, configuration: str) -> None:
    shapes = published_shapes()["tha3-standard-half"]

    assert recognise(shapes, "standard_half.safetensors").configuration == "tha3-standard-half"
    assert recognise(shapes, "standard_half", precision).configuration == configuration


def test_one_network_alone_is_no_model() -> None:
    with pytest.raises(ModelError) as caught:
        recognise({"": THIRD["editor"]}, "editor.pt")
    assert "one network without a name" in caught.value.message
    assert "folder" in caught.value.hint
