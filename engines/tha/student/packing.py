"""A level of a student network laid out for the kernels: which weights lie where, and which pixels are computed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.tha.student.folding import Layer, Level
from engines.tha.student.kernel import TILE, run_level
from engines.tha.student.product import COLUMNS, LANES, ROWS, TURN_BITS, UNIT

Floats = NDArray[np.float32]
Pixels = NDArray[np.int64]

_LEAST = 1e-6  # what weights are taken for that are smaller; there may be none but zeros


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
        paired: kept and multiplied as pairs of integers.
        final: the level's last layer is a result: kept exact.
        width: channels the widest layer takes, filled up to whole blocks.
        columns: what the level gives, filled up to whole blocks.
    """

    def __init__(self, level: Level, *, final: bool, paired: bool) -> None:
        """Pack a level; see the attributes."""
        self.level, self.paired, self.final = level, paired, final
        layers = level.hidden if final else (*level.hidden, level.last)
        packed = [_panels(layer, paired, turns=layer is not level.last) for layer in layers]
        weights, biases, bits = zip(*packed, strict=True)
        steps, ends = [each.shape[1] for each in weights], np.cumsum([len(each) for each in weights])
        self.layers = np.stack((steps, ends, bits), 1).astype(np.int64)
        self.panels = np.zeros((ends[-1], max(steps), COLUMNS), weights[0].dtype)
        for panels, end in zip(weights, ends, strict=True):
            self.panels[end - len(panels) : end, : panels.shape[1]] = panels
        self.biases = np.concatenate(biases)
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


def _panels(layer: Layer, paired: bool, *, turns: bool) -> tuple[NDArray[Any], NDArray[Any], int]:
    """Return a layer in panels of COLUMNS outputs.

    Args:
        layer: the weights.
        paired: as pairs of integers.
        turns: a sine follows, to which whole turns are nothing.

    Returns:
        Weights (panels, steps, COLUMNS), biases (panels, COLUMNS), and how many bits of a sum are 1.
    """
    wanted, given = layer.weight.shape
    panels = -(-wanted // COLUMNS)
    weight, bias = np.zeros((_whole(given, 2), panels * COLUMNS)), np.zeros(panels * COLUMNS)
    weight[:given, :wanted], bias[:wanted] = layer.weight.T, layer.bias
    bits = _bits(layer, turns) if paired else 0
    if paired:
        short = np.rint(weight * (2.0**bits / UNIT)).astype(np.int16).view(np.uint16).astype(np.uint32)
        numbers: NDArray[Any] = short[0::2] | short[1::2] << np.uint32(16)
        biases: NDArray[Any] = np.rint(bias * 2.0**bits).astype(np.int64).astype(np.int32)  # the lowest bits
    else:
        numbers, biases = weight[:given].astype(np.float32), bias.astype(np.float32)
    return numbers.reshape(-1, panels, COLUMNS).swapaxes(0, 1), biases.reshape(panels, COLUMNS), bits


def _bits(layer: Layer, turns: bool) -> int:
    """Return the most bits a layer's sums can have: weights have 16, and only whole turns may flow over."""
    room = [UNIT**2 / np.abs(layer.weight).max(initial=_LEAST)]
    if not turns:
        most = np.abs(layer.weight).sum(1) + np.abs(layer.bias)
        room.append((2**31 - UNIT * layer.weight.shape[1]) / most.max(initial=_LEAST))
    return int(min(np.floor(np.log2(min(room))), TURN_BITS))


def _scratch(packed: PackedLevel) -> tuple[NDArray[Any], NDArray[Any], Floats]:
    features = np.zeros((2, TILE, packed.width), np.int16 if packed.paired else np.float32)
    words = features.view(np.uint32) if packed.paired else features
    return features, words, np.zeros((TILE, packed.width), np.float32)


def _whole(number: int, of: int) -> int:
    return -(-number // of) * of
