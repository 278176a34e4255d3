"""Whether a hand is before a face. The face's own landmarks cannot tell: they lie where the face would be."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from app.tracking.graphs import HandNet
from app.tracking.portrait import laid_on_grey
from app.tracking.region import Region, to_picture
from engines.face.topology import FACE_OVAL

_LOOKS = (1.1, 1.8, 2.2, 4.0)  # times the face's region: a hand is found at some of these sizes only
_SIDE = 512  # pixels of a look
# The palm detector sees ghosts in locks of hair and folds of cloth; the landmark network is sure of hands, also of
# drawn ones, and hardly ever of a ghost.
_PALM, _PRESENCE = 0.1, 0.95
_WITHIN = 0.25  # share of a hand's landmarks


def hand_before_face(
    rgb: NDArray[np.uint8], landmarks: NDArray[np.float32], alpha: NDArray[np.uint8] | None = None
) -> bool:
    """Tell whether a hand is before a face; small or unusually drawn ones are missed. Takes a tenth of a second.

    Args:
        rgb: (H, W, 3) uint8.
        landmarks: (478, 3) the face's, pixels of the picture.
        alpha: (H, W) uint8, or None where the picture has none.
    """
    rgb = rgb if alpha is None else laid_on_grey(rgb, alpha)
    region = Region.from_landmarks(landmarks)
    net = HandNet(_PALM, _PRESENCE)
    try:
        for times in _LOOKS:
            look = replace(region, side=times * region.side)
            hands = net(look.crop(rgb, _SIDE))
            if any(is_before(to_picture(hand, look), landmarks) for hand in hands):
                return True
    finally:
        net.close()
    return False


def is_before(hand: NDArray[np.float32], landmarks: NDArray[np.float32]) -> bool:
    """Tell whether a good part of a hand, (21, 2 or 3), lies within the oval of a face, (478, 3)."""
    oval = np.ascontiguousarray(landmarks[list(FACE_OVAL), :2])
    within = [cv2.pointPolygonTest(oval, (float(x), float(y)), False) >= 0 for x, y in hand[:, :2]]
    return float(np.mean(within)) >= _WITHIN
