"""Poses of real drivers: every parameter goes as far as the face does. Needs the shared clips."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.devices.clips import read_clip
from app.live.follow import Follower, face_tracker
from engines.base import Controls, Face
from engines.face.measures import eye_aperture, mouth_aperture
from engines.face.topology import EYES
from engines.rig.driver import Driver
from engines.tha.pose import INDEX, PARAMETERS, VOWELS
from engines.tha.posing.mapping import default_mapping
from engines.tha.posing.poser import Poser

pytestmark = pytest.mark.slow

# Frames of each clip in which the driver rests, and such in which both lids are seen to be shut. Nobody winks.
NEUTRALS = {"d0": (0, 73), "d11": (0, 54), "d18": (60, 165), "vox2": (24, 25, 83)}
SHUT = {"d0": (65, 66), "d11": (150, 155), "d18": (95, 96, 186, 187), "vox2": (64, 93, 103, 104, 194, 195)}
CASES = [(name, neutral) for name, neutrals in NEUTRALS.items() for neutral in neutrals]
# The head hardly turns in this one: its angles are what tracking trembles.
_STILL = "d0"
_CLOSING = ("eye_wink", "eye_happy_wink", "eye_relaxed")


@lru_cache(maxsize=len(NEUTRALS))
def tracked(clip: Path) -> list[Face]:
    """Every face of a clip, smoothed as in a call."""
    follower = Follower(face_tracker(), 0.5)
    try:
        found = [follower.look(frame.to_rgb(None), frame.time_s)[1] for frame in read_clip(clip).lazy()]
    finally:
        follower.close()
    return [face for face in found if face is not None]


def posed(faces: list[Face], neutral: int) -> NDArray[np.float32]:
    """(N, 45)"""
    poser = Poser()
    return np.array([poser.pose(face, faces[neutral], Controls()) for face in faces])


def eye_opening(poses: NDArray[np.float32], side: str) -> NDArray[np.float64]:
    """(N,) how far an eye is open: 1 at rest, a little more when surprised."""
    shapes = dict.fromkeys(_CLOSING, -1.0) | {"eye_surprised": 0.3}
    return 1 + weighted(poses, {f"{shape}_{side}": weight for shape, weight in shapes.items()})


def mouth_opening(poses: NDArray[np.float32]) -> NDArray[np.float64]:
    """(N,) how far the mouth is open, by the vowels it forms."""
    shapes = default_mapping().vowels
    return weighted(poses, {vowel: shapes[vowel.removeprefix("mouth_")].opens for vowel in VOWELS})


def weighted(poses: NDArray[np.float32], weights: dict[str, float]) -> NDArray[np.float64]:
    return np.asarray(poses[:, [INDEX[name] for name in weights]] @ np.array(list(weights.values())))


def alike(one: NDArray[np.floating[Any]], other: NDArray[np.floating[Any]]) -> float:
    return float(np.corrcoef(one, other)[0, 1])


@pytest.mark.parametrize(("name", "neutral"), CASES)
def test_poses_follow_the_driver(shared: Path, name: str, neutral: int) -> None:
    faces = tracked(shared / "data" / "clips" / f"{name}.mp4")
    poses = posed(faces, neutral)

    gaps = np.array([mouth_aperture(face.landmarks) for face in faces])
    assert alike(mouth_opening(poses), gaps) >= 0.95

    lids = np.array([np.mean([eye_aperture(face.landmarks, eye) for eye in EYES]) for face in faces])
    opened = np.mean([eye_opening(poses, side) for side in ("left", "right")], axis=0)
    assert alike(opened, lids) >= 0.9

    driver = Driver(faces[neutral])
    angles = np.array([driver.pose_of(face).angles for face in faces])
    if name != _STILL:
        assert alike(poses[:, INDEX["head_y"]], -angles[:, 0]) >= 0.95
        assert alike(poses[:, INDEX["head_x"]], angles[:, 1]) >= 0.95
        assert alike(poses[:, INDEX["neck_z"]], angles[:, 2]) >= 0.95


@pytest.mark.parametrize(("name", "neutral"), CASES)
def test_lids_close_wholly_and_never_one_alone(shared: Path, name: str, neutral: int) -> None:
    poses = posed(tracked(shared / "data" / "clips" / f"{name}.mp4"), neutral)
    for parameter in PARAMETERS:
        if parameter.group in ("eye", "iris") and parameter.name.endswith("_left"):
            right = parameter.name.removesuffix("left") + "right"
            apart = np.abs(poses[:, INDEX[parameter.name]] - poses[:, INDEX[right]])
            # Brows may differ, and lower their own eye's lid.
            assert apart.max() < (0.25 if "unimpressed" in parameter.name else 0.02), parameter.name
    for side in ("left", "right"):
        closed = weighted(poses, {f"{shape}_{side}": 1.0 for shape in _CLOSING})
        assert (closed[list(SHUT[name])] >= 0.95).all(), side
