"""What a pose is read from: lengths and angles of a face, measured in the head's own axes.

Lengths are centimetres of the canonical head, so that neither the camera's distance nor the head's turn changes them.
Pairs are the person's own left, then right, as in a pose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.face.calm import Pair
from engines.face.measures import eye_aperture, gaze, mouth_aperture
from engines.face.topology import (
    BROW_LEFT_UPPER,
    BROW_RIGHT_UPPER,
    LEFT_EYE,
    LIP_INNER_LOWER,
    LIP_INNER_UPPER,
    MOUTH_CORNERS,
    RIGHT_EYE,
    EyeTopology,
)

Points = NDArray[np.float64]

_EYES = (LEFT_EYE, RIGHT_EYE)
_BROWS_INNER = (BROW_LEFT_UPPER[:2], BROW_RIGHT_UPPER[-2:])
_BROWS_OUTER = (BROW_LEFT_UPPER[-2:], BROW_RIGHT_UPPER[:2])
_LIPS_MIDDLE = (LIP_INNER_UPPER[5], LIP_INNER_LOWER[5])
_RIGHT_CORNER, _LEFT_CORNER = MOUTH_CORNERS


@dataclass(frozen=True)
class Measures:
    """A face in numbers.

    Attributes:
        eyes: (2,) apertures, lid distance over eye width.
        lower_lids: (2,) height of the lower lids over the line of the eye's corners, cm.
        brows_inner: (2,) height of the brows' ends at the nose, cm.
        brows_outer: (2,) height of their ends at the temples, cm.
        corners: (2,) height of the mouth's corners, cm.
        hang: (2,) how far they hang below the middle of the inner lips, cm.
        width: of the mouth, cm.
        gap: of the inner lips, over the distance of the outer eye corners.
        gaze: (2,) where the irises are, both eyes together: towards the person's left and up, eye widths.
    """

    eyes: Pair
    lower_lids: Pair
    brows_inner: Pair
    brows_outer: Pair
    corners: Pair
    hang: Pair
    width: float
    gap: float
    gaze: Pair


def measure(local: Points) -> Measures:
    """Return a face's numbers. local: (478, 3) cm, the head's axes (HeadPose.to_local)."""
    local = _levelled(local)
    left, right = local[_LEFT_CORNER], local[_RIGHT_CORNER]
    corners = np.array([left[1], right[1]])
    return Measures(
        eyes=np.array([eye_aperture(local, eye) for eye in _EYES]),
        lower_lids=np.array([_lower_lid(local, eye) for eye in _EYES]),
        brows_inner=np.array([local[list(chain), 1].mean() for chain in _BROWS_INNER]),
        brows_outer=np.array([local[list(chain), 1].mean() for chain in _BROWS_OUTER]),
        corners=corners,
        hang=local[list(_LIPS_MIDDLE), 1].mean() - corners,
        width=float(np.linalg.norm(left - right)),
        gap=mouth_aperture(local),
        gaze=np.mean([gaze(local, eye) for eye in _EYES], axis=0),
    )


def _levelled(local: Points) -> Points:
    """Return the face turned so that its eyes are level.

    A head's pose is an estimate, which a lopsided mouth pulls askew: one brow and one corner would seem to rise.
    """
    right, left = (local[[eye.outer, eye.inner], :2].mean(axis=0) for eye in (RIGHT_EYE, LEFT_EYE))
    x, y = (left - right) / max(float(np.linalg.norm(left - right)), 1e-6)
    return np.asarray(local @ np.array([[x, -y, 0], [y, x, 0], [0, 0, 1]]))


def _lower_lid(local: Points, eye: EyeTopology) -> float:
    return float(local[list(eye.lower[2:5]), 1].mean() - (local[eye.outer, 1] + local[eye.inner, 1]) / 2)
