"""To act while somebody is known to wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch


@contextmanager
def once_waiting(act: Callable[[], object]) -> Iterator[None]:
    """Call act, on another thread, once the calling thread waits for an event or a condition inside the block."""
    caller, waits, wait = threading.get_ident(), threading.Event(), threading.Condition.wait

    def telling(condition: threading.Condition, timeout: float | None = None) -> bool:
        if threading.get_ident() == caller:
            waits.set()
        return wait(condition, timeout)

    def run() -> None:
        waits.wait()
        act()

    actor = threading.Thread(target=run)
    actor.start()
    with patch.object(threading.Condition, "wait", telling):
        try:
            yield
        finally:
            waits.set()
            actor.join()
