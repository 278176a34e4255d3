"""The eyes of drawn characters: the lash line slides over the iris, skin follows it, the iris moves in the white."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.topology import EYES, EyeTopology
from engines.rig.drawn_chart import ABOVE, BELOW, BESIDE
from engines.rig.drawn_kernel import paint_drawn_eye
from engines.rig.drawn_parts import DrawnParts, cut_drawn_eye
from engines.rig.look import look_of
from engines.rig.motion import Motion
from engines.rig.slit import Slit, SlitChains, is_mirrored, place_slit

# How much thinner the lash line of a closed eye is.
_THINNER = 0.35
_WIDEST = 1.14
# How far the lids close before what is drawn around the opening goes, and until it is gone.
_AROUND_LEFT, _AROUND_GONE = 0.2, 0.7
# Drawn irises are large: they move less than a driver's, and never out of the white.
_GAZE_GAIN, _GAZE_LIMIT = 0.8, 0.16


class DrawnEyePainter:
    """Paints one eye of a drawing over the warped face."""

    def __init__(self, avatar: Avatar, eye: EyeTopology) -> None:
        """Separate the eye's parts.

        Args:
            avatar: the picture.
            eye: which eye.
        """
        self._index = EYES.index(eye)
        self._chains = SlitChains((eye.outer, *eye.upper, eye.inner), (eye.outer, *eye.lower, eye.inner))
        self._unit = self._chains.width(avatar.face.local)
        self._towards_inner = math.copysign(
            1.0, avatar.face.local[eye.inner, 0] - avatar.face.local[eye.outer, 0]
        )
        self._levels: list[DrawnParts] = []
        slit = place_slit(avatar.landmarks, self._chains, avatar.face.pose, self._unit)
        if slit is None or slit.width < 6 or float((slit.lower - slit.upper).max()) < 0.06:
            return
        iris = avatar.landmarks[eye.iris, :2]
        radius = float(np.linalg.norm(avatar.landmarks[list(eye.iris_rim), :2] - iris, axis=1).mean())
        self._levels = [cut_drawn_eye(avatar, slit, iris, radius, look_of(avatar))]
        while self._levels[-1].pixels > 40:
            self._levels.append(self._levels[-1].halved())

    def paint(
        self, canvas: NDArray[np.uint8], points: NDArray[np.float32], motion: Motion, scale: float
    ) -> None:
        """Paint the eye where motion says, in place. At the avatar's own opening and gaze nothing is touched.

        Args:
            canvas: (H, W, 4) uint8 RGBA premultiplied, the face already warped.
            points: (478, 2) float32 the target landmarks, pixels of the canvas.
            motion: what the face does.
            scale: canvas pixels per picture pixel.
        """
        opening, look = motion.openness[self._index], motion.gaze[self._index]
        amount = _amount(opening, look)
        if not self._levels or amount <= 0:
            return
        mirrored = is_mirrored(points, motion.landmarks)
        slit = place_slit(points, self._chains, motion.pose, self._unit, scale, mirrored)
        if slit is None:
            return
        parts = self._level(slit)
        reach = parts.top + ABOVE - 0.32, parts.lowest + BELOW - 0.12
        box = slit.box((canvas.shape[1], canvas.shape[0]), (-BESIDE, 1 + BESIDE), reach)
        if box[2] <= box[0] or box[3] <= box[1]:
            return
        openness = min(max(opening, 0.0), _WIDEST)
        meet = parts.closed
        edges = np.stack(
            [
                parts.upper,
                parts.lower,
                meet + (parts.upper - meet) * openness,
                meet + (parts.lower - meet) * min(openness, 1.0),
            ]
        )
        closed = min(max(1 - openness, 0.0), 1.0)
        paint_drawn_eye(
            canvas,
            box,
            slit.inverse,
            edges,
            parts.skin,
            parts.white,
            parts.iris,
            parts.lash,
            parts.line,
            parts.around,
            min(max((_AROUND_GONE - closed) / (_AROUND_GONE - _AROUND_LEFT), 0.0), 1.0),
            (parts.pixels, -BESIDE, parts.top),
            (_limited(look[0]) * self._towards_inner, -_limited(look[1])),
            _THINNER * closed,
            min(openness / 0.35, 1.0),
            slit.pixels_per_v,
            amount,
        )

    def _level(self, slit: Slit) -> DrawnParts:
        """Return the parts of the resolution nearest above the output's."""
        for parts in self._levels[::-1]:
            if parts.pixels >= 0.9 * slit.width:
                return parts
        return self._levels[0]


def _amount(opening: float, look: NDArray[np.floating[Any]]) -> float:
    """Return how far the painted eye replaces the warped one, 0-1."""
    if not (math.isfinite(opening) and np.isfinite(look).all()):
        return 0.0
    moved = max(abs(opening - 1) / 0.08, float(np.abs(look).max()) / 0.02)
    return min(max(moved - 0.02, 0.0), 1.0)


def _limited(value: float) -> float:
    """Return a gaze kept within the white, softly."""
    return _GAZE_LIMIT * math.tanh(_GAZE_GAIN * float(value) / _GAZE_LIMIT)
