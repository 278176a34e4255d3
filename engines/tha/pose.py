"""The pose of a Talking Head Anime character: 45 numbers, in the order its networks take them.

Versions 3 and 4 share the order (Khungurn, Talking Head(?) Anime from a Single Image 3, 2022, and 4, 2023); version 1
knows six of its own, and `first_pose` makes those of the 45. "Left" and "right" are the character's own, as in
engines.face.topology: the right eye is on the left of the picture. Pose 0 is the character at rest, mouth closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pose = NDArray[np.float32]


@dataclass(frozen=True)
class Parameter:
    """One of the numbers.

    Attributes:
        name: as published.
        group: what it moves: eyebrow, eye, iris, mouth, gaze, head, body or breathing.
        low: least value.
        high: greatest value.
    """

    name: str
    group: str
    low: float
    high: float


def _sided(group: str, *names: str) -> list[Parameter]:
    return [Parameter(f"{name}_{side}", group, 0, 1) for name in names for side in ("left", "right")]


def _single(group: str, low: float, *names: str) -> list[Parameter]:
    return [Parameter(name, group, low, 1) for name in names]


PARAMETERS: tuple[Parameter, ...] = (
    *_sided(
        "eyebrow",
        *(f"eyebrow_{mood}" for mood in ("troubled", "angry", "lowered", "raised", "happy", "serious")),
    ),
    *_sided(
        "eye",
        *("eye_wink", "eye_happy_wink", "eye_surprised", "eye_relaxed", "eye_unimpressed"),
        "eye_raised_lower_eyelid",
    ),
    *_sided("iris", "iris_small"),
    *_single("mouth", 0, *(f"mouth_{shape}" for shape in ("aaa", "iii", "uuu", "eee", "ooo", "delta"))),
    *_sided("mouth", "mouth_lowered_corner", "mouth_raised_corner"),
    *_single("mouth", 0, "mouth_smirk"),
    *_single("gaze", -1, "iris_rotation_x", "iris_rotation_y"),
    *_single("head", -1, "head_x", "head_y", "neck_z"),
    *_single("body", -1, "body_y", "body_z"),
    *_single("breathing", 0, "breathing"),
)

INDEX: dict[str, int] = {parameter.name: index for index, parameter in enumerate(PARAMETERS)}
COUNT = len(PARAMETERS)
FACE_COUNT = INDEX["head_x"]  # what comes before moves the face alone

LOW = np.array([parameter.low for parameter in PARAMETERS], np.float32)
HIGH = np.array([parameter.high for parameter in PARAMETERS], np.float32)

VOWELS = ("mouth_aaa", "mouth_iii", "mouth_uuu", "mouth_eee", "mouth_ooo", "mouth_delta")


def group(name: str) -> list[int]:
    """Return the places of a group's parameters, in order."""
    return [index for index, parameter in enumerate(PARAMETERS) if parameter.group == name]


def rest() -> Pose:
    """Return (45,) float32, the character at rest."""
    return np.zeros(COUNT, np.float32)


def within(pose: NDArray[np.floating[Any]]) -> Pose:
    """Return the pose (45,) with every number in its range; what is not a number becomes 0."""
    return np.clip(np.nan_to_num(pose, posinf=0, neginf=0), LOW, HIGH).astype(np.float32)
