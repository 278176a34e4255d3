"""Pictures on disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.devices import snapshot
from app.devices.snapshot import WriteError, unique_path, write_error, write_png


@pytest.mark.parametrize("channels", [3, 4])
def test_a_picture_survives_with_its_transparency(
    tmp_path: Path, rng: np.random.Generator, channels: int
) -> None:
    picture = rng.integers(0, 255, (31, 17, channels), np.uint8)
    path = tmp_path / "neuer ordner" / "ä ö.png"
    write_png(path, picture)
    with Image.open(path) as image:
        assert image.mode == {3: "RGB", 4: "RGBA"}[channels]
        assert (np.asarray(image) == picture).all()
    assert [file.name for file in path.parent.iterdir()] == ["ä ö.png"]


def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    write_png(path, np.zeros((4, 4, 3), np.uint8))
    before = path.read_bytes()

    def full(*_names: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(snapshot.os, "replace", full)
    with pytest.raises(WriteError, match="disk is full"):
        write_png(path, np.ones((4, 4, 3), np.uint8))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


def test_a_place_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WriteError):
        write_png(tmp_path / "file" / "a.png", np.zeros((4, 4, 3), np.uint8))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "may not be written to"),
        (errno.EACCES, "may not be written to"),
        (errno.ENOTDIR, "no place for a file"),
        (errno.EIO, "could not be written"),
    ],
)
def test_each_reason_has_its_words(number: int, words: str) -> None:
    error = write_error(Path("folder/film.mp4"), OSError(number, os.strerror(number)))
    assert words in str(error)
    assert error.hint


def test_names_do_not_collide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot.time, "strftime", lambda _form: "2026-01-02 03-04-05")
    names = []
    for _ in range(3):
        path = unique_path(tmp_path, ".mp4")
        path.write_text("x")
        names.append(path.name)
    assert names == [
        "Guise 2026-01-02 03-04-05.mp4",
        "Guise 2026-01-02 03-04-05 (2).mp4",
        "Guise 2026-01-02 03-04-05 (3).mp4",
    ]
