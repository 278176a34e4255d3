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
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            alpha = person[y, x, 3]
            if alpha == 0:
                out[y, x, 0], out[y, x, 1], out[y, x, 2] = backdrop[y, x, 0], backdrop[y, x, 1], backdrop[y, x, 2]
            elif alpha == 255:
                out[y, x, 0], out[y, x, 1], out[y, x, 2] = person[y, x, 0], person[y, x, 1], person[y, x, 2]
            else:
                for k in range(3):
                    behind = backdrop[y, x, k] * (255 - alpha) + 128
                    out[y, x, k] = min(255, person[y, x, k] + ((behind + (behind >> 8)) >> 8))
