"""A character's picture as the student networks see it, and their result as screens want it.

Networks: (4, S, S) float, RGBA in -1..1, linear light, colours premultiplied by alpha. Files: (S, S, 4) bytes, RGBA in
sRGB, straight alpha. Screens: the same bytes premultiplied in sRGB, as everything behind an engine composes them.

Numpy alone; the fast path and the reference share it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]


def network_picture(rgba: Pixels) -> NDArray[np.float64]:
    """Return a picture of a file as the networks see it: (S, S, 4) to (4, S, S)."""
    straight = rgba.astype(np.float64) / 255
    alpha = straight[..., 3:]
    premultiplied = np.concatenate((to_linear(straight[..., :3]) * alpha, alpha), -1)
    planes: NDArray[np.float64] = np.ascontiguousarray(premultiplied.transpose(2, 0, 1) * 2 - 1)
    return planes


def screen_picture(planes: Floats) -> Pixels:
    """Return a network's result for screens: (4, S, S) to (S, S, 4) uint8, premultiplied sRGB.

    What leaves 0..1 is clipped, and colour that is brighter than its alpha allows is cut to it.
    """
    rgba = np.clip((planes.transpose(1, 2, 0) + 1) / 2, 0, 1)
    alpha = rgba[..., 3:]
    straight = np.clip(rgba[..., :3] / np.maximum(alpha, 1e-6), 0, 1)
    shown: Pixels = np.rint(np.concatenate((from_linear(straight) * alpha, alpha), -1) * 255).astype(np.uint8)
    return shown


def to_linear(encoded: Floats) -> Floats:
    """Return linear light for sRGB values, both 0..1 (IEC 61966-2-1)."""
    linear: Floats = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return linear


def from_linear(linear: Floats) -> Floats:
    """Return sRGB values for linear light, both 0..1 (IEC 61966-2-1)."""
    encoded: Floats = np.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    )
    return encoded
