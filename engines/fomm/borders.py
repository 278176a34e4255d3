"""Where the network's square ends: inside the picture it fades into it, at the picture's own border it ends with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.fomm.source import Source

# The share of the square over which its picture fades out: at the sides and above, and below, where a neck that moves
# meets shoulders that do not.
FADE, FADE_BELOW = 0.07, 0.14
# Matte on the picture's border above which the border cuts the person off.
_CUT = 127


def borders_of(source: Source) -> tuple[list[bool], list[bool]]:
    """Return for left, top, right, bottom whether the person may leave the picture there, and whether the square fades.

    It fades where there is something to fade into: more of the picture, or the emptiness around a character.
    """
    if source.layers is None:
        return [False] * 4, [False] * 4
    matte, square = source.avatar.matte, source.square
    width, height = source.avatar.size
    edges = matte[:, 0], matte[0], matte[:, -1], matte[-1]
    free = [source.avatar.has_alpha and not bool((edge > _CUT).any()) for edge in edges]
    gaps = square.left, square.top, width - square.left - square.side, height - square.top - square.side
    return free, [leaves or gap > 1 for leaves, gap in zip(free, gaps, strict=True)]


def smooth_step(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 0 below 0, 1 above 1, smooth between."""
    t = np.clip(t, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
