"""From the session's threads to the window: calls become signals on the GUI thread."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

if TYPE_CHECKING:
    from app.tracking.calibration import Calibration


class Edge(QObject):
    """Many calls from any thread, one signal on the GUI thread: nobody queues up while the window is busy.

    Signals:
        risen(): something new is there.
    """

    risen = Signal()
    _called = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._pending = False
        self._called.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def call(self) -> None:
        """Say that something is new. From any thread."""
        with self._lock:
            if self._pending:
                return
            self._pending = True
        self._called.emit()

    @Slot()
    def _deliver(self) -> None:
        with self._lock:  # lowered first: a call during the slots below raises it again
            self._pending = False
        self.risen.emit()


class Bridge(QObject):
    """The window's ear at the session (app.live.status.SessionEvents).

    Threads: made on the GUI thread; the methods may be called from any, the signals arrive on the GUI thread.

    Signals:
        preview_changed(): a newer picture is in the session's preview slot.
        inset_changed(): a newer camera frame is in the session's inset slot.
        status_new(): the session's status is another.
        calibration_done(Calibration): what came of calibrating.
        better_neutral(float): a better neutral was seen, with its score.
        avatar_on(str): an avatar is on stage, by id.
        avatar_off(str, Exception): an avatar could not be shown.
        recording_over(Path | None, Exception | None): a recording ended.
        worker_failed(str, Exception): a worker of the session died.
    """

    calibration_done = Signal(object)
    better_neutral = Signal(float)
    avatar_on = Signal(str)
    avatar_off = Signal(str, object)
    recording_over = Signal(object, object)
    worker_failed = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preview, self._inset, self._status = Edge(self), Edge(self), Edge(self)
        self.preview_changed = self._preview.risen
        self.inset_changed = self._inset.risen
        self.status_new = self._status.risen

    def preview_ready(self) -> None:
        """SessionEvents."""
        self._preview.call()

    def inset_ready(self) -> None:
        """SessionEvents."""
        self._inset.call()

    def status_changed(self) -> None:
        """SessionEvents."""
        self._status.call()

    def calibrated(self, calibration: Calibration) -> None:
        """SessionEvents."""
        self.calibration_done.emit(calibration)

    def neutral_offered(self, score: float) -> None:
        """SessionEvents."""
        self.better_neutral.emit(score)

    def avatar_shown(self, avatar_id: str) -> None:
        """SessionEvents."""
        self.avatar_on.emit(avatar_id)

    def avatar_failed(self, avatar_id: str, error: Exception) -> None:
        """SessionEvents."""
        self.avatar_off.emit(avatar_id, error)

    def recording_stopped(self, path: Path, error: Exception | None = None) -> None:
        """SessionEvents."""
        self.recording_over.emit(path, error)

    def failed(self, worker: str, error: Exception) -> None:
        """SessionEvents."""
        self.worker_failed.emit(worker, error)
