"""Painting over a picture with thousands of brush strokes, thick paint and canvas included.

After Hertzmann (1998): from broad to fine brushes, each laid only where the painting still differs from the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from assets.draw.paint import noise

Picture = NDArray[np.float32]


@dataclass(frozen=True)
class Pass:
    """One round of strokes.

    Attributes:
        width: of the brush, pixels.
        length: of a stroke, pixels.
        tolerance: how far off the painting may be before a stroke is laid, 0..1.
        only_in: 0..1 over the picture, where this brush may work; everywhere by default.
    """

    width: float
    length: float
    tolerance: float
    only_in: NDArray[np.float32] | None = None


def flow_of(
    picture: Picture, given: NDArray[np.float32] | None = None, weight: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Return (H, W) angles along which strokes run: along edges, and as given where there is a weight."""
    grey = cv2.GaussianBlur(picture.mean(axis=2), (0, 0), 2)
    gx, gy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    # Doubled angles average as directions without a sign.
    c, s = gy * gy - gx * gx, -2 * gx * gy
    # Where nothing has an edge, strokes sway about one diagonal, as a hand does.
    sway = 2.1 + 0.9 * noise(*grey.shape, 120, 5)
    c, s = c + 2e-4 * np.cos(2 * sway), s + 2e-4 * np.sin(2 * sway)
    c, s = cv2.GaussianBlur(c, (0, 0), 9), cv2.GaussianBlur(s, (0, 0), 9)
    if given is not None and weight is not None:
        size = np.hypot(c, s) + 1e-9
        c = c / size * (1 - weight) + np.cos(2 * given) * weight
        s = s / size * (1 - weight) + np.sin(2 * given) * weight
    return np.asarray(0.5 * np.arctan2(s, c), np.float32)


def paint(
    picture: Picture, flow: NDArray[np.float32], passes: list[Pass], seed: int
) -> tuple[Picture, NDArray[np.float32]]:
    """Return the painting, (H, W, 3) float32 0..1, and the height of its paint."""
    rng = np.random.default_rng(seed)
    canvas = cv2.GaussianBlur(picture, (0, 0), 14)
    relief = np.zeros(picture.shape[:2], np.float32)
    for brush in passes:
        wanted = cv2.GaussianBlur(picture, (0, 0), max(brush.width * 0.3, 0.01))
        off = np.abs(wanted - canvas).mean(axis=2)
        off = cv2.blur(off, (int(brush.width) | 1,) * 2)
        if brush.only_in is not None:
            off = off * brush.only_in
        step = max(1.5, brush.width * 0.45)
        ys, xs = np.meshgrid(
            np.arange(0, picture.shape[0], step), np.arange(0, picture.shape[1], step), indexing="ij"
        )
        places = np.column_stack([ys.ravel(), xs.ravel()]) + rng.uniform(-step, step, (ys.size, 2))
        places = np.clip(places, 0, np.array(picture.shape[:2]) - 1)
        places = places[off[tuple(places.astype(int).T)] > brush.tolerance]
        rng.shuffle(places)
        colours = wanted[tuple(places.astype(int).T)] * (
            1 + rng.normal(0, 0.022, (len(places), 1))
        ) + rng.normal(0, 0.008, (len(places), 3))
        lengths = brush.length * rng.uniform(0.6, 1.3, len(places))
        bristles = rng.uniform(0.55, 1.0, (64, 24)).astype(np.float32)
        _strokes(
            canvas,
            relief,
            wanted,
            flow,
            places.astype(np.float32),
            colours.astype(np.float32),
            lengths.astype(np.float32),
            brush.width,
            bristles,
        )
    return np.clip(canvas, 0, 1), relief


@njit(cache=False)  # type: ignore[misc]
def _strokes(canvas, relief, wanted, flow, places, colours, lengths, width, bristles):  # type: ignore[no-untyped-def]
    """Lay strokes one after another: each follows the flow from its place both ways until the colour changes."""
    height, across = canvas.shape[:2]
    radius = width / 2
    for n in range(places.shape[0]):
        for side in (-1.0, 1.0):
            y, x = places[n, 0], places[n, 1]
            dx, dy = 0.0, 0.0
            gone = 0.0
            while gone < lengths[n] / 2:
                iy, ix = int(y), int(x)
                if iy < 0 or ix < 0 or iy >= height or ix >= across:
                    break
                off = 0.0
                for k in range(3):
                    off += abs(wanted[iy, ix, k] - colours[n, k])
                if off > 0.16 and gone > radius * 0.5:
                    break
                angle = flow[iy, ix]
                vx, vy = np.cos(angle), np.sin(angle)
                if dx == 0.0 and dy == 0.0:
                    vx, vy = vx * side, vy * side
                elif vx * dx + vy * dy < 0:
                    vx, vy = -vx, -vy
                dx, dy = vx, vy
                # A cross section of bristles at right angles to the motion.
                fade = 1.0 - (gone / (lengths[n] / 2)) ** 3
                span = int(radius * 2) + 1
                for b in range(span):
                    offset = (b - radius) / radius if radius > 0 else 0.0
                    if abs(offset) > 1:
                        continue
                    bristle = bristles[(n * 7) % 64, int((offset + 1) * 11.5)]
                    cover = bristle * (1 - offset * offset * 0.7) * fade * 0.75
                    py, px = int(y + vx * offset * radius + 0.5), int(x - vy * offset * radius + 0.5)
                    if py < 0 or px < 0 or py >= height or px >= across:
                        continue
                    for k in range(3):
                        canvas[py, px, k] += (colours[n, k] - canvas[py, px, k]) * cover
                    relief[py, px] += (bristle * (1 - offset * offset) - relief[py, px]) * cover
                x += vx * 0.7
                y += vy * 0.7
                gone += 0.7


def varnish(
    painting: Picture, relief: NDArray[np.float32], seed: int, weave: float = 0.018, thickness: float = 0.5
) -> Picture:
    """Return the painting with light raking over its paint and a hint of canvas."""
    height, width = relief.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    canvas = np.sin(x * 2 * np.pi / 3.1 + noise(height, width, 40, seed) * 2) * np.sin(
        y * 2 * np.pi / 3.1 + noise(height, width, 40, seed + 1) * 2
    )
    surface = cv2.GaussianBlur(relief, (0, 0), 0.7) * thickness
    raking = cv2.Sobel(surface, cv2.CV_32F, 1, 0) * 0.6 + cv2.Sobel(surface, cv2.CV_32F, 0, 1) * 0.8
    light = 1 + np.clip(raking, -0.6, 0.6) * 0.09 + canvas * weave
    return np.asarray(np.clip(painting * light[..., None], 0, 1), np.float32)
