"""Lids follow the driver by how far they are closed, so that any eye closes fully whatever its shape."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from engines.base import Controls
from engines.face.topology import EyeTopology
from engines.rig.lid_kernel import Points, Rows, closure, hold_rows, mean_opening, place_lids

# The aperture (lid distance over eye width) that tracking reports for a closed eye.
CLOSED = 0.085
_LEAST_OPEN = 0.10


@dataclass(frozen=True)
class _Rows:
    """An eye's landmarks as array indices: made once, as they are used in every frame.

    Attributes:
        ends: (2,) outer and inner corner.
        iris: (5,) its centre and rim.
        lines: (6, 7) both lids' edges, then the skin around: upper near and far, lower near and far.
    """

    ends: Rows
    iris: Rows
    lines: Rows


@lru_cache(maxsize=2)
def _rows(eye: EyeTopology) -> _Rows:
    return _Rows(
        ends=np.array([eye.outer, eye.inner]),
        iris=np.array([eye.iris, *eye.iris_rim]),
        lines=np.array([eye.upper, eye.lower, *eye.upper_rings, *eye.lower_rings]),
    )


@dataclass(frozen=True)
class LidRest:
    """What an eye's lids are measured against.

    Attributes:
        local: (478, 3) the driver at rest.
        level: the lids' distance over the eye's width, the mean along the lids; never quite 0.
        width: of the eye, centimetres.
        share: (7,) how far the lids' distance at each place is to be trusted, over the distance at rest there.
        whole: (7,) how far the mean distance stands for each place instead.
        closed: the opening over that at rest which counts as closed.
    """

    local: Points
    level: float
    width: float
    share: Points
    whole: Points
    closed: float


def rest_of(driver_rest: Points, opening_from: Points, eye: EyeTopology) -> LidRest:
    """Measure the lids at rest, once for a neutral.

    Args:
        driver_rest: (478, 3) the driver at rest.
        opening_from: (478, 3) the face whose opening counts as 1: the driver's at rest, in absolute mode the avatar's.
        eye: which.
    """
    rest = _openings(opening_from, eye)
    level = max(float(rest.mean()), _LEAST_OPEN)
    # Near the corners the gaps are too small to be measured: there the whole lid's opening counts.
    trusted = np.clip(rest / level - 0.4, 0, 1) if rest.mean() > _LEAST_OPEN else np.zeros_like(rest)
    return LidRest(
        driver_rest,
        level,
        _width(driver_rest, eye),
        np.asarray(trusted / np.maximum(rest, 1e-3), np.float64),
        np.asarray(1 - trusted, np.float64),
        min(CLOSED / level, 0.7),
    )


def move_lids(
    local: Points,
    base: Points,
    move: Points,
    driver: Points,
    rest: LidRest,
    eye: EyeTopology,
    controls: Controls,
    more: float = 0.0,
) -> float:
    """Place an eye's lids, the skin around them and the iris, in place.

    Args:
        local: (478, 3) the avatar's face so far, changed here.
        base: (478, 3) where the move starts from.
        move: (468, 3) the move local has made.
        driver: (478, 3) the driver now.
        rest: what the driver is measured against.
        eye: which.
        controls: gain of the eyes.
        more: what is added to the driver's opening, so that it suits the other eye's.

    Returns:
        The opening over the avatar's own.
    """
    rows = _rows(eye)
    numbers = rest.level, rest.width, rest.closed, float(controls.eyes), more
    lids = rest.local, rows.lines, rows.ends, rest.share, rest.whole
    opening = place_lids(local, base, move, driver, *lids, numbers)
    outer, inner = rows.ends
    local[rows.iris] = base[rows.iris] + (move[outer] + move[inner]) / 2
    return float(opening)


def ratio_of(driver: Points, rest: LidRest, eye: EyeTopology) -> float:
    """Return the driver's (478, 3) lid distance over the one at rest."""
    rows = _rows(eye)
    return float(mean_opening(driver, rows.lines, rows.ends)) / rest.level


def openings_of(ratio: Points, closed: Points) -> Points:
    """Return (2,) how open two eyes are, 1 at rest and 0 shut.

    Args:
        ratio: (2,) lid distances over those at rest.
        closed: (2,) which of them count as closed.
    """
    return np.array([closure(*eye) for eye in zip(ratio, closed, strict=True)])


def hold_lids(local: Points, base: Points, eye: EyeTopology) -> None:
    """Keep the lids of a drawn eye, and the skin around them, where its corners go, in place.

    A drawn eye's painter slides the lash line itself, over a face that is not bent there.

    Args:
        local: (478, 3) the avatar's face so far, changed here.
        base: (478, 3) where the move starts from.
        eye: which.
    """
    rows = _rows(eye)
    hold_rows(local, base, rows.lines, rows.ends)


def _openings(points: Points, eye: EyeTopology) -> Points:
    """Return (7,) the lids' distance over the eye's width, along the lids."""
    upper, lower = _rows(eye).lines[:2]
    return np.asarray(np.hypot(*(points[upper, :2] - points[lower, :2]).T) / _width(points, eye))


def _width(points: Points, eye: EyeTopology) -> float:
    return max(float(np.hypot(*(points[eye.outer, :2] - points[eye.inner, :2]))), 1e-6)
