"""Two lids that close together, unless the driver winks.

People close both eyes at once. Trackers often see that of one eye only: the other lid seems to stay half open, or an
eye that is open seems to close for a frame. So one eye is believed for both as far as the other does not contradict it,
and a wink must be plain.
"""

from __future__ import annotations

import math

import numpy as np

from engines.face.calm import Pair, Slow, near_side, smooth_step

# Aperture of closed lids as trackers report it, and between which shares of the resting one it is learned.
_CLOSED, _CLOSED_SHARE = 0.06, (0.15, 0.6)
# Eyes that differ by less than twice this meet in the middle.
_SLACK = 0.13
# From here to there both are closed far enough for the more closed one to be believed.
_AGREES = (0.4, 0.65)
# A wink: the one eye is more closed than this, the other less than that; and what ends it.
_WINK, _UNWINK = (0.85, 0.42), (0.3, 0.65)
# How far each eye of a person may be from what both do, a share of that.
_UNEVEN = 0.25
# For how long tracking sees what is not there, and how soon the eye is shut after that.
_DOUBTED_S, _SHUTS_S = 0.06, 0.015
# Degrees of yaw from which the far eye is seen at a slant, and not at all.
_UNSEEN_DEG = (20.0, 26.0)


class Lids:
    """Reads how far two eyes are closed. Learns their range."""

    def __init__(self, level: Pair) -> None:
        """Begin with what most people do. level: (2,) resting apertures, lid distance over eye width."""
        self._range = LidRange(np.clip(_CLOSED / level, *_CLOSED_SHARE))
        self._wink = Wink()

    @property
    def usual(self) -> Pair:
        """(2,) where the open lids usually are, over the resting aperture."""
        return self._range.usual

    @property
    def shut(self) -> Pair:
        """(2,) what tracking leaves of closed lids, over the resting aperture."""
        return self._range.closed

    def closure(self, ratio: Pair, yaw: float, step_s: float) -> Pair:
        """Return (2,) how far each eye is closed: 0 for the usual opening, 1 shut, more where lids are pressed.

        Args:
            ratio: (2,) apertures over the resting ones, left and right.
            yaw: of the head, to the picture's right, degrees.
            step_s: seconds since the face before; 0 where that tells nothing.
        """
        return np.maximum(self._closed(ratio, yaw, step_s), 0)

    def believed(self, ratio: Pair, yaw: float, step_s: float) -> Pair:
        """Return (2,) the apertures over the resting ones that suit one another; the arguments are closure()'s."""
        closed = self._closed(ratio, yaw, step_s)
        return np.asarray(self._range.usual - closed * self._range.span)

    def levelled(self, opening: Pair, ratio: Pair, yaw: float, step_s: float) -> Pair:
        """Return (2,) openings that are a little uneven at most, as most people's are; a wink passes.

        Args:
            opening: (2,) how open each eye seems to be, 0 shut.
            ratio: (2,) apertures over the resting ones, left and right.
            yaw: of the head, to the picture's right, degrees.
            step_s: seconds since the face before; 0 where that tells nothing.
        """
        own = self._range.closure(ratio, step_s)
        together = float(near_side(yaw) @ opening)
        level = np.clip(opening, together * (1 - _UNEVEN), together * (1 + _UNEVEN))
        return np.asarray(level + self._winks(own, yaw, step_s) * (opening - level))

    def _closed(self, ratio: Pair, yaw: float, step_s: float) -> Pair:
        """Return (2,) closures, below 0 where eyes are wide."""
        own = self._range.closure(ratio, step_s)
        base = shared(own, yaw)
        base += _unseen(yaw) * (float(own[np.argmax(near_side(yaw))]) - base)
        together = base + smooth_step(*_AGREES, base) * (float(own.max()) - base)
        return np.asarray(together + self._winks(own, yaw, step_s) * (own - together))

    def _winks(self, own: Pair, yaw: float, step_s: float) -> float:
        """Return how much this is a wink, 0..1. own: (2,) closures, each eye's own."""
        return self._wink.follow(float(own.max()), float(own.min()), step_s) * (1 - _unseen(yaw))


def shared(pair: Pair, yaw: float) -> float:
    """Return what both eyes do: about the middle where they agree, else little more than the one that does less.

    Args:
        pair: (2,) how far each seems to be closed, or widened.
        yaw: of the head, to the picture's right, degrees.
    """
    return min(float(near_side(yaw) @ pair), float(pair.min()) + _SLACK)


def _unseen(yaw: float) -> float:
    """Return how little is seen of the far eye, 0..1."""
    return smooth_step(*_UNSEEN_DEG, abs(yaw))


class Wink:
    """Tells winks from unequal lids: one eye is plainly shut, the other plainly open, and not for a moment only."""

    def __init__(self) -> None:
        """Begin with none."""
        self._since_s: float | None = None
        self._share = Slow(_SHUTS_S)

    def follow(self, most: float, least: float, step_s: float) -> float:
        """Return how much this is a wink, 0..1.

        Args:
            most: closure of the more closed eye.
            least: of the other one.
            step_s: seconds since the face before.
        """
        shut, opened = _UNWINK if self._winks else _WINK
        if most > shut and least < opened:
            self._since_s = 0.0 if self._since_s is None else self._since_s + step_s
        else:
            self._since_s = None
        return float(self._share.follow(float(self._winks), step_s))

    @property
    def _winks(self) -> bool:
        return self._since_s is not None and self._since_s > _DOUBTED_S


class LidRange:
    """Where lids usually are, and where tracking says they are when they are closed, both over the resting aperture.

    A person who talks has narrower eyes than one who is told to look into the camera; and every tracker leaves a gap
    between closed lids, another one for every person and eye.

    Attributes:
        usual: (2,) the opening.
        closed: (2,) what is left of it.
    """

    _USUAL_S = 12.0
    _USUAL = (0.8, 1.15)
    _AWAKE = 0.6  # above this it is no blink
    _BLINK = 0.5  # it is one where both eyes together are below this
    _LONGEST_S = 0.6
    _TRUST = 0.4  # in one more blink

    def __init__(self, closed: Pair) -> None:
        """Begin with what most people's eyes do. closed: (2,) aperture of closed lids over the resting one."""
        self.usual = np.ones(2)
        self.closed = closed
        self._lowest = np.full(2, math.inf)
        self._blink_s = 0.0

    def closure(self, ratio: Pair, step_s: float) -> Pair:
        """Return (2,) 0 for the usual opening, 1 for closed lids (more, or less than 0, beyond), and learn from it.

        Args:
            ratio: (2,) apertures over the resting ones.
            step_s: seconds since the last ones; 0 learns nothing.
        """
        towards = np.where(ratio > self._AWAKE, np.clip(ratio, *self._USUAL), self.usual)
        self.usual = self.usual + min(step_s / self._USUAL_S, 1.0) * (towards - self.usual)
        both = float(ratio.mean())
        if both > self._AWAKE:
            self._after_blink()
        elif both < self._BLINK and ratio.max() < self._AWAKE:
            self._lowest = np.minimum(self._lowest, ratio)
            self._blink_s += step_s
        return np.asarray((self.usual - ratio) / self.span)

    @property
    def span(self) -> Pair:
        """(2,) from the usual opening to closed lids."""
        return np.maximum(self.usual - self.closed, 0.1)

    def _after_blink(self) -> None:
        if 0 < self._blink_s < self._LONGEST_S:
            self.closed = self.closed + self._TRUST * (np.clip(self._lowest, *_CLOSED_SHARE) - self.closed)
        self._lowest, self._blink_s = np.full(2, math.inf), 0.0
