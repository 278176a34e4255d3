"""Reading the eyes: how far lids are closed, whether they blink, wink or droop, and where the irises look."""

from __future__ import annotations

import numpy as np

from engines.face.calm import Pair, Slow, held, smooth_step
from engines.face.lids import Lids, shared
from engines.tha.posing.measures import Measures

_LEAST_REST = 0.10  # aperture; less is no eye at rest
# What lids tremble: they move no sooner, and then at once.
_PLAY = 0.035
# Drawn eyes are large: lids that sink a little in talking should not look sleepy.
_LATE = 1.15
# Lids that stay half down droop: seconds until that is told from a blink, and how far they can.
_DROOP_S, _DROOP = 0.8, 0.45
_WIDE, _WIDE_S = 0.35, 0.1  # over the usual opening; eyes widen slower than they blink
_LOWER_LID_CM, _LOWER_LID_S = 0.22, 0.1

_GAZE = np.array([0.19, 0.11])  # eye widths an iris goes to the side, up or down
_GAZE_HIDDEN = (0.35, 0.65)  # closure of the lids that hides where the irises look


class EyeReader:
    """Reads eyes and learns how far they close. One for each neutral."""

    def __init__(self, rest: Measures) -> None:
        """Begin with what most people do. rest: what motion is measured from."""
        self._rest = rest
        self._level = np.maximum(rest.eyes, _LEAST_REST)
        self._lids, self._wide = Lids(self._level), Slow(_WIDE_S)
        self._droop, self._lower = Slow(_DROOP_S), Slow(_LOWER_LID_S)
        self._closed, self._gaze = np.zeros(2), np.zeros(2)

    def read(self, now: Measures, yaw: float, step_s: float) -> dict[str, float | Pair]:
        """Return the signals of lids and irises.

        Args:
            now: the driver.
            yaw: of their head, to the picture's right, degrees.
            step_s: seconds since the face before; 0 where that tells nothing.
        """
        ratio = now.eyes / self._level
        closed = self._lids.closure(ratio, yaw, step_s)
        # No play where they are shut.
        self._closed = held(self._closed, closed, _PLAY * np.clip(1 - closed, 0, 1))
        closed = self._closed**_LATE
        droop = np.minimum(self._droop.follow(min(float(closed.min()), _DROOP), step_s), closed)
        # Neither eye widens alone, nor does one lower lid rise.
        wide = max(shared((ratio - self._lids.usual) / _WIDE, yaw), 0.0)
        lower = self._lower.follow(float((now.lower_lids - self._rest.lower_lids).min()), step_s)
        self._look(now, float(closed.min()))
        return {
            "eye_closed": closed,
            "eye_blink": closed - droop,
            "eye_droop": droop,
            "eye_wide": np.full(2, self._wide.follow(wide, step_s)),
            "lower_lid": np.full(2, lower / _LOWER_LID_CM),
            "gaze_left": -float(self._gaze[0]),
            "gaze_up": float(self._gaze[1]),
        }

    def _look(self, now: Measures, closed: float) -> None:
        """Follow the irises; behind closing lids they stay where they were."""
        seen = 1 - smooth_step(*_GAZE_HIDDEN, closed)
        self._gaze = self._gaze + seen * ((now.gaze - self._rest.gaze) / _GAZE - self._gaze)
