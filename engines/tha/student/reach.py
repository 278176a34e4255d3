"""Which pixels a character can reach: the others are transparent in every pose, and nobody computes them."""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from engines.tha.pose import HIGH, LOW, exclusive
from engines.tha.student.kernel import compose
from engines.tha.student.packing import Crew, Floats, LevelRun, Pixels
from engines.tha.student.painter import CURVE, PackedStudents, coarse_runs
from engines.tha.student.shapes import BODY_POSE, FACE_POSE, SIDE

_STEP = 4  # every fourth pixel is looked at, each way
_MARGIN = 6  # pixels around those that were reached: what lies between two looked at, and a little more
_GAP = 16  # pixels; in narrower dents are poses between those that were looked at
_SEEN = 3  # alpha from which on a pixel counts, of 255; below there is only the networks' noise


def reached(students: PackedStudents, image: Floats, crew: Crew) -> Pixels:
    """Return the pixels a character reaches, ascending.

    Args:
        students: its networks.
        image: its picture, (512, 512, 4) float32 as networks see it.
        crew: who works; takes a second or two.
    """
    places = np.arange(_STEP // 2, SIDE, _STEP)
    pixels = (places[:, None] * SIDE + places).ravel()
    runs = coarse_runs(students, pixels)
    runs.append(LevelRun(students.body[-1], SIDE, pixels, runs[-1]))
    picture = np.zeros((SIDE, SIDE, 4), np.uint8)
    alpha = np.zeros((len(places), len(places)), np.uint8)
    for pose in _extremes():
        for run in runs:
            run.run(crew, pose)
        crew.share(compose, (len(pixels), pixels, runs[-1].out, image, CURVE, picture))
        np.maximum(alpha, picture[places[0] :: _STEP, places[0] :: _STEP, 3], out=alpha)
    seen = np.kron(alpha >= _SEEN, np.ones((_STEP, _STEP), bool))
    return np.flatnonzero(~_grown(~_grown(seen, _MARGIN + _GAP), _GAP))


def _extremes() -> list[Floats]:
    """Return poses between which all others lie: rest, head and body as far as they go, and the head upright.

    Every corner of what head and body can do is among them, each with or without breath, and each with another face:
    the network of the body sees all of a pose, and hair swings a little with the face.
    """
    wanted: list[tuple[float, ...]] = [(0,) * 6]
    for corner in product((-1, 1), repeat=5):
        wanted.append((*corner, (1 + prod(corner)) / 2))
    for head_x, body_z in product((-1, 1), (-1, 0, 1)):
        wanted.append((head_x, -head_x * body_z, 0, 0, body_z, 0.5))
    faces = np.random.default_rng(1).uniform(LOW, HIGH, (len(wanted), BODY_POSE))
    poses = np.stack([exclusive(face) for face in faces])
    poses[0] = 0
    poses[:, FACE_POSE:] = wanted
    return list(poses)


def _grown(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """Return the mask with everything that is at most `by` pixels away from it, along rows and columns."""
    for axis in (0, 1):
        padded = np.pad(mask, [(by, by) if axis == each else (0, 0) for each in (0, 1)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * by + 1, axis)
        mask = windows.any(-1)
    return mask
