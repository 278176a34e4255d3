"""The pose of a Talking Head Anime character: 45 numbers, in the order its networks take them.

Versions 3 and 4 share the order (Khungurn, Talking Head(?) Anime from a Single Image 3, 2022, and 4, 2023); version 1
knows six of its own, and engines.tha.tha1.pose makes those of the 45. "Left" and "right" are the character's own, as
in engines.face.topology: the right eye is on the left of the picture. Pose 0 is the character at rest, mouth closed.
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


def exclusive(pose: NDArray[np.floating[Any]]) -> Pose:
    """Return the pose (45,) without asking for more of a feature than there is.

    The networks know brows, lids and mouths in one shape, or partly in two; never wholly in several. A closed eye that
    is to close again loses its lashes.
    """
    shared = np.array(pose, np.float32)
    for alternatives in _ALTERNATIVES:
        whole = float(shared[alternatives].sum())
        if whole > 1:
            shared[alternatives] /= whole
    for closing, others in _LIDS:
        shared[others] *= 1 - shared[closing].sum()
    return shared


def within(pose: NDArray[np.floating[Any]]) -> Pose:
    """Return the pose (45,) with every number in its range; what is not a number becomes 0."""
    return np.clip(np.nan_to_num(pose, posinf=0, neginf=0), LOW, HIGH).astype(np.float32)


def _of(side: str, *names: str) -> list[int]:
    return [INDEX[f"{name}_{side}"] for name in names]


_CLOSING, _STARING = ("eye_wink", "eye_happy_wink", "eye_relaxed"), ("eye_surprised", "eye_unimpressed")
_ALTERNATIVES = [
    group("eyebrow")[0::2],
    group("eyebrow")[1::2],
    *(_of(side, *_CLOSING) for side in ("left", "right")),
    *(_of(side, *_STARING) for side in ("left", "right")),
    [*(INDEX[vowel] for vowel in VOWELS), INDEX["mouth_smirk"]],
]
_LIDS = [(_of(side, *_CLOSING), _of(side, *_STARING)) for side in ("left", "right")]
