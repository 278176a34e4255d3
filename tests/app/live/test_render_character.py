"""`render` with a character and its own networks, from its folder to files with alpha."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from app.avatars.avatar_store import AvatarLibrary
from app.devices.clips import read_clip
from app.live.render import render
from app.paths import user_paths
from app.settings import BackgroundKind, BackgroundSettings
from engines.base import Avatar, EngineOptions
from tests.fakes.characters import SIDE, character_picture, write_character
from tests.fakes.clips import make_clip
from tests.fakes.portraits import FaceFinder
from tests.fakes.tracker import FakeTracker

CLEAR = BackgroundSettings(kind=BackgroundKind.TRANSPARENT)


@pytest.fixture
def character(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Avatar:
    """A character that is not in the library, as --avatar FOLDER means it."""
    FaceFinder(monkeypatch).shares = []
    found = AvatarLibrary(user_paths()).resolve(str(write_character(tmp_path / "Mira").parent))
    assert isinstance(found, Avatar)
    return found


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "clip.mp4", frames=4)


def rendered(avatar: Avatar, clip: Path, output: Path, background: BackgroundSettings) -> None:
    result = render(
        avatar,
        clip,
        output,
        engine="tha",
        options=EngineOptions(builds=user_paths().builds),
        background=background,
        make_tracker=FakeTracker,
    )
    assert result.frames == 4


def pictures(folder: Path) -> list[NDArray[np.uint8]]:
    return [
        np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), np.uint8) for path in sorted(folder.iterdir())
    ]


def test_pictures_keep_the_characters_alpha_and_colours(character, clip, tmp_path):
    rendered(character, clip, tmp_path / "out", CLEAR)
    shown = pictures(tmp_path / "out")
    assert [each.shape for each in shown] == [(SIDE, SIDE, 4)] * 4
    # The made networks leave nearly everything as it is: what is solid stays so, what is clear stays so.
    drawn = cv2.cvtColor(character_picture(), cv2.COLOR_RGBA2BGRA)
    body = np.zeros((SIDE, SIDE), bool)
    body[330:500, 200:312] = True
    assert (shown[0][body][:, 3] > 240).all()
    assert np.abs(shown[0][body].astype(int) - drawn[body]).mean() < 6
    assert (shown[0][:40, :40, 3] < 12).all()


def test_a_film_with_alpha_and_one_before_a_colour(character, clip, tmp_path):
    rendered(character, clip, tmp_path / "film.mov", CLEAR)
    with av.open(str(tmp_path / "film.mov")) as film:
        frames = [frame.reformat(format="rgba").to_ndarray() for frame in film.decode(video=0)]
    assert len(frames) == 4
    assert frames[0][:40, :40, 3].max() < 12
    assert frames[0][420, 256, 3] > 240
    rendered(character, clip, tmp_path / "film.mp4", BackgroundSettings(BackgroundKind.COLOUR, "#00b140"))
    frame = next(rgb for rgb, _ in read_clip(tmp_path / "film.mp4"))
    assert np.abs(frame[20, 20].astype(int) - (0x00, 0xB1, 0x40)).max() < 12
