"""The iris of a photographed eye: found exactly, cut out, completed where lids hide it, its glint kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.measures import gaze
from engines.face.pose import FLIP, HeadPose
from engines.face.topology import EyeTopology
from engines.rig.look import Look, luma, match_grey, sample
from engines.rig.slit import Slit

# The sprite's half side, in iris radii.
IRIS_REACH = 1.3
# Eyeball radius over the distance of the lid corners.
BALL_RADIUS = 0.46
_BROWN = np.array([92.0, 62.0, 44.0], np.float32)
_RINGS = 14


@dataclass(frozen=True)
class IrisPlace:
    """Where an iris lies in the avatar's picture.

    Attributes:
        gaze: (2,) the landmark's place, as measures.gaze.
        offset: (2,) what the true centre lies off the landmark, in radii along the disc's axes.
        centre: (2,) pixels, the true centre.
        axes: (2, 2) pixels, columns are what the unit axes of the disc take.
        radius_cm: of the iris.
    """

    gaze: NDArray[np.float64]
    offset: NDArray[np.float64]
    centre: NDArray[np.float64]
    axes: NDArray[np.float64]
    radius_cm: float

    @property
    def radius_pixels(self) -> float:
        """Radius in the picture."""
        return float(np.sqrt(abs(np.linalg.det(self.axes))))

    def to_disc(self, points: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return (..., 2) disc coordinates, 1 at the rim, of (..., 2) pixels."""
        return np.asarray((points - self.centre) @ np.linalg.inv(self.axes).T)


def iris_axes(pose: HeadPose, looking: NDArray[np.floating[Any]], radius_cm: float) -> NDArray[np.float64]:
    """Return (2, 2) pixels of the picture that the iris disc's own axes take when the eye looks somewhere.

    Args:
        pose: of the head.
        looking: (2,) iris' place in eye widths, x to the person's left, y up.
        radius_cm: of the iris.
    """
    x, y = np.clip(np.asarray(looking, np.float64) / BALL_RADIUS, -0.75, 0.75)
    z = np.sqrt(max(1 - x * x - y * y, 0.2))
    normal = np.array([x, y, z]) / np.sqrt(x * x + y * y + z * z)
    side = np.array([normal[2], 0.0, -normal[0]]) / np.hypot(normal[0], normal[2])
    up = np.array([normal[1] * side[2], normal[2] * side[0] - normal[0] * side[2], -normal[1] * side[0]])
    disc = np.column_stack([side, up])
    return np.asarray((pose.scale * radius_cm * pose.rotation @ disc)[:2] * FLIP[:2, None])


def fit_iris(avatar: Avatar, eye: EyeTopology, slit: Slit, unit_cm: float) -> IrisPlace:
    """Find the iris near its landmarks: the circle across which the picture brightens most, between the lids."""
    face = avatar.face
    looking = gaze(face.local, eye)
    landmark = face.landmarks[eye.iris, :2].astype(np.float64)
    rim = np.linalg.norm(face.landmarks[list(eye.iris_rim), :2] - landmark, axis=1)
    radius = float(np.clip(rim.mean() / face.pose.scale, 0.14 * unit_cm, 0.3 * unit_cm))
    axes = iris_axes(face.pose, looking, radius)
    offset, size = _best_circle(avatar, slit, landmark, axes)
    return IrisPlace(looking, offset, landmark + axes @ offset, axes * size, radius * size)


