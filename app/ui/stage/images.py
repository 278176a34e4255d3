"""From arrays of pixels to images of Qt, resized once, to the very pixels of the screen."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage


def to_image(pixels: NDArray[np.uint8]) -> QImage:
    """Return a copy of (H, W, 3) RGB or (H, W, 4) straight RGBA pixels as an image."""
    height, width, channels = pixels.shape
    layout = QImage.Format.Format_RGBA8888 if channels == 4 else QImage.Format.Format_RGB888
    pixels = np.ascontiguousarray(pixels)
    # QImage does not own the buffer it is made from: copy before the array may go.
    return QImage(pixels.data, width, height, pixels.strides[0], layout).copy()


def fitted_size(size: tuple[int, int], room: QSize) -> tuple[int, int]:
    """Return the largest size of the same shape that fits into the room, at least 1 x 1."""
    scale = min(room.width() / size[0], room.height() / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def resized(pixels: NDArray[np.uint8], size: tuple[int, int], *, mirror: bool = False) -> NDArray[np.uint8]:
    """Return the pixels at another size (width, height), smooth both ways, mirrored where asked.

    Done here rather than by Qt: it is several times faster and does not hold the interpreter meanwhile.
    """
    result: NDArray[np.uint8] = pixels
    while result.shape[1] >= 2 * size[0] and result.shape[0] >= 2 * size[1]:
        half = result.shape[1] // 2, result.shape[0] // 2
        result = np.asarray(cv2.resize(result, half, interpolation=cv2.INTER_AREA), np.uint8)
    if size != (result.shape[1], result.shape[0]):  # by less than two: linear is smooth enough, and quick
        result = np.asarray(cv2.resize(result, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    if mirror:
        result = np.asarray(cv2.flip(result, 1), np.uint8)
    return result
