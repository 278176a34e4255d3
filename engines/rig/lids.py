"""Lids follow the driver by how far they are closed, so that any eye closes fully whatever its shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.base import Controls
from engines.face.topology import EyeTopology

Points = NDArray[np.float64]

# The aperture (lid distance over eye width) that tracking reports for a closed eye.
CLOSED = 0.085
WIDEST = 1.6
_LEAST_OPEN = 0.10
_LOWER_LID = 0.3
# How much of a lid's move the skin rings around it share.
_RING_SHARES = (0.5, 0.12)


def closure(ratio: Points, closed: float) -> Points:
    """Return the lids' opening for an aperture over the resting aperture.

    Equal to the ratio where the eye is open, 0 where the ratio falls to closed, smooth between.
    """
    lack = np.clip((1 - ratio) / max(1 - closed, 1e-6), 0, None)
    return np.clip(ratio - closed * lack**2, 0, WIDEST)


def move_lids(
    local: Points,
    base: Points,
    move: Points,
    driver: Points,
    driver_rest: Points,
    avatar: Points,
    eye: EyeTopology,
    controls: Controls,
) -> float:
    """Place an eye's lids, the skin around them and the iris, in place.

    Args:
        local: (478, 3) the avatar's face so far, changed here.
        base: (478, 3) where the move starts from.
        move: (468, 3) the move local has made.
        driver: (478, 3) the driver now.
        driver_rest: (478, 3) the driver at rest.
        avatar: (478, 3) the avatar's own face.
        eye: which.
        controls: gain of the eyes; in absolute mode the aperture is the driver's own.

    Returns:
        The opening over the avatar's own.
    """
    upper, lower = np.array(eye.upper), np.array(eye.lower)
    ends = np.array([eye.outer, eye.inner])
    now, rest, own = (
        _gaps(points, upper, lower) / _width(points, eye) for points in (driver, driver_rest, avatar)
    )
    if not controls.relative:
        rest = own
    # Near the corners the gaps are too small to be measured: there the whole lid's opening counts.
    level = max(float(rest.mean()), _LEAST_OPEN)
    trusted = np.clip(rest / level - 0.4, 0, 1) if rest.mean() > _LEAST_OPEN else np.zeros_like(rest)
    whole = float(now.mean()) / level
    ratio = whole + trusted * (now / np.maximum(rest, 1e-3) - whole)
    opening = np.clip(1 + (closure(ratio, min(CLOSED / level, 0.7)) - 1) * controls.eyes, 0, WIDEST)

    along = _along(base, eye, upper)
    carried = move[ends[0]] * (1 - along) + move[ends[1]] * along
    gap = base[upper] - base[lower]
    raise_ = (driver - driver_rest)[np.concatenate([ends, lower]), 1]
    lift = raise_[2:] - raise_[0] * (1 - along[:, 0]) - raise_[1] * along[:, 0]
    lift = (
        np.clip(lift / max(level * _width(driver_rest, eye), 1e-6), -_LOWER_LID, _LOWER_LID) * controls.eyes
    )
    before = local[upper].copy(), local[lower].copy()
    local[lower] = base[lower] + carried + gap * lift[:, None]
    local[upper] = local[lower] + gap * opening[:, None]
    for lids, rings, was in ((upper, eye.upper_rings, before[0]), (lower, eye.lower_rings, before[1])):
        for ring, share in zip(rings, _RING_SHARES, strict=True):
            local[list(ring)] += share * (local[lids] - was)
    iris = np.array([eye.iris, *eye.iris_rim])
    local[iris] = base[iris] + move[ends].mean(axis=0)
    return float(opening[1:6].mean())


def hold_lids(local: Points, base: Points, eye: EyeTopology) -> None:
    """Keep the lids of a drawn eye, and the skin around them, where its corners go, in place.

    A drawn eye's painter slides the lash line itself, over a face that is not bent there.

    Args:
        local: (478, 3) the avatar's face so far, changed here.
        base: (478, 3) where the move starts from.
        eye: which.
    """
    move = local - base
    for line in (eye.upper, eye.lower, *eye.upper_rings, *eye.lower_rings):
        chain = np.array(line)
        along = _along(base, eye, chain)
        local[chain] = base[chain] + move[eye.outer] * (1 - along) + move[eye.inner] * along


def _gaps(points: Points, upper: NDArray[np.int64], lower: NDArray[np.int64]) -> Points:
    return np.asarray(np.hypot(*(points[upper, :2] - points[lower, :2]).T))


def _width(points: Points, eye: EyeTopology) -> float:
    return max(float(np.hypot(*(points[eye.outer, :2] - points[eye.inner, :2]))), 1e-6)


def _along(points: Points, eye: EyeTopology, lids: NDArray[np.int64]) -> Points:
    """Return (7, 1) where each lid point lies between the outer (0) and the inner corner (1)."""
    start, way = points[eye.outer, :2], points[eye.inner, :2] - points[eye.outer, :2]
    return np.asarray(((points[lids, :2] - start) @ way / max(float(way @ way), 1e-9))[:, None])
