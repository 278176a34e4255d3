"""Framing faces as the networks' training pictures frame them: an upright square around the head.

Avatars and drivers are framed alike, or the network would see a different kind of picture than it learnt from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.face.canonical import canonical_head
from engines.face.pose import fit_pose

SIDE = 256  # pixels a network looks at, each way

# Measured on clips cropped as VoxCeleb is: the average head, laid over the face, is this share of the square high, and
# its middle lies here. Single clips differ by a tenth either way.
_HEAD_SHARE = 0.60
_MIDDLE = (0.50, 0.54)
# Averaging four pixels for one halves a picture; beyond, it is halved beforehand.
_MOST_SHRINKING = 2.0


@dataclass(frozen=True)
class Square:
    """An upright square of a picture; it may reach beyond the picture.

    Attributes:
        x: its middle, picture pixels; the first pixel spans 0..1.
        y: likewise, down.
        side: pixels, > 0.
    """

    x: float
    y: float
    side: float

    @property
    def left(self) -> float:
        """Its left edge."""
        return self.x - self.side / 2

    @property
    def top(self) -> float:
        """Its upper edge."""
        return self.y - self.side / 2

    def to_square(self, points: NDArray[np.floating[Any]], side: int = SIDE) -> NDArray[np.float32]:
        """Return points (N, 2 or 3) of the picture as a square of that many pixels shows them; z keeps its scale."""
        moved = np.array(points, np.float64)
        moved[:, :2] -= (self.left, self.top)
        return (moved * (side / self.side)).astype(np.float32)

    def cut(self, picture: NDArray[np.uint8], side: int = SIDE) -> NDArray[np.uint8]:
        """Return the square's pixels, side each way; beyond the picture its border goes on.

        Exact to fractions of a pixel, averaged where it shrinks; a square that needs no resampling is copied.

        Args:
            picture: (H, W) or (H, W, channels).
            side: of the result, pixels.
        """
        if self.side == side and self.left == round(self.left) and self.top == round(self.top):
            return _copied(picture, round(self.left), round(self.top), side)
        picture, step, x, y = self._halved(picture, side)
        # Twice as many points as pixels where it shrinks, so that the average of four is one pixel's area.
        points = 2 if step > 1 else 1
        step /= points
        matrix = np.array([[step, 0, x + step / 2 - 0.5], [0, step, y + step / 2 - 0.5]])
        kind = cv2.INTER_LINEAR if points == 2 else cv2.INTER_CUBIC
        taken = cv2.warpAffine(
            picture,
            matrix,
            (points * side, points * side),
            flags=kind | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        if points == 2:
            taken = cv2.resize(taken, (side, side), interpolation=cv2.INTER_AREA)
        return np.asarray(taken, np.uint8)

    def _halved(self, picture: NDArray[np.uint8], side: int) -> tuple[NDArray[np.uint8], float, float, float]:
        """Return the picture halved as often as needed, and in its pixels: how many a result pixel takes, and x, y."""
        step, x, y = self.side / side, self.left, self.top
        while step > _MOST_SHRINKING and min(picture.shape[:2]) >= 2:
            even = picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
            picture = np.asarray(
                cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8
            )
            step, x, y = step / 2, x / 2, y / 2
        return picture, step, x, y


def square_of(landmarks: NDArray[np.floating[Any]]) -> Square:
    """Return the square that frames a face as the training pictures do.

    It follows the head alone: neither an open mouth nor raised brows move it.

    Args:
        landmarks: (478, 3) of a face, picture pixels.

    Raises:
        ValueError: they are no face's.
    """
    if not np.isfinite(landmarks).all():
        raise ValueError("the landmarks are not finite")
    pose = fit_pose(landmarks)
    head = pose.to_image(canonical_head().vertices)[:, :2]
    low, high = head.min(axis=0), head.max(axis=0)
    # Seen from above or below a head looks shorter than it is.
    upright = pose.scale * float(np.ptp(canonical_head().vertices[:, 1]))
    side = max(float(high[1] - low[1]), upright) / _HEAD_SHARE
    if not math.isfinite(side) or side <= 0:
        raise ValueError("the landmarks describe no face")
    across, down = (low + high) / 2 + side * (0.5 - np.array(_MIDDLE))
    return Square(float(across), float(down), side)


def _copied(picture: NDArray[np.uint8], x: int, y: int, side: int) -> NDArray[np.uint8]:
    """Return whole pixels, the border going on beyond the picture."""
    height, width = picture.shape[:2]
    rows = np.clip(np.arange(y, y + side), 0, height - 1)
    columns = np.clip(np.arange(x, x + side), 0, width - 1)
    return np.ascontiguousarray(picture[rows[:, None], columns])
