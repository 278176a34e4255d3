"""A stand-in for cv2.VideoCapture: frames come, stop, hang, change or turn to garbage as a test says."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import cv2
import numpy as np

from app.settings import CameraSettings


def bgr(value: int, size: tuple[int, int] = (96, 64)) -> np.ndarray:
    """A picture as OpenCV gives it; blue, green and red differ by one."""
    return np.full((size[1], size[0], 3), (value, value + 1, value + 2), np.uint8)


class FakeCapture:
    """Gives frame(index); a callable that raises makes the driver raise.

    Attributes:
        frame: makes the picture with that index; None for a failed grab.
        flows: clear it to make the driver hang in grab().
        released: whether it was let go of.
        threads: the names of the threads that called in.
    """

    def __init__(
        self, frame: Callable[[int], object] = lambda index: bgr(index % 200), fps: float = 30.0
    ) -> None:
        self.frame = frame
        self.flows = threading.Event()
        self.flows.set()
        self.released = threading.Event()
        self.threads: set[str] = set()
        self._fps = fps
        self._index = -1
        self._current: object = None

    def open(self, device: str, settings: CameraSettings) -> FakeCapture:
        """As OpenCVCamera's open_capture."""
        self.device = device
        self.threads.add(threading.current_thread().name)
        self.flows.wait()
        return self

    def grab(self) -> bool:
        self.threads.add(threading.current_thread().name)
        time.sleep(0.002)
        self.flows.wait()
        self._index += 1
        self._current = self.frame(self._index)
        return self._current is not None

    def retrieve(self) -> tuple[bool, object]:
        return True, self._current

    def get(self, key: int) -> float:
        return self._fps if key == cv2.CAP_PROP_FPS else 0.0

    def release(self) -> None:
        self.threads.add(threading.current_thread().name)
        self.released.set()
