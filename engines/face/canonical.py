"""The canonical head: where each landmark sits on an average face, in centimetres.

The numbers are those of mediapipe's canonical face model (Apache-2.0, see NOTICE): x to the person's left, y up,
z towards the viewer, origin between the ears.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.face.topology import LANDMARK_COUNT, LEFT_EYE, RIGHT_EYE, SKIN_COUNT

_FILE = Path(__file__).with_name("canonical.npz")


@dataclass(frozen=True)
class CanonicalHead:
    """The average head.

    Attributes:
        vertices: (468, 3) float32, centimetres.
        triangles: (898, 3) int32, indices into vertices.
        rigid_weights: (468,) float32, how much each point tells of the skull rather than of the expression; sums to 1.
            The lowest points are left out, so that an opening jaw does not nod the head.
    """

    vertices: NDArray[np.float32]
    triangles: NDArray[np.int32]
    rigid_weights: NDArray[np.float32]


@lru_cache(maxsize=1)
def canonical_head() -> CanonicalHead:
    """Return the average head, read once."""
    with np.load(_FILE) as stored:
        vertices, weights = stored["vertices"], stored["procrustes_weights"]
        triangles = stored["triangles"].astype(np.int32)
    weights = np.where(vertices[:, 1] > -3.5, weights, 0)
    return CanonicalHead(vertices, triangles, weights / weights.sum())


@lru_cache(maxsize=1)
def mirror_order() -> NDArray[np.int64]:
    """Return (478,) the landmark that takes each landmark's place when a face is mirrored."""
    vertices = canonical_head().vertices
    distance = np.linalg.norm((vertices * [-1, 1, 1])[:, None] - vertices[None], axis=2)
    order = np.arange(LANDMARK_COUNT)
    order[:SKIN_COUNT] = distance.argmin(axis=1)
    for one, other in ((RIGHT_EYE, LEFT_EYE), (LEFT_EYE, RIGHT_EYE)):
        order[one.iris] = other.iris
        # The rim runs right, top, left, bottom in the picture on both eyes.
        right, top, left, bottom = other.iris_rim
        order[list(one.iris_rim)] = left, top, right, bottom
    return order
