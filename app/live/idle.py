"""Idle motion: what the avatar does while nobody drives it. It breathes, blinks, sways a little and looks about.

Made from a neutral face alone, so every engine can play it. A function of time and seed: the same moment always gives
the same face.
"""

from __future__ import annotations

import math
from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from engines.base import Face
from engines.face.pose import HeadPose
from engines.face.topology import EYES, JAW, LIP_INNER_LOWER, LIP_OUTER_LOWER, EyeTopology

_BREATH_S = 4.1
_BREATH_PITCH_DEG, _BREATH_RISE_CM = 0.5, 0.07
# Amplitude in degrees and period in seconds of each slow wave; the periods share no common beat.
_YAW = ((1.7, 11.3), (0.8, 6.7))
_PITCH = ((0.7, 9.1), (0.4, 5.3))
_ROLL = ((0.9, 13.7), (0.4, 7.9))
# The head turns about the neck, in the head's axes, cm.
_NECK = np.array([0.0, -9.0, -5.0])

_BLINK_EVERY_S = (2.2, 6.0)
_BLINK_CLOSE_S, _BLINK_SHUT_S, _BLINK_OPEN_S = 0.075, 0.04, 0.15
_TWICE = 0.15
_GLANCE_EVERY_S = (2.5, 7.0)
_GLANCE_MOVE_S = 0.07
_GLANCE_WIDTHS = (0.07, 0.03)
# Lids meet nearer to the lower one; the skin rings above and below follow less.
_MEETING = 0.85
_RINGS = (0.5, 0.2)


class Schedule:
    """Moments at random but seeded intervals, made as far as they are asked for."""

    def __init__(self, seed: int, every_s: tuple[float, float], twice: float = 0.0) -> None:
        self._random = np.random.default_rng(seed)
        self._every_s, self._twice = every_s, twice
        self._times = [0.0]

    def last(self, time_s: float) -> tuple[int, float]:
        """Return the number and the time of the last moment up to time_s (>= 0)."""
        while self._times[-1] <= time_s:
            again = self._random.random() < self._twice
            pause = 0.35 if again else float(self._random.uniform(*self._every_s))
            self._times.append(self._times[-1] + pause)
        index = bisect_right(self._times, time_s) - 1
        return index, self._times[index]


class IdleMotion:
    """Idle motion about a neutral face.

    Not locked: one thread uses it. The seed decides when it blinks, not the neutral, so a change of neutral does not
    break the motion.
    """

    def __init__(self, neutral: Face, seed: int = 0) -> None:
        self.neutral = neutral
        self._seed = seed
        self._blinks = Schedule(seed, _BLINK_EVERY_S, _TWICE)
        self._glances = Schedule(seed + 1, _GLANCE_EVERY_S)

    def about(self, neutral: Face) -> IdleMotion:
        """Return the same motion about another neutral."""
        other = IdleMotion.__new__(IdleMotion)
        other.__dict__.update(self.__dict__)
        other.neutral = neutral
        return other

    def face_at(self, time_s: float) -> Face:
        """Return the face at a moment, seconds (>= 0) on any steady clock."""
        local = self.neutral.local.copy()
        closed, look = self.closed(time_s), self._look(time_s)
        for eye in EYES:
            _close(local, eye, closed)
            _glance(local, eye, look)
        landmarks = self._pose(time_s).to_image(local).astype(np.float32)
        return Face(landmarks, self.neutral.size, time_s)

    def closed(self, time_s: float) -> float:
        """Return how far the lids are closed at a moment, 0 to 1."""
        index, began = self._blinks.last(time_s)
        if index == 0:
            return 0.0
        since = time_s - began
        if since < _BLINK_CLOSE_S:
            return _ease(since / _BLINK_CLOSE_S)
        return 1 - _ease((since - _BLINK_CLOSE_S - _BLINK_SHUT_S) / _BLINK_OPEN_S)

    def _look(self, time_s: float) -> NDArray[np.float64]:
        """Where the irises have moved to, eye widths: jumps with rests, mostly back to the middle."""
        index, began = self._glances.last(time_s)
        before, after = self._target(index - 1), self._target(index)
        return before + (after - before) * _ease((time_s - began) / _GLANCE_MOVE_S)

    def _target(self, index: int) -> NDArray[np.float64]:
        if index <= 0 or index % 2 == 0:
            return np.zeros(2)
        random = np.random.default_rng((self._seed, index))
        return random.uniform(-1, 1, 2) * _GLANCE_WIDTHS

    def _pose(self, time_s: float) -> HeadPose:
        rest = self.neutral.pose
        breath = math.sin(2 * math.pi * time_s / _BREATH_S)
        turn = _rotation(
            _wave(_YAW, time_s), _wave(_PITCH, time_s) + _BREATH_PITCH_DEG * breath, _wave(_ROLL, time_s)
        )
        rotation = rest.rotation @ turn
        neck = rest.scale * rest.rotation @ _NECK + rest.shift
        rise = np.array([0.0, _BREATH_RISE_CM * breath * rest.scale, 0.0])
        return HeadPose(rest.scale, rotation, neck - rest.scale * rotation @ _NECK + rise)


