"""The mesh that bends a picture: the face's own triangles, and rings around it for hair, neck and shoulders."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.canonical import canonical_head
from engines.face.pose import FLIP
from engines.face.topology import FACE_OVAL, LANDMARK_COUNT
from engines.rig.limits import HEAD_MIDDLE, smooth_step, soft_limit
from engines.rig.motion import Motion

# Rings, in multiples of the face's outline; beyond the last they go on by RING_GROWTH until the picture is covered.
_RINGS = (1.05, 1.12, 1.2, 1.3, 1.42, 1.56, 1.73, 1.95, 2.25)
_RING_GROWTH = 1.25
_ROUND_FROM, _ROUND_TO = 1.1, 2.2
# Hair and ears lie this far behind the face (centimetres, head's axes), reached this far from its outline.
_BACK_CM, _BACK_AT_CM = -4.5, 6.0
# The share of the turn's parallax that is left far from the face, and how fast it falls.
_FAR_PARALLAX, _PARALLAX_CM = 0.25, 5.0
# Neck: above the first height everything is head, below the second body (centimetres, head's axes).
_NECK_TOP, _NECK_FOOT = -7.0, -13.0
_NECK_FOOT_POINT = np.array([0.0, -12.0, -4.0])
# The shares, across and up, of the neck's foot's move that the body follows. A head that tilts about its neck
# leaves the foot in place and the body still; a head that moves without tilting takes the body along.
_BODY_FOLLOWS = np.array([0.3, 0.15])
# How far, across and up, the neck lets head and body part, centimetres; beyond, the body comes along.
_APART_CM = np.array([5.0, 3.0])
# Beside the neck (this far from its axis, centimetres) the shoulders begin higher.
_NECK_HALF_WIDTH, _SHOULDER_SLOPE = 5.0, 0.5
_SKIN_REACH_CM = 3.0
# How far into the picture, in face heights, a border that cuts the person off holds on to them.
_PIN_REACH = 1.2


class PuppetMesh:
    """The mesh of one avatar.

    Attributes:
        points: (N, 2) float64, the picture's own place of every corner, pixels: 478 landmarks, then the rings.
        face: (F, 3) int32, triangles of the face.
        rings: (R, 3) int32, triangles around it, the far ones first.
    """

    def __init__(self, avatar: Avatar) -> None:
        self._own = avatar.face.pose
        self._landmarks = avatar.landmarks.astype(np.float64)
        oval, self._halves = _outline()
        edge = self._landmarks[oval, :2][self._halves].mean(axis=1)
        rings = _ring_points(edge, avatar.size)
        self.points = np.concatenate([self._landmarks[:, :2], *rings])
        self.face = np.ascontiguousarray(canonical_head().triangles)
        self.rings = _ring_triangles(len(rings), len(edge))
        self._oval = np.array(oval)
        self._outer = np.concatenate(rings[1:])
        self._weigh(edge)
        self._pins = _border_pins(self._outer, avatar.matte, edge)

    def place(self, motion: Motion) -> NDArray[np.float64]:
        """Return (N, 2) where every corner goes, picture pixels."""
        landmarks = motion.landmarks
        edge = landmarks[self._oval, :2][self._halves].mean(axis=1)
        return np.concatenate([landmarks[:, :2], edge, self._outer + self._outer_move(motion)])

    def _weigh(self, edge: NDArray[np.float64]) -> None:
        """Find, for every outer corner, its place in the head's axes and how much it follows what."""
        own, outer = self._own, self._outer
        apart = np.linalg.norm(outer[:, None] - edge[None], axis=2)
        nearest = apart.min(axis=1)
        reach = 0.06 * np.ptp(edge[:, 1])
        near = np.exp(-(apart - nearest[:, None]) / reach)
        self._near = near / near.sum(axis=1, keepdims=True)
        away = nearest / own.scale
        self._oval_local = own.to_local(self._landmarks[self._oval])
        depth = self._oval_local[:, 2][self._halves].mean(axis=1)
        z = self._near @ depth
        z += (_BACK_CM - z) * smooth_step(0, _BACK_AT_CM, away)
        flat, rotation = outer * FLIP[:2] - own.shift[:2], own.rotation
        flat = flat / own.scale - np.outer(z, rotation[:2, 2])
        self._local = np.column_stack([np.linalg.solve(_stable(rotation[:2, :2]), flat.T).T, z])
        self._flat = outer * FLIP[:2]
        self._head = _head_share(self._local)[:, None]
        self._parallax = (_FAR_PARALLAX + (1 - _FAR_PARALLAX) * np.exp(-((away / _PARALLAX_CM) ** 2)))[
            :, None
        ]
        self._skin = np.exp(-((away / _SKIN_REACH_CM) ** 2))[:, None] * self._head
        self._rigid_rest = self._project(own.scale, own.rotation, own.shift)
        self._edge_rest = edge

    def _project(
        self, scale: float, rotation: NDArray[np.float64], shift: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        return np.asarray(scale * self._local @ rotation[:2].T + shift[:2])

    def _outer_move(self, motion: Motion) -> NDArray[np.float64]:
        """Return (M, 2) how far the outer corners move, picture pixels."""
        own, pose = self._own, motion.pose
        centre = (own.scale * own.rotation @ HEAD_MIDDLE + own.shift)[:2]
        goal = (pose.scale * pose.rotation @ HEAD_MIDDLE + pose.shift)[:2]
        growth, spin = pose.scale / own.scale, _in_plane(pose.rotation @ own.rotation.T)
        flat = (self._flat - centre) @ (growth * spin - np.eye(2)).T + (goal - centre)
        deep = self._project(pose.scale, pose.rotation, pose.shift) - self._rigid_rest
        head = flat + self._parallax * (deep - flat)
        neck = (own.scale * own.rotation @ _NECK_FOOT_POINT + own.shift)[:2]
        lean = (pose.scale * pose.rotation @ _NECK_FOOT_POINT + pose.shift)[:2] - neck
        apart = own.scale * soft_limit((1 - _BODY_FOLLOWS) * lean / own.scale, _APART_CM)
        body = _BODY_FOLLOWS * (growth - 1) * (self._flat - neck) + lean - apart
        move = (body + self._head * (head - body)) * FLIP[:2]
        rigid = pose.to_image(self._oval_local)[:, :2]
        skin = (motion.landmarks[self._oval, :2] - rigid)[self._halves].mean(axis=1)
        move += self._skin * (self._near @ skin)
        return self._pinned(move)

    def _pinned(self, move: NDArray[np.float64]) -> NDArray[np.float64]:
        """Hold what the picture's border cuts at the border: it may leave the picture, not come in."""
        low, high = self._pins
        return np.asarray(np.where(move > 0, move * low, move * high))


def _outline() -> tuple[tuple[int, ...], NDArray[np.int64]]:
    """Return the face's outline, and (72, 2) which two of its points every corner of a ring lies between."""
    count = len(FACE_OVAL)
    index = np.arange(count)
    own, between = np.stack([index, index], 1), np.stack([index, (index + 1) % count], 1)
    return FACE_OVAL, np.stack([own, between], axis=1).reshape(-1, 2)


def _head_share(local: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (M,) how much points (M, 3) in the head's axes belong to the head rather than to the body."""
    below = -local[:, 1]
    beside = np.maximum(np.abs(local[:, 0]) - _NECK_HALF_WIDTH, 0) * smooth_step(0, -_NECK_TOP, below)
    return 1 - smooth_step(-_NECK_TOP, -_NECK_FOOT, below + _SHOULDER_SLOPE * beside)


def _ring_points(edge: NDArray[np.float64], size: tuple[int, int]) -> list[NDArray[np.float64]]:
    """Return the outline (72, 2) and the rings around it, ever rounder, until they hold the picture and its margin."""
    middle = edge.mean(axis=0)
    spokes = edge - middle
    radius = np.linalg.norm(spokes, axis=1)
    even = spokes / np.maximum(radius, 1e-6)[:, None] * radius.mean()
    corners = np.array([[x, y] for x in (-0.4, 1.4) for y in (-0.4, 1.4)]) * size
    far = np.linalg.norm(corners - middle, axis=1).max() / max(min(radius.min(), radius.mean()), 1e-6)
    factors = list(_RINGS)
    while factors[-1] < far and len(factors) < 40:
        factors.append(factors[-1] * _RING_GROWTH)
    rings = [edge]
    for factor in factors:
        share = float(smooth_step(_ROUND_FROM, _ROUND_TO, np.array(factor)))
        rings.append(middle + factor * (spokes + share * (even - spokes)))
    return rings


def _ring_triangles(rings: int, count: int) -> NDArray[np.int32]:
    """Return the triangles between neighbouring rings, the outermost first."""
    inner = np.arange(count)
    following = (inner + 1) % count
    strips = []
    for ring in range(rings - 1, 0, -1):
        start, end = LANDMARK_COUNT + (ring - 1) * count, LANDMARK_COUNT + ring * count
        strips.append(np.stack([start + inner, end + inner, end + following], axis=1))
        strips.append(np.stack([start + inner, end + following, start + following], axis=1))
    return np.asarray(np.concatenate(strips), np.int32)


def _border_pins(
    points: NDArray[np.float64], matte: NDArray[np.uint8], edge: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two (M, 2): how much of a move in +x, +y and in -x, -y every point may make.

    Points at a border that cuts the person off may not move away from it; the hold falls off towards the face.
    """
    height, width = matte.shape
    extent, most = np.array([width, height], np.float64), _PIN_REACH * np.ptp(edge[:, 1])
    low_room = np.clip(edge.min(axis=0), 0.02 * extent, most)
    high_room = np.clip(extent - edge.max(axis=0), 0.02 * extent, most)
    sides = (_cut(matte[:, 0], points[:, 1]), _cut(matte[0], points[:, 0]))
    others = (_cut(matte[:, -1], points[:, 1]), _cut(matte[-1], points[:, 0]))
    low = 1 - np.stack(sides, 1) * (1 - smooth_step(0, 1, points / low_room))
    high = 1 - np.stack(others, 1) * (1 - smooth_step(0, 1, (extent - points) / high_room))
    return np.asarray(low, np.float64), np.asarray(high, np.float64)


def _cut(border: NDArray[np.uint8], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how surely the person is cut off by a border near places along it, 0..1."""
    reach = max(3, len(border) // 16)
    widened = cv2.dilate(border[None], np.ones((1, 2 * reach + 1), np.uint8))
    soft = cv2.blur(widened.astype(np.float64) / 255, (2 * reach + 1, 1), borderType=cv2.BORDER_REPLICATE)[0]
    return np.asarray(np.interp(places, np.arange(len(border)) + 0.5, soft))


def _in_plane(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (2, 2) rotation in the picture's plane nearest to a turn of the head."""
    cosine, sine = rotation[0, 0] + rotation[1, 1], rotation[1, 0] - rotation[0, 1]
    length = max(float(np.hypot(cosine, sine)), 1e-9)
    return np.array([[cosine, -sine], [sine, cosine]]) / length


def _stable(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a matrix near the given one that can be inverted: a head in full profile is taken as half turned."""
    u, singular, vt = np.linalg.svd(matrix)
    return np.asarray((u * np.maximum(singular, 0.5)) @ vt)
