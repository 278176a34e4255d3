"""The signals a mapping table can follow, read from one face after the other. mapping.toml lists them for users."""

from __future__ import annotations

import math
from collections.abc import Mapping as Dict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.tha.mapping import SHAPES, Shape
from engines.tha.posing_measures import Measures, Pair
from engines.tha.posing_range import LidRange, Range

Signals = dict[str, float | Pair]

# Aperture of closed lids as trackers report it, and between which shares of the resting one it is learned.
_CLOSED, _LEAST_REST = 0.06, 0.10
_CLOSED_SHARE = (0.15, 0.6)
# What lids and lips tremble, as tracking sees them, over their range: they move no sooner, and then at once.
_LID_PLAY, _LIP_PLAY = 0.035, 0.025
# Drawn eyes are large: lids that sink a little in talking should not look sleepy.
_LIDS_LATE = 1.15
# A wink: one eye so much more closed than the other, the other not closed itself, and for longer than tracking errs.
_WINK, _OTHER, _WINK_S = (0.45, 0.7), (0.35, 0.6), 0.06
# Where one eye is shut and the other nearly, both are shut.
_SHUT = (0.7, 1.0)
# Lids that stay half down droop: seconds until that is told from a blink, and how far they can.
_DROOP_S, _DROOP = 0.8, 0.45
_WIDE, _WIDE_S = 0.35, 0.1  # over the usual opening; eyes widen slower than they blink
_LOWER_LID_CM, _LOWER_LID_S = 0.22, 0.1
# Degrees of yaw at which the far side of the face is no longer believed.
_FAR_DEG = (8.0, 25.0)

_OPEN_NOISE = 0.006
_OPENING = 1.6  # how much faster a mouth begins to open than it ends: small openings are most of speech
_EYE_CORNERS_CM = 9.0
# The mouth's corners sink with the jaw, cm per cm.
_SINK = 0.35
_CORNER_SHARE, _WIDTH_SHARE = 0.6, 0.3
_HAPPY, _HAPPY_S = (0.3, 0.7), 0.15  # the mood outlasts a syllable
_WIDTH_S, _HANG_S = 0.03, 0.1
_SMIRK_CM = 0.5
_PURSED, _PURSED_OPEN = (0.45, 1.0), 0.16
_SPREAD_WIDTH, _SPREAD_OPEN = 0.28, 0.13

_TILT_CM, _TILT_OF_RAISE = 0.3, 0.25
# Tracking drags brows behind a head that moves; they are slow anyway.
_BROW_S = 0.1
_GAZE = np.array([0.19, 0.11])  # eye widths an iris goes to the side, up or down
_GAZE_HIDDEN = (0.35, 0.65)  # closure of the lids that hides where the irises look

_TILT_LEANS = 0.5  # degrees of leaning for a degree of the head's tilt
_SHIFT_LEANS = 1.2  # and for a centimetre to the side


@dataclass(frozen=True)
class Turn:
    """How the head is turned and where it is, against rest.

    Attributes:
        yaw: to the picture's right, degrees.
        pitch: up, degrees.
        roll: counter-clockwise, degrees.
        aside: moved to the picture's right, cm.
    """

    yaw: float
    pitch: float
    roll: float
    aside: float


