"""Calibrating: half a second of faces becomes the neutral, or a sentence that says what to fix."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from app.tracking.faces import middle_face
from app.tracking.picker import NeutralPicker
from engines.base import Face
from engines.face.measures import eye_aperture, mouth_aperture
from engines.face.topology import EYES

__all__ = ["Calibration", "Calibrator", "NeutralPicker", "Problem"]

_LEAST_FACES = 5
_MOST_FACES = 60
_CLOSED_EYES = 0.11  # apertures: see engines.face.measures
_BLINK_SHARE = 0.7  # of the openness this driver usually has
_OPEN_MOUTH = 0.06
_MOST_YAW, _MOST_PITCH, _MOST_ROLL = 15.0, 20.0, 15.0  # degrees; webcams often look from below or above
_MOST_DRIFT_CM = 0.45  # how far the head wanders within the half second
_MOST_TURN = 3.0  # degrees, likewise


class Problem(str, Enum):
    """Why a calibration was not taken. The value is what the user reads: what is wrong and what to do."""

    NO_FACE = "No face was seen. Sit before the camera with light on your face."
    FACE_LOST = "Your face was lost on the way. Stay in the picture, with light on your face."
    EYES_CLOSED = "Your eyes were closed or half closed. Look at the camera with open eyes."
    MOUTH_OPEN = "Your mouth was open. Close it and relax your lips."
    NOT_FACING = "You looked away. Turn your face straight to the camera."
    MOVING = "You moved. Hold your head still for a moment."

    @property
    def sentence(self) -> str:
        """What to tell the user."""
        return str(self.value)


@dataclass(frozen=True)
class Calibration:
    """What came of calibrating.

    Attributes:
        neutral: the driver at rest; None when no face was seen. With problems it is the best there was.
        problems: what to fix, gravest first; empty when the neutral is good.
    """

    neutral: Face | None
    problems: tuple[Problem, ...] = ()

    @property
    def good(self) -> bool:
        """The neutral can be used."""
        return self.neutral is not None and not self.problems


class Calibrator:
    """Collects the faces of about half a second: add() each as tracked (not smoothed), then result()."""

    def __init__(self) -> None:
        self._faces: list[Face] = []

    @property
    def count(self) -> int:
        """How many faces were added."""
        return len(self._faces)

    def add(self, face: Face) -> None:
        """Take one more face. Only the newest few dozen count, and only those of the newest frame size."""
        if self._faces and self._faces[-1].size != face.size:
            self._faces.clear()
        self._faces = [*self._faces, face][-_MOST_FACES:]

    def result(self) -> Calibration:
        """Return the neutral and what is wrong with it."""
        if not self._faces:
            return Calibration(None, (Problem.NO_FACE,))
        openness = np.array([_openness(face) for face in self._faces])
        usual = float(np.percentile(openness, 75))
        awake = [
            face
            for face, open_now in zip(self._faces, openness, strict=True)
            if open_now >= _BLINK_SHARE * usual
        ]
        neutral = middle_face(awake)
        blinked = len(awake) < 0.5 * len(self._faces)
        return Calibration(neutral, tuple(self._problems(neutral, blinked)))

    def _problems(self, neutral: Face, blinked: bool) -> list[Problem]:
        yaw, pitch, roll = neutral.pose.angles
        found = {
            Problem.FACE_LOST: len(self._faces) < _LEAST_FACES,
            Problem.EYES_CLOSED: blinked or _openness(neutral) < _CLOSED_EYES,
            Problem.MOUTH_OPEN: mouth_aperture(neutral.landmarks) > _OPEN_MOUTH,
            Problem.NOT_FACING: abs(yaw) > _MOST_YAW or abs(pitch) > _MOST_PITCH or abs(roll) > _MOST_ROLL,
            Problem.MOVING: self._moving(neutral),
        }
        return [problem for problem, there in found.items() if there]

    def _moving(self, neutral: Face) -> bool:
        shifts = np.array([face.pose.shift for face in self._faces]) / neutral.pose.scale
        angles = np.array([face.pose.angles for face in self._faces])
        low, high = np.percentile(shifts[:, :2], [5, 95], axis=0)
        turn_low, turn_high = np.percentile(angles, [5, 95], axis=0)
        wander, turn = float(np.linalg.norm(high - low)), float(np.max(turn_high - turn_low))
        return wander > 2 * _MOST_DRIFT_CM or turn > 2 * _MOST_TURN


def _openness(face: Face) -> float:
    return sum(eye_aperture(face.landmarks, eye) for eye in EYES) / 2
