"""The inner loops that paint drawn eyes and mouths. Compiled by numba at first use."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.rig.kernel import compiled, inlined


@inlined
def _alpha_at(chart: NDArray[np.float32], x: float, y: float) -> float:
    """Return a chart's alpha at a chart place, 0 outside."""
    if not (0.0 <= x < chart.shape[1] - 1.001 and 0.0 <= y < chart.shape[0] - 1.001):
        return 0.0
    i, j = int(x), int(y)
    fx, fy = x - i, y - j
    upper = chart[j, i, 3] * (1.0 - fx) + chart[j, i + 1, 3] * fx
    lower = chart[j + 1, i, 3] * (1.0 - fx) + chart[j + 1, i + 1, 3] * fx
    return upper + (lower - upper) * fy


@inlined
def _lay(colour: NDArray[np.float32], chart: NDArray[np.float32], x: float, y: float, alpha: float) -> None:
    """Lay a chart's colour at a chart place (kept inside) over a colour (3,)."""
    x = min(max(x, 0.0), chart.shape[1] - 1.001)
    y = min(max(y, 0.0), chart.shape[0] - 1.001)
    i, j = int(x), int(y)
    fx, fy = x - i, y - j
    for c in range(3):
        upper = chart[j, i, c] * (1.0 - fx) + chart[j, i + 1, c] * fx
        lower = chart[j + 1, i, c] * (1.0 - fx) + chart[j + 1, i + 1, c] * fx
        colour[c] += (upper + (lower - upper) * fy - colour[c]) * alpha


@compiled
def paint_drawn_eye(
    canvas: NDArray[np.uint8],
    box: tuple[int, int, int, int],
    inverse: NDArray[np.float64],
    edges: NDArray[np.float32],
    skin: NDArray[np.float32],
    white: NDArray[np.float32],
    iris: NDArray[np.float32],
    lash: NDArray[np.float32],
    line: NDArray[np.float32],
    chart_map: tuple[float, float, float],
    gaze: tuple[float, float],
    thinning: float,
    line_alpha: float,
    sharp: float,
    amount: float,
) -> None:
    """Paint a drawn eye with its lids where they are now, in place; the canvas' alpha stays.

    Args:
        canvas: (H, W, 4) premultiplied.
        box: x0, y0, x1, y1 to visit, within the canvas.
        inverse: (2, 3) pixels to slit coordinates (u, v).
        edges: (4, NODES) v of upper and lower edge at rest, then of both now.
        skin: (h, w, 4) skin and where it covers.
        white: (h, w, 3).
        iris: (h, w, 4).
        lash: (h, w, 4).
        line: (h, w, 4).
        chart_map: chart pixels per unit, u of the first column, v of the first row.
        gaze: how far the iris moves, u and v.
        thinning: how much thinner than at rest the lash line is, 0-1.
        line_alpha: how much of the lower line is left, 0-1.
        sharp: pixels per v, for the opening's edge.
        amount: 0 leaves the canvas, 1 replaces it.
    """
    pixels, left, top = chart_map
    colour = np.empty(3, np.float32)
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            px, py = x + 0.5, y + 0.5
            u = inverse[0, 0] * px + inverse[0, 1] * py + inverse[0, 2]
            v = inverse[1, 0] * px + inverse[1, 1] * py + inverse[1, 2]
            cx, cy = (u - left) * pixels - 0.5, (v - top) * pixels - 0.5
            if (
                cx < 0.0
                or cy < 0.0
                or cx >= skin.shape[1]
                or cy >= skin.shape[0]
                or skin[int(cy), int(cx), 3] == 0.0
            ):
                continue
            at = min(max(u, 0.0), 1.0) * (edges.shape[1] - 1)
            i = min(int(at), edges.shape[1] - 2)
            f = at - i
            upper_rest = edges[0, i] + (edges[0, i + 1] - edges[0, i]) * f
            lower_rest = edges[1, i] + (edges[1, i + 1] - edges[1, i]) * f
            upper_now = edges[2, i] + (edges[2, i + 1] - edges[2, i]) * f
            lower_now = edges[3, i] + (edges[3, i + 1] - edges[3, i]) * f
            # Skin and white are smooth: their nearest pixels will do.
            nx, ny = int(cx + 0.5), int(cy + 0.5)
            nx, ny = min(nx, skin.shape[1] - 1), min(ny, skin.shape[0] - 1)
            covered = skin[ny, nx, 3]
            # The lash line moves with the upper edge, and thins as it does.
            lashed, lash_y = 0.0, 0.0
            if -0.4 < v - upper_now < 0.2:
                inner = min(max(min(u, 1.0 - u) / 0.15, 0.0), 1.0)
                lash_v = upper_rest + (v - upper_now) / (1.0 - thinning * inner)
                lash_y = (lash_v - top) * pixels - 0.5
                lashed = _alpha_at(lash, cx, lash_y)
            if covered <= 0.003 and lashed <= 0.003:
                continue
            opaque = canvas[y, x, 3] / 255.0
            if opaque > 0.0:
                for c in range(3):
                    colour[c] = canvas[y, x, c] / opaque
            open_now = min(max((v - upper_now) * sharp + 0.5, 0.0), 1.0)
            open_now *= min(max((lower_now - v) * sharp + 0.5, 0.0), 1.0)
            if u <= 0.0 or u >= 1.0:
                open_now = 0.0
            if covered > 0.0 and open_now < 1.0:
                for c in range(3):
                    colour[c] += (skin[ny, nx, c] - colour[c]) * covered
            if open_now > 0.0:
                for c in range(3):
                    colour[c] += (white[ny, nx, c] - colour[c]) * open_now
                gx, gy = cx - gaze[0] * pixels, cy - gaze[1] * pixels
                seen = _alpha_at(iris, gx, gy)
                if seen > 0.0:
                    _lay(colour, iris, gx, gy, seen * open_now)
            if line_alpha > 0.0 and abs(v - lower_now) < 0.16:
                line_y = (v - lower_now + lower_rest - top) * pixels - 0.5
                lined = _alpha_at(line, cx, line_y) * line_alpha
                if lined > 0.0:
                    _lay(colour, line, cx, line_y, lined)
            if lashed > 0.0:
                _lay(colour, lash, cx, lash_y, lashed)
            for c in range(3):
                value = min(max(colour[c], 0.0), 255.0) * opaque
                canvas[y, x, c] = np.uint8(canvas[y, x, c] * (1.0 - amount) + value * amount + 0.5)
