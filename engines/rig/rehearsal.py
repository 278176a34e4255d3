"""One strong expression, played before anyone watches: it makes every inner loop be compiled and loaded.

Otherwise the first blink or the first open mouth of a call would stall: seconds on a machine's very first start.
"""

from __future__ import annotations

import numpy as np

from engines.base import Controls, Face, Puppet, View
from engines.face.topology import (
    EYES,
    JAW,
    LIP_INNER_LOWER,
    LIP_OUTER_LOWER,
    LIP_RINGS_LOWER,
    MOUTH_CORNERS,
)

_SIDE = 96  # of the output it is played to, pixels
# How far the lids close, the iris goes (eye widths) and the lower lip drops (mouth widths).
_CLOSING, _GLANCE, _DROP = 0.55, 0.15, 0.5


def rehearse(puppet: Puppet) -> None:
    """Animate the puppet once with half-shut eyes, a glance and an open mouth."""
    face = puppet.avatar.face
    scale = _SIDE / max(face.size)
    puppet.animate(expressive(face), face, Controls(), View(_SIDE, _SIDE, scale))


def expressive(face: Face) -> Face:
    """Return the face with half-shut eyes that glance aside, and an open mouth."""
    points = face.landmarks.copy()
    for eye in EYES:
        upper, lower = list(eye.upper), list(eye.lower)
        points[upper] += _CLOSING * (points[lower] - points[upper])
        points[[eye.iris, *eye.iris_rim]] += _GLANCE * (points[eye.inner] - points[eye.outer])
    right, left = MOUTH_CORNERS
    width = float(np.linalg.norm(points[left, :2] - points[right, :2]))
    dropping = {
        *JAW,
        *LIP_INNER_LOWER[1:-1],
        *LIP_OUTER_LOWER[1:-1],
        *(i for ring in LIP_RINGS_LOWER for i in ring[1:-1]),
    }
    points[sorted(dropping), 1] += _DROP * width
    return Face(points, face.size, face.time_s)
