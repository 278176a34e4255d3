"""When the next picture may and must be made: an even rate that forgives jitter."""

from __future__ import annotations

# Cameras never run at exactly their rate: without a little more room a delay would build up until a frame is lost.
_HEADROOM = 1.02
# How much of a period a frame may come early, or be late, before that counts.
_EARLY = 0.6
_LATE = 0.5


class Pace:
    """Keeps a rate: pictures of new frames may come a little early or late, and none is awaited for ever.

    Not locked: one thread uses it.

    Args:
        fps: pictures a second.
    """

    def __init__(self, fps: float) -> None:
        self.period_s = 1 / fps
        self._may_s = self._ideal_s = float("-inf")

    def early_s(self, now_s: float) -> float:
        """Return how long a new frame still has to wait; 0 when it may be shown now."""
        return max(self._may_s - now_s, 0.0)

    def late_s(self, now_s: float) -> float:
        """Return how long until something must be shown even without a new frame; 0 when that time has come."""
        return max(self._ideal_s + _LATE * self.period_s - now_s, 0.0)

    def done(self, now_s: float) -> None:
        """Something was shown."""
        period = self.period_s
        self._may_s = max(self._may_s, now_s - _EARLY * period) + period / _HEADROOM
        # Neither a burst after a stall nor a long wait after a burst.
        self._ideal_s = min(max(self._ideal_s + period, now_s + _LATE * period), now_s + period)
