"""How much sharpening brings a picture that went through the network's size back to its own sharpness."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.fomm.source import Source

# The unsharp mask's blur, pixels of the network's picture. A narrower mask raises noise, a wider one draws halos.
BLUR = 0.7
# Sharpened until edges are this steep beside the picture's own, and never beyond the strongest mask: what is still
# missing then is grain and hair finer than the network's pixels, which no mask brings back.
_ENOUGH, _STRONGEST = 0.95, 1.2
_STEPS = 6
_LARGEST = 1024  # sharpness is measured on no more pixels than this, each way


def unsharp_amount(source: Source, scale: float) -> float:
    """Return how strong an unsharp mask the network's picture needs to stand in the avatar's picture.

    Measured on the avatar itself: its square is reduced to the network's size, enlarged again, and compared.

    Args:
        source: the avatar.
        scale: output pixels a picture pixel takes.

    Returns:
        0 where nothing is enlarged or the picture is no sharper than the network's.
    """
    side = min(round(source.square.side * scale), _LARGEST)
    if side <= source.side:
        return 0.0
    small = _luma(source.square.cut(source.avatar.rgb, source.side))
    wanted = _ENOUGH * _steepness(_luma(source.square.cut(source.avatar.rgb, side)))
    halo = small - cv2.GaussianBlur(small, (0, 0), BLUR)
    if _steepness(_enlarged(small, side)) >= wanted:
        return 0.0
    low, high = 0.0, _STRONGEST
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _steepness(_enlarged(small + middle * halo, side)) >= wanted:
            high = middle
        else:
            low = middle
    return high


def _luma(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32)


def _enlarged(small: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    return np.asarray(
        cv2.resize(np.clip(small, 0, 255), (side, side), interpolation=cv2.INTER_CUBIC), np.float32
    )


def _steepness(grey: NDArray[np.float32]) -> float:
    across, down = np.diff(grey, axis=1)[1:], np.diff(grey, axis=0)[:, 1:]
    return float(np.hypot(across, down).mean())
