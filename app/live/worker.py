"""A thread with a name, a step and a bounded end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from app.live.latest import Closed

logger = logging.getLogger(__name__)

RETRY_WAITS_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Worker:
    """Calls step() until stopped. A step that fails is reported and, after a growing wait, tried again.

    Threads: start(), request_stop() and join() from anywhere; step and finish run on the worker's own thread.

    Attributes:
        name: of the thread.
        failure: the error of the last step, None when it went well.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], None],
        on_failure: Callable[[str, Exception], None],
        *,
        finish: Callable[[], None] | None = None,
        retry_waits_s: Sequence[float] = RETRY_WAITS_S,
    ) -> None:
        self.name = name
        self.failure: Exception | None = None
        self._step, self._on_failure, self._finish = step, on_failure, finish
        self._retry_waits_s = retry_waits_s
        self._failures = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"guise-{name}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def request_stop(self) -> None:
        """Ask for the end; returns at once."""
        self._stop.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; False when it did not come in time. A worker that never started has ended."""
        if self._thread.ident is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        """Whether the end was asked for."""
        return self._stop.is_set()

    def stopped_within(self, wait_s: float) -> bool:
        """Wait; True as soon as the end is asked for. For steps that wait."""
        return self._stop.wait(wait_s)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._step()
            except Closed:  # a neighbour closed its slot: the normal end
                break
            except Exception as error:  # noqa: BLE001 - the thread's last door
                self._fail(error)
            else:
                self.failure, self._failures = None, 0
        if self._finish is not None:
            try:
                self._finish()
            except Exception as error:  # noqa: BLE001 - the thread's last door
                logger.warning("%s: %s while ending", self.name, error)

    def _fail(self, error: Exception) -> None:
        if self._stop.is_set():  # a device was closed under a late read
            logger.debug("%s: %s while stopping", self.name, error)
            return
        self.failure = error
        logger.error("%s failed", self.name, exc_info=error)
        self._on_failure(self.name, error)
        self._stop.wait(self._retry_waits_s[min(self._failures, len(self._retry_waits_s) - 1)])
        self._failures += 1
