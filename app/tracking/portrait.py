"""Finding faces in any picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.tracking.mediapipe_quiet import solutions
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
    height, width = rgb.shape[:2]
    if alpha is not None:
        opaque = alpha[..., None].astype(np.float32) / 255
        rgb = (rgb * opaque + 200 * (1 - opaque)).astype(np.uint8)
    for threshold in (0.5, 0.3, 0.1, 0.02):
        with solutions().face_mesh.FaceMesh(
            static_image_mode=True, refine_landmarks=True, max_num_faces=5, min_detection_confidence=threshold
        ) as mesh:
            found = mesh.process(np.ascontiguousarray(rgb)).multi_face_landmarks or []
        if found:
            break
    faces = []
    for face in found:
        points = np.array([(p.x, p.y, p.z) for p in face.landmark]) * (width, height, width)
        faces.append(FoundFace(points.astype(np.float32), threshold**0.5, Style.PHOTO))
    return sorted(faces, key=lambda f: -float(np.ptp(f.landmarks[:, 0])))
