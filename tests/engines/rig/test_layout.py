from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engines.base import Avatar, Controls, Style
from engines.face.canonical import canonical_head
from engines.face.topology import EYES, FACE_OVAL, SKIN_COUNT
from engines.rig.layout import laid_out
from engines.rig.mesh import PuppetMesh
from engines.rig.retarget import Retarget
from tests.fakes.faces import made_face
from tests.fakes.sitter import made_avatar

SHIPPED = Path(__file__).parents[3] / "assets" / "avatars"


def _shipped(name: str, style: Style) -> Avatar:
    rgba = np.asarray(Image.open(SHIPPED / name / "picture.png").convert("RGBA"))
    with np.load(SHIPPED / name / "landmarks.npz") as stored:
        landmarks = stored["landmarks"].astype(np.float32)
    return Avatar(name, rgba[..., :3].copy(), rgba[..., 3].copy(), landmarks, style, has_alpha=True)


@pytest.fixture(scope="module")
def wide_eyed() -> Avatar:
    """A drawing whose eyes reach the face's outline, as they do in anime."""
    return _shipped("1-aoi", Style.DRAWN)


def _folded(points: NDArray[np.floating], which: NDArray[np.bool_] | slice = slice(None)) -> int:
    """How many of the face's triangles are turned over."""
    a, b, c = (points[corners, :2].astype(float) for corners in canonical_head().triangles[which].T)
    u, v = c - a, b - a
    return int((u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0] < -1e-6).sum())


def test_eyes_that_reach_the_outline_leave_the_mesh_unfolded(wide_eyed: Avatar) -> None:
    before, after = _folded(wide_eyed.landmarks), _folded(laid_out(wide_eyed).landmarks)
    assert before > 50
    assert after < 10


def test_what_is_painted_by_landmark_stays_where_it_is_drawn(wide_eyed: Avatar) -> None:
    lids = [index for eye in EYES for index in (*eye.outline, eye.iris)]
    moved = laid_out(wide_eyed).landmarks[lids, :2] - wide_eyed.landmarks[lids, :2]
    assert np.abs(moved).max() == 0


@pytest.mark.parametrize("yaw_deg", [-25.0, 25.0])
def test_a_drawing_turns_without_folding(wide_eyed: Avatar, yaw_deg: float) -> None:
    def folds(avatar: Avatar) -> int:
        placed = PuppetMesh(avatar).place(
            Retarget(avatar)(made_face(yaw_deg=yaw_deg), made_face(), Controls())
        )
        return _folded(placed[:SKIN_COUNT])

    assert folds(laid_out(wide_eyed)) < 0.2 * folds(wide_eyed)


def test_a_cheek_that_is_turned_away_lies_beside_the_face_and_not_over_it() -> None:
    avatar = made_avatar(yaw_deg=-24)
    after = laid_out(avatar)
    outline = np.isin(canonical_head().triangles, FACE_OVAL).any(axis=1)
    assert _folded(avatar.landmarks, outline) > 10
    assert _folded(after.landmarks, outline) < 0.3 * _folded(avatar.landmarks, outline)
    moved = np.linalg.norm(after.landmarks - avatar.landmarks, axis=1) / np.ptp(avatar.landmarks[:, 0])
    assert moved.max() < 0.06
    assert np.median(moved) == 0, "what can be seen stays"


def test_brows_that_reach_a_paintings_temples_push_nothing_out_of_the_face() -> None:
    avatar = _shipped("2-elena", Style.PHOTO)
    moved = np.linalg.norm((laid_out(avatar).landmarks - avatar.landmarks)[:, :2], axis=1)
    assert 0 < moved.max() < 0.04 * np.ptp(avatar.landmarks[:, 0])
