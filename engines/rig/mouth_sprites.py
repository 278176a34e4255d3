"""Teeth and tongue, drawn once for a picture in its own light, and seen through every mouth opening since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.rig.look import Look, luma, match_grey

# Half width and height of the charts, centimetres, and where the biting edge lies in them.
HALF_WIDTH, HEIGHT, EDGE = 3.4, 1.9, 1.45
_PIXELS = 56
_UPPER = (
    (0.84, 1.02, 0.0),
    (0.66, 0.9, 0.07),
    (0.76, 0.98, 0.02),
    (0.68, 0.84, 0.08),
    (0.66, 0.78, 0.1),
    (0.9, 0.7, 0.12),
)
_LOWER = (
    (0.53, 0.84, 0.0),
    (0.57, 0.86, 0.02),
    (0.66, 0.92, -0.03),
    (0.68, 0.82, 0.05),
    (0.68, 0.76, 0.08),
    (0.9, 0.68, 0.1),
)


@dataclass(frozen=True)
class MouthSprites:
    """What is inside a mouth.

    Attributes:
        pixels: chart pixels per centimetre.
        upper: (H, W, 4) float32 upper teeth, colour 0-255 and alpha 0-1; columns run along the arch, the biting edge
            lies EDGE centimetres below the first row.
        lower: likewise the lower teeth, upside down: the biting edge lies EDGE below the first row too.
        cavity: (3,) the colour of the throat.
        tongue: (3,) the colour of the tongue.
        wet: (3,) the colour of light mirrored on wet things.
    """

    pixels: float
    upper: NDArray[np.float32]
    lower: NDArray[np.float32]
    cavity: NDArray[np.float32]
    tongue: NDArray[np.float32]
    wet: NDArray[np.float32]

    def halved(self) -> MouthSprites:
        """Return the same at half the resolution."""
        upper, lower = (
            cv2.resize(x, (x.shape[1] // 2, x.shape[0] // 2), interpolation=cv2.INTER_AREA).astype(np.float32)
            for x in (self.upper, self.lower)
        )
        return MouthSprites(self.pixels / 2, upper, lower, self.cavity, self.tongue, self.wet)


def draw_sprites(look: Look, blur_cm: float) -> MouthSprites:
    """Draw the inside of a mouth in a picture's light.

    Args:
        look: the picture's.
        blur_cm: softness of the picture's edges.
    """
    light = match_grey(look.light, look)
    lit = light / 255
    # Teeth stay between the skin's own brightness and white: in a dark picture they must not shine.
    target = np.clip(0.92 * float(luma(light)) + 0.33 * float(luma(look.skin)), 40, 248)
    # The warmer the whole picture, the more of its tint is the light's, not the skin's.
    warmth = float(look.skin[0]) / max(float(look.skin[2]), 1.0)
    tint = np.clip(look.skin / max(float(luma(look.skin)), 1), 0.3, 2) ** np.clip(
        0.3 + 0.18 * (warmth - 1.8), 0.3, 0.6
    )
    enamel = match_grey(np.array([1.0, 0.99, 0.95], np.float32) * tint, look)
    enamel = enamel / float(luma(enamel)) * target
    gum = match_grey(np.array([176, 98, 96], np.float32) * lit, look)
    charts = [_arch(teeth, enamel, gum, blur_cm) for teeth in (_UPPER, _LOWER)]
    for chart in charts:
        chart[..., :3] = match_grey(chart[..., :3], look)
    return MouthSprites(
        pixels=_PIXELS,
        upper=charts[0],
        lower=charts[1],
        cavity=match_grey(np.array([66, 26, 24], np.float32) * lit, look),
        tongue=match_grey(np.array([205, 112, 106], np.float32) * lit, look),
        wet=light,
    )


def _arch(
    teeth: tuple[tuple[float, float, float], ...],
    enamel: NDArray[np.float32],
    gum: NDArray[np.float32],
    blur_cm: float,
) -> NDArray[np.float32]:
    """Return one row of teeth unrolled, gums above. teeth: (width, height, edge raised by) from the middle outwards."""
    columns, rows = round(2 * HALF_WIDTH * _PIXELS), round(HEIGHT * _PIXELS)
    x = np.abs((np.arange(columns) + 0.5) / _PIXELS - HALF_WIDTH)[None]
    y = ((np.arange(rows) + 0.5) / _PIXELS - EDGE)[:, None]
    colour = np.broadcast_to(gum * 0.9, (rows, columns, 3)).astype(np.float32)
    # Between the teeth it is the shadowed side of a tooth that shows, not a hole.
    middle, seam, top = 0.0, enamel * np.array([0.62, 0.52, 0.44], np.float32), 0.0
    alpha = _ramp(y + 1.42, 0.16) * _ramp(HALF_WIDTH - 0.15 - x, 0.2) * np.ones_like(x)
    alpha *= _ramp(-y - 0.12, 0.05)
    backing = _ramp(y + 0.72, 0.12) * _ramp(-y - 0.06, 0.06) * np.ones_like(x)
    colour = colour * (1 - backing[..., None]) + seam * backing[..., None]
    alpha = np.maximum(alpha, backing * _ramp(HALF_WIDTH - 0.2 - x, 0.3))
    for width, height, raised in teeth:
        across = (x - middle - width / 2) / (width / 2)
        bottom, top = -raised, -raised - height
        # The crown is widest near the edge and rounded at its corners; the gum line arches over it.
        taper = 1 - 0.12 * np.clip((bottom - y) / height, 0, 1)
        rounded = bottom - 0.09 * np.abs(across) ** 4 - 0.02 * across**2
        scallop = top + 0.16 * across**2
        inside = (
            _ramp((taper - np.abs(across)) * width / 2, 0.03)
            * _ramp(rounded - y, 0.035)
            * _ramp(y - scallop, 0.05)
        )
        along = np.clip((y - top) / height, 0, 1)
        shade = (
            1 - 0.2 * np.abs(across) ** 3 - 0.1 * (1 - along) ** 2 - 0.06 * np.clip((along - 0.8) / 0.2, 0, 1)
        )
        sheen = 0.07 * np.exp(-(((across + 0.15) / 0.3) ** 2) - ((along - 0.45) / 0.28) ** 2)
        warm = np.array([1.0, 0.985, 0.95], np.float32) ** (1.6 * (1 - along[..., None]))
        tooth = enamel * (shade + sheen)[..., None] * warm
        colour = colour * (1 - inside[..., None]) + tooth * inside[..., None]
        alpha = np.maximum(alpha, inside)
        middle += width
    sigma = max(0.5, blur_cm * _PIXELS)
    layer = np.dstack([colour * alpha[..., None], alpha]).astype(np.float32)
    packed = np.asarray(cv2.GaussianBlur(layer, (0, 0), sigma), np.float32)
    packed[..., :3] /= np.maximum(packed[..., 3:], 1e-3)
    return np.clip(packed, 0, 255).astype(np.float32)


def _ramp(distance: NDArray[np.floating[Any]], width: float) -> NDArray[np.float32]:
    """Return 0 to 1 over width round distance 0."""
    return np.asarray(np.clip(distance / width + 0.5, 0, 1), np.float32)
