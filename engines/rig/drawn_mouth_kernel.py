"""The inner loop that draws a flat mouth. Compiled by numba at first use."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engines.rig.kernel import compiled, inlined


@inlined
def _at(table: NDArray[np.float32], u: float) -> float:
    """Return table at u between its nodes; beyond 0 and 1 its ends go on."""
    x = min(max(u, 0.0), 1.0) * (table.shape[0] - 1)
    i = min(max(int(x), 0), table.shape[0] - 2)
    return table[i] + (table[i + 1] - table[i]) * (x - i)


@compiled
def paint_drawn_mouth(
    canvas: NDArray[np.uint8],
    box: tuple[int, int, int, int],
    inverse: NDArray[np.float64],
    curves: NDArray[np.float32],
    skin: NDArray[np.float32],
    reach: NDArray[np.float64],
    colours: NDArray[np.float32],
    shape: NDArray[np.float64],
    amount: float,
) -> None:
    """Cover the picture's mouth with skin and draw cavity, tongue, teeth and outline, in place.

    Args:
        canvas: (H, W, 4) premultiplied.
        box: x0, y0, x1, y1 to visit, within the canvas.
        inverse: (2, 3) pixels to slit coordinates (u, v).
        curves: (4, NODES) upper edge, lower edge (v), pixels per v across either.
        skin: (h, w, 4) skin chart.
        reach: how far the skin chart goes beside, above, below.
        colours: (4, 3) line, cavity, tongue, teeth.
        shape: line width in pixels, how far round the lips the skin covers (v), the teeth's share of the opening,
            pixels per v.
        amount: 0 leaves the canvas, 1 replaces it.
    """
    line, cover, teeth, pixels = shape[0], shape[1], shape[2], shape[3]
    rows, columns = skin.shape[0], skin.shape[1]
    colour = np.empty(3, np.float32)
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            px, py = x + 0.5, y + 0.5
            u = inverse[0, 0] * px + inverse[0, 1] * py + inverse[0, 2]
            v = inverse[1, 0] * px + inverse[1, 1] * py + inverse[1, 2]
            upper, lower = _at(curves[0], u), _at(curves[1], u)
            beyond = max(max(-u, u - 1.0), 0.0)
            outside = max(max(upper - v, v - lower), 0.0)
            away = math.sqrt(beyond * beyond + outside * outside)
            if away >= cover:
                continue
            opaque = canvas[y, x, 3] / 255.0
            if opaque <= 0.0:
                continue
            for c in range(3):
                colour[c] = canvas[y, x, c] / opaque
            sx = min(max((u + reach[0]) / (1.0 + 2.0 * reach[0]) * (columns - 1), 0.0), columns - 1.001)
            sy = min(max((v + reach[1]) / (reach[1] + reach[2]) * (rows - 1), 0.0), rows - 1.001)
            i, j = int(sx), int(sy)
            fx, fy = sx - i, sy - j
            share = min((cover - away) / (0.4 * cover), 1.0)
            for c in range(3):
                top = skin[j, i, c] * (1.0 - fx) + skin[j, i + 1, c] * fx
                bottom = skin[j + 1, i, c] * (1.0 - fx) + skin[j + 1, i + 1, c] * fx
                colour[c] += (top + (bottom - top) * fy - colour[c]) * share
            gap = max(lower - upper, 1e-4)
            if 0.0 < u < 1.0:
                inside = min(max((v - upper) * _at(curves[2], u) + 0.5, 0.0), 1.0)
                inside *= min(max((lower - v) * _at(curves[3], u) + 0.5, 0.0), 1.0)
                if inside > 0.0:
                    middle = 2.0 * u - 1.0
                    depth = (v - upper) / gap
                    tongue_top = 0.52 + 0.5 * middle * middle
                    on_tongue = min(max((depth - tongue_top) * gap * pixels + 0.5, 0.0), 1.0)
                    on_teeth = min(
                        max((teeth * (1.0 - 0.25 * middle * middle) - depth) * gap * pixels + 0.5, 0.0), 1.0
                    )
                    if teeth <= 0.02:
                        on_teeth = 0.0
                    for c in range(3):
                        value = colours[1, c] + (colours[2, c] - colours[1, c]) * on_tongue
                        value += (colours[3, c] - value) * on_teeth
                        colour[c] += (value - colour[c]) * inside
            # The outline: thinner below, tapering at the corners.
            ends = min(max((min(u, 1.0 - u) + 0.02) / 0.12, 0.0), 1.0)
            half = 0.5 * line * (0.45 + 0.55 * ends)
            if beyond < 0.02:
                from_upper = abs(v - upper) * _at(curves[2], u)
                from_lower = abs(v - lower) * _at(curves[3], u)
                ink = min(max(half - from_upper + 0.5, 0.0), 1.0)
                ink = max(ink, min(max(0.75 * half - from_lower + 0.5, 0.0), 1.0))
                ink *= min(max((0.02 - beyond) / 0.02, 0.0), 1.0)
                for c in range(3):
                    colour[c] += (colours[0, c] - colour[c]) * ink
            for c in range(3):
                value = min(max(colour[c], 0.0), 255.0) * opaque
                canvas[y, x, c] = np.uint8(canvas[y, x, c] * (1.0 - amount) + value * amount + 0.5)
