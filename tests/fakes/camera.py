"""A camera that does what a test tells it: give pictures, vanish, return, hang, go back in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.devices.camera import Camera, CameraBusy, CameraInfo, CameraLost, CameraNotFound, Frame

Rgb = NDArray[np.uint8]


def one_colour(colour: tuple[int, int, int] = (255, 0, 255), size: tuple[int, int] = (64, 48)) -> Rgb:
    """A picture of one colour; size is width and height."""
    return np.full((size[1], size[0], 3), colour, np.uint8)


class FakeCamera(Camera):
    """Gives picture(index) at fps frames a second, or as fast as it is read with fps 0.

    Threads: pull, plug, freeze, thaw and resize may come from any.

    Attributes:
        opened: how often it was opened with success.
        is_open: whether it is open now.
        picture: makes the frame with that index; replace it at will.
        clock: where frame times come from; replace it to go back in time.
        busy: opening fails as if another program had the camera.
        hangs: set once a read waits for frames that do not flow; freeze() clears it.
    """

    def __init__(
        self,
        picture: Callable[[int], Rgb] | Rgb | None = None,
        *,
        name: str = "Fake",
        fps: float = 0.0,
        read_timeout_s: float = 1.0,
    ) -> None:
        self.info = CameraInfo(id="fake0", name=name)
        fixed = one_colour() if picture is None else picture
        self.picture: Callable[[int], Rgb] = fixed if callable(fixed) else lambda _index: fixed
        self.clock: Callable[[], float] = time.perf_counter
        self.busy = False
        self.opened = 0
        self.is_open = False
        self._fps = fps
        self._index = 0
        self._due_s = 0.0
        self._plugged = True
        self._read_timeout_s = read_timeout_s
        self._size = (0, 0)
        self._flows = threading.Event()
        self._flows.set()
        self.hangs = threading.Event()
        self._closed = threading.Event()

    def pull(self) -> None:
        """Pull the plug."""
        self._plugged = False
        self._flows.set()

    def plug(self) -> None:
        """Plug it in again."""
        self._plugged = True

    def freeze(self) -> None:
        """Give no frames, as a driver that hangs."""
        self.hangs.clear()
        self._flows.clear()

    def thaw(self) -> None:
        """Give frames again."""
        self._flows.set()

    def open(self) -> None:
        if not self._plugged:
            raise CameraNotFound(self.info.name, [])
        if self.busy:
            raise CameraBusy(f"The camera {self.info.name} is used by a test.", "Set busy to False.")
        self._closed.clear()
        self._index = 0
        self._due_s = time.perf_counter()
        self.opened += 1
        self.is_open = True

    def read(self) -> Frame:
        self._pace()
        deadline = time.perf_counter() + self._read_timeout_s
        while not self._flows.wait(0.01):
            self.hangs.set()
            if self._closed.is_set() or time.perf_counter() > deadline:
                raise CameraLost(f"The camera {self.info.name} gave no picture.")
        if not self._plugged or self._closed.is_set() or not self.is_open:
            raise CameraLost(f"The camera {self.info.name} was unplugged.")
        rgb = self.picture(self._index)
        self._size = (rgb.shape[1], rgb.shape[0])
        self._index += 1
        return Frame(rgb.copy(), self.clock(), self._index - 1)

    def close(self) -> None:
        self.is_open = False
        self._closed.set()

    @property
    def size(self) -> tuple[int, int]:
        return self._size

    @property
    def fps(self) -> float:
        return self._fps

    def _pace(self) -> None:
        if self._fps:
            self._due_s = max(self._due_s + 1 / self._fps, time.perf_counter() - 1 / self._fps)
            self._closed.wait(max(0.0, self._due_s - time.perf_counter()))
