"""Faces made of numbers: the average head, placed and posed at will."""

from __future__ import annotations

import math

import numpy as np

from engines.base import Face
from engines.face.canonical import canonical_head
from engines.face.pose import HeadPose
from engines.face.topology import EYES, LANDMARK_COUNT, LIP_INNER_LOWER, LIP_INNER_UPPER, SKIN_COUNT


def made_face(
    size: tuple[int, int] = (640, 480),
    *,
    yaw_deg: float = 0.0,
    shift: tuple[float, float] = (0.0, 0.0),
    closed: float | tuple[float, float] = 0.0,
    mouth_open: float = 0.0,
    time_s: float = 0.0,
    share: float = 0.5,
) -> Face:
    """The average face in the middle of a frame, share of its height high.

    closed is of both eyes or of each, shift in pixels, mouth_open in cm.
    """
    local = np.zeros((LANDMARK_COUNT, 3))
    local[:SKIN_COUNT] = canonical_head().vertices
    for eye, shut in zip(EYES, closed if isinstance(closed, tuple) else (closed, closed), strict=True):
        middle = (local[eye.outer] + local[eye.inner]) / 2 + (0, 0, 0.3)
        radius = 0.18 * np.linalg.norm(local[eye.outer] - local[eye.inner])
        local[eye.iris] = middle
        for rim, angle in zip(eye.iris_rim, range(0, 360, 90), strict=True):
            turn = math.radians(angle)
            local[rim] = middle + radius * np.array([math.cos(turn), math.sin(turn), 0])
        gap = local[list(eye.lower)] - local[list(eye.upper)]
        local[list(eye.upper)] += shut * gap
    for upper, lower in zip(LIP_INNER_UPPER[1:-1], LIP_INNER_LOWER[1:-1], strict=True):
        local[lower] = local[upper] - (0, 0.05 + mouth_open, 0)
    scale = share * size[1] / np.ptp(local[:SKIN_COUNT, 1])
    turn = math.radians(yaw_deg)
    rotation = np.array(
        [[math.cos(turn), 0, math.sin(turn)], [0, 1, 0], [-math.sin(turn), 0, math.cos(turn)]]
    )
    place = np.array([size[0] / 2 + shift[0], -size[1] / 2 - shift[1], 0])
    landmarks = HeadPose(scale, rotation, place).to_image(local)
    return Face(landmarks.astype(np.float32), size, time_s)
