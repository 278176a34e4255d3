"""The inner loops that paint an eyeball through a lid opening, and a lid that closes. Compiled at first use."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engines.rig.kernel import compiled, inlined


@inlined
def table_at(table: NDArray[np.float32], u: float) -> float:
    """Return table at u, 0 to 1, between its nodes."""
    x = u * (table.shape[0] - 1)
    i = min(max(int(x), 0), table.shape[0] - 2)
    return table[i] + (table[i + 1] - table[i]) * (x - i)


@inlined
def blend_pixel(canvas: NDArray[np.uint8], x: int, y: int, colour: NDArray[np.float32], share: float) -> None:
    """Lay a colour (3,) over a premultiplied pixel; its alpha stays."""
    opaque = canvas[y, x, 3] / 255.0
    for c in range(3):
        new = canvas[y, x, c] * (1.0 - share) + min(colour[c], 255.0) * opaque * share
        canvas[y, x, c] = np.uint8(min(max(new + 0.5, 0.0), 255.0))


@inlined
def lay_sprite(
    colour: NDArray[np.float32],
    sprite: NDArray[np.float32],
    inverse: NDArray[np.float64],
    px: float,
    py: float,
    share: float,
) -> None:
    """Lay a share of a sprite (S, S, 4) over a colour (3,), in place. inverse: (2, 3) pixels to its pixels."""
    side = sprite.shape[0]
    sx = inverse[0, 0] * px + inverse[0, 1] * py + inverse[0, 2]
    sy = inverse[1, 0] * px + inverse[1, 1] * py + inverse[1, 2]
    if 0.0 <= sx < side - 1.001 and 0.0 <= sy < side - 1.001:
        jx, jy = int(sx), int(sy)
        gx, gy = sx - jx, sy - jy
        w11 = gx * gy
        w10, w01 = gx - w11, gy - w11
        w00 = 1.0 - w10 - w01 - w11
        alpha = (
            sprite[jy, jx, 3] * w00
            + sprite[jy, jx + 1, 3] * w10
            + sprite[jy + 1, jx, 3] * w01
            + sprite[jy + 1, jx + 1, 3] * w11
        )
        alpha *= share
        if alpha > 0.0:
            for c in range(3):
                over = (
                    sprite[jy, jx, c] * w00
                    + sprite[jy, jx + 1, c] * w10
                    + sprite[jy + 1, jx, c] * w01
                    + sprite[jy + 1, jx + 1, c] * w11
                )
                colour[c] += (over - colour[c]) * alpha


@inlined
def _lay_seen(
    colour: NDArray[np.float32], seen: NDArray[np.float32], x: float, y: float, margin: float, share: float
) -> None:
    """Lay a share of a chart (H, W, 4) at a chart place over a colour (3,), where it is a margin off the lids."""
    if 0.0 <= x < seen.shape[1] - 1.001 and 0.0 <= y < seen.shape[0] - 1.001:
        i, j = int(x), int(y)
        fx, fy = x - i, y - j
        w11 = fx * fy
        w10, w01 = fx - w11, fy - w11
        w00 = 1.0 - w10 - w01 - w11
        alpha = (
            seen[j, i, 3] * w00
            + seen[j, i + 1, 3] * w10
            + seen[j + 1, i, 3] * w01
            + seen[j + 1, i + 1, 3] * w11
        )
        alpha = min(max((alpha - margin) / (0.02 + margin), 0.0), 1.0) * share
        if alpha > 0.0:
            for c in range(3):
                over = seen[j, i, c] * w00 + seen[j, i + 1, c] * w10
                over += seen[j + 1, i, c] * w01 + seen[j + 1, i + 1, c] * w11
                colour[c] += (over - colour[c]) * alpha


@compiled
def paint_ball(
    canvas: NDArray[np.uint8],
    box: tuple[int, int, int, int],
    inverse: NDArray[np.float64],
    curves: NDArray[np.float32],
    white: NDArray[np.float32],
    white_map: tuple[float, float, float],
    iris: NDArray[np.float32],
    iris_map: NDArray[np.float64],
    seen: NDArray[np.float32],
    bend: NDArray[np.float64],
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
        seen: (h, w, 4) the picture's own eyeball, on the white's chart, and where it shows.
        bend: the iris' centre now (u, v), how far it went (u, v), its radius, how much of the picture's own iris is
            used (0-1), from how many radii off its old place the picture's white is, what margin from the lids
            the picture's own iris is cut with, and how far within the curves the iris ends (v).
        edges: (h, w, 3) factors along the upper and the lower lid, columns as in white.
        reach: v the factors' rows span.
        soft: width of the lids' soft edge, pixels.
        amount: 0 leaves the canvas, 1 replaces it.
    """
    pixels, left, top = white_map
    height, width = white.shape[0], white.shape[1]
    rows = edges[0].shape[0]
    colour = np.empty(3, np.float32)
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            px, py = x + 0.5, y + 0.5
            u = inverse[0, 0] * px + inverse[0, 1] * py + inverse[0, 2]
            if u <= 0.0 or u >= 1.0:
                continue
            v = inverse[1, 0] * px + inverse[1, 1] * py + inverse[1, 2]
            above, below = v - table_at(curves[0], u), table_at(curves[1], u) - v
            cover = min(max(above * table_at(curves[2], u) / soft + 0.5, 0.0), 1.0)
            cover *= min(max(below * table_at(curves[3], u) / soft + 0.5, 0.0), 1.0)
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
            # The iris runs a little under the lids' rims.
            rim = bend[8] * min(min(u, 1.0 - u) / 0.12, 1.0)
            open_here = min(max((above - rim) * table_at(curves[2], u) / soft + 0.5, 0.0), 1.0)
            open_here *= min(max((below - rim) * table_at(curves[3], u) / soft + 0.5, 0.0), 1.0)
            lay_sprite(colour, iris, iris_map, px, py, open_here)
            # What the picture itself shows goes over both: its iris where it is now, its white where that iris was not.
            out = math.sqrt((u - bend[0]) ** 2 + (v - bend[1]) ** 2) / bend[4]
            within = min(max((1.12 - out) / 0.1, 0.0), 1.0) * bend[5] * open_here
            if within > 0.0:
                _lay_seen(colour, seen, cx - bend[2] * pixels, cy - bend[3] * pixels, bend[7], within)
            if within < 1.0:
                off = math.sqrt((u - bend[0] + bend[2]) ** 2 + (v - bend[1] + bend[3]) ** 2) / bend[4]
                apart = min(max((off - bend[6]) / 0.12, 0.0), 1.0) * (1.0 - within)
                if apart > 0.0 and out > 1.0:
                    _lay_seen(colour, seen, cx, cy, 0.005, apart)
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
            blend_pixel(canvas, x, y, colour, cover * amount)


