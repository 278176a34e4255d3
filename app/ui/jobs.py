"""One-off work away from the GUI thread: reading pictures, listing cameras. Results come back on the GUI thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

logger = logging.getLogger(__name__)
T = TypeVar("T")


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
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="guise-jobs")
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
        self._pool.submit(self._do, work, then, otherwise)

    def close(self, *, wait: bool = True) -> None:
        """Forget what has not begun; with wait, let what has begun end. Nothing is delivered any more."""
        self._closed = True
        self._pool.shutdown(wait=wait, cancel_futures=True)

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
            self._finished.emit((otherwise, error))
        else:
            self._finished.emit((then, result))

    @Slot(object)
    def _deliver(self, outcome: tuple[Callable[[object], object], object]) -> None:
        self._open -= 1
        if self._open == 0:
            self.busy_changed.emit(False)
        if not self._closed:
            follow, value = outcome
            follow(value)
