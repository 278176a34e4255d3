"""A tracker that sees what a test tells it to see, whatever the frame shows."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engines.base import Face
from tests.fakes.faces import made_face


class FakeTracker:
    """Finds a face that turns to and fro.

    Attributes:
        faces: how many faces there are.
        closed: eyes closed, 0 to 1.
        moving: the head turns; otherwise it is still.
        fail: raise at the next frames.
        frames: how many frames came.
        is_closed: close() was called.
    """

    def __init__(self) -> None:
        self.faces = 1
        self.closed = 0.0
        self.moving = True
        self.fail = False
        self.frames = 0
        self.is_closed = False

    @property
    def others(self) -> int:
        return max(self.faces - 1, 0)

    def track(self, rgb: NDArray[np.uint8], time_s: float) -> Face | None:
        assert rgb.dtype == np.uint8
        assert rgb.ndim == 3
        self.frames += 1
        if self.fail:
            raise RuntimeError("the fake tracker fails")
        if not self.faces:
            return None
        yaw = 15 * math.sin(3 * time_s) if self.moving else 0.0
        size = rgb.shape[1], rgb.shape[0]
        return made_face(size, yaw_deg=yaw, closed=self.closed, time_s=time_s)

    def reset(self) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True
