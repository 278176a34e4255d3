"""Calming the landmarks without lag: a One-Euro filter in units of the face.

A point at rest trembles and is averaged over several frames; a point that moves is followed at once. Speeds are
measured in face widths per second, so the same setting does the same in any camera.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engines.base import Face
from engines.face.topology import EYES, LANDMARK_COUNT

_LONG_GAP_S = 0.5
_IRIS_QUICKNESS, _LID_QUICKNESS = 5.0, 3.0
_SPEED_CUTOFF_HZ = 8.0  # of the speed's own averaging: short, for a blink takes 0.1 s


class FaceFilter:
    """Calms a stream of faces (Casiez, Roussel, Vogel: 1 Euro filter, CHI 2012).

    Args:
        strength: 0 leaves faces as they are, 1 is calmest.

    Raises:
        ValueError: strength is outside 0..1.
    """

    def __init__(self, strength: float = 0.5) -> None:
        if not 0 <= strength <= 1:
            raise ValueError(f"strength must be between 0 and 1, not {strength}")
        self.strength = strength
        self._last: Face | None = None
        self._raw: NDArray[np.float32] | None = None
        self._speed: NDArray[np.float64] | None = None

    def reset(self) -> None:
        """Forget what came before."""
        self._last = self._raw = self._speed = None

    def __call__(self, face: Face) -> Face:
        """Return the face calmed, from this one and those before."""
        if self.strength == 0:
            return face
        last, raw, speed = self._last, self._raw, self._speed
        step = 0.0 if last is None else face.time_s - last.time_s
        if last is None or raw is None or last.size != face.size or not 0 < step <= _LONG_GAP_S:
            self._last, self._raw, self._speed = face, face.landmarks, np.zeros((len(face.landmarks), 2))
            return face
        unit = max(float(np.ptp(face.landmarks[:, 0])), 1e-3)
        velocity = (face.landmarks[:, :2] - raw[:, :2]) / (unit * step)
        speed = velocity if speed is None else speed + _share(_SPEED_CUTOFF_HZ, step) * (velocity - speed)
        slowest, agility = self._settings()
        share = _share((slowest + agility * np.linalg.norm(speed, axis=1)) * _quickness(), step)
        landmarks = last.landmarks + share[:, None] * (face.landmarks - last.landmarks)
        calm = Face(landmarks.astype(np.float32), face.size, face.time_s)
        self._last, self._raw, self._speed = calm, face.landmarks, speed
        return calm

    def _settings(self) -> tuple[float, float]:
        """Return the cutoff at rest, Hz, and what it gains per face width a second."""
        return 16.0 * math.exp(-3.3 * self.strength), 700.0 * math.exp(-3.6 * self.strength)


@lru_cache(maxsize=1)
def _quickness() -> NDArray[np.float64]:
    """Return (478,) how much quicker than skin each point may be: eyes jump, and a gaze that lags looks drunk."""
    quickness = np.ones(LANDMARK_COUNT)
    for eye in EYES:
        quickness[list(eye.outline)] = _LID_QUICKNESS
        quickness[[eye.iris, *eye.iris_rim]] = _IRIS_QUICKNESS
    return quickness


def _share(cutoff_hz: NDArray[np.float64] | float, step_s: float) -> NDArray[np.float64]:
    """Return how much of the new value a low pass takes in one step."""
    turn = 2 * math.pi * np.asarray(cutoff_hz) * step_s
    return np.asarray(turn / (1 + turn))
