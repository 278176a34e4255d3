"""A level of a student network laid out for the kernels: which weights lie where, and which pixels are computed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.tha.student.folding import Layer, Level
from engines.tha.student.kernel import TILE, run_level
from engines.tha.student.product import COLUMNS, LANES, ROWS

Floats = NDArray[np.float32]
Pixels = NDArray[np.int64]


class Crew:
    """Threads that share a piece of work, the caller among them.

    Attributes:
        size: how many, with the caller.
    """

    def __init__(self, size: int) -> None:
        """Take how many there shall be."""
        self.size = size
        self._others = ThreadPoolExecutor(size, thread_name_prefix="tha-student")

    def share(self, work: Callable[..., None], *arguments: tuple[Any, ...]) -> None:
        """Call work once per thread: with a common counter, and the thread's own arguments.

        Args:
            work: a compiled function that holds no interpreter lock.
            arguments: one tuple for every thread, or one for all of them.
        """
        counter = np.zeros(1, np.int64)
        each = arguments * self.size if len(arguments) == 1 else arguments
        others = [self._others.submit(work, counter, *given) for given in each[1:]]
        work(counter, *each[0])
        for other in others:
            other.result()

    def close(self) -> None:
        """End the threads."""
        self._others.shutdown(wait=True)


class PackedLevel:
    """A level's weights as the kernels read them.

    Attributes:
        level: the weights themselves.
        paired: kept and multiplied as bfloat16 pairs.
        final: the level's last layer is a result: kept exact.
        width: channels the widest layer takes, filled up to whole blocks.
        columns: what the level gives, filled up to whole blocks.
    """

    def __init__(self, level: Level, *, final: bool, paired: bool) -> None:
        """Pack a level; see the attributes."""
        self.level, self.paired, self.final = level, paired, final
        layers = level.hidden if final else (*level.hidden, level.last)
        packed = [_panels(layer, paired) for layer in layers]
        steps, ends = [each.shape[1] for each, _ in packed], np.cumsum([len(each) for each, _ in packed])
        self.layers = np.stack((steps, ends), 1).astype(np.int64)
        self.panels = np.zeros((ends[-1], max(steps), COLUMNS), np.uint32 if paired else np.float32)
        for (panels, _), end in zip(packed, ends, strict=True):
            self.panels[end - len(panels) : end, : panels.shape[1]] = panels
        self.biases = np.concatenate([biases for _, biases in packed])
        given, wanted = level.last.weight.shape[::-1]
        self.tail = np.zeros((int(final), given, LANES), np.float32)
        self.tail_bias = np.zeros((1, LANES), np.float32)
        if final:
            self.tail[0, :, :wanted] = level.last.weight.T
            self.tail_bias[0, :wanted] = level.last.bias
        self.width = _whole(max(len(level.x), *(len(layer.bias) for layer in layers)), COLUMNS)
        self.columns = LANES if final else _whole(wanted, COLUMNS)

    def first(self, pose: Floats) -> Floats:
        """Return what the first layer adds up at a pose: (3, channels)."""
        level = self.level
        constant = level.first.weight @ pose + level.first.bias
        sums = np.zeros((3, _whole(len(constant), LANES)), np.float32)
        sums[:, : len(constant)] = level.x, level.y, constant
        return sums


class LevelRun:
    """A level for a list of pixels.

    Attributes:
        packed: the level.
        pixels: which ones: row times side plus column.
        places: (pixels, 2) float32, x and y.
        sources: (pixels, 4) int32, as run_level wants them.
        out: (pixels + ROWS, columns) float32, what they gave last.
    """

    def __init__(
        self, packed: PackedLevel, side: int, pixels: Pixels, coarser: LevelRun | None = None
    ) -> None:
        """Lay out the pixels.

        Args:
            packed: the level.
            side: of the level's picture.
            pixels: which ones.
            coarser: the level below, of half the side, with every pixel that `around` names, ascending; None for the
                first.
        """
        self.packed, self.pixels = packed, pixels
        self.places = places_of(pixels, side)
        if coarser is None:
            self.sources = np.zeros((0, 4), np.int32)
            self._given = np.zeros((0, packed.columns), np.float32)
        else:
            self.sources = np.searchsorted(coarser.pixels, around(pixels, side)).astype(np.int32)
            self._given = coarser.out
        self.out: Floats = np.zeros((len(pixels) + ROWS, packed.columns), np.float32)
        self._scratch: list[tuple[NDArray[Any], NDArray[Any], Floats]] = []

    def run(self, crew: Crew, pose: Floats, count: int | None = None) -> None:
        """Compute at least the first `count` pixels, or all of them."""
        packed = self.packed
        most = len(self.pixels)
        count = most if count is None else min(_whole(count, TILE), most)
        while len(self._scratch) < crew.size:
            self._scratch.append(_scratch(packed))
        common = (count, self.places, packed.first(pose), self.sources, self._given)
        weights = (packed.layers, packed.panels, packed.biases, packed.tail, packed.tail_bias)
        crew.share(run_level, *((*common, *weights, *own, self.out) for own in self._scratch))

    def needs(self, count: int) -> int:
        """Return how many of the coarser level's pixels the first `count` pixels look at."""
        return int(self.sources[:count].max(initial=-1)) + 1


