"""Keeping a camera that comes and goes: find it again by name, with growing waits that can be cut short."""

from __future__ import annotations

import logging
from collections.abc import Callable

from app.devices.camera import Camera, CameraBusy, CameraLost, CameraNotFound, Frame

logger = logging.getLogger(__name__)

_FIRST_WAIT_S = 0.1
_LONGEST_WAIT_S = 5.0


class Reconnector:
    """Reads a camera through its absences.

    Threads: one reads.

    Attributes:
        camera: the one it keeps.
        failure: why there are no frames just now; None while they flow.
        attempts: how often it was opened in vain since it was lost.
    """

    def __init__(
        self,
        camera: Camera,
        stopped_within: Callable[[float], bool],
        on_change: Callable[[Exception | None], None] = lambda _failure: None,
    ) -> None:
        """Begin with a camera that may be open already.

        Args:
            camera: finds its device by name each time it is opened.
            stopped_within: waits that many seconds and says whether to stop; threading.Event.wait.
            on_change: told why the camera was lost, and None when frames flow again.
        """
        self.camera = camera
        self.failure: Exception | None = None
        self.attempts = 0
        self._stopped_within = stopped_within
        self._on_change = on_change
        self._last_time_s = float("-inf")

    def read(self) -> Frame | None:
        """Return the next frame, newer than all before; opens the camera again as long as it takes.

        Returns:
            The frame, or None when it was stopped meanwhile.
        """
        while not self._stopped_within(0):
            try:
                if self.failure is not None and not self._reopen():
                    return None
                frame = self.camera.read()
            except (CameraNotFound, CameraBusy, CameraLost) as error:
                self._lose(error)
                continue
            self._recover()
            if frame.time_s > self._last_time_s:
                self._last_time_s = frame.time_s
                return frame
        return None

    def _reopen(self) -> bool:
        """Wait, longer each time, and open it; False when stopped meanwhile."""
        self.camera.close()
        if self._stopped_within(min(_FIRST_WAIT_S * 2 ** min(self.attempts, 16), _LONGEST_WAIT_S)):
            return False
        self.attempts += 1
        self.camera.open()
        return True

    def _lose(self, error: Exception) -> None:
        known, self.failure = self.failure, error
        if str(error) != str(known or ""):
            logger.info("%s", error)
            self._on_change(error)

    def _recover(self) -> None:
        if self.failure is not None:
            logger.info("the camera %s is back", self.camera.info.name)
            self.failure, self.attempts = None, 0
            self._on_change(None)
