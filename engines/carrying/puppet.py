"""Smooth motion from a network slower than the camera: between two of its results, the rig's motion carries the last.

The network runs on a thread of its own, always on the newest face. Every beat, the latest result is bent from the face
it was made for to the face of now, as the rig would move the same picture: by a coarse field of displacements.
"""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock, Thread

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar, Controls, Face, Puppet, View
from engines.carrying.carrier import Carrier, Pixels, Points
from engines.errors import EngineError
from engines.rig.driver import usable

# A new result takes over from the one before within this time; both are carried meanwhile.
_TAKE_OVER_S = 0.08


class Carriable(Puppet):
    """A puppet whose network's results are four layers of one square: colours and a matte, or RGBA.

    Attributes:
        carried_below_fps: results a second from which on they are shown as they come, whatever the camera's rate.
    """

    carried_below_fps = math.inf

    @property
    @abstractmethod
    def square(self) -> Avatar:
        """The network's square as an avatar of its own: its pixels and the landmarks in them."""

    @abstractmethod
    def rest_layers(self) -> Pixels:
        """Return the result at rest, (S, S, 4)."""

    @abstractmethod
    def layers(self, face: Face, neutral: Face, controls: Controls) -> Pixels:
        """Return the result for a face, (S, S, 4), never written to again. Slow.

        Raises:
            EngineError: the network cannot be run any more.
        """

    @abstractmethod
    def show_layers(self, layers: Pixels, view: View) -> Pixels:
        """Return layers, bent or mixed, as animate() does; another thread may be at layers()."""


@dataclass(frozen=True, eq=False)
class _Job:
    """A face the network is to animate, and where the rig has the picture's points for it."""

    face: Face
    neutral: Face
    controls: Controls
    points: Points | None


@dataclass(frozen=True, eq=False)
class _Made:
    """A result, where the rig had the picture's points for its face, and when it was ready."""

    layers: Pixels
    points: Points | None
    at_s: float


class CarriedPuppet(Puppet):
    """A puppet that never waits for its network.

    A failure of the network is raised by animate(), until the network works again. Nothing but results is shown.

    Threads: animate() on one thread; the network on a thread that lives while there are faces.
    """

    def __init__(self, puppet: Carriable, clock: Callable[[], float] = time.perf_counter) -> None:
        """Carry a puppet, which from now on only this one may use.

        Args:
            puppet: whose results are carried.
            clock: seconds.
        """
        self.avatar, self.remarks = puppet.avatar, puppet.remarks
        self._puppet, self._clock = puppet, clock
        self._carrier = Carrier(puppet.square) if usable(puppet.avatar.face) else None
        rest = None if self._carrier is None else self._carrier.rest
        self._made = self._before = _Made(puppet.rest_layers(), rest, -_TAKE_OVER_S)
        self._lock = Lock()
        self._next: _Job | None = None
        self._thread: Thread | None = None
        self._error: Exception | None = None
        self._closed = False

    def animate(self, face: Face, neutral: Face, controls: Controls, view: View) -> NDArray[np.uint8]:
        """Return the latest result, carried to this face; the next one is made of this face or of a newer one.

        Raises:
            EngineError: the network failed at the last face it looked at.
        """
        points = None if self._carrier is None else self._carrier.places(face, neutral, controls)
        self._hand_over(_Job(face, neutral, controls, points))
        with self._lock:
            error, made, before = self._error, self._made, self._before
        if error is not None:
            raise error
        layers = self._carried(made, points)
        share = max((self._clock() - made.at_s) / _TAKE_OVER_S, 0.0)
        if share < 1:
            earlier = self._carried(before, points)
            layers = np.asarray(cv2.addWeighted(earlier, 1 - share, layers, share, 0), np.uint8)
        return self._puppet.show_layers(layers, view)

    def expect(self, view: View) -> None:
        """Prepare for a view; another thread may be animating."""
        self._puppet.expect(view)

    def backdrop(self, view: View) -> NDArray[np.uint8]:
        """Return what is behind the person, (view.height, view.width, 3) uint8 RGB."""
        return self._puppet.backdrop(view)

    def close(self) -> None:
        """Wait for the network to finish what it is at, and give it no more."""
        with self._lock:
            self._closed, self._next = True, None
            thread = self._thread
        if thread is not None:
            thread.join()
        self._puppet.close()

    def _carried(self, made: _Made, points: Points | None) -> Pixels:
        if self._carrier is None or made.points is None or points is None:
            return made.layers
        return self._carrier.carry(made.layers, made.points, points)

    def _hand_over(self, job: _Job) -> None:
        with self._lock:
            if self._closed:
                raise EngineError("This puppet was closed. Choose the avatar again.")
            self._next = job
            if self._thread is None:
                self._thread = Thread(target=self._work, name="slow-network", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        """Animate the newest face until there is no newer one."""
        while True:
            with self._lock:
                job, self._next = self._next, None
                if job is None:
                    self._thread = None
                    return
            try:
                layers = self._puppet.layers(job.face, job.neutral, job.controls)
            except Exception as error:  # noqa: BLE001 - raised where the puppet is animated
                with self._lock:
                    self._error = error
                continue
            with self._lock:
                self._before = self._made
                self._made, self._error = _Made(layers, job.points, self._clock()), None
