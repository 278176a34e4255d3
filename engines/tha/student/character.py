"""A Talking Head Anime 4 character on the processor: needs nothing but numpy and numba, and starts in a second.

What makes it fast, besides the kernels (kernel.py) and the weights' order (folding.py): only pixels the character can
reach are computed, the last level of them only where it bends (cells.py), and while the character holds its body still
only the head's.
"""

from __future__ import annotations

import os
import time
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from engines.building.speed import Speed, SpeedMeter
from engines.errors import EngineError
from engines.tha.student.packing import Crew, Floats
from engines.tha.student.painter import BodyPainter, FacePainter, PackedStudents, pixel_picture
from engines.tha.student.product import PAIRS
from engines.tha.student.reach import reached
from engines.tha.student.shapes import FACE_POSE, NETWORKS, SIDE
from engines.weights.model import Model

_MOST_THREADS = 8

# How far a whole unit of head_x, head_y, neck_z, body_y, body_z and breathing moves the pixels that go farthest, and
# what of it nobody sees. Measured on the published characters.
_TRAVEL = np.array((14, 12, 30, 12, 50, 4), np.float32)  # pixels
_UNSEEN = 0.1  # pixels


class StudentNetwork:
    """Paints one character in any pose. Any thread may call; one paints at a time.

    Attributes:
        side: pixels of its pictures, each way.
    """

    side = SIDE

    def __init__(self, model: Model, picture: NDArray[np.uint8], *, paired: bool = PAIRS) -> None:
        """Read the weights and find the pixels the character can reach.

        Args:
            model: the stored students.
            picture: what they were trained for, (512, 512, 4) RGBA, straight alpha.
            paired: work in pairs of 16 bit integers; only where the processor multiplies those.

        Raises:
            EngineError: these are no students.
        """
        try:
            face, body = (model.state(network) for network in NETWORKS)
            students = PackedStudents(face, body, paired)
        except (KeyError, ValueError) as error:
            raise EngineError(
                f"The networks of '{model.name}' are no character's. Remove the avatar and add it again."
            ) from error
        self._precision = students.precision
        self._image = pixel_picture(picture)
        self._lock, self._meter = Lock(), SpeedMeter()
        self._crew = Crew(min(_processors(), _MOST_THREADS))
        self._closed = False
        self._face = FacePainter(students)
        self._body = BodyPainter(students, reached(students, self._image, self._crew))
        self._pose: Floats | None = None

    def animate(self, pose: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return the character in a pose (45,): (512, 512, 4) uint8 RGBA, premultiplied in sRGB; the caller's own.

        Raises:
            EngineError: the network was closed.
        """
        with self._lock:
            if self._closed:
                raise EngineError("This character was closed. Choose it again.")
            began = time.perf_counter()
            self._think(np.array(pose, np.float32))  # a copy: it is compared with the next one
            picture = self._body.paint(self._crew, self._image)
            self._meter.note(time.perf_counter() - began)
        return picture

    def speed(self) -> Speed:
        """Return how fast the character is painted. Waits for no painting: a window asks."""
        fps = self._meter.frames_per_second()
        return Speed(fps, "CPU", self._precision, "numba", measured=fps > 0)

    def close(self) -> None:
        """End its threads. Closing twice is fine."""
        with self._lock:
            self._closed = True
            self._crew.close()

    def _think(self, pose: Floats) -> None:
        """Compute what a pose changes."""
        held = self._pose
        if held is not None and np.abs(pose - held)[FACE_POSE:] @ _TRAVEL < _UNSEEN:
            pose = np.concatenate((pose[:FACE_POSE], held[FACE_POSE:]))
            if np.array_equal(pose, held):
                return
            still = True
        else:
            still = False
        if held is None or not np.array_equal(pose[:FACE_POSE], held[:FACE_POSE]):
            self._face.paint(self._crew, pose, self._image)
        self._body.think(self._crew, pose, head_only=still)
        self._pose = pose


def _processors() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
