"""The signals a mapping table can follow, read from one face after the other. mapping.toml lists them for users."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass

import numpy as np

from engines.face.calm import Pair, Slow, evened
from engines.tha.posing.eyes import EyeReader
from engines.tha.posing.mapping import Shape
from engines.tha.posing.measures import Measures
from engines.tha.posing.mouth import MouthReader
from engines.tha.posing.range import Range

Signals = dict[str, float | Pair]

_TILT_CM, _TILT_OF_RAISE = 0.3, 0.25
# Tracking drags brows behind a head that moves; they are slow anyway.
_BROW_S = 0.1
_HEIGHTS_EVENED, _TILTS_EVENED = 0.55, 0.6

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
        self._eyes, self._mouth, self._brows = EyeReader(rest), MouthReader(rest, vowels), BrowReader(rest)

    def read(self, now: Measures, turn: Turn, step_s: float) -> Signals:
        """Return every signal but the breath.

        Args:
            now: the driver.
            turn: their head.
            step_s: seconds since the face before; 0 where that tells nothing.
        """
        return {
            **self._eyes.read(now, turn.yaw, step_s),
            **self._mouth.read(now, turn.yaw, step_s),
            **self._brows.read(now, turn.yaw, step_s),
            "head_up": turn.pitch,
            "head_left": -turn.yaw,
            "tilt_left": turn.roll,
            "lean_left": _TILT_LEANS * turn.roll - _SHIFT_LEANS * turn.aside,
        }


class BrowReader:
    """Reads brows and learns how far they go."""

    def __init__(self, rest: Measures) -> None:
        """Begin with what most people do. rest: what motion is measured from."""
        self._rest = np.concatenate([rest.brows_inner, rest.brows_outer])
        self._moved = Slow(_BROW_S)
        self._up, self._down = Range(0.55, 0.3, 1.2), Range(0.35, 0.25, 0.8)

    def read(self, now: Measures, yaw: float, step_s: float) -> dict[str, Pair]:
        """Return the brows' signals; arguments as SignalReader.read, yaw in degrees."""
        moved = self._moved.follow(np.concatenate([now.brows_inner, now.brows_outer]) - self._rest, step_s)
        inner, outer = moved[:2], moved[2:]
        raised = evened((inner + outer) / 2, yaw, _HEIGHTS_EVENED)
        tilted = evened(inner - outer, yaw, _TILTS_EVENED)
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
