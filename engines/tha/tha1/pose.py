"""A pose as the first Talking Head Anime knows it: six numbers of the later versions' 45."""

from __future__ import annotations

import numpy as np

from engines.tha.pose import INDEX, Pose

_TURNS = [INDEX[name] for name in ("head_x", "head_y", "neck_z")]
_SIDES = ("left", "right")
# How far a parameter at its end closes an eye, or opens the mouth.
_CLOSING = {"eye_wink": 1.0, "eye_happy_wink": 1.0, "eye_relaxed": 1.0, "eye_unimpressed": 0.4}
_OPENING = {
    "mouth_aaa": 1.0,
    "mouth_iii": 0.45,
    "mouth_uuu": 0.4,
    "mouth_eee": 0.6,
    "mouth_ooo": 0.8,
    "mouth_delta": 0.6,
}


def to_first(pose: Pose) -> Pose:
    """Return (6,) for a pose (45,): head_x, head_y, neck_z, left_eye and right_eye (1 closed), mouth (1 open).

    At rest the mouth is 0: version 1 takes pictures of open mouths and closes them.
    """
    eyes = [
        min(sum(weight * pose[INDEX[f"{name}_{side}"]] for name, weight in _CLOSING.items()), 1.0)
        for side in _SIDES
    ]
    mouth = min(sum(weight * pose[INDEX[name]] for name, weight in _OPENING.items()), 1.0)
    return np.array([*pose[_TURNS], *eyes, mouth], np.float32)
