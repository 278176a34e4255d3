"""Reading the mouth: how far it opens, which vowel that is, and what its corners do."""

from __future__ import annotations

from collections.abc import Mapping as Dict

import numpy as np
from numpy.typing import NDArray

from engines.face.calm import Pair, Slow, evened, held, smooth_step
from engines.tha.posing.mapping import SHAPES, Shape
from engines.tha.posing.measures import Measures
from engines.tha.posing.range import Range

_NOISE = 0.006  # of the lips' gap
_PLAY = 0.025  # of the opening
# How much faster a mouth begins to open than it ends: small openings are most of speech.
_SOON = 1.9
_EYE_CORNERS_CM = 9.0  # between the outer ones, which the gap is measured over
_WIDTH_S, _HANG_S = 0.03, 0.1

# The corners sink with the jaw, cm per cm. A smile lifts them and widens the mouth.
_SINK = 0.35
_LIFT_SHARE, _WIDTH_SHARE = 0.6, 0.3
_HAPPY, _HAPPY_S = (0.3, 0.7), 0.15  # the mood outlasts a syllable
_SMIRK_CM = 0.5
_EVENED = 0.4  # by how much the corners go together

# Pursed lips are seen even where they are shut: from which narrowness on, and as what opening.
_PURSED, _PURSED_OPEN = (0.45, 1.0), 0.16
# How far vowels mix beyond their ranges.
_SPREAD_WIDTH, _SPREAD_OPEN = 0.18, 0.09


class MouthReader:
    """Reads a mouth and learns how far it goes. One for each neutral."""

    def __init__(self, rest: Measures, vowels: Dict[str, Shape]) -> None:
        """Begin with what most people do.

        Args:
            rest: what motion is measured from.
            vowels: which mouth is which vowel.
        """
        self._rest = rest
        self._widths = np.array([vowels[name].width for name in SHAPES])
        self._opens = np.array([vowels[name].open for name in SHAPES])
        self._opened = np.array([vowels[name].opens for name in SHAPES])
        self._open = Range(0.24, 0.15, 0.6)
        self._wide, self._narrow = Range(1.2, 0.6, 2.2), Range(0.9, 0.5, 1.5)
        self._smile, self._frown = Range(0.9, 0.5, 1.6), Range(0.27, 0.18, 0.6)
        self._wider, self._hang, self._happy = Slow(_WIDTH_S), Slow(_HANG_S), Slow(_HAPPY_S)
        self._share = 0.0

    def read(self, now: Measures, yaw: float, step_s: float) -> dict[str, float | Pair]:
        """Return the signals of lips and corners.

        Args:
            now: the driver.
            yaw: of their head, to the picture's right, degrees.
            step_s: seconds since the face before; 0 where that tells nothing.
        """
        gap = max(now.gap - self._rest.gap, 0.0)
        wider = float(self._wider.follow(now.width - self._rest.width, step_s))
        share = self._opening(gap, step_s)
        opening = 1 - (1 - share) ** _SOON
        width = self._wide.share(max(wider, 0.0), step_s) - self._narrow.share(max(-wider, 0.0), step_s)
        return {
            "mouth_open": opening,
            "mouth_wide": max(width, 0.0),
            "mouth_narrow": max(-width, 0.0),
            **self._vowels(width, share, opening),
            **self._smiles(now, gap, wider, opening, yaw, step_s),
            **self._frowns(now, opening, yaw, step_s),
        }

    def _opening(self, gap: float, step_s: float) -> float:
        """Return the gap over the widest this driver opens; a closed mouth is closed at once."""
        share = min(self._open.share(max(gap - _NOISE, 0.0), step_s), 1.0)
        self._share = float(held(self._share, share, _PLAY)) if share > 0 else 0.0
        return min(self._share, 1.0)

    def _vowels(self, width: float, share: float, opening: float) -> dict[str, float]:
        """Return how much of each vowel the mouth forms; together they open it as far as the driver's."""
        away = np.hypot(
            _outside(width, self._widths) / _SPREAD_WIDTH, _outside(share, self._opens) / _SPREAD_OPEN
        )
        likeness = np.exp(-0.5 * (away**2 - away.min() ** 2))
        opening = max(opening, _PURSED_OPEN * smooth_step(*_PURSED, -width))
        amounts = likeness / likeness.sum() * np.minimum(opening / self._opened, 1.0)
        return dict(zip(SHAPES, amounts.tolist(), strict=True))

    def _smiles(
        self, now: Measures, gap: float, wider: float, opening: float, yaw: float, step_s: float
    ) -> dict[str, float | Pair]:
        sunk = _SINK * _EYE_CORNERS_CM * gap
        lifted = _LIFT_SHARE * (now.corners - self._rest.corners + sunk) + _WIDTH_SHARE * max(wider, 0.0)
        lifted = evened(lifted, yaw, _EVENED)
        middle = float(lifted.mean())
        smile = self._smile.share(max(middle, 0.0), step_s)
        lopsided = abs(float(lifted[0] - lifted[1])) / _SMIRK_CM
        return {
            "corner_up": np.maximum(lifted, 0) / self._smile.most,
            "smile": smile,
            "happy": float(self._happy.follow(smooth_step(*_HAPPY, smile), step_s)),
            "smirk": lopsided * smooth_step(-0.1, 0.2, middle) * (1 - opening),
        }

    def _frowns(self, now: Measures, opening: float, yaw: float, step_s: float) -> dict[str, float | Pair]:
        """An opening mouth pulls its corners down, too: only a closed one frowns."""
        hang = evened(self._hang.follow(now.hang - self._rest.hang, step_s), yaw, _EVENED)
        frown = self._frown.share(max(float(hang.mean()), 0.0), step_s)
        return {
            "corner_down": np.maximum(hang, 0) / self._frown.most * (1 - opening),
            "frown": frown * (1 - opening),
        }


def _outside(value: float, ranges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) how far a value lies outside each range of (n, 2)."""
    return np.maximum(np.maximum(ranges[:, 0] - value, value - ranges[:, 1]), 0)
