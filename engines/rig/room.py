"""How far a head may move before what the picture's border cut off would show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.topology import FACE_OVAL

# Centimetres the head's middle may leave its place across and up, with room all around.
SHIFT_CM = np.array([8.0, 6.0])
# How much it may shrink (natural logarithm), free and where a border cuts the head off.
SHRINKING, SHRINKING_CUT = 0.25, 0.08
# The share of what lies between the face and a border that cuts it off which may be stretched.
_STRETCH = 0.6
_LEAST_CM = 1.5
_CUT = 127


@dataclass(frozen=True)
class Room:
    """Limits of the head's move.

    Attributes:
        right_up: (2,) centimetres to the picture's right and up.
        left_down: (2,) centimetres to the left and down.
        shrinking: natural logarithm, > 0.
    """

    right_up: NDArray[np.float64]
    left_down: NDArray[np.float64]
    shrinking: float

    def limit(self, shift_cm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the limits (2,) for a move (2,) x right, y up."""
        return np.where(shift_cm > 0, self.right_up, self.left_down)


def room_of(avatar: Avatar) -> Room:
    """Measure the room around a picture's face."""
    scale, matte = avatar.face.pose.scale, avatar.matte
    height, width = matte.shape
    outline = avatar.landmarks[list(FACE_OVAL), :2]
    left, top = np.clip(outline.min(axis=0), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(outline.max(axis=0) + 1, 1, (width, height)).astype(int)
    hair = max(0, top - (bottom - top) // 3)
    free = np.array([SHIFT_CM, SHIFT_CM])
    sides = (
        (0, 0, matte[hair:bottom, 0], left),
        (1, 0, matte[hair:bottom, -1], width - right),
        (0, 1, matte[-1, left:right], height - bottom),
        (1, 1, matte[0, left:right], top),
    )
    cut = [bool((line > _CUT).any()) for _, _, line, _ in sides]
    for (row, axis, _, gap), touched in zip(sides, cut, strict=True):
        if touched:
            free[row, axis] = np.clip(_STRETCH * gap / scale, _LEAST_CM, SHIFT_CM[axis])
    tight = cut[0] or cut[1] or cut[3]
    return Room(free[0], free[1], SHRINKING_CUT if tight else SHRINKING)
