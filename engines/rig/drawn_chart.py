"""The picture round a drawn eye in the eye's own coordinates, and how unlike skin it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.rig.look import Look, sample
from engines.rig.slit import NODES, Slit

# The chart's reach beyond the corners (u), above the upper and below the lower lid (v).
BESIDE, ABOVE, BELOW = 0.34, 0.42, 0.3


@dataclass(frozen=True)
class EyeChart:
    """The picture round an eye in slit coordinates.

    Attributes:
        pixels: chart pixels per u, and about as many per v.
        top: v of the first row; the first column is at u = -BESIDE.
        grid: (H, W, 2) u and v of every pixel.
        rgb: (H, W, 3) float32, 0-255.
        lab: (H, W, 3) the same in CIE Lab.
        off_skin: (H, W) float32 distance in Lab to the nearest skin tone.
    """

    pixels: float
    top: float
    grid: NDArray[np.float64]
    rgb: NDArray[np.float32]
    lab: NDArray[np.float32]
    off_skin: NDArray[np.float32]


def chart_eye(avatar: Avatar, slit: Slit, look: Look) -> EyeChart:
    """Return the picture round an eye. slit: the eye's opening in it."""
    pixels = float(np.clip(slit.width * 1.25, 40, 380))
    top, bottom = float(slit.upper.min()) - ABOVE, float(slit.lower.max()) + BELOW
    width, height = round(pixels * (1 + 2 * BESIDE)), max(8, round(pixels * (bottom - top)))
    u = (np.arange(width) + 0.5) / pixels - BESIDE
    v = (np.arange(height) + 0.5) / pixels + top
    grid = np.stack(np.meshgrid(u, v), axis=-1)
    rgb = np.clip(sample(avatar, slit.to_pixels(grid)), 0, 255)
    lab = np.asarray(cv2.cvtColor(rgb / 255, cv2.COLOR_RGB2LAB), np.float32)
    skins = _skin_tones(lab, grid, slit, look)
    weights = np.array([0.7, 1.0, 1.0], np.float32)
    distances = [np.linalg.norm((lab - tone) * weights, axis=-1) for tone in skins]
    return EyeChart(pixels, top, grid, rgb, lab, np.asarray(np.minimum.reduce(distances), np.float32))


def _skin_tones(
    lab: NDArray[np.float32], grid: NDArray[np.float64], slit: Slit, look: Look
) -> list[NDArray[np.float32]]:
    """Return the skin's colours below, beside and above the eye: what there is most like the face's usual skin."""
    usual = cv2.cvtColor((look.skin / 255).reshape(1, 1, 3).astype(np.float32), cv2.COLOR_RGB2LAB)[0, 0]
    u, v = grid[..., 0], grid[..., 1]
    nodes = np.linspace(0, 1, NODES)
    upper, lower = np.interp(u, nodes, slit.upper), np.interp(u, nodes, slit.lower)
    middle = (u > 0.1) & (u < 0.9)
    zones = (middle & (v > lower + 0.14), middle & (v < upper - 0.2), (u > 1.08) & (u < 1.3))
    tones = [usual]
    for zone in zones:
        found = lab[zone]
        if len(found) < 8:
            continue
        distance = np.linalg.norm((found - usual) * [0.4, 1.0, 1.0], axis=1)
        nearest = found[distance <= np.percentile(distance, 30)]
        tone = np.median(nearest, axis=0).astype(np.float32)
        if np.linalg.norm((tone - usual) * [0.5, 1.0, 1.0]) < 26:
            tones.append(tone)
    return tones


def carried_on(
    rgb: NDArray[np.float32],
    trust: NDArray[np.float32],
    usual: NDArray[np.floating[Any]],
    pixels: float,
    reaches: tuple[tuple[float, float], ...],
) -> NDArray[np.float32]:
    """Return trusted colours carried on everywhere, near ones first. reaches: (sigma in u, weight)."""
    total = np.broadcast_to(usual * 1e-4, rgb.shape).astype(np.float32)
    mass = np.full(trust.shape, 1e-4, np.float32)
    for sigma, gain in reaches:
        total = total + gain * cv2.GaussianBlur(rgb * trust[..., None], (0, 0), sigma * pixels)
        mass = mass + gain * cv2.GaussianBlur(trust, (0, 0), sigma * pixels)
    return np.asarray(total / mass[..., None], np.float32)
