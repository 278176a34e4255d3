"""The person's pixels, resampled once per view so that drawing a still face copies pixels instead of blending them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import View
from engines.rig.layers import Layers

# Texture pixels per output pixel: two keep moving pictures sharp, one is enough where the picture is enlarged.
_FINE = 2
_ENLARGED = 1.5
# The widest output still drawn from a fine texture: beyond, it would not fit the processor's caches.
_FINE_UP_TO = 700
# What lies further outside the view than this share of it never moves into it.
_AROUND = 0.4


@dataclass(frozen=True)
class Texture:
    """The person for one view.

    Attributes:
        pixels: (h, w) uint32 RGBA, premultiplied.
        scale: texture pixels a picture pixel takes.
        offset: (2,) the texture place of the picture's upper left corner; the first texture pixel's middle is 0.
    """

    pixels: NDArray[np.uint32]
    scale: float
    offset: NDArray[np.float64]

    def places(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (N, 2) where picture points (N, 2) lie in the texture."""
        return points * self.scale + self.offset


def texture_for(layers: Layers, view: View) -> Texture:
    """Resample the person for a view: a still person then needs no blending between pixels."""
    fine = _FINE if view.scale < _ENLARGED and max(view.width, view.height) <= _FINE_UP_TO else 1
    scale, shift = view.scale * fine, (np.array(view.offset) - 0.5) * fine
    size = np.array(layers.person.shape[1::-1], np.float64)
    around = _AROUND * max(view.width, view.height) * fine
    low = np.maximum(shift - layers.margin * scale, -around)
    high = np.minimum(
        shift + (size - layers.margin) * scale, np.array([view.width, view.height]) * fine + around
    )
    origin = np.floor(low)
    extent = np.maximum(np.ceil(high - origin), 2).astype(int)
    offset = shift - origin
    source, shrunk = _mip(layers.person, scale)
    # Pixel middles: picture x + 0.5 - margin, in the shrunk picture and in the texture.
    factor = scale * shrunk
    move = offset - layers.margin * scale + 0.5 * factor
    matrix = np.array([[factor, 0, move[0]], [0, factor, move[1]]])
    kind = cv2.INTER_LANCZOS4 if factor < 4 else cv2.INTER_CUBIC
    pixels = cv2.warpAffine(
        source, matrix, (int(extent[0]), int(extent[1])), flags=kind, borderMode=cv2.BORDER_REPLICATE
    )
    pixels[..., :3] = np.minimum(pixels[..., :3], pixels[..., 3:])
    return Texture(np.ascontiguousarray(pixels).view(np.uint32)[..., 0], scale, offset)


def _mip(picture: NDArray[np.uint8], scale: float) -> tuple[NDArray[np.uint8], float]:
    """Return the picture halved as often as the scale allows without losing detail, and its pixels per new pixel."""
    halvings = max(0, math.floor(-math.log2(max(scale, 1e-6)) + 1e-6))
    for _ in range(halvings):
        even = picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
        picture = np.asarray(cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    return picture, float(2**halvings)
