"""Avatars with eyes and a mouth painted where their landmarks are, and motions that move one thing at a time."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar, Style
from engines.face.measures import mouth_aperture
from engines.face.pose import HeadPose
from engines.face.topology import (
    EYES,
    JAW,
    LIP_INNER_LOWER,
    LIP_INNER_UPPER,
    LIP_OUTER_LOWER,
    LIP_OUTER_UPPER,
    EyeTopology,
)
from engines.rig.motion import Motion
from tests.fakes.faces import made_face

SKIN, WHITE, IRIS, LIPS = (205, 160, 135), (235, 232, 228), (40, 60, 110), (170, 95, 90)
SIZE = (320, 400)


def featured_avatar(style: Style = Style.PHOTO, *, grey: bool = False, eyes: bool = True) -> Avatar:
    """An avatar 320 x 400 with eyes and closed lips; without eyes it wears black glasses."""
    face = made_face(SIZE, share=0.7)
    width, height = SIZE
    rgb = np.full((height, width, 3), SKIN, np.uint8)
    for eye in EYES:
        _paint_eye(rgb, face.landmarks, eye, style, eyes)
    _fill(rgb, face.landmarks, (*LIP_OUTER_UPPER, *LIP_OUTER_LOWER[::-1]), LIPS)
    line = face.landmarks[list(LIP_INNER_UPPER), :2]
    cv2.polylines(rgb, [_fixed(line)], False, (60, 30, 30), 2, cv2.LINE_AA, 4)
    if grey:
        rgb = cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    matte = np.full((height, width), 255, np.uint8)
    return Avatar("featured", rgb, matte, face.landmarks.copy(), style)


def moved(
    avatar: Avatar,
    *,
    openness: float = 1.0,
    gaze: tuple[float, float] = (0.0, 0.0),
    gap_cm: float = 0.0,
    wide: float = 1.0,
    yaw_deg: float = 0.0,
) -> Motion:
    """The avatar's face with some of it moved; lids and lips follow."""
    local, own = avatar.face.local.copy(), avatar.face.pose
    for eye in EYES:
        upper, lower = list(eye.upper), list(eye.lower)
        local[upper] = local[lower] + (local[upper] - local[lower]) * openness
    jaw = np.array([0.0, gap_cm, 0.0])
    for line in (LIP_INNER_LOWER[1:-1], LIP_OUTER_LOWER[1:-1], JAW):
        local[list(line)] -= jaw
    for line in (LIP_INNER_LOWER, LIP_INNER_UPPER):
        local[list(line), 0] *= wide
    turn = math.radians(yaw_deg)
    spin = np.array([[math.cos(turn), 0, math.sin(turn)], [0, 1, 0], [-math.sin(turn), 0, math.cos(turn)]])
    pose = HeadPose(own.scale, spin @ own.rotation, own.shift)
    looks = np.array([gaze, gaze], np.float64)
    return Motion(
        local, pose, pose.to_image(local), (openness, openness), looks, float(mouth_aperture(local))
    )


def canvas_of(avatar: Avatar, scale: float = 1.0) -> NDArray[np.uint8]:
    """The avatar's picture as an opaque RGBA canvas."""
    size = (round(avatar.size[0] * scale), round(avatar.size[1] * scale))
    return np.dstack([cv2.resize(avatar.rgb, size), np.full(size[::-1], 255, np.uint8)])


def points_of(motion: Motion, scale: float = 1.0) -> NDArray[np.float32]:
    """Where the landmarks are on a canvas that shows the whole picture."""
    return (motion.landmarks[:, :2] * scale).astype(np.float32)


def mirrored(points: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """The points in a mirror."""
    flipped = points.copy()
    flipped[:, 0] = width - flipped[:, 0]
    return flipped


def inside(canvas: NDArray[np.uint8], points: NDArray[np.float32], ids: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which pixels lie inside a polygon of landmarks."""
    mask = np.zeros(canvas.shape[:2], np.uint8)
    cv2.fillPoly(mask, [_fixed(points[list(ids)])], 1, cv2.LINE_8, 4)
    return mask > 0


def _paint_eye(
    rgb: NDArray[np.uint8], marks: NDArray[np.float32], eye: EyeTopology, style: Style, visible: bool
) -> None:
    outline = marks[list(eye.outline), :2]
    mask = np.zeros(rgb.shape[:2], np.uint8)
    cv2.fillPoly(mask, [_fixed(outline)], 255, cv2.LINE_AA, 4)
    ball = rgb.copy()
    ball[:] = WHITE
    radius = float(np.linalg.norm(marks[list(eye.iris_rim), :2] - marks[eye.iris, :2], axis=1).mean())
    cv2.circle(ball, tuple(_fixed(marks[eye.iris, :2])), int(radius * 16), IRIS, -1, cv2.LINE_AA, 4)
    cv2.circle(ball, tuple(_fixed(marks[eye.iris, :2])), int(radius * 6), (10, 10, 14), -1, cv2.LINE_AA, 4)
    share = mask[..., None] / 255
    rgb[:] = (rgb * (1 - share) + ball * share).astype(np.uint8)
    lash = _fixed(marks[[eye.outer, *eye.upper, eye.inner], :2])
    cv2.polylines(rgb, [lash], False, (40, 28, 26), 4 if style is Style.DRAWN else 1, cv2.LINE_AA, 4)
    if not visible:
        centre = outline.mean(axis=0)
        cv2.circle(rgb, (int(centre[0]), int(centre[1])), 34, (14, 13, 15), -1)


def _fill(
    rgb: NDArray[np.uint8], marks: NDArray[np.float32], ids: tuple[int, ...], colour: tuple[int, int, int]
) -> None:
    cv2.fillPoly(rgb, [_fixed(marks[list(ids), :2])], colour, cv2.LINE_AA, 4)


def _fixed(points: NDArray[np.floating]) -> NDArray[np.int32]:
    """Points in sixteenths of a pixel, as OpenCV draws them."""
    return np.round((points - 0.5) * 16).astype(np.int32)
