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
# Eye widths of gaze up to which the picture's own iris is shown, and from which it is the completed one.
_OWN, _SPRITE = 0.0, 0.03


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
        iris_map, moved = self._iris_map(points, motion, scale, mirrored, parts, slit)
        openness = motion.openness[self._index]
        opening, bend = slit.grown(source.rim), self._bend(moved, source.rim / 2)
        self._paint_ball(canvas, opening, parts, iris_map, bend, blur, amount)
        if openness < 0.8:
            self._paint_lid(canvas, slit, parts, chain_table(points, self._fold, slit), openness, blur, scale)

    def _paint_ball(
        self,
        canvas: NDArray[np.uint8],
        slit: Slit,
        parts: EyeParts,
        iris_map: NDArray[np.float64],
        bend: NDArray[np.float64],
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
            parts.iris,
            iris_map,
            parts.seen,
            bend,
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

    def _bend(self, moved: NDArray[np.float64], rim: float) -> NDArray[np.float64]:
        """Return how the picture's own eye is used, as eye_kernel.paint_ball takes it."""
        assert self._source is not None
        source = self._source
        centre = source.slit.inverse[:, :2] @ source.iris.centre + source.slit.inverse[:, 2]
        radius = source.iris.radius_cm / source.unit_cm
        far = float(np.hypot(moved[0], moved[1]))
        share = min(max((_SPRITE - far) / (_SPRITE - _OWN), 0.0), 1.0)
        # At rest iris and white meet without a gap, and lashes are where they were.
        off_rest = min(far / (0.25 * radius), 1.0)
        blurred = 0.16 + min(1.2 * self._blur / max(source.iris.radius_pixels, 1.0), 0.4)
        apart, margin = 1 + blurred * off_rest, 0.02 + 0.5 * off_rest
        return np.array([*(centre + moved), *moved, radius, share, apart, margin, rim])

    def _amount(self, motion: Motion) -> float:
        """Return how far the painted eye replaces the warped one, 0-1: all of it as soon as the eye differs at all."""
        opening, look = motion.openness[self._index], motion.gaze[self._index]
        if not (math.isfinite(opening) and np.isfinite(look).all()):
            return 0.0
        moved = max(abs(opening - 1) / 0.06, float(np.abs(look).max()) / 0.015)
        return min(max(moved - 0.02, 0.0), 1.0)

    def _level(self, slit: Slit) -> EyeParts:
        """Return the coarsest parts that are still finer than the output."""
        for parts in self._levels[::-1]:
            if parts.pixels >= 1.7 * slit.width:
                return parts
        return self._levels[0]

    def _iris_map(
        self,
        points: NDArray[np.float32],
        motion: Motion,
        scale: float,
        mirrored: bool,
        parts: EyeParts,
        slit: Slit,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (2, 3) canvas pixels to the iris sprite's, and (2,) how far the iris went, u and v."""
        assert self._source is not None
        place, pose = self._source.iris, motion.pose
        looking = limited_gaze(place.gaze + motion.gaze[self._index], place.gaze)
        flip = np.array([-1.0 if mirrored else 1.0, 1.0])
        centimetres = (looking - place.gaze) * self._source.chains.width(motion.local)
        shift = scale * pose.scale * (pose.rotation[:2, :2] @ centimetres) * FLIP[:2] * flip
        axes = scale * iris_axes(pose, looking, place.radius_cm) * flip[:, None]
        side = parts.iris.shape[0]
        to_sprite = np.linalg.inv(axes) * (side / (2 * IRIS_REACH))
        centre = points[self._eye.iris, :2] + axes @ place.offset + shift
        return np.column_stack([to_sprite, side / 2 - 0.5 - to_sprite @ centre]), slit.inverse[:, :2] @ shift


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
