"""A hand before a face is seen, and none is seen where there is none."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.avatars.avatar_store import AvatarLibrary
from app.avatars.picture import load_picture
from app.paths import user_paths
from app.tracking.hands import hand_before_face, is_before
from app.tracking.portrait import find_faces
from engines.base import Avatar

from .conftest import Picture

SHIPPED = AvatarLibrary(user_paths()).list()
_SKIN, _LINE = (236, 188, 160), (120, 70, 50)
_PALM = ((-0.17, 0.0), (0.17, 0.0), (0.22, -0.42), (-0.2, -0.45))
_FINGERS = (  # width, then knuckle, joint and tip
    (0.115, (-0.17, -0.42), (-0.2, -0.62), (-0.21, -0.78)),
    (0.12, (-0.05, -0.45), (-0.06, -0.7), (-0.06, -0.93)),
    (0.12, (0.07, -0.45), (0.09, -0.7), (0.1, -0.9)),
    (0.1, (0.18, -0.4), (0.23, -0.58), (0.26, -0.74)),
    (0.13, (-0.13, -0.1), (-0.32, -0.27), (-0.42, -0.43)),
)


def avatar(name: str) -> Avatar:
    library = AvatarLibrary(user_paths())
    return library.load(next(entry.id for entry in library.list() if entry.name == name))


def with_hand(avatar: Avatar, right: float, down: float) -> Picture:
    """The avatar's picture with an open hand drawn on it, its wrist so far from the face's middle, in faces."""
    low, high = avatar.landmarks[:, :2].min(axis=0), avatar.landmarks[:, :2].max(axis=0)
    face = float((high - low).max())
    length, turn = 0.8 * face, np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    wrist = (low + high) / 2 + (right * face, down * face)

    def line(points: tuple[tuple[float, float], ...], width: float, colour: tuple[int, int, int]) -> None:
        placed = np.rint(wrist + length * np.array(points) @ turn.T).astype(np.int32)
        cv2.polylines(picture, [placed], False, colour, round(width * length), cv2.LINE_AA)

    picture = avatar.rgb.copy()
    palm = np.rint(wrist + length * np.array(_PALM) @ turn.T).astype(np.int32)
    line((*_PALM, _PALM[0]), 0.095, _LINE)
    for width, *joints in _FINGERS:
        line(tuple(joints), width + 0.03, _LINE)
        line(tuple(joints), width, _SKIN)
    line((*_PALM, _PALM[0]), 0.06, _SKIN)
    cv2.fillPoly(picture, [palm], _SKIN)
    for x in (-0.09, 0.02, 0.13):
        line(((x, -0.42), (x, -0.52)), 0.015, _LINE)
    return picture


def test_a_hand_counts_where_a_good_part_of_it_lies_on_the_face() -> None:
    face = avatar("Elena").landmarks
    low, high = face[:, :2].min(axis=0), face[:, :2].max(axis=0)
    hand = np.random.default_rng(0).uniform(-0.2, 0.2, (21, 2)) * (high - low)

    def at(x: float, y: float) -> bool:
        return is_before((hand + low + (high - low) * (x, y)).astype(np.float32), face)

    assert at(0.5, 0.5)
    assert at(0.5, 1.0)  # at the chin
    assert not at(1.4, 0.5)
    assert not at(0.5, 1.3)


def test_a_drawn_hand_before_a_face_is_seen_and_one_beside_it_is_let_be() -> None:
    elena = avatar("Elena")

    assert hand_before_face(with_hand(elena, 0.2, 0.5), elena.landmarks)
    assert not hand_before_face(with_hand(elena, 0.8, 0.5), elena.landmarks)


@pytest.mark.parametrize("name", [entry.name for entry in SHIPPED])
def test_none_is_seen_where_there_is_none(name: str) -> None:
    shown = avatar(name)
    assert not hand_before_face(shown.rgb, shown.landmarks, shown.matte if shown.has_alpha else None)


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["portraits", "anime"])
def test_real_pictures(shared: Path, folder: str) -> None:
    """Two of them show hands, below the face."""
    for path in sorted((shared / "data" / folder).iterdir()):
        picture = load_picture(path)
        (face,) = find_faces(picture.rgb, picture.alpha)
        assert not hand_before_face(picture.rgb, face.landmarks, picture.alpha), path.name
