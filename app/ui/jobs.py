"""One-off work away from the GUI thread: reading pictures, listing cameras. Results come back on the GUI thread."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

logger = logging.getLogger(__name__)
T = TypeVar("T")

_CLOSE_TIMEOUT_S = 2.0
_Job = Callable[[], None]


class Jobs(QObject):
    """Does jobs one after another on a thread of its own, which starts with the first job.

    Threads: used from the GUI thread only; the work runs on the other one, what follows it on the GUI thread.

    Signals:
        busy_changed(bool): there is work, or there is none any more.
    """

    busy_changed = Signal(bool)
    _finished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        # A daemon, not an executor's thread: a camera driver that hangs must not keep the program alive.
        self._thread: threading.Thread | None = None
        self._open = 0
        self._closed = False
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether there is work."""
        return self._open > 0

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        otherwise: Callable[[Exception], object],
    ) -> None:
        """Do the work elsewhere, then go on here with its result or its error."""
        if self._closed:
            return
        self._open += 1
        if self._open == 1:
            self.busy_changed.emit(True)
        self._waiting.put(lambda: self._do(work, then, otherwise))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="guise-jobs", daemon=True)
            self._thread.start()

    def close(self, timeout_s: float = _CLOSE_TIMEOUT_S) -> bool:
        """Forget what has not begun and give what has begun a moment to end; nothing is delivered any more.

        Returns:
            Whether the thread ended in time.
        """
        self._closed = True
        self._waiting.put(None)
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None and not self._closed:
            job()

    def _do(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        otherwise: Callable[[Exception], object],
    ) -> None:
        try:
            result = work()
        except Exception as error:
            logger.debug("a job failed", exc_info=True)
            outcome: tuple[object, object] = (otherwise, error)
        else:
            outcome = (then, result)
        if not self._closed:
            self._finished.emit(outcome)

    @Slot(object)
    def _deliver(self, outcome: tuple[Callable[[object], object], object]) -> None:
        self._open -= 1
        if self._open == 0:
            self.busy_changed.emit(False)
        if not self._closed:
            follow, value = outcome
            follow(value)
