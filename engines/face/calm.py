"""Small tools for what is read from face after face: passing time, calm numbers, the near side of a turned face."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Pair = NDArray[np.float64]

# Longer steps are leaps, as between a tracked face and one made up; seconds.
_LONGEST_STEP_S, _USUAL_STEP_S = 0.25, 1 / 30
# Degrees of yaw from which the far side of the face is less and less believed, and not at all.
_FAR_DEG = (8.0, 25.0)


class Steps:
    """Tells how much time passes from face to face. Where the clock leaps, faces still come one by one."""

    def __init__(self) -> None:
        """Begin before the first face."""
        self._last_s: float | None = None

    def until(self, time_s: float) -> float:
        """Return the seconds since the last face; 0 for the first one, and for the same one again.

        Args:
            time_s: of this face.
        """
        last, self._last_s = self._last_s, time_s
        if last is None or time_s == last:
            return 0.0
        return time_s - last if 0 < time_s - last <= _LONGEST_STEP_S else _USUAL_STEP_S


class Slow:
    """Numbers that follow others with a delay. The first ones are taken as they come."""

    def __init__(self, within_s: float) -> None:
        """Begin without any. within_s: seconds until two thirds of a change are done."""
        self._within_s = max(within_s, 1e-3)
        self._value: NDArray[np.float64] | None = None

    def follow(self, value: float | NDArray[np.floating[Any]], step_s: float) -> NDArray[np.float64]:
        """Return where they are after step_s seconds, of the value's shape."""
        if self._value is None:
            self._value = np.array(value, np.float64)
        else:
            share = 1 - math.exp(-step_s / self._within_s)
            self._value = self._value + share * (value - self._value)
        return self._value


def held(last: ArrayLike, now: ArrayLike, play: ArrayLike) -> Pair:
    """Return what moves only as soon as it is further off than its play, and then at once."""
    return np.clip(last, np.subtract(now, play), np.add(now, play))


def smooth_step(low: float, high: float, value: float) -> float:
    """Return 0 below low, 1 above high, smooth between."""
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)


def near_side(yaw: float) -> Pair:
    """Return (2,) how much left and right count when the face is turned: the far one is seen at a slant.

    Args:
        yaw: to the picture's right, degrees.
    """
    right = min(max(0.5 + yaw / 60, 0.15), 0.85)
    return np.array([1 - right, right])


def evened(pair: Pair, yaw: float, share: float) -> Pair:
    """Return left and right brought together by a share, and wholly where the far side is not to be believed."""
    share += (1 - share) * smooth_step(*_FAR_DEG, abs(yaw))
    return np.asarray(pair + share * (float(near_side(yaw) @ pair) - pair))
