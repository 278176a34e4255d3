"""A character and poses made by rules, for comparing and timing networks where no picture is at hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.tha.pose import HIGH, LOW, exclusive

Pixels = NDArray[np.uint8]

_SEED = 11
# Of a picture of 1 x 1: middle, half the width and half the height, colour. Later ones lie on earlier ones.
_PARTS = (
    ((0.50, 1.02), (0.30, 0.52), (70, 90, 150)),  # shoulders and chest
    ((0.50, 0.26), (0.155, 0.18), (60, 50, 90)),  # hair
    ((0.50, 0.28), (0.105, 0.13), (240, 210, 195)),  # face
    ((0.46, 0.27), (0.020, 0.028), (50, 70, 140)),
    ((0.54, 0.27), (0.020, 0.028), (50, 70, 140)),
    ((0.50, 0.345), (0.028, 0.008), (190, 90, 100)),  # mouth
    ((0.46, 0.225), (0.026, 0.005), (70, 50, 60)),
    ((0.54, 0.225), (0.026, 0.005), (70, 50, 60)),
)
_SOFT = 1.5  # pixels from inside to outside


def made_character(side: int) -> Pixels:
    """Return a drawn bust, its head where the networks look for one: (side, side, 4) RGBA, straight alpha."""
    y, x = (np.mgrid[0:side, 0:side] + 0.5) / side
    colour, alpha = np.zeros((side, side, 3)), np.zeros((side, side, 1))
    for (across, down), (width, height), paint in _PARTS:
        distance = np.hypot((x - across) / width, (y - down) / height)
        cover = np.clip((1 - distance) * min(width, height) * side / _SOFT, 0, 1)[..., None]
        colour += cover * (np.array(paint) - colour)
        alpha = np.maximum(alpha, cover)
    colour += 12 * np.cos(40 * x + 25 * y)[..., None] * (alpha > 0)  # something to see move
    straight = np.concatenate((np.clip(colour, 0, 255), 255 * alpha), -1)
    pixels: Pixels = np.rint(straight).astype(np.uint8)
    return pixels


def made_poses(count: int) -> NDArray[np.float32]:
    """Return poses (count, 45) from all over what faces ask for, the first one at rest."""
    rng = np.random.default_rng(_SEED)
    poses = rng.uniform(LOW, HIGH, (count, len(LOW))).astype(np.float32)
    poses[0] = 0
    return np.stack([exclusive(pose) for pose in poses])
