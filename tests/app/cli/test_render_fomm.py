"""`guise render` with the First Order Motion Model: the recorded predictions come out, pixel for pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.cli.main import main
from app.paths import user_paths

pytest.importorskip("torch", reason="needs the extra 'neural'")

from engines.fomm.hull import movement_scale
from engines.fomm.reference import Reference
from engines.weights.model import save_model
from tests.engines.fomm.rules import (
    driving_picture,
    rule_state,
    small_config,
    small_model,
    small_state,
    source_picture,
    vectors,
)

NETWORKS = ("generator", "kp_detector")


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A folder with the vectors' avatar, which shows no face, and the driver's frames in a folder."""
    driving = tmp_path / "drïving"
    driving.mkdir()
    Image.fromarray(source_picture()).save(tmp_path / "avatar.png")
    for index in range(3):
        # Named so that only a person's order is the right one.
        Image.fromarray(driving_picture(index)).save(driving / f"frame {8 + index}.png")
    return tmp_path


def command(scene: Path, *more: str) -> list[str]:
    return [
        "render", "--engine", "fomm", "--avatar", str(scene / "avatar.png"), "--driving", str(scene / "drïving"),
        "--output", str(scene / "out"), *more,
    ]  # fmt: skip


def written(scene: Path) -> list[NDArray[np.int16]]:
    """The pictures, in order, as numbers that can be subtracted."""
    return [np.asarray(Image.open(path)).astype(np.int16) for path in sorted((scene / "out").iterdir())]


@pytest.mark.slow
def test_the_recorded_predictions_come_out(scene, capsys):
    states = {network: rule_state(network) for network in NETWORKS}
    save_model(
        user_paths().models,
        states,
        name="vox",
        family="fomm",
        configuration="vox-adv-256",
    )
    assert main(command(scene, "--model", "vox", "--neutral", "0", "--crop", "none")) == 0
    assert "3 frames" in capsys.readouterr().out
    pictures = written(scene)
    recorded = np.rint(255 * vectors()["prediction_rel_jac1_adapt1_2"].transpose(1, 2, 0))
    assert np.abs(pictures[2][::8, ::8] - recorded).max() <= 2


@pytest.mark.parametrize("absolute", [False, True])
def test_every_pixel_is_the_references(scene, absolute):
    small_model(user_paths().models)
    more = ["--absolute"] if absolute else []
    assert main(command(scene, "--neutral", "0", "--crop", "none", *more)) == 0
    reference = Reference(small_config(), small_state("generator"), small_state("kp_detector"))
    source, neutral = reference.prepare(source_picture()), reference.keypoints(driving_picture(0))
    scale = movement_scale(source.value.numpy(), neutral.value.numpy())
    controls = np.array([0, 0, 1, 1] if absolute else [1, 1, scale, 1], np.float32)
    pictures = written(scene)
    assert len(pictures) == 3
    for index, found in enumerate(pictures):
        expected = reference.step(driving_picture(index), neutral, controls).prediction
        assert np.abs(found - np.rint(255 * expected)).max() <= 2, index


def test_a_small_model_renders_a_folder_of_mixed_sizes_and_names_what_it_cannot_read(scene, capsys):
    small_model(user_paths().models)
    driving = scene / "drïving"
    Image.fromarray(driving_picture(1)).resize((512, 512)).save(driving / "frame 11.png")
    (driving / "frame 12.png").write_bytes(b"damaged")
    assert main(command(scene, "--crop", "none", "--size", "64")) == 0
    pictures = written(scene)
    assert [picture.shape for picture in pictures] == [(64, 64, 3)] * 4
    assert "frame 12.png" in capsys.readouterr().out
    again = [picture.copy() for picture in pictures]
    assert main(command(scene, "--crop", "none", "--size", "64")) == 0
    assert all(np.array_equal(a, b) for a, b in zip(again, written(scene), strict=True)), "the same again"


def test_what_is_not_square_is_one_clear_sentence(scene, capsys):
    small_model(user_paths().models)
    Image.fromarray(driving_picture(1)[:128]).save(scene / "drïving" / "frame 9.png")
    assert main(command(scene, "--crop", "none")) == 1
    assert "Frame 1 of the clip is 256 by 128 pixels and not square." in capsys.readouterr().err
    Image.fromarray(source_picture()[:128]).save(scene / "avatar.png")
    assert main(command(scene, "--crop", "none")) == 1
    assert "256 by 128 pixels and not square" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--model", "nobody"), "There is no model 'nobody'."),
        (("--runner", "gpu"), "There is no runner 'gpu'."),
        (("--crop", "none", "--neutral", "7"), "The clip has no frame 7."),
    ],
)
def test_what_cannot_be_had_is_one_line(scene, capsys, more, said):
    small_model(user_paths().models)
    assert main(command(scene, *more)) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_without_a_model_the_way_out_is_named(scene, capsys):
    assert main(command(scene, "--crop", "none")) == 1
    assert "guise models add FILE" in capsys.readouterr().err


def test_rig_cannot_take_frames_as_they_are(scene, capsys):
    arguments = command(scene, "--crop", "none")
    arguments[2] = "rig"
    assert main(arguments) == 1
    assert "Leave out --crop none." in capsys.readouterr().err


def test_a_picture_without_a_face_needs_crop_none(scene, capsys):
    small_model(user_paths().models)
    Image.new("RGB", (300, 300), (70, 90, 110)).save(scene / "avatar.png")
    assert main(command(scene)) == 1
    assert "No face was found in 'avatar'." in capsys.readouterr().err
    assert main(command(scene, "--crop", "none")) == 0
    assert [picture.shape for picture in written(scene)] == [(300, 300, 3)] * 3
