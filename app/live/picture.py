"""The only thing a sink can be given.

Privacy rests on this type: a Picture is made by app.live.compose (from a puppet's layer) and by app.live.slate (from
nothing at all), by nobody else, and whatever publishes refuses everything that is not one. A test reads the source to
see that it stays so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Picture:
    """A finished output picture. Its arrays are never written to again.

    Attributes:
        pixels: (H, W, 3) uint8 RGB, or (H, W, 4) RGBA with straight alpha where the background is transparent.
        rgb: (H, W, 3) uint8, for sinks without alpha; pixels itself where there is no alpha.
        time_s: when the frame that drove it was captured, or when it was made if no frame did; seconds.
        driven: a camera frame drove it, so that its latency means something.
        slate: it is the still card.
    """

    pixels: NDArray[np.uint8]
    rgb: NDArray[np.uint8]
    time_s: float
    driven: bool = False
    slate: bool = False

    def __post_init__(self) -> None:
        for array in (self.pixels, self.rgb):
            array.flags.writeable = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]