class SignalReader:
    """Reads signals and learns the driver's range. One for each neutral."""

    def __init__(self, rest: Measures, vowels: Dict[str, Shape]) -> None:
        """Begin with what most people do.

        Args:
            rest: the driver at rest, which motion is measured from.
            vowels: which mouth is which vowel.
        """
        self._rest = rest
        self._widths = np.array([vowels[name].width for name in SHAPES])
        self._opens = np.array([vowels[name].open for name in SHAPES])
        self._opened = np.array([vowels[name].opens for name in SHAPES])
        self._lids = [self._lid_range(float(aperture)) for aperture in rest.eyes]
        self._open = Range(0.24, 0.15, 0.6)
        self._wide, self._narrow = Range(1.2, 0.6, 2.2), Range(0.9, 0.5, 1.5)
        self._smile, self._frown = Range(0.9, 0.5, 1.6), Range(0.27, 0.18, 0.6)
        self._up, self._down = Range(0.55, 0.3, 1.2), Range(0.35, 0.25, 0.8)
        self._gaze = np.zeros(2)
        self._brow_heights = np.zeros((2, 2))
        self._apart = self._happy = self._wide_eyes = self._opened_share = self._wider = 0.0
        self._closed, self._droop, self._hang, self._lower_lids = np.zeros((4, 2))

    def read(self, now: Measures, turn: Turn, step_s: float) -> Signals:
        """Return every signal but the breath.

        Args:
            now: the driver.
            turn: their head.
            step_s: seconds since the face before; 0 where that tells nothing.
        """
        raised = now.lower_lids - self._rest.lower_lids
        self._lower_lids += _share(step_s, _LOWER_LID_S) * (raised - self._lower_lids)
        eyes = self._eyes(now, turn, step_s)
        mouth = self._mouth(now, turn, step_s)
        return {
            **eyes,
            **mouth,
            **self._brows(now, turn, step_s),
            **self._look(now, eyes["eye_closed"]),
            "lower_lid": self._lower_lids / _LOWER_LID_CM,
            "head_up": turn.pitch,
            "head_left": -turn.yaw,
            "tilt_left": turn.roll,
            "lean_left": _TILT_LEANS * turn.roll - _SHIFT_LEANS * turn.aside,
        }

    @staticmethod
    def _lid_range(rest: float) -> LidRange:
        low, high = _CLOSED_SHARE
        return LidRange(min(max(_CLOSED / max(rest, _LEAST_REST), low), high), _CLOSED_SHARE)

    def _eyes(self, now: Measures, turn: Turn, step_s: float) -> dict[str, Pair]:
        ratio = now.eyes / np.maximum(self._rest.eyes, _LEAST_REST)
        closure = np.array(
            [lids.closure(float(r), step_s) for lids, r in zip(self._lids, ratio, strict=True)]
        )
        # Lids close together. Tracking does not always say so, least of all of the eye that is turned away.
        together = float(_near(turn.yaw) @ closure)
        both = float(smooth_step(*_OTHER, closure.min()) * smooth_step(*_SHUT, closure.max()))
        together += both * (float(closure.max()) - together)
        apart = float(
            smooth_step(*_WINK, abs(closure[0] - closure[1])) * (1 - smooth_step(*_OTHER, closure.min()))
        )
        apart *= 1 - float(smooth_step(*_FAR_DEG, abs(turn.yaw)))
        self._apart += _share(step_s, _WINK_S) * (apart - self._apart)
        usual = np.array([lids.usual for lids in self._lids])
        wide = max(float(_near(turn.yaw) @ ((ratio - usual) / _WIDE)), 0.0)
        self._wide_eyes += _share(step_s, _WIDE_S) * (wide - self._wide_eyes)
        closed = np.maximum(together + self._apart * (closure - together), 0)
        play = _LID_PLAY * np.clip(1 - closed, 0, 1)  # none where they are shut
        self._closed = np.clip(self._closed, closed - play, closed + play)
        closed = self._closed**_LIDS_LATE
        self._droop += _share(step_s, _DROOP_S) * (np.minimum(closed, _DROOP) - self._droop)
        droop = np.minimum(self._droop, closed)
        return {
            "eye_closed": closed,
            "eye_blink": closed - droop,
            "eye_droop": droop,
            "eye_wide": np.full(2, self._wide_eyes),
        }

    def _mouth(self, now: Measures, turn: Turn, step_s: float) -> Signals:
        gap = now.gap - self._rest.gap
        share = min(self._open.share(max(gap - _OPEN_NOISE, 0.0), step_s), 1.0)
        if share > 0:
            share = min(max(self._opened_share, share - _LIP_PLAY), share + _LIP_PLAY)
        self._opened_share = share
        opening = 1 - (1 - share) ** _OPENING
        self._wider += _share(step_s, _WIDTH_S) * (now.width - self._rest.width - self._wider)
        wider = self._wider
        width = self._wide.share(max(wider, 0.0), step_s) - self._narrow.share(max(-wider, 0.0), step_s)
        sunk = _SINK * _EYE_CORNERS_CM * max(gap, 0.0)
        lifted = _CORNER_SHARE * (now.corners - self._rest.corners + sunk) + _WIDTH_SHARE * max(wider, 0.0)
        lifted = _evened(lifted, turn.yaw, 0.4)
        middle = float(lifted.mean())
        smile = self._smile.share(max(middle, 0.0), step_s)
        self._happy += _share(step_s, _HAPPY_S) * (float(smooth_step(*_HAPPY, smile)) - self._happy)
        self._hang += _share(step_s, _HANG_S) * (now.hang - self._rest.hang - self._hang)
        hang = _evened(self._hang, turn.yaw, 0.4)
        frown = self._frown.share(max(float(hang.mean()), 0.0), step_s) * (1 - opening)
        lopsided = abs(float(lifted[0] - lifted[1])) / _SMIRK_CM
        return {
            "mouth_open": opening,
            "mouth_wide": max(width, 0.0),
            "mouth_narrow": max(-width, 0.0),
            "corner_up": np.maximum(lifted, 0) / self._smile.most,
            "corner_down": np.maximum(hang, 0) / self._frown.most * (1 - opening),
            "smile": smile,
            "frown": frown,
            "happy": self._happy,
            "smirk": lopsided * float(smooth_step(-0.1, 0.2, middle)) * (1 - opening),
            **self._vowels(width, share, opening),
        }

    def _vowels(self, width: float, share: float, opening: float) -> dict[str, float]:
        """Return how much of each vowel the mouth forms; together they open it as far as the driver's.

        Pursed lips are seen even where they are shut.
        """
        away = np.hypot(
            _outside(width, self._widths) / _SPREAD_WIDTH, _outside(share, self._opens) / _SPREAD_OPEN
        )
        likeness = np.exp(-0.5 * (away**2 - away.min() ** 2))
        opening = max(opening, _PURSED_OPEN * float(smooth_step(*_PURSED, -width)))
        amounts = likeness / likeness.sum() * np.minimum(opening / self._opened, 1.0)
        return dict(zip(SHAPES, amounts.tolist(), strict=True))

    def _brows(self, now: Measures, turn: Turn, step_s: float) -> dict[str, Pair]:
        moved = np.array([now.brows_inner - self._rest.brows_inner, now.brows_outer - self._rest.brows_outer])
        self._brow_heights = self._brow_heights + _share(step_s, _BROW_S) * (moved - self._brow_heights)
        inner, outer = self._brow_heights
        raised = _evened((inner + outer) / 2, turn.yaw, 0.4)
        tilted = _evened(inner - outer, turn.yaw, 0.6)
        # Raised brows tilt one way or the other by themselves.
        slack = _TILT_OF_RAISE * np.maximum(raised, 0)
        middle = float(raised.mean())
        self._up.share(max(middle, 0.0), step_s)
        self._down.share(max(-middle, 0.0), step_s)
        return {
            "brow_up": np.maximum(raised, 0) / self._up.most,
            "brow_down": np.maximum(-raised, 0) / self._down.most,
            "brow_worry": np.maximum(tilted - slack, 0) / _TILT_CM,
            "brow_frown": np.maximum(-tilted - slack, 0) / _TILT_CM,
        }

    def _look(self, now: Measures, closed: Pair) -> dict[str, float]:
        """Return where the irises look; behind closing lids, where they looked before."""
        seen = 1 - float(smooth_step(*_GAZE_HIDDEN, closed.min()))
        self._gaze = self._gaze + seen * ((now.gaze - self._rest.gaze) / _GAZE - self._gaze)
        return {"gaze_left": -float(self._gaze[0]), "gaze_up": float(self._gaze[1])}


def smooth_step(low: float, high: float, value: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 0 below low, 1 above high, smooth between."""
    share = np.clip((np.asarray(value, np.float64) - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def _share(step_s: float, within_s: float) -> float:
    """Return how much of a new value to take, so that a change takes about within_s; all of the first one."""
    return 1 - math.exp(-step_s / within_s) if step_s > 0 else 1.0


def _near(yaw: float) -> Pair:
    """Return (2,) how much each side of the face counts: the far one is seen at a slant."""
    right = min(max(0.5 + yaw / 60, 0.15), 0.85)
    return np.array([1 - right, right])


def _evened(pair: Pair, yaw: float, share: float) -> Pair:
    """Return a pair brought together by a share, and wholly where the far side is not to be believed."""
    share = share + (1 - share) * float(smooth_step(*_FAR_DEG, abs(yaw)))
    return np.asarray(pair + share * (float(_near(yaw) @ pair) - pair))


def _outside(value: float, ranges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) how far a value lies outside each range of (n, 2)."""
    return np.maximum(np.maximum(ranges[:, 0] - value, value - ranges[:, 1]), 0)
