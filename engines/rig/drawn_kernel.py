"""The inner loops that paint drawn eyes and mouths. Compiled by numba at first use."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.rig.kernel import compiled, inlined

Colour = tuple[float, float, float]


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
def _laid(rgb: Colour, chart: NDArray[np.float32], x: float, y: float, alpha: float) -> Colour:
    """Return a colour with a chart's colour at a chart place (kept inside) laid over it."""
    x = min(max(x, 0.0), chart.shape[1] - 1.001)
    y = min(max(y, 0.0), chart.shape[0] - 1.001)
    i, j = int(x), int(y)
    fx, fy = x - i, y - j
    far, near, low = fx * (1.0 - fy), (1.0 - fx) * (1.0 - fy), (1.0 - fx) * fy
    both = fx * fy
    a, b, c, d = chart[j, i], chart[j, i + 1], chart[j + 1, i], chart[j + 1, i + 1]
    red = a[0] * near + b[0] * far + c[0] * low + d[0] * both
    green = a[1] * near + b[1] * far + c[1] * low + d[1] * both
    blue = a[2] * near + b[2] * far + c[2] * low + d[2] * both
    return _mixed(rgb, (red, green, blue), alpha)


@inlined
def _mixed(rgb: Colour, other: Colour, share: float) -> Colour:
    """Return a colour on its way to another."""
    return (
        rgb[0] + (other[0] - rgb[0]) * share,
        rgb[1] + (other[1] - rgb[1]) * share,
        rgb[2] + (other[2] - rgb[2]) * share,
    )


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
    around: NDArray[np.float32],
    around_alpha: float,
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
        around: (h, w, 4).
        around_alpha: how much of what is around the opening is left, 0-1.
        chart_map: chart pixels per unit, u of the first column, v of the first row.
        gaze: how far the iris moves, u and v.
        thinning: how much thinner than at rest the lash line is, 0-1.
        line_alpha: how much of the lower line is left, 0-1.
        sharp: pixels per v, for the opening's edge.
        amount: 0 leaves the canvas, 1 replaces it.
    """
    pixels, left, top = chart_map
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
            if opaque <= 0.0:
                continue
            rgb = (canvas[y, x, 0] / opaque, canvas[y, x, 1] / opaque, canvas[y, x, 2] / opaque)
            open_now = min(max((v - upper_now) * sharp + 0.5, 0.0), 1.0)
            open_now *= min(max((lower_now - v) * sharp + 0.5, 0.0), 1.0)
            if u <= 0.0 or u >= 1.0:
                open_now = 0.0
            if covered > 0.0 and open_now < 1.0:
                rgb = _mixed(rgb, (skin[ny, nx, 0], skin[ny, nx, 1], skin[ny, nx, 2]), covered)
            if around_alpha > 0.0 and around[ny, nx, 3] > 0.0:
                seen = _alpha_at(around, cx, cy) * around_alpha
                if seen > 0.0:
                    rgb = _laid(rgb, around, cx, cy, seen)
            if open_now > 0.0:
                rgb = _mixed(rgb, (white[ny, nx, 0], white[ny, nx, 1], white[ny, nx, 2]), open_now)
                gx, gy = cx - gaze[0] * pixels, cy - gaze[1] * pixels
                seen = _alpha_at(iris, gx, gy)
                if seen > 0.0:
                    rgb = _laid(rgb, iris, gx, gy, seen * open_now)
            if line_alpha > 0.0 and abs(v - lower_now) < 0.16:
                line_y = (v - lower_now + lower_rest - top) * pixels - 0.5
                lined = _alpha_at(line, cx, line_y) * line_alpha
                if lined > 0.0:
                    rgb = _laid(rgb, line, cx, line_y, lined)
            if lashed > 0.0:
                rgb = _laid(rgb, lash, cx, lash_y, lashed)
            before, now = 1.0 - amount, opaque * amount
            canvas[y, x, 0] = np.uint8(canvas[y, x, 0] * before + min(max(rgb[0], 0.0), 255.0) * now + 0.5)
            canvas[y, x, 1] = np.uint8(canvas[y, x, 1] * before + min(max(rgb[1], 0.0), 255.0) * now + 0.5)
            canvas[y, x, 2] = np.uint8(canvas[y, x, 2] * before + min(max(rgb[2], 0.0), 255.0) * now + 0.5)
