"""The inner loop that paints an eyeball through a lid opening. Compiled by numba at first use and kept on disk."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, fastmath=True, nogil=True, inline="always")  # type: ignore[misc]
def _at(table: NDArray[np.float32], u: float) -> float:
    """Return table at u, 0 to 1, between its nodes."""
    x = u * (table.shape[0] - 1)
    i = min(max(int(x), 0), table.shape[0] - 2)
    return table[i] + (table[i + 1] - table[i]) * (x - i)


@numba.njit(cache=True, fastmath=True, nogil=True)  # type: ignore[misc]
def paint_ball(
    canvas: NDArray[np.uint8],
    box: tuple[int, int, int, int],
    inverse: NDArray[np.float64],
    curves: NDArray[np.float32],
    white: NDArray[np.float32],
    white_map: tuple[float, float, float],
    iris: NDArray[np.float32],
    iris_map: NDArray[np.float64],
    edges: tuple[NDArray[np.float32], NDArray[np.float32]],
    reach: float,
    soft: float,
    amount: float,
) -> None:
    """Paint white, iris and lid shadows inside the lid curves, in place; the canvas' alpha stays.

    Args:
        canvas: (H, W, 4) premultiplied.
        box: x0, y0, x1, y1 to visit, within the canvas.
        inverse: (2, 3) pixels to slit coordinates (u, v).
        curves: (4, NODES) upper edge, lower edge (v), pixels per v across either.
        white: (h, w, 3) the eyeball's chart.
        white_map: chart pixels per unit, u of the first column, v of the first row.
        iris: (s, s, 4) colour and alpha 0-1.
        iris_map: (2, 3) pixels to the sprite's pixels.
        edges: (h, w, 3) factors along the upper and the lower lid, columns as in white.
        reach: v the factors' rows span.
        soft: width of the lids' soft edge, pixels.
        amount: 0 leaves the canvas, 1 replaces it.
    """
    pixels, left, top = white_map
    height, width = white.shape[0], white.shape[1]
    side = iris.shape[0]
    rows = edges[0].shape[0]
    colour = np.empty(3, np.float32)
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            px, py = x + 0.5, y + 0.5
            u = inverse[0, 0] * px + inverse[0, 1] * py + inverse[0, 2]
            if u <= 0.0 or u >= 1.0:
                continue
            v = inverse[1, 0] * px + inverse[1, 1] * py + inverse[1, 2]
            above, below = v - _at(curves[0], u), _at(curves[1], u) - v
            cover = min(max(above * _at(curves[2], u) / soft + 0.5, 0.0), 1.0)
            cover *= min(max(below * _at(curves[3], u) / soft + 0.5, 0.0), 1.0)
            if cover <= 0.0:
                continue
            cx = min(max((u - left) * pixels - 0.5, 0.0), width - 1.001)
            cy = min(max((v - top) * pixels - 0.5, 0.0), height - 1.001)
            ix, iy = int(cx), int(cy)
            fx, fy = cx - ix, cy - iy
            w11 = fx * fy
            w10, w01 = fx - w11, fy - w11
            w00 = 1.0 - w10 - w01 - w11
            for c in range(3):
                colour[c] = (
                    white[iy, ix, c] * w00
                    + white[iy, ix + 1, c] * w10
                    + white[iy + 1, ix, c] * w01
                    + white[iy + 1, ix + 1, c] * w11
                )
            sx = iris_map[0, 0] * px + iris_map[0, 1] * py + iris_map[0, 2]
            sy = iris_map[1, 0] * px + iris_map[1, 1] * py + iris_map[1, 2]
            if 0.0 <= sx < side - 1.001 and 0.0 <= sy < side - 1.001:
                jx, jy = int(sx), int(sy)
                gx, gy = sx - jx, sy - jy
                v11 = gx * gy
                v10, v01 = gx - v11, gy - v11
                v00 = 1.0 - v10 - v01 - v11
                alpha = (
                    iris[jy, jx, 3] * v00
                    + iris[jy, jx + 1, 3] * v10
                    + iris[jy + 1, jx, 3] * v01
                    + iris[jy + 1, jx + 1, 3] * v11
                )
                for c in range(3):
                    over = (
                        iris[jy, jx, c] * v00
                        + iris[jy, jx + 1, c] * v10
                        + iris[jy + 1, jx, c] * v01
                        + iris[jy + 1, jx + 1, c] * v11
                    )
                    colour[c] += (over - colour[c]) * alpha
            for k in range(2):
                depth = above if k == 0 else below
                if depth < reach:
                    row = min(max(depth / reach * rows - 0.5, 0.0), rows - 1.001)
                    r = int(row)
                    fr = row - r
                    edge = edges[k]
                    for c in range(3):
                        near = edge[r, ix, c] * (1.0 - fx) + edge[r, ix + 1, c] * fx
                        far = edge[r + 1, ix, c] * (1.0 - fx) + edge[r + 1, ix + 1, c] * fx
                        colour[c] *= near + (far - near) * fr
            share = cover * amount
            opaque = canvas[y, x, 3] / 255.0
            for c in range(3):
                new = canvas[y, x, c] * (1.0 - share) + min(colour[c], 255.0) * opaque * share
                canvas[y, x, c] = np.uint8(min(max(new + 0.5, 0.0), 255.0))
