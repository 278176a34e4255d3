"""Reading the eyes: how far lids are closed, whether they blink, wink or droop, and where the irises look."""

from __future__ import annotations

import numpy as np

from engines.tha.posing.calm import FAR_DEG, Pair, Slow, held, near_side, smooth_step
from engines.tha.posing.measures import Measures
from engines.tha.posing.range import LidRange

# Aperture of closed lids as trackers report it, and between which shares of the resting one it is learned.
_CLOSED, _LEAST_REST = 0.06, 0.10
_CLOSED_SHARE = (0.15, 0.6)
# What lids tremble: they move no sooner, and then at once.
_PLAY = 0.035
# Drawn eyes are large: lids that sink a little in talking should not look sleepy.
_LATE = 1.15
# Where one eye is shut and the other nearly, both are shut.
_SHUT = (0.7, 1.0)
# A wink: one eye so much more closed than the other, the other not closed itself, and for longer than tracking errs.
_WINK, _OTHER, _WINK_S = (0.45, 0.7), (0.35, 0.6), 0.06
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
        low, high = _CLOSED_SHARE
        self._lids = [LidRange(min(max(_CLOSED / level, low), high), _CLOSED_SHARE) for level in self._level]
        self._apart, self._wide = Slow(_WINK_S), Slow(_WIDE_S)
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
        closed = self._closure(ratio, yaw, step_s) ** _LATE
        droop = np.minimum(self._droop.follow(np.minimum(closed, _DROOP), step_s), closed)
        usual = np.array([lids.usual for lids in self._lids])
        wide = max(float(near_side(yaw) @ (ratio - usual)) / _WIDE, 0.0)
        lower = self._lower.follow(now.lower_lids - self._rest.lower_lids, step_s)
        self._look(now, float(closed.min()))
        return {
            "eye_closed": closed,
            "eye_blink": closed - droop,
            "eye_droop": droop,
            "eye_wide": np.full(2, self._wide.follow(wide, step_s)),
            "lower_lid": lower / _LOWER_LID_CM,
            "gaze_left": -float(self._gaze[0]),
            "gaze_up": float(self._gaze[1]),
        }

    def _closure(self, ratio: Pair, yaw: float, step_s: float) -> Pair:
        """Return how far each eye is closed.

        Lids close together. Tracking does not always say so, least of all of the eye that is turned away.
        """
        own = np.array([lids.closure(float(r), step_s) for lids, r in zip(self._lids, ratio, strict=True)])
        least, most = float(own.min()), float(own.max())
        together = float(near_side(yaw) @ own)
        together += smooth_step(*_OTHER, least) * smooth_step(*_SHUT, most) * (most - together)
        wink = smooth_step(*_WINK, most - least) * (1 - smooth_step(*_OTHER, least))
        wink *= 1 - smooth_step(*FAR_DEG, abs(yaw))
        closed = np.maximum(together + self._apart.follow(wink, step_s) * (own - together), 0)
        self._closed = held(
            self._closed, closed, _PLAY * np.clip(1 - closed, 0, 1)
        )  # no play where they are shut
        return self._closed

    def _look(self, now: Measures, closed: float) -> None:
        """Follow the irises; behind closing lids they stay where they were."""
        seen = 1 - smooth_step(*_GAZE_HIDDEN, closed)
        self._gaze = self._gaze + seen * ((now.gaze - self._rest.gaze) / _GAZE - self._gaze)
