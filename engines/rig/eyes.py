"""The eyes of photographs and paintings: an eyeball behind the lids, looking where the driver looks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.measures import eye_aperture
from engines.face.pose import FLIP
from engines.face.topology import EYES, EyeTopology
from engines.rig.eye_iris import IRIS_REACH, iris_axes
from engines.rig.eye_kernel import paint_ball, paint_lid
from engines.rig.eye_lid import REACH, fold_chain
from engines.rig.eye_parts import BESIDE, EyeParts, EyeSource, cut_parts, find_eye
from engines.rig.look import look_of
from engines.rig.motion import Motion
from engines.rig.slit import Slit, chain_table, is_mirrored, place_slit

# A source eye less open than this shows nothing to animate.
_SHUT = 0.07
# How far the iris may go from the middle of the lid corners, in eye widths: right-left, up, down.
_LIMIT_X, _LIMIT_UP, _LIMIT_DOWN = 0.34, 0.24, 0.22
# Mirrored light moves this much less than the iris.
_GLINT_FOLLOWS = 0.7
# Eye widths of gaze up to which the picture's own eye is bent, and from which the iris is a sprite before the white.
_BENT, _SPRITE = 0.09, 0.16


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
        self._fold = fold_chain(eye)
        self._source: EyeSource | None = None
        self._blur = 0.0
        self._levels: list[EyeParts] = []
        if eye_aperture(avatar.landmarks, eye) < _SHUT:
            return
        source = find_eye(avatar, eye)
        if source is None:
            return
        self._source = source
        look = look_of(avatar)
        self._blur = look.softness
        self._levels = [cut_parts(avatar, eye, source, look)]
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
        source, amount = self._source, self._amount(motion)
        if source is None or amount <= 0:
            return
        mirrored = is_mirrored(points, motion.landmarks)
        slit = place_slit(points, source.chains, motion.pose, source.unit_cm, scale, mirrored)
        if slit is None:
            return
        parts = self._level(slit)
        # Lids and lashes are no sharper than the picture.
        blur = min(self._blur * scale, 0.1 * slit.width)
        maps, moved = self._iris_maps(points, motion, scale, mirrored, parts, slit)
        self._paint_ball(canvas, slit, parts, maps, moved, blur, amount)
        openness = motion.openness[self._index]
        if openness < 0.8:
            self._paint_lid(canvas, slit, parts, chain_table(points, self._fold, slit), openness, blur, scale)

    def _paint_ball(
        self,
        canvas: NDArray[np.uint8],
        slit: Slit,
        parts: EyeParts,
        maps: NDArray[np.float64],
        moved: NDArray[np.float64],
        blur: float,
        amount: float,
    ) -> None:
        box = slit.bounds((canvas.shape[1], canvas.shape[0]), 0.03, 0.03)
        if box[2] <= box[0] or box[3] <= box[1]:
            return
        paint_ball(
            canvas,
            box,
            slit.inverse,
            np.stack([slit.upper, slit.lower, slit.upper_pixels, slit.lower_pixels]),
            parts.white,
            (parts.pixels, -BESIDE, parts.top),
            parts.iris.disc,
            parts.iris.glint,
            maps,
            parts.seen,
            self._bend(moved),
            (parts.upper_edge, parts.lower_edge),
            parts.reach,
            max(1.0, 0.5 * blur, 0.02 * slit.width),
            amount,
        )

    def _paint_lid(
        self,
        canvas: NDArray[np.uint8],
        slit: Slit,
        parts: EyeParts,
        fold: NDArray[np.float32],
        openness: float,
        blur: float,
        scale: float,
    ) -> None:
        room = float((slit.upper - fold).max())
        box = slit.bounds((canvas.shape[1], canvas.shape[0]), REACH * max(room, 0.0) + 0.02, 0.1)
        if box[2] <= box[0] or box[3] <= box[1]:
            return
        closing = min(max((0.8 - openness) / 0.5, 0.0), 1.0)
        line = min(max((0.55 - openness) / 0.45, 0.0), 1.0)
        sharp = max(0.016, 0.8 / slit.pixels_per_v)
        width = float(np.hypot(sharp, blur / slit.pixels_per_v))
        paint_lid(
            canvas,
            box,
            slit.inverse,
            np.stack([slit.upper, slit.lower, fold]),
            parts.lid.skin,
            REACH,
            parts.lid.line,
            parts.lid.grain,
            1 / max(scale, 1e-3),
            closing,
            line * math.sqrt(sharp / width),
            width,
        )

    def _bend(self, moved: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how the picture's own eye is bent, as eye_kernel.paint_ball takes it."""
        assert self._source is not None
        source = self._source
        centre = source.slit.inverse[:, :2] @ source.iris.centre + source.slit.inverse[:, 2]
        radius = source.iris.radius_cm / source.unit_cm
        share = (_SPRITE - float(np.hypot(moved[0], moved[1]))) / (_SPRITE - _BENT)
        return np.array([*(centre + moved), *moved, radius, min(max(share, 0.0), 1.0)])

    def _amount(self, motion: Motion) -> float:
        """Return how far the painted eye replaces the warped one, 0-1: all of it as soon as the eye differs at all."""
        lids = abs(motion.openness[self._index] - 1) / 0.06
        moved = max(lids, float(np.abs(motion.gaze[self._index]).max()) / 0.015)
        return min(max(moved - 0.02, 0.0), 1.0) if math.isfinite(moved) else 0.0

    def _level(self, slit: Slit) -> EyeParts:
        """Return the coarsest parts that are still finer than the output."""
        for parts in self._levels[::-1]:
            if parts.pixels >= 1.7 * slit.width:
                return parts
        return self._levels[0]

    def _iris_maps(
        self,
        points: NDArray[np.float32],
        motion: Motion,
        scale: float,
        mirrored: bool,
        parts: EyeParts,
        slit: Slit,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (2, 2, 3) canvas to sprite pixels, for iris and glint, and (2,) how far the iris went, u and v."""
        assert self._source is not None
        place, pose = self._source.iris, motion.pose
        looking = limited_gaze(place.gaze + motion.gaze[self._index], place.gaze)
        flip = np.array([-1.0 if mirrored else 1.0, 1.0])
        centimetres = (looking - place.gaze) * self._source.chains.width(motion.local)
        shift = scale * pose.scale * (pose.rotation[:2, :2] @ centimetres) * FLIP[:2] * flip
        axes = scale * iris_axes(pose, looking, place.radius_cm) * flip[:, None]
        to_disc = np.linalg.inv(axes)
        at_rest = points[self._eye.iris, :2] + axes @ place.offset
        maps = np.empty((2, 2, 3))
        for k, (sprite, follows) in enumerate(((parts.iris.disc, 1.0), (parts.iris.glint, _GLINT_FOLLOWS))):
            side = sprite.shape[0]
            maps[k, :, :2] = to_disc * (side / (2 * IRIS_REACH))
            maps[k, :, 2] = side / 2 - 0.5 - maps[k, :, :2] @ (at_rest + follows * shift)
        return maps, slit.inverse[:, :2] @ shift


def limited_gaze(looking: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (2,) the iris' place kept within what an eye can do, softly; small gazes pass unchanged.

    Args:
        looking: (2,) where the iris should be, as measures.gaze.
        rest: (2,) where the avatar has it, which is always allowed.
    """
    x = _soft(float(looking[0]), max(_LIMIT_X, abs(rest[0]) / 0.7))
    y = float(looking[1])
    return np.array([x, _soft(y, max(_LIMIT_UP if y > 0 else _LIMIT_DOWN, abs(rest[1]) / 0.7))])


def _soft(value: float, limit: float) -> float:
    """Return value as it is up to 70 % of the limit, then ever slower towards it."""
    knee = 0.7 * limit
    over = abs(value) - knee
    if over <= 0:
        return value
    room = limit - knee
    return math.copysign(knee + room * over / (room + over), value)
