"""Limits that keep any input plausible: soft limits of numbers, of the head's pose, and no folded skin."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engines.face.canonical import canonical_head
from engines.face.pose import HeadPose
from engines.face.topology import EYES, MOUTH_HOLE, SKIN_COUNT
from engines.rig.kernel import compiled
from engines.rig.room import Room

# Degrees a head may turn away from the picture's own pose, and away from the camera in all: what lies behind
# the cheek or under the chin was never photographed.
TURN = (32.0, 23.0, 35.0)
TOTAL = (42.0, 32.0, 60.0)
# The share of a limit that passes unchanged.
KNEE = 0.7
# How much a head may grow (natural logarithm).
GROWTH = 0.5
_LEAST_TURN = 6.0
# Triangles smaller than this may turn over: tracking itself turns some beside the nostrils.
_TINY_CM2 = 0.06
_FOLDS = 72
_ROUNDS = 12


def soft_limit(value: NDArray[np.float64] | float, limit: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Return value unchanged up to KNEE of the limit, then bent smoothly so that it never passes the limit.

    Args:
        value: any number or array; not-a-number becomes 0.
        limit: greatest magnitude, > 0, broadcast against value.
    """
    number, bound = np.asarray(value, np.float64), np.asarray(limit, np.float64)
    knee = KNEE * bound
    if (np.abs(number) <= knee).all():  # nearly always; what is not a number is not below either
        return number
    number = np.nan_to_num(number, posinf=1e9, neginf=-1e9)
    beyond = np.maximum(np.abs(number) - knee, 0.0)
    bent = knee + (bound - knee) * np.tanh(beyond / (bound - knee))
    return np.where(beyond > 0, np.sign(number) * bent, number)


def smooth_step(low: float, high: float, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 0 below low, 1 above high, smooth between."""
    t = np.clip((np.asarray(value, np.float64) - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def soft_limit_length(vectors: NDArray[np.float64], limit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return vectors (N, 3), none longer than limit (N,), those well below unchanged."""
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    if (length <= KNEE * limit).all():
        return vectors
    return np.asarray(vectors * (soft_limit(length, limit) / np.maximum(length, 1e-9))[:, None])


def turn(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (3, 3) rotation of yaw about y, after pitch about x, after roll about z: (3,) radians."""
    (sy, sx, sz), (cy, cx, cz) = np.sin(angles), np.cos(angles)
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    pitch = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    roll = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(yaw @ pitch @ roll)


def angles_of(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (3,) yaw, pitch, roll in radians: the inverse of turn."""
    yaw = math.atan2(rotation[0, 2], rotation[2, 2])
    pitch = math.asin(max(-1.0, min(1.0, -rotation[1, 2])))
    return np.array([yaw, pitch, math.atan2(rotation[1, 0], rotation[1, 1])])


def limit_turn(rotation: NDArray[np.float64], own: NDArray[np.float64], gain: float) -> NDArray[np.float64]:
    """Return how far a head may turn.

    Args:
        rotation: (3, 3) the wanted turn away from the picture's own pose, in the viewer's axes.
        own: (3, 3) the picture's own pose.
        gain: factor on the angles before they are limited.
    """
    wanted, rest = angles_of(rotation) * gain, angles_of(own)
    most, total = np.radians(TURN), np.radians(TOTAL)
    room = np.clip(np.where(wanted >= 0, total - rest, total + rest), math.radians(_LEAST_TURN), most)
    return turn(soft_limit(wanted, room))


def doubled_areas(points: NDArray[np.float64], triangles: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return (T,) twice the signed areas of triangles (T, 3) in points (N, 2 or 3); y up, folded ones are below 0."""
    x, y = points[:, 0][triangles], points[:, 1][triangles]
    return np.asarray((x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0]))


@compiled
def count_folded(rest: NDArray[np.float64], moved: NDArray[np.float64], triangles: NDArray[np.int32]) -> int:
    """Return how many triangles (T, 3) of any size are turned over in moved, (>= 468, 3), and not so at rest."""
    count = 0
    for index in range(triangles.shape[0]):
        a, b, c = triangles[index, 0], triangles[index, 1], triangles[index, 2]
        first = (moved[b, 0] - moved[a, 0]) * (moved[c, 1] - moved[a, 1])
        if first < (moved[c, 0] - moved[a, 0]) * (moved[b, 1] - moved[a, 1]):
            own = (rest[b, 0] - rest[a, 0]) * (rest[c, 1] - rest[a, 1])
            own -= (rest[c, 0] - rest[a, 0]) * (rest[b, 1] - rest[a, 1])
            count += own > _TINY_CM2
    return count


class FoldGuard:
    """Keeps the skin from folding over itself, whatever displacement is asked for."""

    def __init__(self) -> None:
        triangles = canonical_head().triangles
        holes = [set(MOUTH_HOLE), *(set(eye.outline) for eye in EYES)]
        self._skin = np.array([t for t in triangles if not any(set(t.tolist()) <= hole for hole in holes)])
        near = np.zeros((SKIN_COUNT, SKIN_COUNT))
        for one, other in ((0, 1), (1, 2), (2, 0)):
            near[triangles[:, one], triangles[:, other]] = near[triangles[:, other], triangles[:, one]] = 1
        self._around = near / near.sum(axis=1, keepdims=True)

    def areas(self, local: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return twice the signed area of every skin triangle seen from the front. local: (>= 468, 3) cm."""
        return doubled_areas(local, self._skin)

    def unfold(self, rest: NDArray[np.float64], moved: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return moved (468, 3), pulled back towards rest where too much skin has turned over.

        The little a tracked face folds, a lip over the chin, is left: the nearer skin covers it.
        """
        if count_folded(rest, moved, self._skin) <= _FOLDS:
            return moved
        own = self.areas(rest)
        move, share = moved - rest, np.ones(SKIN_COUNT)
        for _ in range(_ROUNDS):
            share[self._skin[self._folded(own, rest + move * share[:, None])]] *= 0.6
            share = np.minimum(share, (share + self._around @ share) / 2)
            pulled = np.asarray(rest + move * share[:, None])
            if count_folded(rest, pulled, self._skin) <= _FOLDS:
                return pulled
        return rest.copy()

    def _folded(self, own: NDArray[np.float64], moved: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray((own > _TINY_CM2) & (self.areas(moved) < 0))


def limited_pose(
    own: HeadPose,
    rotation: NDArray[np.float64],
    growth: float,
    shift_cm: NDArray[np.float64],
    room: Room,
) -> HeadPose:
    """Return the picture's own pose, turned, grown and shifted about the middle of the head.

    Args:
        own: the picture's own pose.
        rotation: (3, 3) turn away from it, already limited.
        growth: natural logarithm of the wanted change of size.
        shift_cm: (2,) wanted move of the head's middle, x right, y up, centimetres.
        room: how far it may move.
    """
    turned = rotation @ own.rotation
    scale = own.scale * math.exp(float(soft_limit(growth, GROWTH if growth > 0 else room.shrinking)))
    middle = own.scale * own.rotation @ HEAD_MIDDLE + own.shift
    middle[:2] += own.scale * soft_limit(shift_cm, room.limit(shift_cm))
    return HeadPose(scale, turned, middle - scale * turned @ HEAD_MIDDLE)


# The point a head turns about, in its own axes: on the neck's axis, not the nose. Centimetres.
HEAD_MIDDLE = np.array([0.0, 0.0, -3.5])
