"""A neutral before anyone calibrated: the most neutral faces seen so far."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from app.tracking.faces import between, middle_face
from engines.base import Face
from engines.face.measures import eye_aperture, gaze, mouth_aperture
from engines.face.topology import BROW_LEFT_UPPER, BROW_RIGHT_UPPER, EYES, MOUTH_CORNERS

_EARLY_S = 4.0  # after the first face the neutral may change at once; later it glides
_GLIDE_S = 1.0
_BEST = 9  # so many of the best faces make up the neutral
_ALIKE = 0.08  # faces whose score is this near to the best's are as good
_BETTER, _CLEARLY_BETTER = 0.01, 0.06
_POOL = 24  # candidates kept: habits are still settling while they come
_SETTLING = (8, 20, 45, 90, 180, 299)  # after so many faces the candidates are scored again
_HABITS = 300  # faces from which the driver's habits are read
# Before habits are known: an average face at rest. Mouth width and brow height in centimetres of the canonical head.
_EYES_OPEN, _MOUTH_WIDE, _BROW_HIGH = 0.26, 4.8, 1.9
_PRIOR = 15  # faces the average face counts as much as


class NeutralPicker:
    """Picks the driver's neutral from what passes by.

    The first face serves at once. It is replaced as soon as a better one is seen; once a few seconds have passed the
    neutral no longer jumps but glides, and only to a clearly better one.

    Args:
        avatar: the avatar's own face, for a neutral that also looks the same way and sits alike; None for none.
    """

    def __init__(self, avatar: Face | None = None) -> None:
        self._avatar = avatar
        self._habits: deque[tuple[float, float, float]] = deque(maxlen=_HABITS)
        self._pool: list[tuple[float, Face]] = []
        self._target: Face | None = None
        self._shown: Face | None = None
        self._target_score = 0.0
        self._began_s = 0.0
        self._last: Face | None = None
        self._known: tuple[int, tuple[float, float, float]] | None = None

    @property
    def neutral(self) -> Face | None:
        """The neutral now; None before the first face."""
        return self._shown

    def add(self, face: Face) -> Face:
        """Look at one more face and return the neutral so far: the same object while nothing changed."""
        if self._last is None or self._last.size != face.size or face.time_s < self._last.time_s:
            self._begin(face)
        self._habits.append(_habit(face))
        score = self.score(face) * self._stillness(face)
        self._consider(face, score)
        self._move(face.time_s)
        self._last = face
        return self._shown or face

    def score(self, face: Face) -> float:
        """Return how neutral a face is, 0..1, measured by this driver's habits as far as they are known.

        Eyes as open as usual, mouth closed and as wide as usual, brows at rest, facing and looking ahead.
        """
        eyes, wide, high = _habit(face)
        usual_eyes, usual_wide, usual_high = self._usual()
        yaw, pitch, roll = face.pose.angles
        looks = np.mean([gaze(face.local, eye) for eye in EYES], axis=0)
        off = (
            max(usual_eyes - eyes, 0.0) / (0.35 * usual_eyes),
            max(eyes - usual_eyes, 0.0) / (0.5 * usual_eyes),
            max(mouth_aperture(face.landmarks) - 0.01, 0.0) / 0.05,
            (wide - usual_wide) / 0.7,
            (high - usual_high) / 0.5,
            yaw / 15,
            (pitch + 3) / 18,
            roll / 15,
            float(looks[0]) / 0.12,
        )
        score = math.exp(-0.5 * sum(value * value for value in off))
        return score if self._avatar is None else score * (0.3 + 0.7 * likeness(face, self._avatar))

    def _begin(self, face: Face) -> None:
        self._habits.clear()
        self._pool.clear()
        self._target = self._shown = None
        self._target_score, self._began_s, self._last, self._known = 0.0, face.time_s, None, None

    def _consider(self, face: Face, score: float) -> None:
        early = face.time_s - self._began_s <= _EARLY_S
        if (
            len(self._habits) in _SETTLING
        ):  # what looked neutral may turn out not to be, and the other way round
            self._pool = [(self.score(kept), kept) for _, kept in self._pool]
            self._target_score = 0.0 if early else self._target_score
        self._pool = sorted([*self._pool, (score, face)], key=lambda pair: -pair[0])[:_POOL]
        top = self._pool[0][0]
        if self._target is None or top > self._target_score + (_BETTER if early else _CLEARLY_BETTER):
            self._target = middle_face([kept for value, kept in self._pool[:_BEST] if value >= top - _ALIKE])
            self._target_score = top
            if early or self._shown is None:
                self._shown = self._target

    def _move(self, time_s: float) -> None:
        """Glide from the neutral shown to the better one."""
        if self._shown is None or self._target is None or self._shown is self._target or self._last is None:
            return
        share = min(max(time_s - self._last.time_s, 0.0) / _GLIDE_S, 1.0)
        step = between(self._shown, self._target, share)
        near = float(np.abs(step.landmarks - self._target.landmarks).max()) < 0.002 * max(self._target.size)
        self._shown = self._target if near else step

    def _stillness(self, face: Face) -> float:
        """Return 1 for a face at rest, less the faster it moves: between two expressions no face is neutral."""
        if self._last is None or not 0 < face.time_s - self._last.time_s < 0.5:
            return 0.9
        moved = np.linalg.norm(face.landmarks[:, :2] - self._last.landmarks[:, :2], axis=1).mean()
        speed = float(moved) / (face.pose.scale * (face.time_s - self._last.time_s))  # cm/s
        return 0.7 + 0.3 * math.exp(-((speed / 4) ** 2))

    def _usual(self) -> tuple[float, float, float]:
        """Return eye openness, mouth width, brow height at rest: of the average face, more and more of this one."""
        if not self._habits:
            return _EYES_OPEN, _MOUTH_WIDE, _BROW_HIGH
        if self._known is not None and self._known[0] == len(self._habits) // 5:
            return self._known[1]
        eyes, wide, high = np.array(self._habits).T
        trust = len(self._habits) / (len(self._habits) + _PRIOR)
        # Eyes are open and brows low most of the time; the mouth is at rest between narrow and wide.
        seen = (float(np.percentile(eyes, 65)), float(np.median(wide)), float(np.percentile(high, 40)))
        average = (_EYES_OPEN, _MOUTH_WIDE, _BROW_HIGH)
        eyes_now, wide_now, high_now = (a + trust * (s - a) for s, a in zip(seen, average, strict=True))
        self._known = (len(self._habits) // 5, (eyes_now, wide_now, high_now))
        return self._known[1]


def likeness(face: Face, avatar: Face) -> float:
    """Return how alike two faces sit and look, 0..1: their landmarks, matched in place and size but not in turn."""
    points, target = (_centred(one) for one in (face, avatar))
    return math.exp(-((float(np.linalg.norm(points - target, axis=1).mean()) / 0.12) ** 2))


def _centred(face: Face) -> NDArray[np.float64]:
    points = face.landmarks[:, :2].astype(np.float64)
    points = points - points.mean(axis=0)
    return np.asarray(points / max(float(np.sqrt((points**2).sum(axis=1).mean())), 1e-6))


def _habit(face: Face) -> tuple[float, float, float]:
    """Return eye openness (aperture), mouth width and brow height over the eyes (cm of the canonical head)."""
    local = face.local
    eyes = sum(eye_aperture(face.landmarks, eye) for eye in EYES) / 2
    wide = float(np.linalg.norm(local[MOUTH_CORNERS[0]] - local[MOUTH_CORNERS[1]]))
    brows = local[list(BROW_RIGHT_UPPER + BROW_LEFT_UPPER), 1].mean()
    corners = local[[index for eye in EYES for index in (eye.outer, eye.inner)], 1].mean()
    return eyes, wide, float(brows - corners)
