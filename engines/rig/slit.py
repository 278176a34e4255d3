"""A slit: the opening between two curves that share their ends. Eyes and mouths are both slits.

A slit has coordinates of its own: u runs from 0 at one corner to 1 at the other, v runs down the head in units of the
slit's resting width. In these coordinates an avatar's slit and the same slit turned, shrunk or mirrored are one
picture (a chart), and the distance to either edge is one subtraction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.face.pose import HeadPose

NODES = 65
_STEPS = 4


@dataclass(frozen=True)
class SlitChains:
    """The landmarks of a slit.

    Attributes:
        upper: from corner to corner along the upper edge.
        lower: from the same corner to the same corner along the lower edge, of the same length.
    """

    upper: tuple[int, ...]
    lower: tuple[int, ...]

    def width(self, local: NDArray[np.floating[Any]]) -> float:
        """Return the distance of the corners in the head's axes, centimetres. local: (>= 468, 3)."""
        gap = local[self.upper[-1], :2] - local[self.upper[0], :2]
        return max(float(np.hypot(gap[0], gap[1])), 1e-3)


@dataclass(frozen=True)
class Slit:
    """A slit somewhere in a picture.

    Attributes:
        origin: (2,) float64 where u = v = 0: the first corner, pixels.
        basis: (2, 2) float64, pixels; columns are what one u and one v take.
        inverse: (2, 3) float64, pixels to (u, v).
        upper: (NODES,) float32, v of the upper edge at evenly spaced u from 0 to 1.
        lower: (NODES,) float32, likewise of the lower edge.
    """

    origin: NDArray[np.float64]
    basis: NDArray[np.float64]
    inverse: NDArray[np.float64]
    upper: NDArray[np.float32]
    lower: NDArray[np.float32]

    @cached_property
    def upper_pixels(self) -> NDArray[np.float32]:
        """(NODES,) pixels one v takes across the upper edge."""
        return _pixels_across(self.upper, self.inverse)

    @cached_property
    def lower_pixels(self) -> NDArray[np.float32]:
        """(NODES,) pixels one v takes across the lower edge."""
        return _pixels_across(self.lower, self.inverse)

    @property
    def width(self) -> float:
        """Distance of the corners, pixels."""
        return float(np.hypot(self.basis[0, 0], self.basis[1, 0]))

    @property
    def pixels_per_v(self) -> float:
        """Pixels one v takes across the line of the corners."""
        (a, b), (c, d) = self.basis.tolist()
        return abs(float(a * d - b * c)) / max(self.width, 1e-9)

    def to_pixels(self, uv: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return (..., 2) points of the picture for (..., 2) slit coordinates."""
        return np.asarray(uv @ self.basis.T + self.origin)

    def grown(self, by: float) -> Slit:
        """Return the slit with both edges moved outwards by v, less towards the corners."""
        arc = (by * _ARC).astype(np.float32)
        return replace(self, upper=self.upper - arc, lower=self.lower + arc)

    def inside(self, uv: NDArray[np.floating[Any]], margin: float) -> NDArray[np.bool_]:
        """Tell which (..., 2) slit coordinates lie inside, a margin (share of the gap there) away from the edges."""
        nodes = np.linspace(0, 1, NODES)
        u, v = uv[..., 0], uv[..., 1]
        upper, lower = np.interp(u, nodes, self.upper), np.interp(u, nodes, self.lower)
        away = margin * (lower - upper)
        return np.asarray((v > upper + away) & (v < lower - away) & (u > 0) & (u < 1))

    def bounds(
        self, size: tuple[int, int], above: float, below: float, beside: float = 0.05
    ) -> tuple[int, int, int, int]:
        """Return x0, y0, x1, y1 of the pixels round the slit, within (width, height); empty where x1 <= x0 or y1 <= y0.

        Args:
            size: of the picture.
            above: how far beyond the upper edge, v.
            below: how far beyond the lower edge, v.
            beside: how far beyond the corners, u.
        """
        top, bottom = float(self.upper.min()) - above, float(self.lower.max()) + below
        return self.box(size, (-beside, 1 + beside), (top, bottom))

    def box(
        self, size: tuple[int, int], across: tuple[float, float], down: tuple[float, float]
    ) -> tuple[int, int, int, int]:
        """Return x0, y0, x1, y1 of the pixels that a range of u and one of v can touch, within (width, height)."""
        (x_u, x_v), (y_u, y_v) = self.basis.tolist()
        x, y = self.origin.tolist()
        xs = [x + x_u * u + x_v * v for u in across for v in down]
        ys = [y + y_u * u + y_v * v for u in across for v in down]
        return (
            min(max(math.floor(min(xs)) - 1, 0), size[0]),
            min(max(math.floor(min(ys)) - 1, 0), size[1]),
            min(max(math.ceil(max(xs)) + 2, 0), size[0]),
            min(max(math.ceil(max(ys)) + 2, 0), size[1]),
        )


def is_mirrored(points: NDArray[np.floating[Any]], landmarks: NDArray[np.floating[Any]]) -> bool:
    """Tell whether points show landmarks flipped left to right. Both (>= 468, 2+), x but for scale and shift."""
    spread = landmarks[:468, 0] - landmarks[:468, 0].mean()
    return bool(np.dot(points[:468, 0], spread) < 0)


def place_slit(
    points: NDArray[np.floating[Any]],
    chains: SlitChains,
    pose: HeadPose,
    unit_cm: float,
    scale: float = 1.0,
    mirrored: bool = False,
) -> Slit | None:
    """Return the slit as points show it, or None where it is seen edge-on, from behind, or not at all.

    Args:
        points: (>= 468, 2+), pixels.
        chains: the slit's landmarks.
        pose: of the head, in pixels of the picture.
        unit_cm: what one v measures.
        scale: pixels of points per pixel of the picture.
        mirrored: points are flipped left to right.
    """
    edges = points[_rows(chains), :2].astype(np.float64)
    origin = edges[0, 0]
    along = edges[0, -1] - origin
    down = unit_cm * scale * pose.scale * np.array([-pose.rotation[0, 1], pose.rotation[1, 1]])
    if mirrored:
        down[0] = -down[0]
    det = along[0] * down[1] - along[1] * down[0]
    # Seen from before, the slit turns one way round; seen from behind, the other.
    turn = 1.0 if chains.upper[0] in _RIGHT_FIRST else -1.0
    if mirrored:
        turn = -turn
    if not np.isfinite(edges).all() or det * turn < 0.12 * float(down @ down):
        return None
    basis = np.column_stack([along, down])
    inverse = np.array([[down[1], -down[0]], [-along[1], along[0]]]) / det
    u_v = (edges - origin) @ inverse.T
    return Slit(
        origin=origin,
        basis=basis,
        inverse=np.column_stack([inverse, -inverse @ origin]),
        upper=_table(u_v[0]),
        lower=_table(u_v[1]),
    )


def chain_table(points: NDArray[np.floating[Any]], chain: tuple[int, ...], slit: Slit) -> NDArray[np.float32]:
    """Return (NODES,) v of another chain of landmarks between a slit's corners, at even u."""
    edge = points[list(chain), :2].astype(np.float64)
    return _table(edge @ slit.inverse[:, :2].T + slit.inverse[:, 2])


# Chains that start at a corner on the person's right: the right eye's outer, the left eye's inner, the mouth's.
_RIGHT_FIRST = frozenset({33, 362, 78, 61})


def _pixels_across(table: NDArray[np.float32], inverse: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return (NODES,) pixels one v takes at right angles to the curve."""
    line = table.astype(np.float64)
    slope = np.empty(NODES)
    slope[1:-1] = (line[2:] - line[:-2]) * ((NODES - 1) / 2)
    slope[0], slope[-1] = (line[1] - line[0]) * (NODES - 1), (line[-1] - line[-2]) * (NODES - 1)
    across = np.hypot(inverse[1, 0] - slope * inverse[0, 0], inverse[1, 1] - slope * inverse[0, 1])
    return np.asarray(1 / np.maximum(across, 1e-9), np.float32)


def _table(edge: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return (NODES,) v over even u of a smooth curve through edge (n, 2)."""
    dense = _smoothing(len(edge)) @ edge
    across = np.maximum.accumulate(dense[:, 0]) + _TINY[: len(dense)]
    return np.asarray(np.interp(_GRID, across, dense[:, 1]), np.float32)


_GRID = np.linspace(0, 1, NODES)
_ARC = np.minimum(np.minimum(_GRID, 1 - _GRID) / 0.12, 1)
_TINY = np.arange(256) * 1e-9


@lru_cache(maxsize=8)
def _rows(chains: SlitChains) -> NDArray[np.int64]:
    """Return (2, n) the landmarks of both edges."""
    return np.array([chains.upper, chains.lower])


@lru_cache(maxsize=4)
def _smoothing(count: int) -> NDArray[np.float64]:
    """Return (steps, count) weights of a Catmull-Rom spline through count points."""
    rows = []
    padded = np.vstack(
        [2 * np.eye(count)[0] - np.eye(count)[1], np.eye(count), 2 * np.eye(count)[-1] - np.eye(count)[-2]]
    )
    for segment in range(count - 1):
        p0, p1, p2, p3 = padded[segment : segment + 4]
        for t in np.arange(_STEPS) / _STEPS:
            rows.append(
                p1
                + 0.5 * t * (p2 - p0)
                + t**2 * (p0 - 2.5 * p1 + 2 * p2 - 0.5 * p3)
                + 0.5 * t**3 * (3 * p1 - p0 - 3 * p2 + p3)
            )
    rows.append(padded[-2])
    return np.array(rows)
