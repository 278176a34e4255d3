"""Laying the person over what is behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.rig.raster import compiled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@compiled("void(uint8[:, :, ::1], uint8[:, :, ::1], uint8[:, :, ::1])")
def over(person: NDArray[np.uint8], backdrop: NDArray[np.uint8], out: NDArray[np.uint8]) -> None:
    """Lay a picture with alpha over an opaque one of the same size.

    Args:
        person: (H, W, 4) RGBA, premultiplied.
        backdrop: (H, W, 3) RGB.
        out: (H, W, 3) RGB, overwritten; may be the backdrop itself.
    """
    height, width = out.shape[0], out.shape[1]
    for y in range(height):
        for x in range(width):
            rest = 255 - person[y, x, 3]
            for k in range(3):
                behind = backdrop[y, x, k] * rest + 128
                out[y, x, k] = min(255, person[y, x, k] + ((behind + (behind >> 8)) >> 8))
