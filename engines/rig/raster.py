"""Drawing textured triangles on the processor: kernels compiled by numba that hold no interpreter lock.

A layer of triangles is drawn in two passes: the first notes for every pixel which place of the texture it shows, the
second reads the texture there. Triangles of a face are small; only the second pass' long rows can be worked on many
pixels at a time, and that is where the time would go.

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

from engines.rig.kernel import inlined

_log = logging.getLogger(__name__)


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


# No place of the texture: nothing is drawn there.
_NOWHERE = -(2**31)
_LANES, _ODD, _HALVES = np.uint32(0x00FF00FF), np.uint32(0xFF00FF00), np.uint32(0x00800080)
_N7, _N8, _N24 = np.uint32(7), np.uint32(8), np.uint32(24)
_HALF, _BYTE, _FULL, _NOTHING = np.uint32(128), np.uint32(255), np.uint32(256), np.uint32(0)
_I16, _I65535, _I_NOWHERE = np.int32(16), np.int32(65535), np.int32(_NOWHERE)

_LAY = (
    "void(float64[:, ::1], float64[:, ::1], int32[:, ::1], int32[:, :, ::1], int32[:, ::1],"
    " int64, int64, int64, int64)"
)
_DRAW = "void(int32[:, :, ::1], int32[:, ::1], uint32[:, ::1], uint32[:, ::1], int64, int64)"


class Raster:
    """Draws layers of triangles over canvases of one size.

    Threads: several may draw at a time, each its own rows.
    """

    def __init__(self, height: int, width: int) -> None:
        self._places = np.full((2, height, width), _NOWHERE, np.int32)
        self._spans = np.tile(np.array([width, 0], np.int32), (height, 1))

    def draw(
        self,
        points: NDArray[np.float64],
        texels: NDArray[np.float64],
        triangles: NDArray[np.int32],
        texture: NDArray[np.uint32],
        canvas: NDArray[np.uint32],
        bounds: tuple[int, int, int, int],
    ) -> None:
        """Draw one layer over a canvas, sampling the texture between its four nearest pixels.

        A pixel belongs to the triangle its middle lies in, so that triangles sharing an edge leave no gap and never
        both draw. Within the layer a later triangle hides an earlier one. Where both corners and texels differ by whole
        pixels, the texture is copied exactly.

        Args:
            points: (N, 2) corners, canvas pixels; the first pixel spans 0..1.
            texels: (N, 2) the same corners in the texture; the first pixel's middle is 0. Outside, its edge repeats.
            triangles: (T, 3) indices of corners, from back to front.
            texture: (h, w) RGBA, premultiplied, 2 to 32000 pixels each way.
            canvas: (H, W) RGBA, premultiplied; changed.
            bounds: left, top, right, bottom of the pixels to draw to, within the canvas.
        """
        left, top, right, bottom = bounds
        _lay_triangles(points, texels, triangles, self._places, self._spans, left, top, right, bottom)
        _draw_places(self._places, self._spans, texture, canvas, top, bottom)


@inlined
def _fixed(value: float) -> int:
    """Return a place of the texture, or a step between places, in 65536ths of a pixel."""
    return np.int32(math.floor(min(max(value, -32000.0), 32000.0) * 65536 + 0.5))  # type: ignore[return-value]


@compiled(_LAY)
def _lay_triangles(
    points: NDArray[np.float64],
    texels: NDArray[np.float64],
    triangles: NDArray[np.int32],
    places: NDArray[np.int32],
    spans: NDArray[np.int32],
    left: int,
    top: int,
    right: int,
    bottom: int,
) -> None:
    """Note which place of the texture every pixel shows; see Raster.draw.

    places is (2, H, W), columns and rows of the texture in 65536ths of a pixel. spans is (H, 2), the first column noted
    in a row and the one behind the last; widened.
    """
    for index in range(triangles.shape[0]):
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
        step_u, step_v = _fixed(u_x), _fixed(v_x)
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
            spans[y, 0], spans[y, 1] = min(spans[y, 0], start), max(spans[y, 1], stop)
            u = texels[a, 0] + (start + 0.5 - ax) * u_x + (row - ay) * u_y
            v = texels[a, 1] + (start + 0.5 - ax) * v_x + (row - ay) * v_y
            place_u, place_v = _fixed(u), _fixed(v)
            for x in range(start, stop):
                places[0, y, x], places[1, y, x] = place_u, place_v
                place_u += step_u
                place_v += step_v


@compiled(_DRAW)
def _draw_places(
    places: NDArray[np.int32],
    spans: NDArray[np.int32],
    texture: NDArray[np.uint32],
    canvas: NDArray[np.uint32],
    top: int,
    bottom: int,
) -> None:
    """Read the texture at the places noted, lay it over the canvas, and forget the places.

    Three short loops over a row instead of one long: the first and the last are then compiled to work on many pixels
    at a time. Two of a pixel's four channels share a 32-bit word, 16 bits each.
    """
    width = canvas.shape[1]
    stride = np.int32(texture.shape[1])
    most_u = np.int32(((texture.shape[1] - 1) << 16) - 1)
    most_v = np.int32(((texture.shape[0] - 1) << 16) - 1)
    first_row, second_row = texture.ravel(), texture[1:].ravel()
    scratch = np.empty((7, width), np.uint32)
    nearest, parts_u, parts_v = scratch[0], scratch[1], scratch[2]
    one, two, three, four = scratch[3], scratch[4], scratch[5], scratch[6]
    for y in range(top, bottom):
        left, right = np.intp(spans[y, 0]), np.intp(spans[y, 1])
        spans[y, 0], spans[y, 1] = width, 0
        if left >= right:
            continue
        count = right - left
        us, vs, row = places[0, y, left:right], places[1, y, left:right], canvas[y, left:right]
        for i in range(count):
            u, v = min(max(us[i], np.int32(0)), most_u), min(max(vs[i], np.int32(0)), most_v)
            nearest[i] = np.uint32((v >> _I16) * stride + (u >> _I16))
            parts_u[i] = (np.uint32(u & _I65535) + _HALF) >> _N8
            parts_v[i] = (np.uint32(v & _I65535) + _HALF) >> _N8
        for i in range(count):
            place = np.intp(nearest[i])
            one[i], two[i] = first_row[place], first_row[place + 1]
            three[i], four[i] = second_row[place], second_row[place + 1]
        for i in range(count):
            part_u, part_v = parts_u[i], parts_v[i]
            both = (part_u * part_v + _HALF) >> _N8
            neither, far, low = _FULL + both - part_u - part_v, part_u - both, part_v - both
            even = (one[i] & _LANES) * neither + (two[i] & _LANES) * far
            even += (three[i] & _LANES) * low + (four[i] & _LANES) * both + _HALVES
            odd = ((one[i] >> _N8) & _LANES) * neither + ((two[i] >> _N8) & _LANES) * far
            odd += ((three[i] >> _N8) & _LANES) * low + ((four[i] >> _N8) & _LANES) * both + _HALVES
            new = ((even >> _N8) & _LANES) | (odd & _ODD)
            new = new if us[i] != _I_NOWHERE else _NOTHING
            # Source over destination, 1/256 for 1/255 with the top value exact.
            rest = _BYTE - (new >> _N24)
            rest += rest >> _N7
            below = row[i]
            even = (((below & _LANES) * rest + _HALVES) >> _N8) & _LANES
            odd = (((below >> _N8) & _LANES) * rest + _HALVES) & _ODD
            row[i] = new + (even | odd)
            us[i] = _I_NOWHERE
