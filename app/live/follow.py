"""Finding and calming the driver's face, frame by frame: the same live and in `render`."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.tracking.smoothing import FaceFilter
from engines.base import Face


class Tracker(Protocol):
    """What finds faces; app.tracking.tracker.FaceTracker."""

    @property
    def others(self) -> int:
        """How many further faces the last frame showed."""

    def track(self, rgb: NDArray[np.uint8], time_s: float) -> Face | None:
        """Return the driver's face."""

    def reset(self) -> None:
        """Forget the face followed so far."""

    def close(self) -> None:
        """Free what it holds."""


def face_tracker() -> Tracker:
    """Load the real one; takes a second."""
    from app.tracking.tracker import FaceTracker

    return FaceTracker()


class Follower:
    """A tracker and a filter. One thread uses it.

    Args:
        tracker: finds the face; closed with the follower.
        smoothing: strength, 0..1.
    """

    def __init__(self, tracker: Tracker, smoothing: float) -> None:
        self._tracker = tracker
        self._filter = FaceFilter(smoothing)

    def look(self, rgb: NDArray[np.uint8], time_s: float) -> tuple[Face | None, Face | None]:
        """Return the face in a frame as found and calmed, or twice None.

        Args:
            rgb: (H, W, 3) uint8.
            time_s: when the frame was captured, seconds.
        """
        face = self._tracker.track(rgb, time_s)
        if face is None:
            self._filter.reset()
            return None, None
        return face, self._filter(face)

    @property
    def others(self) -> int:
        """How many further faces the last frame showed."""
        return self._tracker.others

    def smooth(self, strength: float) -> None:
        """Use another strength from the next frame on."""
        if strength != self._filter.strength:
            self._filter = FaceFilter(strength)

    def reset(self) -> None:
        """Another camera: forget what came before."""
        self._tracker.reset()
        self._filter.reset()

    def close(self) -> None:
        """Free the tracker."""
        self._tracker.close()
