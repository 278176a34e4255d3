"""Reading the driver: the head's pose and the expression, measured against the driver's own neutral face."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engines.base import Face
from engines.face.canonical import canonical_head
from engines.face.pose import FLIP, HeadPose
from engines.face.topology import (
    BROW_LEFT_LOWER,
    BROW_LEFT_UPPER,
    BROW_RIGHT_LOWER,
    BROW_RIGHT_UPPER,
    EYES,
    LANDMARK_COUNT,
)

# Below this height (centimetres, canonical head) landmarks move with mouth and jaw.
_ABOVE_MOUTH_CM = -2.5
_LEAST_FACE_PX = 2.0
_MOST_PX = 1e6


def usable(face: Face) -> bool:
    """Tell whether a face's landmarks can be measured at all."""
    points = face.landmarks
    if points.shape != (LANDMARK_COUNT, 3):
        return False
    low, high = points.min(axis=0), points.max(axis=0)
    # Anything compared with what is no number is false.
    within = low.min() > -_MOST_PX and high.max() < _MOST_PX
    return bool(within and (high - low)[:2].max() > _LEAST_FACE_PX)


class Driver:
    """One driver's neutral face, and how any face of theirs differs from it.

    The turn is fitted between the driver's own two faces, over the points that neither brows, lids nor mouth
    move: closer than fitting both to an average head.

    Attributes:
        neutral: the face at rest.
        pose: its pose.
        local: (478, 3) its landmarks in the head's axes, centimetres.
    """

    def __init__(self, neutral: Face) -> None:
        self.neutral = neutral
        self.pose = neutral.pose
        self.local = neutral.local
        self._points = neutral.landmarks[_firm()] * FLIP
        self._mean = self._points.mean(axis=0)
        self._centred = self._points - self._mean
        self._spread = max(float((self._centred**2).sum()), 1e-9)

    def pose_of(self, face: Face) -> HeadPose:
        """Return the head's pose in a face: the neutral's, turned, grown and moved (Umeyama, 1991)."""
        if np.array_equal(face.landmarks, self.neutral.landmarks):
            return self.pose
        points = face.landmarks[_firm()] * FLIP
        mean = points.mean(axis=0)
        u, singular, vt = np.linalg.svd((points - mean).T @ self._centred)
        signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt)) or 1.0])
        turn = (u * signs) @ vt
        growth = max(float((singular * signs).sum()) / self._spread, 1e-3)
        shift = growth * turn @ (self.pose.shift - self._mean) + mean
        return HeadPose(growth * self.pose.scale, turn @ self.pose.rotation, shift)


@lru_cache(maxsize=1)
def _firm() -> NDArray[np.int64]:
    """Return the landmarks that tell of the skull alone."""
    moving = {*BROW_RIGHT_UPPER, *BROW_RIGHT_LOWER, *BROW_LEFT_UPPER, *BROW_LEFT_LOWER}
    for eye in EYES:
        moving.update(eye.upper, eye.lower, *eye.upper_rings, *eye.lower_rings)
    high = np.flatnonzero(canonical_head().vertices[:, 1] > _ABOVE_MOUTH_CM)
    return np.array([index for index in high.tolist() if index not in moving])
