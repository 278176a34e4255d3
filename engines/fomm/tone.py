"""The network's colours brought back to the picture's: closely where the two meet, broadly everywhere."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.fomm.borders import FADE, FADE_BELOW, borders_of, smooth_step
from engines.fomm.source import Source

# How much of a difference is taken for a tone; more is a picture that differs.
_MOST = 40.0
# Tones are smooth: blurred by these shares of the square's side near its border and everywhere else.
_NEAR, _WIDE = 0.03, 0.1


def tone_of(source: Source, rest: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return (S, S, 3) what to add to the network's colours, 0..255, so that at rest they are the picture's.

    What the network adds or leaves out in detail stays its own affair, but towards the square's border.

    Args:
        source: the avatar.
        rest: (S, S, 3) uint8, the network's picture of the avatar at rest.
    """
    if source.layers is None:
        return np.zeros(source.crop.shape, np.float32)
    off = np.clip(source.crop.astype(np.float32) - rest, -_MOST, _MOST)
    near, wide = (cv2.GaussianBlur(off, (0, 0), share * source.side) for share in (_NEAR, _WIDE))
    return np.asarray(wide + (near - wide) * _nearness(source)[..., None], np.float32)


def _nearness(source: Source) -> NDArray[np.float32]:
    """Return (S, S), 1 where the network's picture fades out, 0 two and a half fades away from there."""
    side = source.side
    place = (np.arange(side) + 0.5) / side
    ways = zip(
        borders_of(source)[1], (place[None], place[:, None], 1 - place[None], 1 - place[:, None]), strict=True
    )
    away = np.full((side, side), np.inf)
    for border, (fades, from_border) in enumerate(ways):
        if fades:
            away = np.minimum(away, from_border / (FADE_BELOW if border == 3 else FADE))
    return np.asarray(1 - smooth_step((away - 1) / 1.5), np.float32)
