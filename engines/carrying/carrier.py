"""Bends pictures of an avatar as the rig would move it: by a coarse field of displacements."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar, Controls, Face
from engines.face.topology import LANDMARK_COUNT
from engines.rig.limits import soft_limit_length
from engines.rig.mesh import PuppetMesh
from engines.rig.retarget import Retarget

Pixels = NDArray[np.uint8]
Points = NDArray[np.float64]

_CELLS = 32  # of the field, each way
# A point's displacement counts around it as far as the next points are, at least so many of 256 pixels.
_NEAR, _LEAST_NEAR = 0.8, 6.0
_NOWHERE = 1e-3  # the weight of standing still: what no point is near to stays
_FAR = 48.0  # of 256 pixels; nothing is carried farther
_STILL = 0.1  # of a pixel; less is not worth bending the picture for


class Carrier:
    """Bends pictures of one avatar as the rig would move them. One thread uses it.

    Attributes:
        rest: (N, 2) the points of the avatar it goes by, pixels.
    """

    def __init__(self, avatar: Avatar) -> None:
        """Lay the rig's mesh over a square picture, the network's own, (S, S, 3) with its landmarks."""
        self._retarget, self._mesh = Retarget(avatar), PuppetMesh(avatar)
        self._side = avatar.size[0]
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

    def carry(self, layers: Pixels, then: Points, now: Points) -> Pixels:
        """Return a picture (S, S, 4), bent so that what was at the points then is where they are now; both (N, 2)."""
        move = now - then
        if float(np.abs(move).max()) < _STILL:
            return layers
        move = soft_limit_length(move, np.full(len(move), _FAR * self._side / 256))
        size = self._side, self._side
        across, down = (
            own - cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR)
            for own, plane in zip(self._own, self._field(now, move), strict=True)
        )
        bent = cv2.remap(layers, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(bent, np.uint8)

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
