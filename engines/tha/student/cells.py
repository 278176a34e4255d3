"""The last level of a student network where it pays: at every second pixel each way, and in full where that is too few.

What the network tells of a pixel is smooth nearly everywhere: inside a shape, flow and alpha hardly bend. Four samples
are the corners of a cell, and what lies between them is computed only where the samples around them bend.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.tha.student.kernel import choose_cells, compose, compose_between, score_samples
from engines.tha.student.packing import (
    Crew,
    Floats,
    LevelRun,
    PackedLevel,
    Pixels,
    around,
    places_of,
)

_CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
_BETWEEN = ((0, 1), (1, 0), (1, 1))
_BESIDE = ((0, -1), (0, 1), (-1, 0), (1, 0))


class Cells:
    """The cells that hold some pixels, and their samples.

    Attributes:
        samples: pixels with even row and column, ascending.
        corners: (cells, 4) int32, which samples: the first one, beside, below and across it.
        between: (cells, 3) int32, the pixels beside, below and across the first corner.
        beside: (samples, 4) int32, the samples left, right, above and below; itself where there is none.
    """

    def __init__(self, pixels: Pixels, side: int) -> None:
        """Lay cells over pixels of a picture."""
        half = side // 2
        row, column = np.divmod(pixels, side)
        cells = np.unique(row // 2 * half + column // 2)
        top, left = np.divmod(cells, half)
        corners = [np.minimum(top + y, half - 1) * half + np.minimum(left + x, half - 1) for y, x in _CORNERS]
        samples, indices = np.unique(np.stack(corners, 1), return_inverse=True)
        row, column = np.divmod(samples, half)
        self.samples: Pixels = row * 2 * side + column * 2
        self.corners = indices.reshape(-1, len(_CORNERS)).astype(np.int32)
        self.between = np.stack([(2 * top + y) * side + 2 * left + x for y, x in _BETWEEN], 1).astype(
            np.int32
        )
        number = np.full((half + 2, half + 2), -1)
        number[row + 1, column + 1] = own = np.arange(len(samples))
        beside = [number[row + 1 + y, column + 1 + x] for y, x in _BESIDE]
        self.beside = np.stack([np.where(each < 0, own, each) for each in beside], 1).astype(np.int32)

    @property
    def pixels(self) -> Pixels:
        """Every pixel that may be computed, ascending."""
        return np.union1d(self.samples, self.between.ravel())


class CellRun:
    """The last level for cells."""

    def __init__(self, packed: PackedLevel, side: int, cells: Cells, coarser: LevelRun) -> None:
        """Lay out the cells.

        Args:
            packed: the level.
            side: of its picture.
            cells: which ones.
            coarser: the level below.
        """
        self._cells = cells
        self._sparse = LevelRun(packed, side, cells.samples, coarser)
        self._places = places_of(cells.between, side)
        inside = np.searchsorted(coarser.pixels, around(cells.between.ravel(), side))
        self._sources = inside.reshape(-1, 3, 4).astype(np.int32)
        self._scores = np.zeros(len(cells.samples), np.float32)
        self._smooth = np.zeros(len(cells.corners), np.int32)
        self._calm = 0
        self._rough = LevelRun(packed, side, cells.between.ravel().astype(np.int64), coarser)
        self._wild = 0

    @property
    def needs(self) -> int:
        """How many of the coarser level's pixels, from the first, are looked at."""
        return int(max(self._sparse.sources.max(initial=-1), self._sources.max(initial=-1))) + 1

    def think(self, crew: Crew, pose: Floats) -> None:
        """Compute a pose (45,)."""
        self._sparse.run(crew, pose)
        cells, told = self._cells, self._sparse.out
        crew.share(score_samples, (len(cells.samples), told, cells.beside, self._scores))
        rough = self._rough
        self._calm, self._wild = choose_cells(
            cells.corners,
            self._scores,
            cells.between,
            self._places,
            self._sources,
            self._smooth,
            (rough.pixels, rough.places, rough.sources),
        )
        rough.run(crew, pose, self._wild)

    def paint(self, crew: Crew, image: Floats, curve: Floats, picture: NDArray[np.uint8]) -> None:
        """Paint the cells as they were computed last; the arguments are compose's."""
        cells, sparse, rough = self._cells, self._sparse, self._rough
        canvas = image, curve, picture
        crew.share(compose, (len(cells.samples), cells.samples, sparse.out, *canvas))
        crew.share(compose, (self._wild, rough.pixels, rough.out, *canvas))
        crew.share(
            compose_between, (self._calm, self._smooth, cells.corners, cells.between, sparse.out, *canvas)
        )