def _best_circle(
    avatar: Avatar, slit: Slit, landmark: NDArray[np.float64], axes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return offset (2,) in radii and relative size of the circle with the strongest dark-to-bright edge."""
    sides = np.radians([-42, -30, -18, -6, 6, 18, 30, 42])
    angles = np.concatenate([sides, sides + np.pi, np.radians([55, 125, 235, 305])])
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    shifts = np.linspace(-0.18, 0.18, 7)
    sizes = np.linspace(0.8, 1.16, 10)
    dx, dy, size = (a.ravel() for a in np.meshgrid(shifts, shifts, sizes, indexing="ij"))
    centres = np.stack([dx, dy], axis=-1)[:, None]
    rims = []
    for factor in (0.92, 1.08):
        at = (centres + directions * (size * factor)[:, None, None]) @ axes.T + landmark
        u_v = at @ slit.inverse[:, :2].T + slit.inverse[:, 2]
        rims.append((luma(sample(avatar, at)), slit.inside(u_v, 0.08)))
    both = rims[0][1] & rims[1][1]
    count = both.sum(axis=1)
    step = np.where(both, np.clip(rims[1][0] - rims[0][0], -40, 80), 0).sum(axis=1) / np.maximum(count, 1)
    # Stay at the landmarks unless the picture is clear.
    score = step - 120 * (dx**2 + dy**2) - 60 * (size - 1.0) ** 2 - np.where(count < 5, 1e3, 0)
    best = int(np.argmax(score))
    if step[best] < 6 or count[best] < 5:
        return np.zeros(2), 1.0
    return np.array([dx[best], dy[best]]), float(size[best])


def cut_iris(avatar: Avatar, place: IrisPlace, slit: Slit, look: Look) -> NDArray[np.float32]:
    """Cut the iris out and complete it by its own mirror image and its rings.

    Returns:
        (S, S, 4) float32 colour 0-255 and alpha 0-1, as seen along the iris' axis, IRIS_REACH radii to each side.
    """
    side = int(np.clip(5 * IRIS_REACH * place.radius_pixels, 72, 288))
    axis = ((np.arange(side) + 0.5) / side * 2 - 1) * IRIS_REACH
    disc = np.stack(np.meshgrid(axis, axis), axis=-1)
    at = disc @ place.axes.T + place.centre
    seen = sample(avatar, at)
    u_v = at @ slit.inverse[:, :2].T + slit.inverse[:, 2]
    visible, known = slit.inside(u_v, 0.03), slit.inside(u_v, 0.1)
    radius = np.hypot(disc[..., 0], disc[..., 1])
    rings = _ring_colours(seen, known, radius, look)
    # In a small iris a glint near the rim cannot be told from the white beside it.
    inner = 0.92 if place.radius_pixels > 6 else 0.75
    glint = _glint(seen, visible & (radius < inner), rings, side)
    hole = cv2.dilate(
        (glint > 0.04).astype(np.uint8), np.ones((3, 3), np.uint8), iterations=max(1, side // 36)
    )
    dull = known & (hole == 0)
    soft = 0.035 * side
    # Row i and row side - 1 - i are equally far from the centre.
    fill = _laid_over(rings, seen[::-1], dull[::-1], soft)
    colour = _laid_over(fill, seen, dull, soft)
    certain = cv2.GaussianBlur(known.astype(np.float32), (0, 0), soft)
    edge = 0.99 + 0.06 * certain
    alpha = np.clip((edge - radius) / max(0.13, 1.6 * look.softness / place.radius_pixels) + 0.25, 0, 1)
    alpha = alpha * alpha * (3 - 2 * alpha)
    whole = colour * (1 - glint[..., None]) + seen * glint[..., None]
    return np.dstack([whole, alpha]).astype(np.float32)


def _glint(
    seen: NDArray[np.float32], where: NDArray[np.bool_], rings: NDArray[np.float32], side: int
) -> NDArray[np.float32]:
    """Return (S, S) alpha of the light mirrored on the iris: small, and much brighter than its ring."""
    excess = luma(seen) - luma(rings)
    bright = ((excess > 24) & where).astype(np.uint8)
    count, labels, stats, middles = cv2.connectedComponentsWithStats(bright)
    centre = np.hypot(middles[:, 0] - side / 2, middles[:, 1] - side / 2) / side * 2 * IRIS_REACH
    area = stats[:, cv2.CC_STAT_AREA] / side**2
    # A glint is a spot, not a rim, and not the half of an iris that is bright for another reason.
    peak = np.array([float(excess[labels == k].max()) if area[k] < 0.05 else 0.0 for k in range(count)])
    peak[0] = 0
    clear = (peak > 0.6 * peak.max()) & (centre < 0.7) & (area > 0.0004)
    spots = [k for k in range(1, count) if clear[k]]
    if not spots:
        return np.zeros(excess.shape, np.float32)
    core = cv2.dilate(np.isin(labels, spots).astype(np.float32), np.ones((3, 3), np.uint8))
    return np.asarray(np.clip(cv2.GaussianBlur(core, (0, 0), 0.014 * side) * 1.15, 0, 1), np.float32)


def _laid_over(
    under: NDArray[np.float32], over: NDArray[np.float32], where: NDArray[np.bool_], soft: float
) -> NDArray[np.float32]:
    """Return under with over on it, fading out within soft pixels inside where."""
    weight = cv2.GaussianBlur(where.astype(np.float32), (0, 0), soft)
    weight = np.clip(weight * 2 - 1, 0, 1)[..., None]
    return np.asarray(under * (1 - weight) + over * weight, np.float32)


def _ring_colours(
    seen: NDArray[np.float32], known: NDArray[np.bool_], radius: NDArray[np.floating[Any]], look: Look
) -> NDArray[np.float32]:
    """Return the sprite every pixel of which has the usual colour of its distance from the centre."""
    ring = np.clip((radius / IRIS_REACH * _RINGS).astype(int), 0, _RINGS - 1)
    inside = known & (radius < 0.95)
    usual = (
        np.median(seen[inside], axis=0) if inside.sum() > 6 else match_grey(_BROWN * look.light / 235, look)
    )
    table = np.empty((_RINGS, 3), np.float32)
    last_dark = usual * 0.5
    for k in range(_RINGS):
        members = seen[known & (ring == k)]
        middle = (k + 0.5) / _RINGS * IRIS_REACH
        if middle > 1.0:
            table[k] = table[k - 1]
        elif len(members) >= 3:
            table[k] = np.median(members, axis=0)
        else:
            table[k] = last_dark if middle < 0.4 else usual
    at = np.clip(radius / IRIS_REACH * _RINGS - 0.5, 0, _RINGS - 1)
    nodes = np.arange(_RINGS)
    return np.stack([np.interp(at, nodes, table[:, c]) for c in range(3)], axis=-1).astype(np.float32)
