"""Lips: they never cross, and a mouth photographed open has a closed state to go to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.face.canonical import canonical_head
from engines.face.topology import (
    LIP_INNER_LOWER,
    LIP_INNER_UPPER,
    LIP_OUTER_LOWER,
    LIP_OUTER_UPPER,
    LIP_RINGS_LOWER,
    LIP_RINGS_UPPER,
    SKIN_COUNT,
)

Points = NDArray[np.float64]

_UPPER, _LOWER = np.array(LIP_INNER_UPPER[1:-1]), np.array(LIP_INNER_LOWER[1:-1])
# Lip lines from the inside out (corners left out), and how much of the inner line's correction each shares.
_SHARES = (0.85, 0.65, 0.45)
_UPPER_LINES = [np.array(line[1:-1]) for line in (*LIP_RINGS_UPPER, LIP_OUTER_UPPER)]
_LOWER_LINES = [np.array(line[1:-1]) for line in (*LIP_RINGS_LOWER, LIP_OUTER_LOWER)]
_UPPER_SHARE = 0.3


def part_lips(local: Points) -> None:
    """Move lips that cross apart until they touch, in place; the whole lips follow. local: (478, 3) cm."""
    gap = local[_UPPER, 1] - local[_LOWER, 1]
    cross = np.minimum(gap, 0)
    if not cross.any():
        return
    local[_UPPER, 1] -= cross / 2
    local[_LOWER, 1] += cross / 2
    for share, upper, lower in zip(_SHARES, _UPPER_LINES, _LOWER_LINES, strict=True):
        local[upper, 1] -= share * cross / 2
        local[lower, 1] += share * cross / 2


def close_mouth(local: Points) -> Points:
    """Return the face with its mouth closed: the upper lip comes down a little, lower lip and jaw come up.

    local: (478, 3) cm; left as it is.
    """
    closed = local.copy()
    gap = local[_UPPER] - local[_LOWER]
    gap *= (gap[:, 1] > 0)[:, None]
    up, down = (1 - _UPPER_SHARE) * gap, -_UPPER_SHARE * gap
    jaw, lips = _jaw_share(), np.concatenate([_UPPER, *_UPPER_LINES, _LOWER, *_LOWER_LINES])
    jaw[lips] = 0
    closed[:SKIN_COUNT] += jaw[:, None] * up[len(up) // 2]
    closed[_UPPER] += down
    closed[_LOWER] += up
    for share, upper, lower in zip((0.95, 0.9, 0.85), _UPPER_LINES, _LOWER_LINES, strict=True):
        closed[upper] += share * down
        closed[lower] += up
    return closed


def _jaw_share() -> NDArray[np.float64]:
    """Return (468,) how much each landmark moves with the jaw: chin 1, falling to the sides and to the lips."""
    x, y = (
        canonical_head().vertices[:, 0].astype(np.float64),
        canonical_head().vertices[:, 1].astype(np.float64),
    )
    below = np.clip((-4.6 - y) / 1.2, 0, 1)
    return np.asarray(below * np.exp(-((x / 5.0) ** 2)))
