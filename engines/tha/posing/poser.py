"""From a driver's face to a character's pose."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.base import Controls, Face
from engines.face.calm import Slow, Steps, held
from engines.rig.driver import Driver, usable
from engines.rig.limits import HEAD_MIDDLE, angles_of, soft_limit
from engines.tha.pose import HIGH, INDEX, LOW, PARAMETERS, Parameter, Pose, exclusive, rest, within
from engines.tha.posing.mapping import BadMappingError, Rule, default_mapping, read_mapping, stem
from engines.tha.posing.measures import Measures, measure
from engines.tha.posing.signals import SignalReader, Signals, Turn

logger = logging.getLogger(__name__)

# Two neutrals nearer than this are the same face, whatever frame it was seen in.
_SAME_CM = 1e-3
# What the average driver has at rest, for motion that is taken as it is.
_USUAL_EYES, _USUAL_GAZE = 0.28, (0.0, 0.07)
# A parameter follows as soon as it is this far off, and no nearer: less is trembling.
_PLAYS = {"eye": 0.005, "mouth": 0.012, "gaze": 0.05, "head": 0.008, "body": 0.003, "breathing": 0.0}
_USUAL_PLAY = 0.02
_BODY = [INDEX["body_y"], INDEX["body_z"]]
_BREATHING = INDEX["breathing"]


@dataclass
class _Rest:
    """What depends on the neutral.

    Attributes:
        driver: the neutral, measured.
        relative: motion is measured from it.
        reader: what has been learned of the driver since.
    """

    driver: Driver
    relative: bool
    reader: SignalReader


class Poser:
    """Reads poses from faces. One thread uses it.

    Keeps what it learns of the driver (how wide this mouth opens, how far these lids close) from frame to frame and
    from character to character, until the neutral changes.
    """

    def __init__(self, mapping: Path | None = None) -> None:
        """Read the mapping table. What cannot be used of it is logged, and the default stands in.

        Args:
            mapping: the user's own (TOML); None for the one that comes with the engine.
        """
        try:
            self._mapping, complaints = read_mapping(mapping)
        except BadMappingError as error:
            self._mapping, complaints = default_mapping(), [str(error)]
        for complaint in complaints:
            logger.warning("%s", complaint)
        self._rest: _Rest | None = None
        self._steps = Steps()
        self._breath = 0.0
        self._pose = rest()
        self._body = Slow(self._mapping.rhythm.body_s)

    def pose(self, face: Face, neutral: Face, controls: Controls) -> Pose:
        """Return the pose (45,) float32, in the ranges of engines.tha.pose.PARAMETERS.

        Args:
            face: the driver now; one that cannot be measured is taken as the neutral.
            neutral: the driver at rest; where it cannot be measured, the character rests.
            controls: gains, and whether motion is measured from the neutral.
        """
        step_s = self._steps.until(face.time_s)
        self._breath = (self._breath + step_s / self._mapping.rhythm.breath_s) % 1.0
        wanted = rest()
        if usable(neutral):
            signals = self._signals(face if usable(face) else neutral, neutral, controls.relative, step_s)
            signals["breath"] = (1 - math.cos(2 * math.pi * self._breath)) / 2
            wanted = exclusive(within(self._ruled(signals, controls)))
        return self._settled(wanted, step_s)

    def _signals(self, face: Face, neutral: Face, relative: bool, step_s: float) -> Signals:
        at_rest = self._measured(neutral, relative)
        seen = at_rest.driver.pose_of(face)
        start = at_rest.driver.pose
        turned = seen.rotation @ start.rotation.T if relative else seen.rotation
        yaw, pitch, roll = np.degrees(angles_of(turned)).tolist()
        now, then = ((p.scale * p.rotation @ HEAD_MIDDLE + p.shift)[0] for p in (seen, start))
        turn = Turn(yaw, -pitch, roll, float(now - then) / start.scale)
        return at_rest.reader.read(measure(seen.to_local(face.landmarks)), turn, step_s)

    def _measured(self, neutral: Face, relative: bool) -> _Rest:
        """Return what depends on the neutral; another face there, and all that was learned is forgotten."""
        known = self._rest
        if known is None or known.relative != relative or not _same(known.driver, neutral):
            driver = Driver(neutral)
            reader = SignalReader(_start(measure(driver.local), relative), self._mapping.vowels)
            self._rest = known = _Rest(driver, relative, reader)
        elif known.driver.neutral is not neutral:
            known.driver = Driver(neutral)  # the same face in a frame of another size
        return known

    def _ruled(self, signals: Signals, controls: Controls) -> NDArray[np.float64]:
        """Return (45,) what the table makes of the signals."""
        gains = {
            "eyebrow": controls.brows,
            "eye": controls.eyes,
            "iris": controls.eyes,
            "mouth": controls.mouth,
            "gaze": controls.eyes * controls.gaze,
            "head": controls.head,
            "body": controls.head * controls.body,
            "breathing": controls.breathing,
        }
        rules = self._mapping.parameters
        return np.array(
            [
                _ruled(parameter, rules[stem(parameter.name)], signals, gains[parameter.group])
                for parameter in PARAMETERS
            ]
        )

    def _settled(self, wanted: Pose, step_s: float) -> Pose:
        """Return the pose to show: without trembling, the body a little behind the head."""
        wanted[_BODY] = self._body.follow(wanted[_BODY], step_s)
        calm = held(self._pose, wanted, _PLAY)
        # What is at its end is there: a closed eye is closed, and a closed mouth.
        at_end = (wanted == HIGH) | (wanted == LOW)
        self._pose = np.where(at_end, wanted, calm).astype(np.float32)
        return self._pose.copy()


def _ruled(parameter: Parameter, rule: Rule, signals: Signals, gain: float) -> float:
    """Return a parameter's value before its range is enforced."""

    def signal(name: str) -> float:
        value = signals[name]
        return (
            value if isinstance(value, float) else float(value[0 if parameter.name.endswith("_left") else 1])
        )

    value = signal(rule.follows)
    beyond = math.copysign(max(abs(value) - rule.start, 0.0), value) / (rule.full - rule.start)
    if parameter.low < 0:
        out = float(soft_limit(beyond * rule.most * gain, 1.0))
    else:
        out = min(max(beyond, 0.0), 1.0) * rule.most * gain
    if rule.along:
        out *= min(max(signal(rule.along), 0.0), 1.0)
    if rule.without:
        out *= 1 - min(max(signal(rule.without), 0.0), 1.0)
    return out


def _start(measured: Measures, relative: bool) -> Measures:
    """Return what motion is measured from.

    In absolute mode lids, lips and irises are taken as they are. Brows, the mouth's corners and its width stay
    relative: where they are at rest is what makes one face differ from another.
    """
    if relative:
        return measured
    return replace(measured, eyes=np.full(2, _USUAL_EYES), gaze=np.array(_USUAL_GAZE), gap=0.0)


def _same(driver: Driver, neutral: Face) -> bool:
    return driver.neutral is neutral or float(np.abs(driver.local - neutral.local).max()) < _SAME_CM


_PLAY = np.array([_PLAYS.get(parameter.group, _USUAL_PLAY) for parameter in PARAMETERS], np.float32)
