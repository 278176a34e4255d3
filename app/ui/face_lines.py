"""The lines that make landmarks look like a face: for the camera inset and the landmark editor."""

from __future__ import annotations

from engines.face import topology

FACE_LINES: tuple[tuple[int, ...], ...] = (
    (*topology.FACE_OVAL, topology.FACE_OVAL[0]),
    (*topology.LIP_OUTER_UPPER, *topology.LIP_OUTER_LOWER[::-1]),
    (*topology.LIP_INNER_UPPER, *topology.LIP_INNER_LOWER[::-1]),
    topology.BROW_RIGHT_UPPER,
    topology.BROW_LEFT_UPPER,
    (168, 6, 197, 195, 5, topology.NOSE_TIP),
    *((*eye.outline, eye.outline[0]) for eye in topology.EYES),
    *((*eye.iris_rim, eye.iris_rim[0]) for eye in topology.EYES),
)
