"""The mouth of drawn characters: the picture's own line while it rests, redrawn in the same hand when it moves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.topology import LIP_INNER_LOWER, LIP_INNER_UPPER
from engines.rig.drawn_lips import ABOVE, BELOW, BESIDE, DrawnLips, read_lips
from engines.rig.drawn_mouth_kernel import paint_drawn_mouth
from engines.rig.look import look_of
from engines.rig.motion import Motion
from engines.rig.slit import Slit, SlitChains, is_mirrored, place_slit

CHAINS = SlitChains(LIP_INNER_UPPER, LIP_INNER_LOWER)
_MIDDLE_UPPER, _MIDDLE_LOWER = list(LIP_INNER_UPPER[3:8]), list(LIP_INNER_LOWER[3:8])
# How far round the lips the picture's own line is covered, v.
_COVER = 0.13


class DrawnMouthPainter:
    """Paints the mouth of a drawing over the warped face."""

    def __init__(self, avatar: Avatar) -> None:
        """Read how the mouth is drawn.

        Args:
            avatar: the picture.
        """
        self._unit = CHAINS.width(avatar.face.local)
        self._gap = _gap(avatar.face.local)
        self._lips: DrawnLips | None = None
        slit = place_slit(avatar.landmarks, CHAINS, avatar.face.pose, self._unit)
        if slit is not None and slit.width >= 3:
            self._lips = read_lips(avatar, slit, look_of(avatar))

    def paint(
        self, canvas: NDArray[np.uint8], points: NDArray[np.float32], motion: Motion, scale: float
    ) -> None:
        """Paint the mouth where motion says, in place. Near the avatar's own opening nothing is touched.

        Args:
            canvas: (H, W, 4) uint8 RGBA premultiplied, the face already warped.
            points: (478, 2) float32 the target landmarks, pixels of the canvas.
            motion: what the face does.
            scale: canvas pixels per picture pixel.
        """
        gap = _gap(motion.local)
        amount = self._amount(gap)
        if self._lips is None or amount <= 0:
            return
        mirrored = is_mirrored(points, motion.landmarks)
        slit = place_slit(points, CHAINS, motion.pose, self._unit, scale, mirrored)
        if slit is None:
            return
        box = slit.bounds((canvas.shape[1], canvas.shape[0]), _COVER + 0.03, _COVER + 0.03, 0.2)
        if box[2] <= box[0] or box[3] <= box[1]:
            return
        lips = self._lips
        wide = CHAINS.width(motion.local) / self._unit
        paint_drawn_mouth(
            canvas,
            box,
            slit.inverse,
            _ordered(slit),
            lips.skin,
            np.array([BESIDE, ABOVE, BELOW]),
            np.stack([lips.line, lips.cavity, lips.tongue, lips.teeth]),
            np.array(
                [max(lips.line_pixels * scale, 0.9), _COVER, _teeth_share(gap, wide), slit.pixels_per_v]
            ),
            amount,
        )

    def _amount(self, gap: float) -> float:
        """Return how far the painted mouth replaces the warped one, 0-1."""
        if not math.isfinite(gap) or self._lips is None:
            return 0.0
        if self._lips.is_open:
            # The picture's own open mouth bears some bending both ways.
            share = gap / max(self._gap, 1e-3)
            return min(max(max((0.45 - share) / 0.15, (share - 1.7) / 0.5), 0.0), 1.0)
        return min(max((gap - max(self._gap, 0.0)) / (0.03 * self._unit) - 0.5, 0.0), 1.0)


def _gap(local: NDArray[np.floating[Any]]) -> float:
    """Return the mean gap of the inner lips, centimetres."""
    return float((local[_MIDDLE_UPPER, 1] - local[_MIDDLE_LOWER, 1]).mean())


def _ordered(slit: Slit) -> NDArray[np.float32]:
    """Return (4, NODES) upper and lower edge, never crossing, and pixels per v across them."""
    middle = (slit.upper + slit.lower) / 2
    upper, lower = np.minimum(slit.upper, middle), np.maximum(slit.lower, middle)
    return np.stack([upper, lower, slit.upper_pixels, slit.lower_pixels])


def _teeth_share(gap: float, wide: float) -> float:
    """Return how much of the opening the upper teeth take: some when the mouth is broad and not too far open."""
    smile = min(max((wide - 1.0) / 0.2, 0.0), 1.0)
    return 0.3 * smile * min(max(gap / 0.5, 0.0), 1.0)
