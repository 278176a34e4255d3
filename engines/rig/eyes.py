"""The eyes of photographs and paintings: an eyeball behind the lids, looking where the driver looks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.measures import eye_aperture, gaze
from engines.face.pose import FLIP
from engines.face.topology import EYES, EyeTopology
from engines.rig.eye_kernel import paint_ball
from engines.rig.eye_parts import BESIDE, IRIS_REACH, EyeParts, EyeSource, cut_parts, find_eye, iris_axes
from engines.rig.look import look_of
from engines.rig.motion import Motion
from engines.rig.slit import Slit, is_mirrored, place_slit

# A source eye less open than this shows nothing to animate.
_SHUT = 0.07
# How far the iris may go from the middle of the lid corners, in eye widths: right-left, up, down.
_LIMIT_X, _LIMIT_UP, _LIMIT_DOWN = 0.34, 0.24, 0.22


class EyePainter:
    """Paints one eye of a photograph over the warped face."""

    def __init__(self, avatar: Avatar, eye: EyeTopology) -> None:
        """Cut the eye out of the picture.

        Args:
            avatar: the picture.
            eye: which eye.
        """
        self._eye = eye
        self._index = EYES.index(eye)
        self._source: EyeSource | None = None
        self._levels: list[EyeParts] = []
        if eye_aperture(avatar.landmarks, eye) < _SHUT:
            return
        source = find_eye(avatar, eye, gaze(avatar.face.local, eye))
        if source is None:
            return
        self._source = source
        self._levels = [cut_parts(avatar, source, look_of(avatar))]
        while self._levels[-1].pixels > 32:
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
        source = self._source
        if source is None:
            return
        amount = self._amount(motion)
        if amount <= 0:
            return
        mirrored = is_mirrored(points, motion.landmarks)
        slit = place_slit(points, source.chains, motion.pose, source.unit_cm, scale, mirrored)
        if slit is None:
            return
        box = slit.bounds((canvas.shape[1], canvas.shape[0]), 0.05, 0.05)
        if box[2] <= box[0] or box[3] <= box[1]:
            return
        parts = self._level(slit)
        curves = np.stack([slit.upper, slit.lower, slit.upper_pixels, slit.lower_pixels])
        paint_ball(
            canvas,
            box,
            slit.inverse,
            curves,
            parts.white,
            (parts.pixels, -BESIDE, parts.top),
            parts.iris,
            self._iris_map(parts.iris.shape[0], points, motion, scale, mirrored),
            (parts.upper_edge, parts.lower_edge),
            parts.reach,
            max(1.0, 0.02 * slit.width),
            amount,
        )

    def _amount(self, motion: Motion) -> float:
        """Return how far the painted eye replaces the warped one, 0-1: all of it as soon as the eye differs at all."""
        moved = max(abs(motion.openness[self._index] - 1) / 0.06, float(np.abs(motion.gaze[self._index]).max()) / 0.015)
        amount = min(max(moved - 0.02, 0.0), 1.0)
        return amount if np.isfinite(moved) else 0.0

    def _level(self, slit: Slit) -> EyeParts:
        """Return the parts of the resolution nearest above the output's."""
        for parts in self._levels[::-1]:
            if parts.pixels >= 0.85 * slit.width:
                return parts
        return self._levels[0]

    def _iris_map(
        self, side: int, points: NDArray[np.float32], motion: Motion, scale: float, mirrored: bool
    ) -> NDArray[np.float64]:
        """Return (2, 3) canvas pixels to pixels of the iris sprite."""
        source = self._source
        assert source is not None
        looking = limited_gaze(source.gaze + motion.gaze[self._index])
        shift_cm = (looking - source.gaze) * source.chains.width(motion.local)
        flip = np.array([-1.0 if mirrored else 1.0, 1.0])
        shift = scale * motion.pose.scale * (motion.pose.rotation[:2, :2] @ shift_cm) * FLIP[:2] * flip
        centre = points[self._eye.iris, :2] + shift
        axes = scale * iris_axes(motion.pose, looking, source.radius_cm) * flip[:, None]
        to_disc = np.linalg.inv(axes) * (side / (2 * IRIS_REACH))
        return np.column_stack([to_disc, side / 2 - 0.5 - to_disc @ centre])


def limited_gaze(looking: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (2,) the iris' place kept within what an eye can do, softly; small gazes pass unchanged."""
    x = _soft(float(looking[0]), _LIMIT_X)
    y = float(looking[1])
    return np.array([x, _soft(y, _LIMIT_UP if y > 0 else _LIMIT_DOWN)])


def _soft(value: float, limit: float) -> float:
    """Return value as it is up to 70 % of the limit, then ever slower towards it."""
    knee = 0.7 * limit
    over = abs(value) - knee
    if over <= 0:
        return value
    room = limit - knee
    return float(np.copysign(knee + room * over / (room + over), value))