@compiled
def paint_lid(
    canvas: NDArray[np.uint8],
    box: tuple[int, int, int, int],
    inverse: NDArray[np.float64],
    curves: NDArray[np.float32],
    skin: NDArray[np.float32],
    span: float,
    line: NDArray[np.float32],
    grain: NDArray[np.float32],
    grain_step: float,
    closing: float,
    line_amount: float,
    line_width: float,
) -> None:
    """Paint the skin of a lid that comes down, and the line of its lashes, in place.

    Args:
        canvas: (H, W, 4) premultiplied.
        box: x0, y0, x1, y1 to visit, within the canvas.
        inverse: (2, 3) pixels to slit coordinates (u, v).
        curves: (3, NODES) upper edge, lower edge, fold above the lid (v).
        skin: (rows, NODES, 3) colours from the edge upwards.
        span: lid heights (edge to fold) the rows span.
        line: (NODES,) darkness of the lash line.
        grain: (64, 64) brightness texture.
        grain_step: grain pixels per canvas pixel.
        closing: how much of the skin is painted, 0-1.
        line_amount: how much of the lash line, 0-1.
        line_width: half width of the lash line, v.
    """
    rows = skin.shape[0]
    colour = np.empty(3, np.float32)
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            px, py = x + 0.5, y + 0.5
            u = inverse[0, 0] * px + inverse[0, 1] * py + inverse[0, 2]
            if u <= 0.0 or u >= 1.0:
                continue
            v = inverse[1, 0] * px + inverse[1, 1] * py + inverse[1, 2]
            edge, fold = table_at(curves[0], u), table_at(curves[2], u)
            above = edge - v
            room = max(edge - fold, 0.02)
            share = above / room
            if share > span or above < -4.0 * line_width:
                continue
            ends = min(min(u, 1.0 - u) / 0.15, 1.0)
            if share > 0.0 and closing > 0.0:
                row = min(max(share / span * rows - 0.5, 0.0), rows - 1.001)
                r = int(row)
                fr = row - r
                at = u * (skin.shape[1] - 1)
                i = min(int(at), skin.shape[1] - 2)
                fi = at - i
                gy, gx = int(py * grain_step) & 63, int(px * grain_step) & 63
                for c in range(3):
                    near = skin[r, i, c] * (1.0 - fi) + skin[r, i + 1, c] * fi
                    far = skin[r + 1, i, c] * (1.0 - fi) + skin[r + 1, i + 1, c] * fi
                    colour[c] = max(near + (far - near) * fr + grain[gy, gx], 0.0)
                fade = min((span - share) / 0.6, 1.0)
                fade = fade * fade * (3.0 - 2.0 * fade) * ends * ends * closing
                blend_pixel(canvas, x, y, colour, fade)
            # Lashes stand out below the edge, so the line is softer there.
            far = above / line_width if above > 0.0 else -above / (1.6 * line_width)
            dark = table_at(line, u) * line_amount * math.exp(-far * far)
            if dark > 0.004:
                for c in range(3):
                    canvas[y, x, c] = np.uint8(canvas[y, x, c] * (1.0 - dark) + 0.5)
