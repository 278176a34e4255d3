"""A picture at another size, whole, with bars where the shapes differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fit(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the picture at that width and height: as it is, a pixel cropped, or scaled with black bars.

    Args:
        picture: (H, W, 3) RGB or (H, W, 4) RGBA, uint8.
        size: width and height wanted, pixels.

    Returns:
        (height, width, as many channels) uint8; a view of the picture where that will do.
    """
    height, width = picture.shape[:2]
    if (width, height) == size:
        return picture
    if 0 <= width - size[0] <= 1 and 0 <= height - size[1] <= 1:
        return picture[: size[1], : size[0]]
    import cv2

    scale = min(size[0] / width, size[1] / height)
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    canvas = np.zeros((size[1], size[0], picture.shape[2]), np.uint8)
    if picture.shape[2] == 4:
        canvas[..., 3] = 255
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = cv2.resize(
        picture, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    return canvas
