"""The per-pixel loops of composing. Compiled by numba at their first call.

(v * 257 + 32896) >> 16 is v / 255 rounded, exact for products of two bytes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.rig.raster import compiled


@compiled("void(uint8[:, :, ::1], uint8[:, :, ::1], uint8[::1], uint8[::1], uint8[:, :, ::1])")
def over(
    person: NDArray[np.uint8],
    ground: NDArray[np.uint8],
    across: NDArray[np.uint8],
    down: NDArray[np.uint8],
    out: NDArray[np.uint8],
) -> None:
    """Lay a person over a ground.

    Args:
        person: (H, W, 4) RGBA with premultiplied alpha.
        ground: (H, W, 3) RGB.
        across: (W,) how much of the person each column keeps, 255 all.
        down: (H,) likewise for rows.
        out: (H, W, 3) RGB, written to.
    """
    half, by = np.uint32(32896), np.uint32(257)
    for y in range(person.shape[0]):
        for x in range(person.shape[1]):
            alpha = person[y, x, 3]
            keep = min(across[x], down[y])
            if alpha == 0 or keep == 0:
                for c in range(3):
                    out[y, x, c] = ground[y, x, c]
            elif alpha == 255 and keep == 255:
                for c in range(3):
                    out[y, x, c] = person[y, x, c]
            else:
                kept = (np.uint32(alpha) * keep * by + half) >> np.uint32(16)
                for c in range(3):
                    front = (np.uint32(person[y, x, c]) * keep * by + half) >> np.uint32(16)
                    behind = (ground[y, x, c] * (np.uint32(255) - kept) * by + half) >> np.uint32(16)
                    out[y, x, c] = np.uint8(min(front + behind, np.uint32(255)))


@compiled("void(uint8[:, :, ::1], uint8[::1], uint8[::1], uint8[:, :, ::1])")
def straighten(
    person: NDArray[np.uint8], across: NDArray[np.uint8], down: NDArray[np.uint8], out: NDArray[np.uint8]
) -> None:
    """Write a person with straight alpha.

    Args:
        person: (H, W, 4) RGBA with premultiplied alpha.
        across: (W,) how much of the person each column keeps, 255 all.
        down: (H,) likewise for rows.
        out: (H, W, 4) RGBA with straight alpha, written to.
    """
    half, by = np.uint32(32896), np.uint32(257)
    for y in range(person.shape[0]):
        for x in range(person.shape[1]):
            alpha = np.uint32(person[y, x, 3])
            for c in range(3):
                value = np.uint32(0)
                if alpha > 0:
                    value = (np.uint32(person[y, x, c]) * np.uint32(255) + alpha // np.uint32(2)) // alpha
                out[y, x, c] = np.uint8(min(value, np.uint32(255)))
            out[y, x, 3] = np.uint8((alpha * min(across[x], down[y]) * by + half) >> np.uint32(16))
