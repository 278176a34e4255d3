"""Cutting the person out of a picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.tracking.mediapipe_quiet import solutions


def person_matte(rgb: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return (H, W) uint8: 255 where the person is, 0 behind.

    Args:
        rgb: (H, W, 3) uint8.
        landmarks: (>= 468, 3) the person's face in pixels; always inside the matte.
    """
    with solutions().selfie_segmentation.SelfieSegmentation(model_selection=0) as network:
        mask = network.process(np.ascontiguousarray(rgb)).segmentation_mask
    matte = np.clip(mask * 255, 0, 255).astype(np.uint8)
    hull = cv2.convexHull(landmarks[:468, :2].astype(np.int32))
    return np.asarray(cv2.fillConvexPoly(matte, hull, (255.0,)), dtype=np.uint8)
