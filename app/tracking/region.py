"""The region of a frame the landmark network looks at: a turned square around the face."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.tracking.graphs import LANDMARK_SIDE, Detection, LandmarkNet
from engines.face.topology import LEFT_EYE, RIGHT_EYE

# The network was trained on regions half as wide again as the face box; from landmarks, which reach further up
# than the detector's box, the same region is this much smaller and lower (means over many frames).
_MARGIN = 1.5
_FROM_LANDMARKS = 0.93
_LOWER = 0.03


@dataclass(frozen=True)
class Region:
    """A turned square.

    Attributes:
        x: centre, pixels.
        y: centre, pixels.
        side: pixels.
        angle: radians; the square's own x axis points there, from the person's right to the left.
    """

    x: float
    y: float
    side: float
    angle: float

    @classmethod
    def from_detection(cls, detection: Detection) -> Region:
        """Return the region a detected face asks for."""
        left, top, width, height = detection.box
        across = detection.eyes[1] - detection.eyes[0]
        angle = math.atan2(across[1], across[0])
        return cls(left + width / 2, top + height / 2, _MARGIN * max(width, height), angle)

    @classmethod
    def from_landmarks(cls, landmarks: NDArray[np.floating[Any]]) -> Region:
        """Return the same region from (478, 3) landmarks."""
        low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
        across = landmarks[LEFT_EYE.outer, :2] - landmarks[RIGHT_EYE.outer, :2]
        angle = math.atan2(float(across[1]), float(across[0]))
        side = _MARGIN * _FROM_LANDMARKS * float((high - low).max())
        x, y = (low + high) / 2
        return cls(x - _LOWER * side * math.sin(angle), y + _LOWER * side * math.cos(angle), side, angle)

    def matrix(self, pixels: int = LANDMARK_SIDE) -> NDArray[np.float64]:
        """Return (2, 3) from a crop of pixels x pixels to the picture (points, not pixel centres)."""
        cos, sin = math.cos(self.angle) * self.side / pixels, math.sin(self.angle) * self.side / pixels
        half = pixels / 2
        return np.array(
            [[cos, -sin, self.x - half * (cos - sin)], [sin, cos, self.y - half * (sin + cos)]],
            dtype=np.float64,
        )

    def crop(self, rgb: NDArray[np.uint8], pixels: int = LANDMARK_SIDE) -> NDArray[np.uint8]:
        """Return (pixels, pixels, 3) of the picture, black outside of it. Large faces are shrunk without aliasing."""
        matrix = self.matrix(pixels)
        shrink = int(self.side / pixels)
        if shrink >= 2:
            rgb, matrix = self._shrunk(rgb, matrix, shrink)
        matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpAffine(rgb, matrix, (pixels, pixels), flags=flags), dtype=np.uint8)

    def _shrunk(
        self, rgb: NDArray[np.uint8], matrix: NDArray[np.float64], shrink: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Return the part of the picture around the region, shrunk by a whole number, and the matrix into it."""
        reach = self.side * 0.71 + shrink
        left, top = max(int(self.x - reach), 0), max(int(self.y - reach), 0)
        part = rgb[top : max(int(self.y + reach), top + 1), left : max(int(self.x + reach), left + 1)]
        height, width = part.shape[0] // shrink * shrink, part.shape[1] // shrink * shrink
        if height == 0 or width == 0:
            return rgb, matrix
        small = cv2.resize(
            np.ascontiguousarray(part[:height, :width]),
            (width // shrink, height // shrink),
            interpolation=cv2.INTER_AREA,
        )
        matrix = matrix.copy()
        matrix[:, 2] -= (left, top)
        return np.asarray(small, dtype=np.uint8), matrix / shrink


def place_landmarks(
    net: LandmarkNet, rgb: NDArray[np.uint8], region: Region
) -> tuple[NDArray[np.float32], float]:
    """Return the landmarks in a region as (478, 3) pixels of the picture, and how surely it is a face."""
    points, score = net(region.crop(rgb))
    return to_picture(points, region), score


def to_picture(points: NDArray[np.floating[Any]], region: Region) -> NDArray[np.float32]:
    """Return landmarks given in crop widths as pixels of the picture."""
    matrix = region.matrix(1)
    placed = np.empty(points.shape, np.float32)
    placed[:, :2] = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    placed[:, 2] = points[:, 2] * region.side
    return placed
