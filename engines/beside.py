"""Short work done beside the caller's, on a second core."""

from __future__ import annotations

import _thread
from collections.abc import Callable


class Beside:
    """Runs a function on a thread of its own, from now on.

    threading.Thread waits until its thread has begun, and keeps a book of threads: a tenth of a millisecond, which is
    much for work of one or two, several times a frame.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        """Begin.

        Args:
            work: what it raises is raised by wait().
        """
        self._work = work
        self._error: BaseException | None = None
        self._done = _thread.allocate_lock()
        self._done.acquire()
        _thread.start_new_thread(self._run, ())

    def wait(self) -> None:
        """Return when the work is done. Call once."""
        self._done.acquire()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - it is the caller's
            self._error = error
        finally:
            self._done.release()
