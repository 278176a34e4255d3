"""One-place slots between threads: the newest value wins."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Closed(Exception):  # noqa: N818 - a normal end, not an error
    """The slot was closed: nothing will come any more."""


class Latest(Generic[T]):
    """One slot: the newest value wins; values nobody took are counted and dropped.

    Threads: any number may put, one takes; close() wakes the taker with Closed.

    Attributes:
        dropped: how many values were replaced before anybody took them.
    """

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._value: T | None = None
        self._unread = False
        self._closed = False
        self.dropped = 0

    def put(self, value: T) -> bool:
        """Store a value; True when the slot was empty, so that one wake-up signal is enough.

        Raises:
            Closed: the slot is closed.
        """
        with self._ready:
            if self._closed:
                raise Closed
            was_empty = not self._unread
            self.dropped += not was_empty
            self._value, self._unread = value, True
            self._ready.notify()
            return was_empty

    def take(self, timeout_s: float | None = None) -> T:
        """Return the newest value and empty the slot.

        Args:
            timeout_s: how long to wait for one; None waits for ever.

        Raises:
            TimeoutError: nothing came in time.
            Closed: the slot is closed.
        """
        with self._ready:
            if not self._ready.wait_for(lambda: self._unread or self._closed, timeout_s):
                raise TimeoutError(f"no new value within {timeout_s} s")
            if self._closed:
                raise Closed
            value, self._value, self._unread = self._value, None, False
            return value  # type: ignore[return-value]  # unread: a T was put

    def clear(self) -> None:
        """Forget a value nobody took, without counting it as dropped."""
        with self._ready:
            self._value, self._unread = None, False

    def close(self) -> None:
        """Wake the taker with Closed, now and for ever. Closing twice is fine."""
        with self._ready:
            self._closed, self._value = True, None
            self._ready.notify_all()