def blend(one: Face, other: Face, share: float) -> Face:
    """Return the face on the way from one (share 0) to the other (1): pose and expression each take the short way.

    Driving frames cannot be mixed: where both have one, the first one's is kept, otherwise there is none.
    """
    if share <= 0:
        return one
    if share >= 1:
        return other
    start, end = one.pose, other.pose
    local = one.local + (other.local - one.local) * share
    # The mean of two near rotations, made a rotation again, is the one between them.
    u, _, vt = np.linalg.svd(start.rotation + (end.rotation - start.rotation) * share)
    rotation = u @ np.diag([1.0, 1.0, float(np.sign(np.linalg.det(u @ vt)))]) @ vt
    scale = start.scale * (end.scale / start.scale) ** share
    shift = start.shift + (end.shift - start.shift) * share
    landmarks = HeadPose(scale, rotation, shift).to_image(local).astype(np.float32)
    time_s = one.time_s + (other.time_s - one.time_s) * share
    return Face(landmarks, other.size, time_s, None if other.driving is None else one.driving)


def fitted(face: Face, size: tuple[int, int]) -> Face:
    """Return the face as a frame of another size shows it: scaled about the middle, by the heights' ratio."""
    if face.size == size:
        return face
    ratio = size[1] / face.size[1]
    landmarks = face.landmarks * np.float32(ratio)
    landmarks[:, 0] += np.float32((size[0] - ratio * face.size[0]) / 2)
    return Face(landmarks, size, face.time_s, face.driving)


def _ease(share: float) -> float:
    """0 to 1 with a soft start and end."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _wave(waves: tuple[tuple[float, float], ...], time_s: float) -> float:
    return sum(size * math.sin(2 * math.pi * time_s / period) for size, period in waves)


def _rotation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> NDArray[np.float64]:
    """Small turns about y, x and z, in this order."""
    (cy, sy), (cx, sx), (cz, sz) = (
        (math.cos(math.radians(angle)), math.sin(math.radians(angle)))
        for angle in (yaw_deg, pitch_deg, roll_deg)
    )
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)


def _close(local: NDArray[np.float64], eye: EyeTopology, share: float) -> None:
    """Bring the lids together, in place."""
    if share <= 0:
        return
    upper, lower = list(eye.upper), list(eye.lower)
    gap = local[lower] - local[upper]
    local[upper] += _MEETING * share * gap
    local[lower] -= (1 - _MEETING) * share * gap
    for follow, above, below in zip(_RINGS, eye.upper_rings, eye.lower_rings, strict=True):
        local[list(above)] += follow * _MEETING * share * gap
        local[list(below)] -= follow * (1 - _MEETING) * share * gap


def _glance(local: NDArray[np.float64], eye: EyeTopology, look: NDArray[np.float64]) -> None:
    """Move the iris, in place."""
    width = float(np.linalg.norm(local[eye.outer] - local[eye.inner]))
    local[[eye.iris, *eye.iris_rim], :2] += look * width


def grimace(face: Face) -> Face:
    """Return the face with its eyes shut, its mouth wide open and its head turned: it asks everything of an engine."""
    local = face.local.copy()
    for eye in EYES:
        _close(local, eye, 1.0)
        _glance(local, eye, np.array([0.1, 0.05]))
    for chain, drop_cm in ((LIP_INNER_LOWER, 2.0), (LIP_OUTER_LOWER, 2.0), (JAW, 1.5)):
        local[list(chain[1:-1] if chain is not JAW else chain), 1] -= drop_cm
    rest = face.pose
    pose = HeadPose(rest.scale, rest.rotation @ _rotation(8.0, 4.0, 4.0), rest.shift)
    return Face(pose.to_image(local).astype(np.float32), face.size, face.time_s)
