"""The head's pose: the similarity that carries the canonical head onto the landmarks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.face.canonical import canonical_head
from engines.face.topology import SKIN_COUNT

# Image axes (y down, z away from the viewer) against head axes (y up, z towards the viewer).
FLIP = np.array([1.0, -1.0, -1.0])


@dataclass(frozen=True)
class HeadPose:
    """landmark * FLIP = scale * rotation @ local + shift.

    Attributes:
        scale: pixels a centimetre of the canonical head takes.
        rotation: (3, 3), head axes to flipped image axes.
        shift: (3,), flipped pixels.
    """

    scale: float
    rotation: NDArray[np.float64]
    shift: NDArray[np.float64]

    @property
    def angles(self) -> tuple[float, float, float]:
        """Yaw (positive to the viewer's right), pitch (positive up), roll (positive counter-clockwise): degrees."""
        r = self.rotation
        yaw = math.atan2(r[0, 2], r[2, 2])
        pitch = math.asin(max(-1.0, min(1.0, -r[1, 2])))
        roll = math.atan2(r[1, 0], r[1, 1])
        return math.degrees(yaw), -math.degrees(pitch), math.degrees(roll)

    def to_local(self, landmarks: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return landmarks (N, 3) in the head's own axes, centimetres: what is left is identity and expression."""
        return np.asarray((landmarks * FLIP - self.shift) @ self.rotation / self.scale)

    def to_image(self, local: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return points (N, 3) of the head's axes as landmarks: x, y in pixels, z of the same scale, away positive."""
        return np.asarray((self.scale * local @ self.rotation.T + self.shift) * FLIP)


def fit_pose(landmarks: NDArray[np.floating[Any]]) -> HeadPose:
    """Fit the head's pose to landmarks (>= 468, 3) in pixels: weighted least squares (Umeyama, 1991, eq. 40-43)."""
    head = canonical_head()
    points, weights = landmarks[:SKIN_COUNT] * FLIP, head.rigid_weights.astype(np.float64)
    model_mean, points_mean = weights @ head.vertices, weights @ points
    model, centred = head.vertices - model_mean, points - points_mean
    u, singular, vt = np.linalg.svd((weights[:, None] * centred).T @ model)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * signs) @ vt
    scale = float((singular * signs).sum() / (weights @ (model**2).sum(axis=1)))
    return HeadPose(scale, rotation, points_mean - scale * rotation @ model_mean)
