"""How a drawing draws its mouth: line, colours, and the skin beneath."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.rig.look import Look, luma, match_grey, sample
from engines.rig.slit import NODES, Slit

# The skin chart's reach beyond the corners (u) and above and below the line of the corners (v).
BESIDE, ABOVE, BELOW = 0.5, 0.6, 1.3
_COLUMNS, _ROWS = 64, 64


@dataclass(frozen=True)
class DrawnLips:
    """What is needed to draw a mouth in a picture's own hand.

    Attributes:
        skin: (64, 64, 4) float32 skin without the mouth, 0-255, and where the picture's mouth has to be covered by it;
            from u = -BESIDE to 1 + BESIDE and v = -ABOVE to BELOW.
        line: (3,) colour of the outline.
        line_pixels: its width, picture pixels.
        cavity: (3,) colour of the open mouth.
        tongue: (3,) colour of the tongue.
        teeth: (3,) colour of the teeth.
        is_open: the picture shows the mouth open.
    """

    skin: NDArray[np.float32]
    line: NDArray[np.float32]
    line_pixels: float
    cavity: NDArray[np.float32]
    tongue: NDArray[np.float32]
    teeth: NDArray[np.float32]
    is_open: bool


def read_lips(avatar: Avatar, slit: Slit, look: Look) -> DrawnLips:
    """Read how the mouth is drawn. slit: the inner lips in the picture."""
    tall = float((slit.lower - slit.upper).max())
    is_open = tall > 0.1
    skin = _skin(avatar, slit, look)
    line, width = _outline(avatar, slit, look)
    cavity, tongue = _inside(avatar, slit, look, line) if is_open else _usual_inside(line, look)
    teeth = np.clip(0.5 * look.light + 0.5 * np.array([255.0, 253.0, 250.0]), 0, 255)
    return DrawnLips(skin, line, width, cavity, tongue, match_grey(teeth, look), is_open)


def _skin(avatar: Avatar, slit: Slit, look: Look) -> NDArray[np.float32]:
    u = np.linspace(-BESIDE, 1 + BESIDE, _COLUMNS)
    v = np.linspace(-ABOVE, BELOW, _ROWS)
    grid = np.stack(np.meshgrid(u, v), axis=-1)
    rgb = np.clip(sample(avatar, slit.to_pixels(grid)), 0, 255)
    nodes = np.linspace(0, 1, NODES)
    upper, lower = np.interp(grid[..., 0], nodes, slit.upper), np.interp(grid[..., 0], nodes, slit.lower)
    off = np.linalg.norm((rgb - look.skin) * [0.6, 1.0, 1.0], axis=-1)
    beside = np.maximum(np.maximum(-grid[..., 0], grid[..., 0] - 1), 0)
    away = np.maximum(np.maximum(upper - grid[..., 1], grid[..., 1] - lower), beside)
    usual = (
        float(np.median(off[(away > 0.15) & (away < 0.4)])) if ((away > 0.15) & (away < 0.4)).any() else 20.0
    )
    trust = ((away > 0.12) & (off < usual + 22)).astype(np.float32)
    total = np.broadcast_to(look.skin * 1e-4, rgb.shape).astype(np.float32)
    mass = np.full(away.shape, 1e-4, np.float32)
    for sigma, gain in ((2.0, 1.0), (6.0, 0.05), (16.0, 0.003)):
        total = total + gain * cv2.GaussianBlur(rgb * trust[..., None], (0, 0), sigma)
        mass = mass + gain * cv2.GaussianBlur(trust, (0, 0), sigma)
    plate = cv2.GaussianBlur(total / mass[..., None], (0, 0), 2.0)
    return np.dstack([plate, trust]).astype(np.float32)


def _outline(avatar: Avatar, slit: Slit, look: Look) -> tuple[NDArray[np.float32], float]:
    """Return colour and width (picture pixels) of the line that draws the mouth: the upper edge's darkest."""
    u = np.linspace(0.2, 0.8, 25)
    reach = np.linspace(-0.12, 0.12, 49)
    nodes = np.linspace(0, 1, NODES)
    v = np.interp(u, nodes, slit.upper)[None] + reach[:, None]
    seen = sample(avatar, slit.to_pixels(np.stack([np.broadcast_to(u, v.shape), v], axis=-1)))
    dark = luma(seen)
    rows = dark.argmin(axis=0)
    colours = seen[rows, np.arange(len(u))]
    colour = np.median(colours, axis=0)
    bright = float(luma(look.skin))
    lack = np.clip((bright - 8 - dark) / np.maximum(bright - 8 - dark.min(axis=0), 8), 0, 1)
    # Only the stroke round the darkest place, not what lies behind it.
    near = np.abs(np.arange(len(reach))[:, None] - rows[None]) < 14
    width = float(np.median((lack * near).sum(axis=0))) * (reach[1] - reach[0]) * slit.pixels_per_v
    face = float(np.ptp(avatar.landmarks[:468, 0]))
    faint = bright - float(luma(colour)) < 25
    if faint:
        colour = match_grey(look.skin * np.array([0.5, 0.36, 0.36], np.float32), look)
    return colour.astype(np.float32), float(np.clip(width, 0.004 * face, 0.014 * face))


def _inside(
    avatar: Avatar, slit: Slit, look: Look, line: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the colours of cavity and tongue: the darker and the lighter half of what the open mouth shows."""
    u, share = np.meshgrid(np.linspace(0.2, 0.8, 24), np.linspace(0.15, 0.85, 24))
    nodes = np.linspace(0, 1, NODES)
    v = np.interp(u, nodes, slit.upper) * (1 - share) + np.interp(u, nodes, slit.lower) * share
    seen = sample(avatar, slit.to_pixels(np.stack([u, v], axis=-1))).reshape(-1, 3)
    bright = luma(seen)
    order = np.argsort(bright)
    low, high = seen[order[: len(order) // 3]], seen[order[len(order) // 2 :]]
    dark, light = np.median(low, axis=0), np.median(high, axis=0)
    if float(luma(light) - luma(dark)) < 12:
        light = np.clip(light * 1.1 + 10, 0, 255)
    return dark.astype(np.float32), light.astype(np.float32)


def _usual_inside(line: NDArray[np.float32], look: Look) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the colours of cavity and tongue for a mouth drawn closed."""
    lit = look.light / max(float(luma(look.light)), 1)
    strength = min(max(float(luma(look.skin)) / 225, 0.35), 1.05)
    cavity = np.array([150, 58, 62], np.float32) * lit * strength * 0.85 + 0.15 * line
    tongue = np.array([232, 124, 120], np.float32) * lit * strength
    return match_grey(np.clip(cavity, 0, 255), look), match_grey(np.clip(tongue, 0, 255), look)
