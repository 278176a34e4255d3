"""The live tracker: one frame in, the driver's face out."""

from __future__ import annotations

from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from app.tracking.mediapipe_quiet import solutions
from engines.base import Face


class FaceTracker:
    """Follows one face through a stream of frames. One thread at a time; close() frees the graph."""

    def __init__(self) -> None:
        face_mesh = solutions().face_mesh
        self._mesh = face_mesh.FaceMesh(
            static_image_mode=True, refine_landmarks=True, max_num_faces=2, min_detection_confidence=0.5
        )
        self._others = 0

    @property
    def others(self) -> int:
        """How many further faces the last frame showed."""
        return self._others

    def track(self, rgb: NDArray[np.uint8], time_s: float) -> Face | None:
        """Return the driver's face in a frame, or None where there is none.

        Args:
            rgb: (H, W, 3) uint8.
            time_s: when the frame was captured.
        """
        found = self._mesh.process(np.ascontiguousarray(rgb)).multi_face_landmarks or []
        self._others = max(len(found) - 1, 0)
        if not found:
            return None
        height, width = rgb.shape[:2]
        points = np.array([(p.x, p.y, p.z) for p in found[0].landmark]) * (width, height, width)
        return Face(points.astype(np.float32), (width, height), time_s)

    def close(self) -> None:
        """Free the graph and its threads. Closing twice is fine."""
        if self._mesh is not None:
            self._mesh.close()
            self._mesh = None

    def __enter__(self) -> FaceTracker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
