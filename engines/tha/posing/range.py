"""Learning a driver's own range while they are seen, so that everybody's widest mouth is the character's widest."""

from __future__ import annotations

import math

_RISE_S, _FALL_S = 0.15, 45.0
# Only what goes this far towards the widest tells about it.
_TELLING = 0.35


class Range:
    """How far something goes at most. Rises with what is seen, falls slowly while less is."""

    def __init__(self, usual: float, least: float, greatest: float) -> None:
        """Begin with what most people do.

        Args:
            usual: the most, before anything was seen.
            least: the most never falls below it: what trembles is no motion.
            greatest: nor rises above it, whatever tracking says.
        """
        self.most = usual
        self._least, self._greatest = least, greatest

    def share(self, value: float, step_s: float) -> float:
        """Return value over the most, and learn from it.

        Args:
            value: >= 0, of any unit.
            step_s: seconds since the last one; 0 learns nothing.
        """
        if value > self.most:
            self.most += min(step_s / _RISE_S, 1.0) * (value - self.most)
        elif value > _TELLING * self.most:
            self.most += min(step_s / _FALL_S, 1.0) * (value - self.most)
        self.most = min(max(self.most, self._least), self._greatest)
        return value / self.most


class LidRange:
    """Where one eye's lids usually are, and where tracking says they are when they are closed.

    Both are over the resting aperture. A person who talks has narrower eyes than one who is told to look into the
    camera; and every tracker leaves a gap between closed lids, another one for every person and eye.
    """

    _USUAL_S = 12.0
    _USUAL = (0.8, 1.15)
    _AWAKE = 0.6  # above this it is no blink
    _BLINK = 0.5  # below this it is one
    _LONGEST_S = 0.6
    _TRUST = 0.4  # in one more blink

    def __init__(self, closed: float, bounds: tuple[float, float]) -> None:
        """Begin with what most people's eyes do.

        Args:
            closed: aperture of closed lids over the resting aperture.
            bounds: between which it is learned.
        """
        self.usual = 1.0
        self.closed = closed
        self._bounds = bounds
        self._lowest = math.inf
        self._blink_s = 0.0

    def closure(self, ratio: float, step_s: float) -> float:
        """Return 0 for the usual opening, 1 for closed lids (more, or less than 0, beyond), and learn from it.

        Args:
            ratio: aperture over the resting aperture.
            step_s: seconds since the last one; 0 learns nothing.
        """
        if ratio > self._AWAKE:
            self._after_blink()
            low, high = self._USUAL
            target = min(max(ratio, low), high)
            self.usual += min(step_s / self._USUAL_S, 1.0) * (target - self.usual)
        elif ratio < self._BLINK:
            self._lowest = min(self._lowest, ratio)
            self._blink_s += step_s
        return (self.usual - ratio) / max(self.usual - self.closed, 0.1)

    def _after_blink(self) -> None:
        if 0 < self._blink_s < self._LONGEST_S:
            low, high = self._bounds
            self.closed += self._TRUST * (min(max(self._lowest, low), high) - self.closed)
        self._lowest, self._blink_s = math.inf, 0.0
