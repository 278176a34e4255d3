"""Networks tell what they are by keys and shapes, and folders by the files in them."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest

from engines.tha.folder import networks_of, precision_of
from engines.tha.recognise import config_of, recognise
from engines.tha.shapes import tha1_shapes, tha3_shapes, tha4_shapes
from engines.tha.student.shapes import BODY_WIDTHS, FACE_LAYERS, FACE_WIDTH, BodySize, FaceSize
from engines.tha.tha1.config import Tha1Config
from engines.tha.tha3.config import NETWORKS, Tha3Config
from engines.tha.widths import Widths
from engines.weights.checkpoint import open_checkpoint
from engines.weights.errors import CheckpointError
from tests.engines.tha.rules import Shapes, published_shapes

SMALL = Widths(start=2, widest=6, blocks=2)


def students() -> Shapes:
    return tha4_shapes(FaceSize(FACE_WIDTH, FACE_LAYERS), BodySize(BODY_WIDTHS, 3))


@pytest.mark.parametrize("name", sorted(published_shapes()))
def test_the_published_networks_are_known_and_their_keys_written_down_right(name: str) -> None:
    published = published_shapes()[name]

    assert recognise(published, name.replace("-", "_")) == name
    config = config_of(published, name)
    expected = tha3_shapes(config) if isinstance(config, Tha3Config) else tha1_shapes(Tha1Config())
    for network, keys in published.items():
        assert list(expected[network].items()) == list(keys.items()), network


def test_the_published_students_are_known() -> None:
    assert recognise(students()) == "tha4"
    assert students()["body_morpher"]["siren_layers.1.0.linear.weight"] == (180, 227, 1, 1)


@pytest.mark.parametrize("separable", [True, False])
def test_smaller_networks_of_the_same_structure_are_read_from_their_shapes(separable: bool) -> None:
    third = Tha3Config("tha3-custom", separable=separable, widths=SMALL, editor=Widths(2, 6, 3))

    assert config_of(tha3_shapes(third), "mine.pt") == third
    assert config_of(tha1_shapes(Tha1Config("tha1-custom", SMALL))) == Tha1Config("tha1-custom", SMALL)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"editor": None}, "no network 'editor'"),
        ({"editor": {"alpha_creator.0.bias": None}}, "'editor/alpha_creator.0.bias' is missing"),
        ({"editor": {"alpha_creator.0.bias": (1,)}}, "has the shape"),
        ({"editor": {"alpha_creator.0.bias": (1 << 40,)}}, "impossible shape"),
        ({"editor": {"back.door": (1,)}}, "'editor/back.door' is unknown"),
        ({"editor": {"body.downsample_blocks.0.0.weight": ()}}, "another structure"),
        ({"editor": {"body.downsample_blocks.0.0.weight": (0, 4, 3, 3)}}, "impossible shape"),
        ({"eyebrow_decomposer": {"body.downsample_blocks.3.0.weight": None}}, "another structure"),
        ({"face_morpher": {"bottleneck_blocks.900.0.weight": (1, 1, 1, 1)}}, "is unknown"),
    ],
)
def test_other_networks_are_refused_with_a_reason(
    how: dict[str, dict[str, tuple[int, ...] | None] | None], reason: str
) -> None:
    networks = deepcopy(published_shapes()["tha3-standard-float"])
    for network, changes in how.items():
        if changes is None:
            del networks[network]
            continue
        for key, shape in changes.items():
            if shape is None:
                del networks[network][key]
            else:
                networks[network][key] = shape

    assert recognise(networks) is None
    with pytest.raises(ValueError, match=reason):
        config_of(networks)


def test_versions_nobody_can_animate_here_are_named() -> None:
    third, first = published_shapes()["tha3-standard-float"], published_shapes()["tha1"]
    second = {name: third[name] for name in NETWORKS[:3]} | {"two_algo_face_rotator": {}, "combiner": {}}
    with pytest.raises(ValueError, match="version 2"):
        config_of(second)
    with pytest.raises(ValueError, match="another structure"):
        config_of(first | {"combiner": {}})
    with pytest.raises(ValueError, match="large model of version 4"):
        config_of({"body_morpher": {}, "upscaler": {}})
    wrong = students()
    wrong["body_morpher"]["last_linear.bias"] = (8,)
    with pytest.raises(ValueError, match="has the shape"):
        config_of(wrong)


def filled(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def test_a_folder_gives_a_file_for_each_network(tmp_path: Path) -> None:
    third = filled(tmp_path / "standard_float", *(f"{name}.pt" for name in NETWORKS), "readme.txt")
    first = filled(tmp_path / "one", "combiner.pt", "face_morpher.pt", "two_algo_face_rotator.pt", "x.dat")

    assert networks_of(third) == {name: third / f"{name}.pt" for name in NETWORKS}
    assert set(networks_of(first)) == {"combiner", "face_morpher", "two_algo_face_rotator"}


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ((), "holds no networks"),
        (("model.pt",), "holds no networks"),
        (("editor.pt", "face_morpher.pt"), "lacks eyebrow_decomposer.pt and eyebrow_morphing_combiner.pt"),
        (("combiner.pt", "face_morpher.pt"), "lacks two_algo_face_rotator.pt"),
        (("character_model.yaml", "face_morpher.pt", "body_morpher.pt"), "is a character"),
        (("upscaler.pt", "eyebrow_decomposer.pt", "body_morpher.pt"), "Talking Head Anime 4"),
        (
            ("eyebrow_decomposer.pt", "face_morpher.pt", "two_algo_face_rotator.pt", "combiner.pt"),
            "Talking Head Anime 2",
        ),
    ],
)
def test_a_folder_without_a_model_is_refused_in_a_sentence(
    tmp_path: Path, names: tuple[str, ...], reason: str
) -> None:
    folder = filled(tmp_path / "here", *names)

    with pytest.raises(CheckpointError, match=reason):
        networks_of(folder)


def test_a_folder_of_folders_names_them(tmp_path: Path) -> None:
    filled(tmp_path / "models" / "standard_half", *(f"{name}.pt" for name in NETWORKS))
    filled(tmp_path / "models" / "notes")

    with pytest.raises(CheckpointError, match="Add 'standard_half'"):
        networks_of(tmp_path / "models")


@pytest.mark.parametrize(("kind", "precision"), [("float16", "half"), ("float32", "float")])
def test_the_precision_is_that_of_the_stored_numbers(tmp_path: Path, kind: str, precision: str) -> None:
    numpy_files = pytest.importorskip("safetensors.numpy", reason="needs the extra 'neural'")
    path = tmp_path / "editor.safetensors"
    numpy_files.save_file({"weight": np.zeros((40, 40), kind)}, path)

    assert precision_of({"editor": open_checkpoint(path)}) == precision
