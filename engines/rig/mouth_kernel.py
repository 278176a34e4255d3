"""The inner loops that paint the inside of a mouth between the lips, and mend the lips' inner rims."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engines.rig.kernel import compiled, inlined


@inlined
def _at(table: NDArray[np.float32], u: float) -> float:
    """Return table at u, 0 to 1, between its nodes."""
    x = u * (table.shape[0] - 1)
    i = min(max(int(x), 0), table.shape[0] - 2)
    return table[i] + (table[i + 1] - table[i]) * (x - i)


@inlined
def _depth_on_arch(
    rays: NDArray[np.float64], a: float, b: float, middle: float, front: float, bend: float
) -> float:
    """Return how deep the line of sight through (a, b) meets the arch z = front - bend (x - middle)^2."""
    x0, z0 = rays[0, 0] * a + rays[0, 1] * b, rays[2, 0] * a + rays[2, 1] * b
    dx, dz = rays[0, 2], rays[2, 2]
    depth = (front - z0) / max(dz, 0.2)
    for _ in range(2):
        across = x0 + dx * depth - middle
        error = z0 + dz * depth + bend * across * across - front
        depth -= error / max(dz + 2 * bend * across * dx, 0.25)
    return depth


@inlined
def _lay_chart(
    colour: NDArray[np.float32], chart: NDArray[np.float32], x: float, y: float, shade: float
) -> None:
    """Lay a chart (H, W, 4) sampled at a chart place over a colour (3,), darkened by shade."""
    if 0.0 <= x < chart.shape[1] - 1.001 and 0.0 <= y < chart.shape[0] - 1.001:
        i, j = int(x), int(y)
        fx, fy = x - i, y - j
        w11 = fx * fy
        w10, w01 = fx - w11, fy - w11
        w00 = 1.0 - w10 - w01 - w11
        alpha = chart[j, i, 3] * w00 + chart[j, i + 1, 3] * w10
        alpha += chart[j + 1, i, 3] * w01 + chart[j + 1, i + 1, 3] * w11
        if alpha > 0.0:
            for c in range(3):
                over = chart[j, i, c] * w00 + chart[j, i + 1, c] * w10
                over += chart[j + 1, i, c] * w01 + chart[j + 1, i + 1, c] * w11
                colour[c] += (over * shade - colour[c]) * alpha


@compiled
def paint_inside(
    canvas: NDArray[np.uint8],
    box: tuple[int, int, int, int],
    inverse: NDArray[np.float64],
    curves: NDArray[np.float32],
    to_head: NDArray[np.float64],
    rays: NDArray[np.float64],
    upper: NDArray[np.float32],
    lower: NDArray[np.float32],
    chart: NDArray[np.float64],
    teeth: NDArray[np.float64],
    colours: NDArray[np.float32],
    lighting: NDArray[np.float32],
    unit_cm: float,
    grain: NDArray[np.float32],
    grain_step: float,
    soft: float,
    amount: float,
) -> None:
    """Paint throat, tongue and teeth between the inner lips, in place; the canvas' alpha stays.

    Args:
        canvas: (H, W, 4) premultiplied.
        box: x0, y0, x1, y1 to visit, within the canvas.
        inverse: (2, 3) pixels to slit coordinates (u, v).
        curves: (4, NODES) upper edge, lower edge (v), pixels per v across either.
        to_head: (2, 3) pixels to the first two coordinates of the turned head, centimetres.
        rays: (3, 3) turned head to the head's own axes; the last column is the line of sight.
        upper: (H, W, 4) chart of the upper teeth.
        lower: (H, W, 4) chart of the lower teeth, upside down.
        chart: pixels per centimetre, half width, row of the biting edge, size of the teeth.
        teeth: middle x, then front z, edge y, bend of the upper and of the lower arch, then tongue y, z, half width,
            how much light gets in, 0-1, the tongue's height, and how much the back of either arch is raised per depth.
        colours: (3, 3) throat, tongue, mirrored light.
        lighting: (NODES,) how bright it is along the mouth.
        unit_cm: centimetres per v.
        grain: (64, 64) brightness texture, over the brightness it was seen at.
        grain_step: grain pixels per canvas pixel.
        soft: width of the lips' soft edge, pixels.
        amount: 0 leaves the canvas, 1 replaces it.
    """
    pixels, half, edge_row, size = chart[0], chart[1], chart[2], chart[3]
    colour = np.empty(3, np.float32)
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            px, py = x + 0.5, y + 0.5
            u = inverse[0, 0] * px + inverse[0, 1] * py + inverse[0, 2]
            if u <= 0.0 or u >= 1.0:
                continue
            v = inverse[1, 0] * px + inverse[1, 1] * py + inverse[1, 2]
            below_upper, above_lower = v - _at(curves[0], u), _at(curves[1], u) - v
            cover = min(max(below_upper * _at(curves[2], u) / soft + 0.5, 0.0), 1.0)
            cover *= min(max(above_lower * _at(curves[3], u) / soft + 0.5, 0.0), 1.0)
            if cover <= 0.0:
                continue
            a = to_head[0, 0] * px + to_head[0, 1] * py + to_head[0, 2]
            b = to_head[1, 0] * px + to_head[1, 1] * py + to_head[1, 2]
            from_upper, from_lower = max(below_upper, 0.0) * unit_cm, max(above_lower, 0.0) * unit_cm
            # The throat: darkest in the middle, some light on the cheeks' inside and the floor.
            side = abs(2.0 * u - 1.0)
            floor = math.exp(-from_lower / 0.7)
            throat = 0.45 + 0.4 * side * side + 0.5 * floor
            for c in range(3):
                colour[c] = colours[0, c] * throat
            # The tongue: a mound behind the lower teeth, brightest where it comes forward.
            depth = (teeth[8] - rays[2, 0] * a - rays[2, 1] * b) / max(rays[2, 2], 0.2)
            tx = (rays[0, 0] * a + rays[0, 1] * b + rays[0, 2] * depth - teeth[0]) / teeth[9]
            ty = rays[1, 0] * a + rays[1, 1] * b + rays[1, 2] * depth
            edge = tx * tx
            drop = (teeth[7] - 0.3 * edge - 0.9 * edge * edge * edge - ty) / teeth[11]
            if drop > -0.1:
                on = min(max(drop / 0.14 + 0.5, 0.0), 1.0)
                forward = min(max(drop, 0.0), 1.4)
                shade = 0.5 + 0.62 * forward - 0.22 * forward * forward - 0.24 * min(edge, 1.5)
                shade -= 0.1 * math.exp(-(tx * tx) / 0.006) * (1.0 - 0.5 * forward)
                shine = 0.1 * math.exp(-((tx - 0.3) ** 2) / 0.03 - (drop - 0.45) ** 2 / 0.03)
                for c in range(3):
                    value = colours[1, c] * shade + colours[2, c] * shine
                    colour[c] += (value - colour[c]) * on
            for c in range(3):
                colour[c] *= teeth[10]
            # Lower teeth, then the upper ones before them.
            for k in range(2):
                upper_row = k == 1
                front, edge, bend = (
                    (teeth[1], teeth[2], teeth[3]) if upper_row else (teeth[4], teeth[5], teeth[6])
                )
                depth = _depth_on_arch(rays, a, b, teeth[0], front, bend)
                across = rays[0, 0] * a + rays[0, 1] * b + rays[0, 2] * depth - teeth[0]
                height = rays[1, 0] * a + rays[1, 1] * b + rays[1, 2] * depth
                along = across * (1.0 + 0.667 * bend * bend * across * across) / size
                # Seen from the front an open arch curves: its back teeth are nearer the hinge of the jaw.
                edge += teeth[12 if upper_row else 13] * bend * across * across
                down = ((edge - height) if upper_row else (height - edge)) / size
                far = across / size
                shade = 1.0 / (1.0 + 0.1 * far * far + 0.03 * far * far * far * far)
                if upper_row:
                    shade *= 1.0 - 0.3 * math.exp(-from_upper / 0.1)
                    _lay_chart(colour, upper, (along + half) * pixels, down * pixels + edge_row, shade)
                else:
                    shade *= 0.42 + 0.3 * teeth[10]
                    shade *= 1.0 - 0.4 * math.exp(-from_lower / 0.12)
                    _lay_chart(colour, lower, (along + half) * pixels, down * pixels + edge_row, shade)
            dusk = 1.0 - 0.15 * math.exp(-from_upper / 0.2) - 0.2 * math.exp(-from_lower / 0.08)
            dusk *= _at(lighting, u) * min(0.55 + 2.6 * min(u, 1.0 - u), 1.0)
            texture = 1.0 + 0.6 * grain[int(py * grain_step) & 63, int(px * grain_step) & 63]
            share = cover * amount
            opaque = canvas[y, x, 3] / 255.0
            for c in range(3):
                value = min(max(colour[c] * dusk * texture, 0.0), 255.0) * opaque
                canvas[y, x, c] = np.uint8(canvas[y, x, c] * (1.0 - share) + value * share + 0.5)


@compiled
def mend_rims(
    canvas: NDArray[np.uint8],
    box: tuple[int, int, int, int],
    inverse: NDArray[np.float64],
    curves: NDArray[np.float32],
    rims: tuple[NDArray[np.float32], NDArray[np.float32]],
    reach: float,
    amount: float,
) -> None:
    """Paint lip colour over the dark line that closed lips leave along their edges when they part, in place.

    Args:
        canvas: (H, W, 4) premultiplied.
        box: x0, y0, x1, y1 to visit, within the canvas.
        inverse: (2, 3) pixels to slit coordinates (u, v).
        curves: (2+, NODES) upper and lower edge (v).
        rims: (rows, NODES, 4) colour and alpha 0-1 of the upper and the lower lip, from the edge to reach.
        reach: v the rows span.
        amount: 0-1.
    """
    rows, columns = rims[0].shape[0], rims[0].shape[1]
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            px, py = x + 0.5, y + 0.5
            u = inverse[0, 0] * px + inverse[0, 1] * py + inverse[0, 2]
            if u <= 0.0 or u >= 1.0:
                continue
            v = inverse[1, 0] * px + inverse[1, 1] * py + inverse[1, 2]
            above, below = _at(curves[0], u) - v, v - _at(curves[1], u)
            depth = max(above, below)
            if depth < -0.02 or depth >= reach:
                continue
            rim = rims[0] if above > below else rims[1]
            row = min(max(depth / reach * rows - 0.5, 0.0), rows - 1.001)
            r = int(row)
            fr = row - r
            at = u * (columns - 1)
            i = min(int(at), columns - 2)
            fi = at - i
            w11 = fi * fr
            w10, w01 = fi - w11, fr - w11
            w00 = 1.0 - w10 - w01 - w11
            share = (
                rim[r, i, 3] * w00
                + rim[r, i + 1, 3] * w10
                + rim[r + 1, i, 3] * w01
                + rim[r + 1, i + 1, 3] * w11
            )
            share *= amount
            if share <= 0.004:
                continue
            opaque = canvas[y, x, 3] / 255.0
            for c in range(3):
                value = (
                    rim[r, i, c] * w00
                    + rim[r, i + 1, c] * w10
                    + rim[r + 1, i, c] * w01
                    + rim[r + 1, i + 1, c] * w11
                )
                new = canvas[y, x, c] * (1.0 - share) + min(value, 255.0) * opaque * share
                canvas[y, x, c] = np.uint8(min(max(new + 0.5, 0.0), 255.0))
