"""Landmarks laid out as corners of a mesh that can move: spread where they fold, a drawing's shallow enough to turn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar, Style
from engines.face.canonical import canonical_head
from engines.face.topology import BROWS, EYES, LIPS, SKIN_COUNT
from engines.rig.limits import doubled_areas

Points = NDArray[np.float64]

# How much deeper a face may become on its way across the picture: at 1 (45 degrees) the greatest turn still leaves
# every part of it a third of its width.
_STEEPEST = 1.0
# The least a triangle covers, of what it covers on an average head that is held like the picture's. A drawing's
# features stand where no head has them: more would push what lies beside them out of place.
_LEAST_SHARE, _LEAST_SHARE_DRAWN = 0.4, 0.12
_ROUNDS = 600
# What is painted by landmark stays where it is. A drawing's brows are strokes that show every pixel they are off.
_PAINTED = sorted({*LIPS, *(index for eye in EYES for index in eye.outline)})
_PAINTED_DRAWN = sorted({*_PAINTED, *BROWS})


def laid_out(avatar: Avatar) -> Avatar:
    """Return an avatar with landmarks that make a mesh fit to move.

    The picture at rest stays the same; only where the mesh's corners lie in it changes. A face seen from the side hides
    its far cheek: landmarks of it are put before one another, and when the head turns back a strip of skin would unfold
    far out in the hair. Drawn eyes reach to the face's outline or beyond it, where a head has temples: landmarks put
    there fold as well, and what is drawn beneath would tear. And a cheek as round as a head's would turn over what lies
    before it in a drawing: a strand of hair, the outline itself.
    """
    drawn = avatar.style is Style.DRAWN
    share, fixed = (_LEAST_SHARE_DRAWN, _PAINTED_DRAWN) if drawn else (_LEAST_SHARE, _PAINTED)
    points = avatar.landmarks.astype(np.float64)
    points[:SKIN_COUNT, :2] = _spread(points[:SKIN_COUNT, :2], share * _usual_areas(avatar), fixed)
    if drawn:
        points[:, 2] = _shallow(points)
    return replace(avatar, landmarks=points.astype(np.float32))


def _usual_areas(avatar: Avatar) -> Points:
    """Return (898,) what the face's triangles cover on an average head held like the picture's, square pixels."""
    head = avatar.face.pose.to_image(canonical_head().vertices.astype(np.float64))
    return np.maximum(_areas(head[:, :2], canonical_head().triangles), 0)


def _areas(points: Points, triangles: NDArray[np.int32]) -> Points:
    """Return (T,) signed areas in a picture, where y is down; those of folded triangles are below 0."""
    return -doubled_areas(points, triangles) / 2


def _spread(points: Points, least: Points, fixed: list[int]) -> Points:
    """Return points (468, 2), moved apart until every triangle covers its least area, as far as fixed ones allow.

    Each round pushes the corners of every triangle that lacks area along the area's gradient: position-based dynamics
    (Mueller et al., 2007) with nothing but area constraints.
    """
    free = np.ones(SKIN_COUNT)
    free[fixed] = 0
    triangles = canonical_head().triangles
    movable = free[triangles].any(axis=1)
    triangles, least = triangles[movable], least[movable]
    points = points.copy()
    for _ in range(_ROUNDS):
        lack = least - _areas(points, triangles)
        small = np.flatnonzero(lack > 0)
        if not len(small):
            break
        corners = triangles[small]
        a, b, c = (points[each] for each in corners.T)
        ways = (
            np.stack([_turned(c - b), _turned(a - c), _turned(b - a)], axis=1) / 2 * free[corners][..., None]
        )
        steps = lack[small] / np.maximum((ways**2).sum(axis=(1, 2)), 1e-9)
        total, count = np.zeros_like(points), np.zeros(SKIN_COUNT)
        np.add.at(total, corners, steps[:, None, None] * ways)
        np.add.at(count, corners, 1)
        points += total / np.maximum(count, 1)[:, None]
    return points


def _turned(ways: Points) -> Points:
    """Return (N, 2) ways turned by a right angle."""
    return np.stack([ways[:, 1], -ways[:, 0]], axis=1)


def _shallow(points: Points) -> Points:
    """Return (N,) depths of points (N, 3), no steeper than allowed: half way between the nearest and farthest such."""
    apart = _STEEPEST * np.linalg.norm(points[:, None, :2] - points[None, :, :2], axis=2)
    nearest, farthest = (points[:, 2] + apart).min(axis=1), (points[:, 2] - apart).max(axis=1)
    return np.asarray((nearest + farthest) / 2)
