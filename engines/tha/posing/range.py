"""Learning a driver's own range while they are seen, so that everybody's widest mouth is the character's widest."""

from __future__ import annotations

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
