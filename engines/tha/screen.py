"""A character's small square laid into a view: one resampling that keeps outlines clean."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import View
from engines.rig.kernel import compiled

Pixels = NDArray[np.uint8]

_AROUND = 4  # pixels of the square kept around the part in view: what the resampling looks at beyond it
_FADE = 24.0  # pixels of the square in which its picture goes over into the still one around it
_SHRINKING = 0.8  # below this scale pixels are averaged; above, a cubic through them is sharper


class Screen:
    """Shows pictures of one square in one view.

    The square's edges fall on whole output pixels, up to half a pixel from where the view puts them: resampling is then
    the same for every row and column and takes a twentieth of the time, and nothing stands beside the character that
    half a pixel could be seen against.

    Threads: one at a time; the canvas is its own.

    Attributes:
        view: where the picture falls in the output.
    """

    def __init__(
        self,
        matrix: NDArray[np.float64],
        side: int,
        view: View,
        frame: tuple[int, int, int, int] | None = None,
        still: Pixels | None = None,
    ) -> None:
        """Work out what does not change from frame to frame.

        Args:
            matrix: (2, 3) from the square's pixels to the avatar's picture: a scale and an offset.
            side: of the square, pixels.
            view: where the avatar's picture falls in the output.
            frame: left, top, right, bottom of the output that may be drawn to; all of it if None.
            still: (view.height, view.width, 4) premultiplied, what stands around the square; None for nothing.
        """
        self.view = view
        whole = view.matrix @ np.vstack([matrix, [0, 0, 1]])
        self._mirrored = whole[0, 0] < 0
        if self._mirrored:  # the square is flipped first
            whole[0] = -whole[0, 0], 0, whole[0, 2] + side * whole[0, 0]
        self._canvas = np.zeros((view.height, view.width, 4), np.uint8) if still is None else still.copy()
        first_x, first_y, last_x, last_y = frame or (0, 0, view.width, view.height)
        (left, right), self._columns, across = _span(whole[0, 0], whole[0, 2], side, (first_x, last_x))
        (top, bottom), self._rows, down = _span(whole[1, 1], whole[1, 2], side, (first_y, last_y))
        self._shrinks = min(whole[0, 0], whole[1, 1]) < _SHRINKING
        self._size = across[1] - across[0], down[1] - down[0]
        self._enlarged = np.empty((self._size[1], self._size[0], 4), np.float32)
        self._seen = self._enlarged[top - down[0] : bottom - down[0], left - across[0] : right - across[0]]
        self._target = self._canvas[top:bottom, left:right]
        self._around = None if still is None else still[top:bottom, left:right]
        self._fade_x = _fade(np.arange(left, right), whole[0, 0], whole[0, 2], side)
        self._fade_y = _fade(np.arange(top, bottom), whole[1, 1], whole[1, 2], side)

    def __call__(self, picture: Pixels) -> Pixels:
        """Return the view's picture, (view.height, view.width, 4) uint8 RGBA: the canvas, overwritten next time.

        Args:
            picture: (side, side, 4) uint8 RGBA; premultiplied, as what is returned.
        """
        if self._target.size:
            if self._mirrored:
                picture = np.asarray(cv2.flip(picture, 1), np.uint8)
            part = picture[self._rows, self._columns].astype(np.float32)
            way = cv2.INTER_AREA if self._shrinks else cv2.INTER_CUBIC
            cv2.resize(part, self._size, dst=self._enlarged, interpolation=way)
            _take(self._seen, self._target)
            if self._around is not None:
                _mix(self._target, self._around, self._fade_x, self._fade_y)
        return self._canvas


def _span(
    scale: float, offset: float, side: int, limits: tuple[int, int]
) -> tuple[tuple[int, int], slice, tuple[int, int]]:
    """Return, along one axis, what is drawn, from which part of the square, and where that part's edges fall.

    Args:
        scale: output pixels a pixel of the square takes.
        offset: where the square begins, output pixels.
        side: of the square.
        limits: of the output that may be drawn to.
    """
    first = max(int((limits[0] - offset) / scale) - _AROUND, 0)
    last = min(int((limits[1] - offset) / scale) + 1 + _AROUND, side)
    if last <= first:
        return (0, 0), slice(0, 1), (0, 1)
    edges = round(offset + scale * first), round(offset + scale * last)
    edges = edges[0], max(edges[1], edges[0] + 1)
    low, high = max(edges[0], limits[0]), min(edges[1], limits[1])
    return (low, max(high, low)), slice(first, last), edges


def _fade(pixels: NDArray[np.int64], scale: float, offset: float, side: int) -> NDArray[np.float32]:
    """Return (n,) how much of the square's picture output pixels along one axis take beside a still one, 0..1."""
    place = (pixels + 0.5 - offset) / scale
    share = np.clip(np.minimum(place, side - place) / _FADE, 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


@compiled
def _mix(target: Pixels, still: Pixels, across: NDArray[np.float32], down: NDArray[np.float32]) -> None:
    """Let the target go over into a still picture at its borders."""
    for y in range(target.shape[0]):
        for x in range(target.shape[1]):
            share = across[x] * down[y]
            if share < np.float32(1):
                for channel in range(4):
                    value = share * target[y, x, channel] + (np.float32(1) - share) * still[y, x, channel]
                    target[y, x, channel] = np.uint8(value + np.float32(0.5))


@compiled
def _take(source: NDArray[np.float32], target: Pixels) -> None:
    """Round pixels to bytes.

    At an outline a cubic swings beyond what there is, and colours and alpha swing alike. Where alpha would be more than
    everything, colours are divided by it, and nowhere is there more colour than alpha: no light or dark fringe.
    """
    zero, full, half, one = np.float32(0), np.float32(255), np.float32(0.5), np.float32(1)
    for y in range(source.shape[0]):
        for x in range(source.shape[1]):
            swung = max(source[y, x, 3], zero)
            factor = full / swung if swung > full else one
            alpha = min(swung, full)
            for channel in range(3):
                colour = min(max(source[y, x, channel] * factor, zero), alpha)
                target[y, x, channel] = np.uint8(colour + half)
            target[y, x, 3] = np.uint8(alpha + half)
