from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from app.tracking.neutrals import forget_neutral, load_neutral, save_neutral
from tests.fakes.faces import made_face


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    face = made_face((1280, 720))
    save_neutral(tmp_path / "deep" / "folder", "HD Webcam", face)
    loaded = load_neutral(tmp_path / "deep" / "folder", "HD Webcam")
    assert loaded is not None
    assert np.array_equal(loaded.landmarks, face.landmarks)
    assert loaded.size == (1280, 720)


@pytest.mark.parametrize("name", ["", "Kamera für Zoë / 相机", "a" * 300, "../../etc", "CON", "x\x00y"])
def test_any_camera_name_gets_a_file_of_its_own(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "kept"
    save_neutral(folder, name, made_face())
    save_neutral(folder, name + "!", made_face((320, 240)))
    first, second = load_neutral(folder, name), load_neutral(folder, name + "!")
    assert first is not None
    assert second is not None
    assert (first.size, second.size) == ((640, 480), (320, 240))
    assert len(list(folder.iterdir())) == 2
    assert list(tmp_path.iterdir()) == [folder]


def test_there_is_none_for_an_unknown_camera_or_a_forgotten_one(tmp_path: Path) -> None:
    assert load_neutral(tmp_path / "nowhere", "cam") is None
    forget_neutral(tmp_path, "cam")
    save_neutral(tmp_path, "cam", made_face())
    forget_neutral(tmp_path, "cam")
    assert load_neutral(tmp_path, "cam") is None


def test_saving_again_replaces_and_leaves_no_scraps(tmp_path: Path) -> None:
    save_neutral(tmp_path, "cam", made_face())
    save_neutral(tmp_path, "cam", made_face((320, 240)))
    loaded = load_neutral(tmp_path, "cam")
    assert loaded is not None
    assert loaded.size == (320, 240)
    assert len(list(tmp_path.iterdir())) == 1


def test_damaged_files_are_reported_and_never_used(
    tmp_path: Path, rng: np.random.Generator, caplog: pytest.LogCaptureFixture
) -> None:
    save_neutral(tmp_path, "cam", made_face())
    path = next(tmp_path.iterdir())
    whole = path.read_bytes()
    truth = made_face().landmarks
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(int(rng.integers(1, 30))):
            damaged[int(rng.integers(len(damaged)))] = int(rng.integers(256))
        path.write_bytes(bytes(damaged[: int(rng.integers(1, len(damaged) + 1))]))
        loaded = load_neutral(tmp_path, "cam")
        assert loaded is None or np.allclose(loaded.landmarks, truth)
    path.write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        assert load_neutral(tmp_path, "cam") is None
    assert "calibrate again" in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        {"landmarks": np.full((478, 3), np.nan, np.float32)},
        {"landmarks": np.zeros((478, 3), np.float32)},
        {"landmarks": np.zeros((5, 3), np.float32)},
        {"landmarks": np.full((478, 3), 1e30, np.float32)},
        {"landmarks": np.array([["a"] * 3] * 478)},
        {"size": np.array([0, 480])},
        {"size": np.array([640, 480, 3])},
        {"schema": np.int64(99)},
    ],
)
def test_numbers_that_are_no_face_are_refused(
    tmp_path: Path, change: dict[str, np.ndarray], caplog: pytest.LogCaptureFixture
) -> None:
    save_neutral(tmp_path, "cam", made_face())
    path = next(tmp_path.iterdir())
    with np.load(path) as stored:
        content = dict(stored)
    np.savez(path, **(content | change))
    assert load_neutral(tmp_path, "cam") is None
    assert "calibrate again" in caplog.text
