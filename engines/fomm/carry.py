"""Smooth motion from a network slower than the camera: between two of its results, the rig's motion carries the last.

The network runs on a thread of its own, always on the newest face. Every beat, the latest result is bent from the face
it was made for to the face of now, as the rig would move the same picture: by a coarse field of displacements.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock, Thread

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Controls, Face, Puppet, View
from engines.errors import EngineError
from engines.face.topology import LANDMARK_COUNT
from engines.fomm.network import Result
from engines.fomm.puppet import FommPuppet, mixed
from engines.fomm.source import Source
from engines.rig.driver import usable
from engines.rig.limits import soft_limit_length
from engines.rig.mesh import PuppetMesh
from engines.rig.retarget import Retarget

Points = NDArray[np.float64]

# A new result takes over from the one before within this time; both are carried meanwhile.
_TAKE_OVER_S = 0.08
_CELLS = 32  # of the field, each way
# A point's displacement counts around it as far as the next points are, at least so many of 256 pixels.
_NEAR, _LEAST_NEAR = 0.8, 6.0
_NOWHERE = 1e-3  # the weight of standing still: what no point is near to stays
_FAR = 48.0  # of 256 pixels; nothing is carried farther
_STILL = 0.1  # of a pixel; less is not worth bending the picture for


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

    result: Result
    points: Points | None
    at_s: float


class CarriedPuppet(Puppet):
    """A puppet that never waits for its network.

    A failure of the network is raised by animate(), until the network works again. Nothing but results is shown.

    Threads: animate() on one thread; the network on a thread that lives while there are faces.
    """

    def __init__(self, puppet: FommPuppet, clock: Callable[[], float] = time.perf_counter) -> None:
        """Carry a puppet, which from now on only this one may use.

        Args:
            puppet: whose results are carried.
            clock: seconds.
        """
        self.avatar = puppet.avatar
        self._puppet, self._clock = puppet, clock
        self._carrier = Carrier(puppet.source) if usable(puppet.avatar.face) else None
        rest = None if self._carrier is None else self._carrier.rest
        self._made = self._before = _Made(puppet.rest, rest, -_TAKE_OVER_S)
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
        result = self._carried(made, points)
        share = (self._clock() - made.at_s) / _TAKE_OVER_S
        if share < 1:
            result = mixed(self._carried(before, points), result, max(share, 0.0))
        return self._puppet.show(result, view)

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

    def _carried(self, made: _Made, points: Points | None) -> Result:
        if self._carrier is None or made.points is None or points is None:
            return made.result
        return self._carrier.carry(made.result, made.points, points)

    def _hand_over(self, job: _Job) -> None:
        with self._lock:
            if self._closed:
                raise EngineError("This puppet was closed. Choose the avatar again.")
            self._next = job
            if self._thread is None:
                self._thread = Thread(target=self._work, name="fomm-network", daemon=True)
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
                result = self._puppet.result(job.face, job.neutral, job.controls)
            except Exception as error:  # noqa: BLE001 - raised where the puppet is animated
                with self._lock:
                    self._error = error
                continue
            with self._lock:
                self._before = self._made
                self._made, self._error = _Made(result, job.points, self._clock()), None


class Carrier:
    """Bends pictures of one avatar as the rig would move them. One thread uses it.

    Attributes:
        rest: (N, 2) the points of the avatar's crop it goes by, pixels.
    """

    def __init__(self, source: Source) -> None:
        avatar = source.as_avatar()
        self._retarget, self._mesh = Retarget(avatar), PuppetMesh(avatar)
        self._side = source.side
        around = (np.abs(self._mesh.points - self._side / 2) < 0.75 * self._side).all(axis=1)
        around[468:LANDMARK_COUNT] = False  # irises are the network's alone
        self._used = np.flatnonzero(around)
        self.rest = self._mesh.points[self._used]
        self._reach = np.maximum(_NEAR * _spacing(self.rest), _LEAST_NEAR * self._side / 256)
        middles = (np.arange(_CELLS) + 0.5) * self._side / _CELLS
        self._middles = middles[:, None]
        self._own = np.meshgrid(*[np.arange(self._side, dtype=np.float32)] * 2)

    def places(self, face: Face, neutral: Face, controls: Controls) -> Points:
        """Return (N, 2) where the rig has the points for a face, pixels of the crop."""
        motion = self._retarget(face, neutral, replace(controls, mouth=1.0, eyes=1.0, brows=1.0))
        return np.asarray(self._mesh.place(motion)[self._used])

    def carry(self, result: Result, then: Points, now: Points) -> Result:
        """Return a result, bent so that what was at the points then is where they are now; both (N, 2)."""
        move = now - then
        if float(np.abs(move).max()) < _STILL:
            return result
        move = soft_limit_length(move, np.full(len(move), _FAR * self._side / 256))
        size = self._side, self._side
        across, down = (
            own - cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR)
            for own, plane in zip(self._own, self._field(now, move), strict=True)
        )
        layers = np.dstack([result.picture, result.matte])
        bent = cv2.remap(layers, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return Result(
            np.ascontiguousarray(bent[..., :3], np.uint8), np.ascontiguousarray(bent[..., 3], np.uint8)
        )

    def _field(self, places: Points, move: Points) -> list[NDArray[np.float32]]:
        """Return the displacement across and down in each cell, (_CELLS, _CELLS): the nearby points', weighted."""
        across = np.exp(-0.5 * ((self._middles - places[:, 0]) / self._reach) ** 2)
        down = np.exp(-0.5 * ((self._middles - places[:, 1]) / self._reach) ** 2)
        weight = down @ across.T + _NOWHERE
        return [((down * move[:, axis]) @ across.T / weight).astype(np.float32) for axis in (0, 1)]


def _spacing(points: Points) -> NDArray[np.float64]:
    """Return (N,) how far the fourth nearest point is from each."""
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    return np.asarray(np.partition(apart, 4, axis=1)[:, 4])
