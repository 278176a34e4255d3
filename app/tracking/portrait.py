"""Finding faces in any picture: photos, paintings, drawings, large and small."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.tracking.graphs import Detector, LandmarkNet
from app.tracking.region import Region, place_landmarks
from engines.base import Style


@dataclass(frozen=True)
class FoundFace:
    """A face in a picture.

    Attributes:
        landmarks: (478, 3) float32, pixels of the picture.
        confidence: 0..1; below 0.5 the landmarks deserve a look in the editor.
        style: photo or drawn.
    """

    landmarks: NDArray[np.float32]
    confidence: float
    style: Style


def find_faces(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None) -> list[FoundFace]:
    """Return the faces in a picture, best first.

    Args:
        rgb: (H, W, 3) uint8.
        alpha: (H, W) uint8, or None where the picture has none.
    """
    if alpha is not None:
        opaque = alpha[..., None].astype(np.float32) / 255
        rgb = (rgb * opaque + 200 * (1 - opaque)).astype(np.uint8)
    rgb = np.ascontiguousarray(rgb)
    net, faces = LandmarkNet(), []
    for threshold in (0.5, 0.3, 0.1, 0.02):
        detector = Detector(threshold)
        found = detector(rgb)
        detector.close()
        if found:
            break
    for detection in found:
        points, score, _ = place_landmarks(net, rgb, Region.from_detection(detection))
        if score > 0.1:
            faces.append(FoundFace(points, min(score, detection.score**0.5), Style.PHOTO))
    net.close()
    return sorted(faces, key=lambda f: -float(np.ptp(f.landmarks[:, 0])))
