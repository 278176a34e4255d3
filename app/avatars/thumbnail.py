"""The small picture on the shelf: a square around the face."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.avatars.picture import LoadedPicture

THUMBNAIL_SIDE = 256
_HEADS = 1.75  # the square's side, in heights of the landmarks: hair and chin with a little air


def thumbnail(picture: LoadedPicture, landmarks: NDArray[np.float32] | None) -> NDArray[np.uint8]:
    """Return (256, 256, 3) uint8 RGB, or (256, 256, 4) RGBA where the picture has alpha."""
    pixels = picture.rgb if picture.alpha is None else np.dstack([picture.rgb, picture.alpha])
    box = _square(picture.size, landmarks)
    image = Image.fromarray(pixels).resize(
        (THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS, box=box
    )
    return np.array(image)


def _square(
    size: tuple[int, int], landmarks: NDArray[np.float32] | None
) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of a square inside the picture, around the face where one is known."""
    width, height = size
    whole = float(min(width, height))
    if landmarks is None:
        left, top, side = (width - whole) / 2, (height - whole) / 3, whole
    else:
        low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
        tall = float(max(high[1] - low[1], (high[0] - low[0]) * 1.1))
        side = min(whole, max(tall * _HEADS, whole / 8))
        centre_x, centre_y = (low + high) / 2 - (0, 0.12 * tall)  # hair reaches further up than the landmarks
        left = float(np.clip(centre_x - side / 2, 0, width - side))
        top = float(np.clip(centre_y - side / 2, 0, height - side))
    return left, top, left + side, top + side
