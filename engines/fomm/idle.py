"""Driving frames without a driver: the avatar's own picture, animated by the rig.

A face without driving pixels, idle motion for one, has landmarks only. The rig moves the avatar's crop by them, and the
network looks at that: it sees the avatar itself move, and nobody else.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Controls, Face, View
from engines.fomm.source import Source
from engines.rig.engine import RigEngine


class IdleDriver:
    """Makes driving frames from landmarks. One thread uses it."""

    def __init__(self, source: Source) -> None:
        """Prepare the rig for the avatar's crop.

        Raises:
            EngineError: the avatar has no face the rig could move.
        """
        self._puppet = RigEngine().prepare(source.as_avatar())
        self._view = View(source.side, source.side, 1.0)
        self._behind = self._puppet.backdrop(self._view)

    def frame(self, face: Face, neutral: Face) -> NDArray[np.uint8]:
        """Return (S, S, 3) uint8, the avatar's crop with the face's motion away from the neutral."""
        person = self._puppet.animate(face, neutral, Controls(), self._view)
        clear = cv2.cvtColor(255 - person[..., 3], cv2.COLOR_GRAY2RGB)
        behind = cv2.multiply(self._behind, clear, scale=1 / 255)
        return np.asarray(cv2.add(np.ascontiguousarray(person[..., :3]), behind), np.uint8)
