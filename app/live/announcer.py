"""Telling the listener, without letting it hurt the stages that tell."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.live.status import SessionEvents

if TYPE_CHECKING:
    from app.tracking.calibration import Calibration

logger = logging.getLogger(__name__)

_SAME_FAILURE_EVERY_S = 10.0


class Announcer:
    """Passes events on: an error of the listener is logged, and the same failure is told once in a while only.

    Threads: any.
    """

    def __init__(self, events: SessionEvents, clock: Callable[[], float]) -> None:
        self._events, self._clock = events, clock
        self._told: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def preview_ready(self) -> None:
        """See SessionEvents."""
        self._tell(self._events.preview_ready)

    def inset_ready(self) -> None:
        """See SessionEvents."""
        self._tell(self._events.inset_ready)

    def status_changed(self) -> None:
        """See SessionEvents."""
        self._tell(self._events.status_changed)

    def calibrated(self, calibration: Calibration) -> None:
        """See SessionEvents."""
        self._tell(lambda: self._events.calibrated(calibration))

    def neutral_offered(self, score: float) -> None:
        """See SessionEvents."""
        self._tell(lambda: self._events.neutral_offered(score))

    def avatar_shown(self, avatar_id: str) -> None:
        """See SessionEvents."""
        self._tell(lambda: self._events.avatar_shown(avatar_id))

    def avatar_failed(self, avatar_id: str, error: Exception) -> None:
        """See SessionEvents."""
        self._tell(lambda: self._events.avatar_failed(avatar_id, error))

    def recording_stopped(self, path: Path, error: Exception | None) -> None:
        """See SessionEvents."""
        self._tell(lambda: self._events.recording_stopped(path, error))

    def failed(self, worker: str, error: Exception) -> None:
        """See SessionEvents."""
        key, now = (worker, f"{type(error).__name__}: {error}"), self._clock()
        with self._lock:
            if now - self._told.get(key, float("-inf")) < _SAME_FAILURE_EVERY_S:
                return
            self._told = {k: t for k, t in self._told.items() if now - t < _SAME_FAILURE_EVERY_S}
            self._told[key] = now
        self._tell(lambda: self._events.failed(worker, error))

    def _tell(self, event: Callable[[], None]) -> None:
        try:
            event()
        except Exception:
            logger.exception("an event's listener failed")