def places_of(pixels: NDArray[np.signedinteger[Any]], side: int) -> Floats:
    """Return x and y of pixels' centres, (..., 2): -1 and 1 are the picture's edges."""
    row, column = np.divmod(pixels, side)
    places: Floats = ((2 * np.stack((column, row), -1) + 1) / side - 1).astype(np.float32)
    return places


def around(pixels: Pixels, side: int) -> Pixels:
    """Return which pixels of half the size lie around each pixel's centre: (pixels, 4), as run_level wants them.

    Beyond the edge there is what lies at the edge (bilinear, align_corners=False).
    """
    half = side // 2
    (near_row, near_column) = (axis // 2 for axis in np.divmod(pixels, side))
    far_row, far_column = (
        np.clip(near + np.where(axis % 2, 1, -1), 0, half - 1)
        for near, axis in zip((near_row, near_column), np.divmod(pixels, side), strict=True)
    )
    rows = np.stack((near_row, near_row, far_row, far_row), 1)
    found: Pixels = rows * half + np.stack((near_column, far_column, near_column, far_column), 1)
    return found


def _panels(layer: Layer, paired: bool) -> tuple[NDArray[Any], Floats]:
    """Return a layer's weights and biases in panels of COLUMNS outputs: (panels, steps, COLUMNS), (panels, COLUMNS)."""
    wanted, given = layer.weight.shape
    panels = -(-wanted // COLUMNS)
    weight = np.zeros((_whole(given, 2) if paired else given, panels * COLUMNS), np.float32)
    weight[:given, :wanted] = layer.weight.T
    biases = np.zeros(panels * COLUMNS, np.float32)
    biases[:wanted] = layer.bias
    numbers = _pairs(weight) if paired else weight
    return numbers.reshape(len(numbers), panels, COLUMNS).swapaxes(0, 1), biases.reshape(panels, COLUMNS)


def _pairs(weight: Floats) -> NDArray[np.uint32]:
    """Return rows as bfloat16, two to a row: the earlier in the lower half."""
    bits = weight.view(np.uint32)
    short = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
    return short[0::2] | short[1::2] << np.uint32(16)


def _scratch(packed: PackedLevel) -> tuple[NDArray[Any], NDArray[Any], Floats]:
    features = np.zeros((2, TILE, packed.width), np.uint16 if packed.paired else np.float32)
    words = features.view(np.uint32) if packed.paired else features
    return features, words, np.zeros((TILE, packed.width), np.float32)


def _whole(number: int, of: int) -> int:
    return -(-number // of) * of
