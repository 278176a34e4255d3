"""Single numbers read from a face: how open the eyes and the mouth are, where the irises look.

All are ratios of lengths in the picture, so they do not change with the face's size, place or roll.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.face.topology import LEFT_EYE, LIP_INNER_LOWER, LIP_INNER_UPPER, RIGHT_EYE, EyeTopology


def eye_aperture(points: NDArray[np.floating[Any]], eye: EyeTopology) -> float:
    """Return the mean distance of the lids over the eye's width: about 0.05 closed, 0.3 open. points: (>= 468, 2+)."""
    width = np.linalg.norm(points[eye.outer, :2] - points[eye.inner, :2])
    gaps = points[list(eye.upper[1:6]), :2] - points[list(eye.lower[1:6]), :2]
    return float(np.linalg.norm(gaps, axis=1).mean() / max(width, 1e-6))


def mouth_aperture(points: NDArray[np.floating[Any]]) -> float:
    """Return the mean gap of the inner lips over the distance of the outer eye corners: 0 closed, 0.5 a yawn."""
    between = np.linalg.norm(points[RIGHT_EYE.outer, :2] - points[LEFT_EYE.outer, :2])
    gaps = points[list(LIP_INNER_UPPER[2:9]), :2] - points[list(LIP_INNER_LOWER[2:9]), :2]
    return float(np.linalg.norm(gaps, axis=1).mean() / max(between, 1e-6))


def gaze(local: NDArray[np.floating[Any]], eye: EyeTopology) -> NDArray[np.float64]:
    """Return (2,) the iris' place from the middle of the corners over the eye's width.

    x to the person's left, y up, when local is (478, 3) in the head's axes (HeadPose.to_local).
    """
    outer, inner = local[eye.outer, :2], local[eye.inner, :2]
    return np.asarray(
        (local[eye.iris, :2] - (outer + inner) / 2) / max(float(np.linalg.norm(outer - inner)), 1e-6)
    )
