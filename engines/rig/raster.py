"""Drawing textured triangles on the processor: kernels compiled by numba that hold no interpreter lock.

Pixels are RGBA with premultiplied alpha, four bytes read as one little-endian uint32. Compiling takes seconds, once
per machine where numba can keep its cache; where it cannot, the kernels are compiled anew in every process.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

_log = logging.getLogger(__name__)

_LANES = 0x00FF00FF00FF00FF
_HALVES = 0x0080008000800080


def compiled(signature: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that compiles a kernel at its first call, from numba's cache where there is one."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        first = Lock()  # two threads share a frame, and need not both compile

        @lru_cache(maxsize=1)
        def kernel() -> Callable[..., Any]:
            from numba import njit

            options = {"nogil": True, "error_model": "numpy", "boundscheck": False}
            try:
                return njit(signature, cache=True, **options)(function)  # type: ignore[no-any-return]
            except (RuntimeError, OSError) as error:  # no folder to keep the cache in, or it cannot be read
                _log.info("compiling %s without a cache: %s", function.__name__, error)
                return njit(signature, **options)(function)  # type: ignore[no-any-return]

        def call(*arguments: Any) -> Any:
            with first:
                run = kernel()
            return run(*arguments)

        call.__name__, call.__doc__ = function.__name__, function.__doc__
        return call

    return decorate


_MASK = np.uint64(_LANES)
_ROUND = np.uint64(_HALVES)
_LOW = np.uint64(0x00FF00FF)
_HIGH = np.uint64(0xFF00FF00)
_N8, _N24 = np.uint64(8), np.uint64(24)
_ONE, _FULL = np.uint64(1), np.uint64(256)
_BYTE, _ALPHA = np.uint64(255), np.uint64(0xFF000000)

_DRAW = (
    "void(float64[:, ::1], float64[:, ::1], int32[:, ::1], int64[::1], uint32[:, ::1], uint32[:, ::1],"
    " int64, int64, int64, int64)"
)


@compiled(_DRAW)
def draw_triangles(
    points: NDArray[np.float64],
    texels: NDArray[np.float64],
    triangles: NDArray[np.int32],
    order: NDArray[np.int64],
    texture: NDArray[np.uint32],
    canvas: NDArray[np.uint32],
    left: int,
    top: int,
    right: int,
    bottom: int,
) -> None:
    """Draw triangles over a canvas, in order, sampling the texture between its four nearest pixels.

    A pixel belongs to the triangle its middle lies in, so that triangles sharing an edge leave no gap and never both
    draw. Where both corners and texels differ by whole pixels, the texture is copied exactly.

    Args:
        points: (N, 2) corners, canvas pixels; the first pixel spans 0..1.
        texels: (N, 2) the same corners in the texture; the first pixel's middle is 0. Outside, its edge repeats.
        triangles: (T, 3) indices of corners.
        order: (K,) which triangles, from back to front.
        texture: (h, w) RGBA, premultiplied.
        canvas: (H, W) RGBA, premultiplied; changed.
        left: first column drawn to.
        top: first row drawn to.
        right: column behind the last drawn to.
        bottom: row behind the last drawn to.
    """
    stride = texture.shape[1]
    pixels, row_below = texture.ravel(), np.uint64(stride)
    most_u, most_v = ((stride - 1) << 16) - 1, ((texture.shape[0] - 1) << 16) - 1
    for index in order:
        a, b, c = triangles[index, 0], triangles[index, 1], triangles[index, 2]
        if points[a, 1] > points[b, 1]:
            a, b = b, a
        if points[b, 1] > points[c, 1]:
            b, c = c, b
        if points[a, 1] > points[b, 1]:
            a, b = b, a
        ax, ay, bx, by, cx, cy = (
            points[a, 0],
            points[a, 1],
            points[b, 0],
            points[b, 1],
            points[c, 0],
            points[c, 1],
        )
        first, behind = max(top, math.ceil(ay - 0.5)), min(bottom, math.ceil(cy - 0.5))
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if first >= behind or abs(area) < 1e-9:
            continue
        ux, uy = texels[b, 0] - texels[a, 0], texels[c, 0] - texels[a, 0]
        vx, vy = texels[b, 1] - texels[a, 1], texels[c, 1] - texels[a, 1]
        u_x, u_y = (ux * (cy - ay) - uy * (by - ay)) / area, (uy * (bx - ax) - ux * (cx - ax)) / area
        v_x, v_y = (vx * (cy - ay) - vy * (by - ay)) / area, (vy * (bx - ax) - vx * (cx - ax)) / area
        step_u, step_v = np.int64(math.floor(u_x * 65536 + 0.5)), np.int64(math.floor(v_x * 65536 + 0.5))
        # Pixels across for one row down, along the long edge and along the two short ones.
        along, above, beneath = (cx - ax) / (cy - ay), (bx - ax) / (by - ay), (cx - bx) / (cy - by)
        for y in range(first, behind):
            row = y + 0.5
            long_x = ax + (row - ay) * along
            short_x = ax + (row - ay) * above if row < by else bx + (row - by) * beneath
            start = max(left, math.ceil(min(long_x, short_x) - 0.5))
            stop = min(right, math.ceil(max(long_x, short_x) - 0.5))
            if start >= stop:
                continue
            u = texels[a, 0] + (start + 0.5 - ax) * u_x + (row - ay) * u_y
            v = texels[a, 1] + (start + 0.5 - ax) * v_x + (row - ay) * v_y
            fixed_u, fixed_v = (
                np.int64(math.floor(u * 65536 + 0.5)),
                np.int64(math.floor(v * 65536 + 0.5)),
            )
            for x in range(start, stop):
                inside_u = 0 if fixed_u < 0 else most_u if fixed_u > most_u else fixed_u
                inside_v = 0 if fixed_v < 0 else most_v if fixed_v > most_v else fixed_v
                place = np.uint64((inside_v >> 16) * stride + (inside_u >> 16))
                part_u = np.uint64(((inside_u & 65535) + 128) >> 8)
                part_v = np.uint64(((inside_v & 65535) + 128) >> 8)
                fixed_u += step_u
                fixed_v += step_v
                four = (part_u * part_v + np.uint64(128)) >> _N8
                p = np.uint64(pixels[place])
                total = ((p & _LOW) | ((p & _HIGH) << _N24)) * (_FULL + four - part_u - part_v)
                p = np.uint64(pixels[place + _ONE])
                total += ((p & _LOW) | ((p & _HIGH) << _N24)) * (part_u - four)
                p = np.uint64(pixels[place + row_below])
                total += ((p & _LOW) | ((p & _HIGH) << _N24)) * (part_v - four)
                p = np.uint64(pixels[place + row_below + _ONE])
                total += ((p & _LOW) | ((p & _HIGH) << _N24)) * four
                total = ((total + _ROUND) >> _N8) & _MASK
                p = (total & _LOW) | ((total >> _N24) & _HIGH)
                below = np.uint64(canvas[y, x])
                if p < _ALPHA and below != np.uint64(0):
                    # Something lies behind: source over destination, 1/256 for 1/255 with the top value exact.
                    rest = _BYTE - (p >> _N24)
                    rest += rest >> np.uint64(7)
                    lanes = (below & _LOW) | ((below & _HIGH) << _N24)
                    lanes = ((lanes * rest + _ROUND) >> _N8) & _MASK
                    p += (lanes & _LOW) | ((lanes >> _N24) & _HIGH)
                canvas[y, x] = np.uint32(p)
