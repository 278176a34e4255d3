"""The inner loop that places an eye's lids. Compiled by numba at first use."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engines.rig.kernel import compiled, inlined

Points = NDArray[np.float64]
Rows = NDArray[np.int64]

WIDEST = 1.6  # openings over the one at rest
# How far the lower lid goes, openings. An eye that shows much white beneath the iris stares.
_LOWER_LID_UP, _LOWER_LID_DOWN = 0.3, 0.15
# How much of a lid's move the near and the far ring of skin around it share.
_NEAR, _FAR = 0.5, 0.12


@inlined
def closure(ratio: float, closed: float) -> float:
    """Return a lid's opening for an aperture over the resting aperture.

    Equal to the ratio where the eye is open, 0 where the ratio falls to closed, smooth between.
    """
    lack = max((1.0 - ratio) / max(1.0 - closed, 1e-6), 0.0)
    return min(max(ratio - closed * lack * lack, 0.0), WIDEST)


@compiled
def mean_opening(points: Points, lines: Rows, ends: Rows) -> float:
    """Return the lids' mean distance over the eye's width; lines and ends are place_lids()'s."""
    a, b = ends
    total = 0.0
    for i in range(lines.shape[1]):
        u, v = lines[0, i], lines[1, i]
        total += math.hypot(points[u, 0] - points[v, 0], points[u, 1] - points[v, 1])
    wide = max(math.hypot(points[a, 0] - points[b, 0], points[a, 1] - points[b, 1]), 1e-6)
    return total / lines.shape[1] / wide


@compiled
def place_lids(
    local: Points,
    base: Points,
    move: Points,
    driver: Points,
    rest: Points,
    lines: Rows,
    ends: Rows,
    share: Points,
    whole: Points,
    numbers: tuple[float, float, float, float, float],
) -> float:
    """Place the lids and the skin around them, in place; returns the mean opening over the avatar's own.

    For local, base, move and driver see engines.rig.lids.move_lids; rest is the driver's face at rest (478, 3). lines
    is (6, n): upper and lower edge, then upper rings near and far, lower rings near and far; ends (2,) are the outer
    and the inner corner. share and whole, (n,) each, are LidRest's. numbers are LidRest's level, width and closed,
    the gain, and what is added to the opening.
    """
    level, width, closed, gain, more = numbers
    a, b = ends
    count = lines.shape[1]
    wide = max(math.hypot(driver[a, 0] - driver[b, 0], driver[a, 1] - driver[b, 1]), 1e-6)
    gaps = np.empty(count)
    for i in range(count):
        u, v = lines[0, i], lines[1, i]
        gaps[i] = math.hypot(driver[u, 0] - driver[v, 0], driver[u, 1] - driver[v, 1]) / wide
    over_rest = gaps.mean() / level
    way_x, way_y = base[b, 0] - base[a, 0], base[b, 1] - base[a, 1]
    length = max(way_x * way_x + way_y * way_y, 1e-9)
    raised_a, raised_b = driver[a, 1] - rest[a, 1], driver[b, 1] - rest[b, 1]
    total = 0.0
    for i in range(count):
        u, v = lines[0, i], lines[1, i]
        ratio = whole[i] * over_rest + share[i] * gaps[i]
        opening = min(max(1.0 + (closure(ratio, closed) + more - 1.0) * gain, 0.0), WIDEST)
        if 0 < i < count - 1:
            total += opening
        high_x, high_y = base[u, 0] - base[a, 0], base[u, 1] - base[a, 1]
        along = (high_x * way_x + high_y * way_y) / length
        lift = driver[v, 1] - rest[v, 1] - raised_a * (1.0 - along) - raised_b * along
        lift = min(max(lift / (level * width), -_LOWER_LID_DOWN), _LOWER_LID_UP) * gain
        for c in range(3):
            gap = base[u, c] - base[v, c]
            lower = base[v, c] + move[a, c] * (1.0 - along) + move[b, c] * along + gap * lift
            upper = lower + gap * opening
            raised, lowered = upper - local[u, c], lower - local[v, c]
            local[u, c], local[v, c] = upper, lower
            local[lines[2, i], c] += _NEAR * raised
            local[lines[3, i], c] += _FAR * raised
            local[lines[4, i], c] += _NEAR * lowered
            local[lines[5, i], c] += _FAR * lowered
    return total / (count - 2)


@compiled
def hold_rows(local: Points, base: Points, chains: Rows, ends: Rows) -> None:
    """Move landmarks between an eye's corners as the corners move, in place.

    For local and base see engines.rig.lids.hold_lids; chains are (n, m) landmarks, ends (2,) the outer and the inner
    corner. Each takes shares of both corners' moves, by where it lies between them.
    """
    a, b = ends
    way_x, way_y = base[b, 0] - base[a, 0], base[b, 1] - base[a, 1]
    length = max(way_x * way_x + way_y * way_y, 1e-9)
    for row in range(chains.shape[0]):
        for i in range(chains.shape[1]):
            k = chains[row, i]
            along = ((base[k, 0] - base[a, 0]) * way_x + (base[k, 1] - base[a, 1]) * way_y) / length
            for c in range(3):
                outer, inner = local[a, c] - base[a, c], local[b, c] - base[b, c]
                local[k, c] = base[k, c] + outer * (1.0 - along) + inner * along
