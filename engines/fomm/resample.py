"""Resampling that a View asks for: moved, scaled and mirrored, one axis after the other, exact to fractions of a pixel.

Which pixels make an output pixel, and how much each counts, depends on the view alone: it is worked out once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.rig.kernel import compiled

# Keys' cubic with this slope: sharper than the usual -0.5. With the unsharp mask before it, it comes as near to the
# picture it was reduced from as Lanczos of three lobes does, for two thirds of the work.
_SLOPE = -0.75
_REACH = 2.0


@dataclass(frozen=True)
class Taps:
    """What a run of output pixels is made of.

    Attributes:
        first: (n,) int32, the first source pixel of each.
        weights: (n, k) float32, how much that and the following ones count; rows sum to 1.
    """

    first: NDArray[np.int32]
    weights: NDArray[np.float32]


def taps(scale: float, offset: float, source: int, start: int, stop: int) -> Taps:
    """Return what output pixels start to stop are made of, where output = scale * source + offset.

    Args:
        scale: output pixels a source pixel takes; below 0 it is mirrored.
        offset: where the source's first edge falls, output pixels.
        source: how many source pixels there are; beyond, the last one repeats.
        start: first output pixel.
        stop: behind the last.
    """
    places = (np.arange(start, stop) + 0.5 - offset) / scale - 0.5
    wide = max(1.0, 1 / abs(scale))
    count = min(2 * math.ceil(_REACH * wide), 2 * source)
    lowest = np.floor(places).astype(np.int64) - count // 2 + 1
    index = lowest[:, None] + np.arange(count)
    weights = _cubic((index - places[:, None]) / wide)
    weights /= weights.sum(axis=1, keepdims=True)
    return _within(index, weights, source)


def _within(index: NDArray[np.int64], weights: NDArray[np.float64], source: int) -> Taps:
    """Give the weight of pixels beyond the source to its last ones."""
    count = min(index.shape[1], source)
    first = np.clip(index[:, 0], 0, source - count)
    kept = np.zeros((len(index), count))
    rows = np.repeat(np.arange(len(index)), index.shape[1])
    columns = np.clip(index - first[:, None], 0, count - 1)
    np.add.at(kept, (rows, columns.ravel()), weights.ravel())
    return Taps(first.astype(np.int32), kept.astype(np.float32))


def _cubic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    near = np.abs(x)
    inner = ((_SLOPE + 2) * near - (_SLOPE + 3)) * near**2 + 1
    outer = ((near - 5) * near + 8) * near * _SLOPE - 4 * _SLOPE
    return np.where(near <= 1, inner, np.where(near < 2, outer, 0.0))


def resampled(picture: NDArray[np.uint8], across: Taps, down: Taps) -> NDArray[np.uint8]:
    """Return a picture (H, W, channels) resampled, (len(down), len(across), channels) uint8."""
    rows = np.empty((picture.shape[0], len(across.first), picture.shape[2]), np.float32)
    _along_rows(np.ascontiguousarray(picture), across.first, across.weights, rows)
    out = np.empty((len(down.first), *rows.shape[1:]), np.uint8)
    _along_columns(rows.reshape(len(rows), -1), down.first, down.weights, out.reshape(len(out), -1))
    return out


@compiled
def _along_rows(
    picture: NDArray[np.uint8],
    first: NDArray[np.int32],
    weights: NDArray[np.float32],
    rows: NDArray[np.float32],
) -> None:
    for y in range(picture.shape[0]):
        for x in range(first.size):
            for channel in range(picture.shape[2]):
                total = np.float32(0)
                for tap in range(weights.shape[1]):
                    total += weights[x, tap] * picture[y, first[x] + tap, channel]
                rows[y, x, channel] = total


@compiled
def _along_columns(
    rows: NDArray[np.float32],
    first: NDArray[np.int32],
    weights: NDArray[np.float32],
    out: NDArray[np.uint8],
) -> None:
    line = np.empty(rows.shape[1], np.float32)
    for y in range(first.size):
        line[:] = np.float32(0.5)
        for tap in range(weights.shape[1]):
            weight = weights[y, tap]
            row = rows[first[y] + tap]
            for x in range(line.size):
                line[x] += weight * row[x]
        for x in range(line.size):
            out[y, x] = np.uint8(min(max(line[x], np.float32(0)), np.float32(255)))
