"""A character painted on the processor, for those pixels that are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.tha.student.cells import CellRun, Cells
from engines.tha.student.colour import from_linear, network_picture
from engines.tha.student.folding import folded_body, folded_face
from engines.tha.student.packing import Crew, Floats, LevelRun, PackedLevel, Pixels, around
from engines.tha.student.product import PAIRS
from engines.tha.student.shapes import BODY_SIDES, FACE_COLUMNS, FACE_POSE, FACE_ROWS, FACE_SIDE, SIDE

# What the body morpher makes of the face lies in the head, which is above this row in any pose: characters are framed
# alike. Elsewhere other faces change single bytes.
HEAD_ABOVE = 240

CURVE = from_linear(np.linspace(0, 1, 1025) ** 2).astype(np.float32)


class PackedStudents:
    """Both networks' weights, ready for the kernels.

    Attributes:
        face: the face morpher.
        body: the body morpher's levels, coarse first.
        precision: int16 or fp32, what the bulk of the work is done in.
    """

    def __init__(self, face: Mapping[str, Any], body: Mapping[str, Any], paired: bool = PAIRS) -> None:
        """Pack the weights.

        Args:
            face: the face morpher's, by the published keys.
            body: the body morpher's.
            paired: work in pairs of 16 bit integers; only where the processor multiplies those.

        Raises:
            KeyError: a key is missing.
            ValueError: shapes do not fit each other.
        """
        levels = folded_body(body)
        self.face = PackedLevel(folded_face(face), final=True, paired=paired)
        self.body = [PackedLevel(level, final=level is levels[-1], paired=paired) for level in levels]
        self.precision = "int16" if paired else "fp32"


class FacePainter:
    """Paints the whole face."""

    def __init__(self, students: PackedStudents) -> None:
        """Lay out its pixels."""
        self._run = LevelRun(students.face, FACE_SIDE, np.arange(FACE_SIDE**2))

    def paint(self, crew: Crew, pose: Floats, image: Floats) -> None:
        """Paint the face of a pose (45,) into a picture (512, 512, 4) as networks see it."""
        self._run.run(crew, pose[:FACE_POSE])
        face = self._run.out[: FACE_SIDE**2, : image.shape[-1]]
        image[FACE_ROWS, FACE_COLUMNS] = face.reshape(FACE_SIDE, FACE_SIDE, -1)


def coarse_runs(students: PackedStudents, pixels: Pixels) -> list[LevelRun]:
    """Return the body morpher's levels but for the last, for what those pixels of the last depend on."""
    lists = []
    for side in BODY_SIDES[:0:-1]:
        pixels = np.unique(around(pixels, side))
        lists.append(pixels)
    runs: list[LevelRun] = []
    for packed, side, wanted in zip(students.body[:-1], BODY_SIDES[:-1], reversed(lists), strict=True):
        runs.append(LevelRun(packed, side, wanted, runs[-1] if runs else None))
    return runs


class BodyPainter:
    """Moves the picture's pixels, those on a list; what is not on it stays transparent."""

    def __init__(self, students: PackedStudents, pixels: Pixels) -> None:
        """Lay out pixels, ascending, and those of the coarser levels they depend on."""
        upper = int(np.searchsorted(pixels, HEAD_ABOVE * SIDE))
        parts = [Cells(part, SIDE) for part in (pixels[:upper], pixels[upper:]) if len(part)]
        self._runs = coarse_runs(students, np.unique(np.concatenate([each.pixels for each in parts])))
        self._parts = [CellRun(students.body[-1], SIDE, part, self._runs[-1]) for part in parts]

    def think(self, crew: Crew, pose: Floats, *, head_only: bool = False) -> None:
        """Work out where pixels come from in a pose (45,).

        Args:
            crew: who works.
            pose: wanted.
            head_only: pixels below the head keep what they were told last.
        """
        parts = self._parts[:1] if head_only else self._parts
        counts = [max(part.needs for part in parts)]
        for run in self._runs[:0:-1]:
            counts.append(run.needs(counts[-1]))
        for run, count in zip(self._runs, counts[::-1], strict=True):
            run.run(crew, pose, count)
        for part in parts:
            part.think(crew, pose)

    def paint(self, crew: Crew, image: Floats) -> NDArray[np.uint8]:
        """Return a picture (512, 512, 4), as networks see it, as screens want it: premultiplied sRGB."""
        picture = np.zeros((SIDE, SIDE, 4), np.uint8)
        for part in self._parts:
            part.paint(crew, image, CURVE, picture)
        return picture


def pixel_picture(rgba: NDArray[np.uint8]) -> Floats:
    """Return a file's picture as networks see it, by pixel: (512, 512, 4) float32."""
    return np.ascontiguousarray(network_picture(rgba).transpose(1, 2, 0), np.float32)
