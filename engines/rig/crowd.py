"""Landmarks that stand closer together in a picture than on a head move as one: what lies between would fold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.face.canonical import canonical_head
from engines.face.topology import LIPS, SKIN_COUNT

Points = NDArray[np.float64]

# Closer than this share of their distance on an average head, landmarks begin to move together.
_CROWDED = 0.6
# How far around a landmark the moves are averaged where nothing of the distance is left, centimetres.
_REACH_CM = 1.2
# Less than this is no crowd.
_NOTHING = 0.05


class Crowd:
    """Moves crowded landmarks together. Lips are left out: they are close, and part all the same."""

    def __init__(self, local: Points) -> None:
        """Find the crowded landmarks. local: (478, 3) the picture's face in the head's axes, centimetres."""
        place = local[:SKIN_COUNT, :2]
        usual = canonical_head().vertices[:, :2].astype(np.float64)
        crowded = np.clip(1 - _spacing(place) / (_CROWDED * _spacing(usual)), 0, 1)
        crowded[list(LIPS)] = 0
        self._members = np.flatnonzero(crowded > _NOTHING)
        reach = _REACH_CM * crowded[self._members]
        apart = ((place[self._members, None] - place[None]) ** 2).sum(axis=2)
        weights = np.exp(-apart / (2 * reach[:, None] ** 2))
        weights[:, list(LIPS)] = 0
        self._weights = weights / weights.sum(axis=1, keepdims=True)

    def join(self, move: Points) -> None:
        """Let crowded landmarks move as those around them do, in place. move: (468, 3)."""
        move[self._members] = self._weights @ move


def _spacing(points: Points) -> Points:
    """Return (468,) every landmark's mean distance from its neighbours."""
    triangles = canonical_head().triangles
    total, count = np.zeros(SKIN_COUNT), np.zeros(SKIN_COUNT)
    for one, other in ((0, 1), (1, 2), (2, 0)):
        ends = triangles[:, [one, other]]
        length = np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1)
        np.add.at(total, ends, length[:, None])
        np.add.at(count, ends, 1)
    return total / count
