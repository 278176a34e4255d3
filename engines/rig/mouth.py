"""The mouth of photographs and paintings: teeth that hang from the skull, teeth and tongue that go with the jaw."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.measures import mouth_aperture
from engines.face.topology import JAW, LIP_INNER_LOWER, LIP_INNER_UPPER
from engines.rig.look import look_of, luma
from engines.rig.motion import Motion
from engines.rig.mouth_kernel import mend_rims, paint_inside
from engines.rig.mouth_rims import cut_rims, light_along
from engines.rig.mouth_sprites import EDGE, HALF_WIDTH, MouthSprites, draw_sprites
from engines.rig.slit import Slit, SlitChains, is_mirrored, place_slit

CHAINS = SlitChains(LIP_INNER_UPPER, LIP_INNER_LOWER)
_UPPER_LIP, _LOWER_LIP = list(LIP_INNER_UPPER[3:8]), list(LIP_INNER_LOWER[3:8])
_CORNERS = [LIP_INNER_UPPER[0], LIP_INNER_UPPER[-1]]
_JAW = list(JAW)
# Inner width of the canonical mouth, centimetres: teeth are drawn for it.
_USUAL_WIDTH = 4.35
# A mouth photographed wider open than this shows its own inside.
_SHOWS_INSIDE = 0.03


class MouthPainter:
    """Paints the inside of a photographed mouth over the warped face."""

    def __init__(self, avatar: Avatar) -> None:
        """Read the lips, and draw teeth in the picture's light.

        Args:
            avatar: the picture.
        """
        local, pose = avatar.face.local, avatar.face.pose
        self._unit = CHAINS.width(local)
        self._own = local
        self._size = min(max(self._unit / _USUAL_WIDTH, 0.7), 1.35)
        self._gap = _gap(local)
        self._open = mouth_aperture(avatar.landmarks) > _SHOWS_INSIDE
        self._slit = place_slit(avatar.landmarks, CHAINS, pose, self._unit)
        if self._slit is None or self._slit.width < 4:
            self._slit = None
            return
        self._look = look_of(avatar)
        self._grain = self._look.grain / max(float(luma(self._look.skin)), 30)
        blur_cm = self._look.softness / pose.scale / self._size
        self._levels = [draw_sprites(self._look, blur_cm)]
        while self._levels[-1].pixels > 12:
            self._levels.append(self._levels[-1].halved())
        self._lighting = light_along(avatar, self._slit)
        self._rims, self._reach = cut_rims(avatar, self._slit)

    def paint(
        self, canvas: NDArray[np.uint8], points: NDArray[np.float32], motion: Motion, scale: float
    ) -> None:
        """Paint what shows between the lips, in place. Nothing is touched while they open no wider than the avatar's.

        Args:
            canvas: (H, W, 4) uint8 RGBA premultiplied, the face already warped.
            points: (478, 2) float32 the target landmarks, pixels of the canvas.
            motion: what the face does.
            scale: canvas pixels per picture pixel.
        """
        gap = _gap(motion.local)
        amount = self._amount(gap)
        if self._slit is None or amount <= 0:
            return
        mirrored = is_mirrored(points, motion.landmarks)
        slit = place_slit(points, CHAINS, motion.pose, self._unit, scale, mirrored)
        if slit is None:
            return
        size = (canvas.shape[1], canvas.shape[0])
        curves = np.stack([slit.upper, slit.lower, slit.upper_pixels, slit.lower_pixels])
        if not self._open:
            box = slit.bounds(size, self._reach, self._reach, 0.0)
            rim_amount = min(max((gap - self._gap) / (0.35 * self._size), 0.0), 1.0)
            mend_rims(canvas, box, slit.inverse, curves, self._rims, self._reach, rim_amount)
        self._paint_inside(canvas, slit, curves, points, motion, scale, mirrored, amount)

    def _paint_inside(
        self,
        canvas: NDArray[np.uint8],
        slit: Slit,
        curves: NDArray[np.float32],
        points: NDArray[np.float32],
        motion: Motion,
        scale: float,
        mirrored: bool,
        amount: float,
    ) -> None:
        box = slit.bounds((canvas.shape[1], canvas.shape[0]), 0.02, 0.02, 0.0)
        if box[2] <= box[0] or box[3] <= box[1]:
            return
        sprites = self._level(scale * motion.pose.scale * self._size)
        paint_inside(
            canvas,
            box,
            slit.inverse,
            curves,
            _to_head(points, motion, scale, mirrored),
            np.ascontiguousarray(motion.pose.rotation.T),
            sprites.upper,
            sprites.lower,
            np.array([sprites.pixels, HALF_WIDTH, EDGE * sprites.pixels - 0.5, self._size]),
            self._arches(motion.local),
            np.stack([sprites.cavity, sprites.tongue, sprites.wet]),
            self._lighting,
            self._unit,
            self._grain,
            1 / max(scale, 1e-3),
            max(1.0, 0.012 * slit.width),
            amount,
        )

    def _amount(self, gap: float) -> float:
        """Return how far the painted inside replaces the picture's own, 0-1."""
        if not math.isfinite(gap):
            return 0.0
        if self._open:
            # The picture's own inside may be stretched a little before it shows.
            return min(max((gap / max(self._gap, 1e-3) - 1.3) / 0.6, 0.0), 1.0)
        return min(max((gap - max(self._gap, 0.0) - 0.03) / 0.12, 0.0), 1.0)

    def _arches(self, local: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where teeth and tongue are, as mouth_kernel.paint_inside takes them."""
        own, size = self._own, self._size
        upper, lower = float(local[_UPPER_LIP, 1].mean()), float(local[_LOWER_LIP, 1].mean())
        raised = upper - float(own[_UPPER_LIP, 1].mean())
        lowered = float(own[_LOWER_LIP, 1].mean()) - lower
        drop = max(float((own[_JAW, 1] - local[_JAW, 1]).mean()), 0.0)
        gap = max(upper - lower, 0.0)
        wide = CHAINS.width(local) / self._unit
        smile, pucker = _smooth(0.97, 1.25, wide), _smooth(0.95, 0.68, wide)
        shown = raised + size * (0.2 + 0.34 * smile - 0.2 * pucker + 0.12 * _smooth(0.8, 2.4, gap / size))
        # A smile is the upper teeth's: they come down to the lower lip.
        shown += (max(0.85 * gap, shown) - shown) * 0.8 * smile
        shown = _kept(shown, 0.02 * size, 0.9 * size)
        bared = (
            lowered
            - 0.95 * drop
            + size * (0.04 * smile - 0.12 * pucker + 0.1 * _smooth(1.0, 2.6, gap / size))
        )
        bared = _kept(bared, -0.3 * size, 0.36 * size)
        front = float(own[_UPPER_LIP, 2].mean()) - 0.8 * size
        middle = float(own[_CORNERS + _UPPER_LIP, 0].mean())
        tongue = lower + size * 0.12 + 0.42 * gap
        light = 0.5 + 0.5 * _smooth(0.2, 1.8, gap / size)
        return np.array(
            [
                middle,
                front,
                upper - shown,
                0.2 / size,
                front - 0.2 * size - 0.2 * drop,
                lower + bared,
                0.24 / size,
                tongue,
                front - 1.3 * size,
                1.8 * size,
                light,
                0.9 * size,
                0.15,
                0.2 + 0.5 * _smooth(0.5, 2.5, gap / size),
            ]
        )

    def _level(self, pixels: float) -> MouthSprites:
        """Return the sprites of the resolution nearest above pixels per centimetre."""
        for sprites in self._levels[::-1]:
            if sprites.pixels >= 0.85 * pixels:
                return sprites
        return self._levels[0]


def _gap(local: NDArray[np.floating[Any]]) -> float:
    """Return the mean gap of the inner lips, centimetres."""
    return float((local[_UPPER_LIP, 1] - local[_LOWER_LIP, 1]).mean())


def _to_head(
    points: NDArray[np.float32], motion: Motion, scale: float, mirrored: bool
) -> NDArray[np.float64]:
    """Return (2, 3) canvas pixels to the turned head's x and y, centimetres."""
    sign = np.array([-1.0 if mirrored else 1.0, 1.0]) * scale
    offset = points[_CORNERS, :2].mean(axis=0) - sign * motion.landmarks[_CORNERS, :2].mean(axis=0)
    pose = motion.pose
    factor = np.array([1.0, -1.0]) / (sign * pose.scale)
    return np.column_stack([np.diag(factor), -factor * offset - pose.shift[:2] / pose.scale])


def _smooth(low: float, high: float, value: float) -> float:
    """Return 0 at low, 1 at high, smooth between; low may be the larger."""
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


def _kept(value: float, low: float, high: float) -> float:
    """Return value drawn softly into low to high."""
    middle, half = (low + high) / 2, (high - low) / 2
    return middle + half * math.tanh((value - middle) / half)
