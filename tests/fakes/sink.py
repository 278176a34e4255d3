"""A sink that keeps what it was given and fails when told to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from app.devices.sink import FrameSink
from app.errors import GuiseError


class FakeSink(FrameSink):
    """Keeps pictures.

    Attributes:
        pictures: (picture, time_s), the newest last.
        sizes: every size it was opened with.
        is_open: whether it is open now.
        fail_after: raise GuiseError after so many pictures; None never.
        check: called with every picture before it is kept.
    """

    name = "fake"

    def __init__(
        self,
        keep: int = 1000,
        *,
        wants_alpha: bool = False,
        check: Callable[[NDArray[np.uint8]], None] | None = None,
    ) -> None:
        self.pictures: deque[tuple[NDArray[np.uint8], float]] = deque(maxlen=keep)
        self.sizes: list[tuple[int, int]] = []
        self.count = 0
        self.is_open = False
        self.fail_after: int | None = None
        self.wants_alpha = wants_alpha
        self.check = check

    def open(self, width: int, height: int, fps: float | Fraction) -> None:
        self.sizes.append((width, height))
        self.is_open = True

    def send(self, picture: NDArray[np.uint8], time_s: float) -> None:
        assert self.is_open, "a picture was sent to a sink that is not open"
        assert picture.shape[:2] == self.sizes[-1][::-1], "a picture of another size than agreed"
        if self.fail_after is not None and self.count >= self.fail_after:
            raise GuiseError("The fake sink fails.", "It was told to.")
        if self.check is not None:
            self.check(picture)
        self.count += 1
        self.pictures.append((picture.copy(), time_s))

    def close(self) -> None:
        self.is_open = False
