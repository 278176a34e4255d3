"""Whose face moves how: the driver's motion carried over to the avatar's face."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar, Controls, Face, Style
from engines.face.calm import Steps
from engines.face.canonical import canonical_head
from engines.face.lids import Lids
from engines.face.measures import gaze, mouth_aperture
from engines.face.pose import HeadPose
from engines.face.topology import EYES, MOUTH_CORNERS, SKIN_COUNT
from engines.rig.crowd import Crowd
from engines.rig.driver import Driver, usable
from engines.rig.lids import LidRest, hold_lids, move_lids, openings_of, ratio_of, rest_of
from engines.rig.limits import (
    HEAD_MIDDLE,
    FoldGuard,
    angles_of,
    limit_turn,
    limited_pose,
    smooth_step,
    soft_limit,
    soft_limit_length,
)
from engines.rig.lips import close_mouth, part_lips
from engines.rig.motion import Motion
from engines.rig.room import room_of

# Centimetres a landmark may leave its place in the head: jaw and lips far, the rest little.
_FREE_CM, _JAW_CM = 2.0, 4.5
_GAZE = np.array([0.28, 0.16])
# How far each iris may be off where both look, eye widths: tracking sees one in the corner of its eye less far turned.
_SQUINT = np.array([0.04, 0.03])
# An iris moves by few pixels: a little more than the driver's own move reads as the driver's own.
_GAZE_GAIN = 1.1
# From the order of EYES to left and right, and back.
_LEFT_RIGHT = [1, 0]


@dataclass(frozen=True)
class Regions:
    """(468, 1) smooth weights of the parts a user can turn; they sum to 1."""

    mouth: NDArray[np.float64]
    eyes: NDArray[np.float64]
    brows: NDArray[np.float64]


def regions() -> Regions:
    """Return which part of the face each landmark belongs to, from its place on the canonical head."""
    x, y = (
        canonical_head().vertices[:, 0].astype(np.float64),
        canonical_head().vertices[:, 1].astype(np.float64),
    )
    mouth = 1 - smooth_step(-1.6, 1.2, y)
    eyes = np.zeros(SKIN_COUNT)
    for eye in EYES:
        middle = canonical_head().vertices[[eye.outer, eye.inner]].mean(axis=0)
        eyes = np.maximum(eyes, np.exp(-((((x - middle[0]) / 2.2) ** 2 + ((y - middle[1]) / 1.1) ** 2) ** 2)))
    eyes *= 1 - mouth
    columns = [np.asarray(w)[:, None] for w in (mouth, eyes, 1 - mouth - eyes)]
    return Regions(*columns)


@dataclass(frozen=True)
class _Rest:
    """What depends on the driver's neutral alone.

    Attributes:
        driver: the neutral, measured.
        local: (478, 3) where the driver's expression is measured from.
        gain: (468, 1) how much larger the avatar's features are than the driver's.
        lids: both eyes' lids at rest.
        gaze: (2, 2) where each eye's iris is when it looks straight ahead.
        pair: what was learned of how the lids close.
    """

    driver: Driver
    relative: bool
    local: NDArray[np.float64]
    gain: NDArray[np.float64]
    lids: tuple[LidRest, ...]
    gaze: NDArray[np.float64]
    pair: Lids


class Retarget:
    """Carries faces of any driver over to one avatar."""

    def __init__(self, avatar: Avatar) -> None:
        self._own: HeadPose = avatar.face.pose
        self._local = avatar.face.local
        self._drawn = avatar.style is Style.DRAWN
        self._closed = close_mouth(self._local)
        self._crowd = Crowd(self._local)
        self._face = avatar.face
        self._regions = regions()
        self._limit = _FREE_CM + (_JAW_CM - _FREE_CM) * self._regions.mouth[:, 0]
        self._guard = FoldGuard()
        self._room = room_of(avatar)
        self._rest: _Rest | None = None
        self._steps = Steps()

    def __call__(self, face: Face, neutral: Face, controls: Controls) -> Motion:
        """Return what the avatar does. Faces that cannot be measured are taken as the neutral."""
        if not self._knows(neutral) and not usable(neutral):
            neutral = face = self._face
        elif not usable(face):
            face = neutral
        rest = self._measured(neutral, controls.relative)
        seen = rest.driver.pose_of(face)
        expression = seen.to_local(face.landmarks)
        pose = self._pose(seen, rest.driver.pose, controls)
        base = self._local if controls.relative else self._closed
        more = self._paired(expression, rest, seen.rotation @ rest.driver.pose.rotation.T, face.time_s)
        local, openness = self._expression(expression, rest, base, controls, more)
        turned = np.array([gaze(expression, eye) for eye in EYES]) - rest.gaze
        together = turned.mean(axis=0)
        turned = np.clip(turned, together - _SQUINT, together + _SQUINT)
        look = soft_limit(turned * (_GAZE_GAIN * controls.eyes), _GAZE)
        return Motion(local, pose, pose.to_image(local), openness, look, mouth_aperture(local))

    def _knows(self, neutral: Face) -> bool:
        return self._rest is not None and self._rest.driver.neutral is neutral

    def _measured(self, neutral: Face, relative: bool) -> _Rest:
        if self._rest is None or not self._knows(neutral) or self._rest.relative != relative:
            driver = Driver(neutral)
            local = driver.local if relative else close_mouth(driver.local)
            lids = tuple(rest_of(local, local if relative else self._local, eye) for eye in EYES)
            levels = np.array([each.level for each in lids])
            ahead = np.array([gaze(local if relative else self._local, eye) for eye in EYES])
            gains, pair = self._gains(driver.local), Lids(levels[_LEFT_RIGHT])
            self._rest = _Rest(driver, relative, local, gains, lids, ahead, pair)
        return self._rest

    def _gains(self, driver: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (468, 1) how much larger the avatar's features are than the driver's."""
        mouth = _ratio(self._local, driver, *MOUTH_CORNERS)
        eyes = sum(_ratio(self._local, driver, eye.outer, eye.inner) for eye in EYES) / len(EYES)
        part = self._regions
        return np.asarray(part.mouth * mouth + part.eyes * eyes + part.brows * math.sqrt(eyes))

    def _pose(self, now: HeadPose, then: HeadPose, controls: Controls) -> HeadPose:
        start = then.rotation if controls.relative else self._own.rotation
        rotation = limit_turn(now.rotation @ start.T, self._own.rotation, controls.head)
        middle = [p.scale * p.rotation @ HEAD_MIDDLE + p.shift for p in (now, then)]
        shift = (middle[0] - middle[1])[:2] / then.scale * controls.head
        growth = math.log(now.scale / then.scale) * controls.head
        return limited_pose(self._own, rotation, growth, shift, self._room)

    def _paired(
        self, driver: NDArray[np.float64], rest: _Rest, turned: NDArray[np.float64], time_s: float
    ) -> NDArray[np.float64]:
        """Return (2,) what is added to each eye's opening, so that lids close together.

        What tracking sees of one lid and not of the other reads as a wink. Drawn eyes are large, and theirs go as one;
        those of photographs stay a little uneven where the driver's are.
        """
        ratio = np.array([ratio_of(driver, lids, eye) for lids, eye in zip(rest.lids, EYES, strict=True)])
        seen = openings_of(ratio, np.array([lids.closed for lids in rest.lids]))
        how = ratio[_LEFT_RIGHT], math.degrees(angles_of(turned)[0]), self._steps.until(time_s)
        if self._drawn:
            pair = openings_of(rest.pair.believed(*how), rest.pair.shut)
        else:
            pair = rest.pair.levelled(seen[_LEFT_RIGHT], *how)
        return np.asarray(pair[_LEFT_RIGHT] - seen)

    def _expression(
        self,
        driver: NDArray[np.float64],
        rest: _Rest,
        base: NDArray[np.float64],
        controls: Controls,
        more: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], tuple[float, float]]:
        part = self._regions
        turned = part.mouth * controls.mouth + part.eyes * controls.eyes + part.brows * controls.brows
        move = (driver[:SKIN_COUNT] - rest.local[:SKIN_COUNT]) * rest.gain * turned
        move = soft_limit_length(move, self._limit)
        if self._drawn:
            self._crowd.join(move)
        local = base.copy()
        local[:SKIN_COUNT] += move
        openness = [
            move_lids(local, base, move, driver, lids, eye, controls, float(added))
            for lids, eye, added in zip(rest.lids, EYES, more, strict=True)
        ]
        if self._drawn:
            for eye in EYES:
                hold_lids(local, base, eye)
        part_lips(local)
        local[:SKIN_COUNT] = self._guard.unfold(base[:SKIN_COUNT], local[:SKIN_COUNT])
        return local, (openness[0], openness[1])


def _ratio(avatar: NDArray[np.float64], driver: NDArray[np.float64], one: int, other: int) -> float:
    """Return how many times longer a distance is on the avatar, within reason."""
    lengths = [float(np.linalg.norm(points[one] - points[other])) for points in (avatar, driver)]
    return min(1.8, max(0.5, lengths[0] / max(lengths[1], 1e-6)))
