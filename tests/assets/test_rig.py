from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.avatars import record
from app.paths import assets
from assets.draw import anime, engraving, fox, portrait, robot
from assets.draw.paint import curve, resample
from assets.draw.rig import DrawnEye
from engines.face.measures import eye_aperture, mouth_aperture
from engines.face.pose import fit_pose
from engines.face.topology import EYES, FACE_OVAL, LEFT_EYE, MOUTH_CORNERS, RIGHT_EYE

RIGS = {
    "1-aoi": anime.landmarks,
    "2-elena": portrait.landmarks,
    "3-rusty": fox.landmarks,
    "4-byron": engraving.landmarks,
    "5-bolt": robot.landmarks,
}


def distance_to(line: np.ndarray, points: np.ndarray) -> np.ndarray:
    """How far points are from a dense line."""
    dense = resample(line, np.linspace(0, 1, 800))
    return np.linalg.norm(points[:, None] - dense[None], axis=2).min(axis=1)


@pytest.mark.parametrize("avatar", RIGS)
def test_what_ships_is_what_the_script_draws(avatar: str) -> None:
    shipped = record.read_landmarks(Path(assets() / "avatars" / avatar))

    assert shipped is not None
    assert np.abs(shipped - RIGS[avatar]()).max() < 0.05


@pytest.mark.parametrize("avatar", RIGS)
def test_the_face_looks_at_the_viewer_with_its_mouth_closed(avatar: str) -> None:
    landmarks = RIGS[avatar]()

    assert np.abs(fit_pose(landmarks).angles).max() < 0.5
    assert mouth_aperture(landmarks) < 1e-3
    assert min(eye_aperture(landmarks, eye) for eye in EYES) > 0.2


@pytest.mark.parametrize("avatar", RIGS)
def test_both_halves_mirror_each_other(avatar: str) -> None:
    landmarks = RIGS[avatar]()

    for right, left in zip((*RIGHT_EYE.outline, 61), (*LEFT_EYE.outline, 291), strict=True):
        assert abs(landmarks[right, 0] + landmarks[left, 0] - 1024) < 1.5
        assert abs(landmarks[right, 1] - landmarks[left, 1]) < 1.5


def test_lids_lips_and_outline_lie_on_the_drawn_lines() -> None:
    landmarks = anime.landmarks()[:, :2].astype(float)

    assert distance_to(curve(anime.UPPER_LID), landmarks[list(RIGHT_EYE.upper)]).max() < 0.5
    assert distance_to(curve(anime.LOWER_LID), landmarks[list(RIGHT_EYE.lower)]).max() < 0.5
    assert distance_to(curve(anime.LIP_LINE), landmarks[[13, 14, 81, 311]]).max() < 0.8
    low = landmarks[[k for k in FACE_OVAL if landmarks[k, 1] > 400]]
    assert distance_to(curve(anime.JAW), low).max() < 2.5
    assert landmarks[list(MOUTH_CORNERS), 0].tolist() == pytest.approx([471, 553], abs=1)


def test_an_eye_mirrors_onto_its_twin() -> None:
    eye = DrawnEye(curve(anime.UPPER_LID), curve(anime.LOWER_LID), anime.IRIS)

    twice = eye.mirrored().mirrored()

    assert np.allclose(twice.upper, eye.upper)
    assert twice.iris == eye.iris
    assert eye.mirrored().upper[0, 0] == pytest.approx(1024 - eye.upper[0, 0])
