"""Faces put together from several: the middle of many, and steps between two."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engines.base import Face
from engines.face.pose import HeadPose


def middle_face(faces: Sequence[Face]) -> Face:
    """Return the middle of faces of one frame size: the median of every point in the head's axes, at the middle pose.

    Outliers (a blink, a tracking error) do not count, which a mean would let in.

    Raises:
        ValueError: there are no faces.
    """
    if not faces:
        raise ValueError("no faces to take the middle of")
    local = np.median([face.local for face in faces], axis=0)
    poses = [face.pose for face in faces]
    pose = HeadPose(
        scale=float(np.median([pose.scale for pose in poses])),
        rotation=_nearest_rotation(np.mean([pose.rotation for pose in poses], axis=0)),
        shift=np.median([pose.shift for pose in poses], axis=0),
    )
    time_s = float(np.median([face.time_s for face in faces]))
    return Face(pose.to_image(local).astype(np.float32), faces[-1].size, time_s)


def between(one: Face, other: Face, share: float) -> Face:
    """Return the face a share (0..1) of the way from one to other, pose and expression each by itself."""
    a, b = one.pose, other.pose
    pose = HeadPose(
        scale=a.scale + share * (b.scale - a.scale),
        rotation=_nearest_rotation(a.rotation + share * (b.rotation - a.rotation)),
        shift=a.shift + share * (b.shift - a.shift),
    )
    local = one.local + share * (other.local - one.local)
    return Face(pose.to_image(local).astype(np.float32), other.size, other.time_s)


def _nearest_rotation(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    u, _, vt = np.linalg.svd(matrix)
    return np.asarray((u * (1.0, 1.0, float(np.sign(np.linalg.det(u @ vt))))) @ vt)
