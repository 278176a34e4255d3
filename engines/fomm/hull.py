"""How large a face is by its keypoints: what makes the driver's motion fit an avatar of another size.

Numpy alone: a calibration must not wait for PyTorch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_SMALLEST_AREA = 1e-6
_Point = tuple[float, ...]


def movement_scale(source_value: NDArray[Any], neutral_value: NDArray[Any]) -> float:
    """Return how much larger the avatar's face is than the driver's, by the hulls of their keypoints.

    Args:
        source_value: (..., K, 2) keypoints of the avatar.
        neutral_value: (..., K, 2) keypoints of the driver at rest.

    Returns:
        The square root of the ratio of the hulls' areas; 1 where a hull is empty, or no hull, and says nothing.
    """
    source, neutral = hull_area(source_value), hull_area(neutral_value)
    if source >= _SMALLEST_AREA and neutral >= _SMALLEST_AREA:
        return float(np.sqrt(source) / np.sqrt(neutral))
    return 1.0


def hull_area(points: NDArray[Any]) -> float:
    """Return the area of the convex hull of (..., 2) points."""
    corners = sorted(map(tuple, np.asarray(points, np.float64).reshape(-1, 2).tolist()))
    # Along the lower side and back along the upper one, keeping only corners that turn left (monotone chain).
    outline = np.array(_side(corners) + _side(corners[::-1]))
    x, y = outline.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def _side(points: list[_Point]) -> list[_Point]:
    """Return one side of the hull of sorted points, without its last corner, with which the other side begins."""
    kept: list[_Point] = []
    for point in points:
        while len(kept) >= 2 and _turn(kept[-2], kept[-1], point) <= 0:
            kept.pop()
        kept.append(point)
    return kept[:-1] or kept


def _turn(a: _Point, b: _Point, c: _Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
