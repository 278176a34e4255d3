"""Putting the network's small picture back into the avatar's own, for one view: one resampling, no visible border.

Around the square stands the picture itself, untouched. Towards the square's border the network's picture fades into
it, and has its colours there; its sharpness is that of the picture, as far as 256 pixels can hold it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import View
from engines.fomm.borders import FADE, FADE_BELOW, borders_of, smooth_step
from engines.fomm.resample import Taps, resampled, taps
from engines.fomm.sharpness import BLUR, unsharp_amount
from engines.fomm.source import CALM, Source
from engines.rig.kernel import compiled

Pixels = NDArray[np.uint8]

# The carried matte is rounded and blurred a little: below the first value nobody is, above the second only the person.
_NONE, _SURE = 6.0, 249.0


class Paste:
    """Pastes results into one view.

    Threads: one at a time; the canvas is its own.
    """

    def __init__(self, source: Source, tone: NDArray[np.float32], view: View) -> None:
        """Work out everything that does not change from frame to frame.

        Args:
            source: the avatar.
            tone: (S, S, 3) what to add to the network's colours, see tone_of.
            view: where the picture falls in the output.
        """
        self.view = view
        self._tone = tone
        self._whole = source.layers is None
        matrix, square = view.matrix, source.square
        factor = square.side / source.side
        scale = matrix[0, 0] * factor, matrix[1, 1] * factor
        offset = matrix[0, 0] * square.left + matrix[0, 2], matrix[1, 1] * square.top + matrix[1, 2]
        self._amount = 0.0 if self._whole else unsharp_amount(source, view.scale)
        free, fading = borders_of(source)
        frame = _frame(source, view, free)
        sides = (_overlap(o, o + s * source.side, *r) for o, s, r in zip(offset, scale, frame, strict=True))
        (left, right), (top, bottom) = sides
        self._across = taps(scale[0], offset[0], source.side, left, right)
        self._down = taps(scale[1], offset[1], source.side, top, bottom)
        self._fade_x = _fade(
            np.arange(left, right), scale[0], offset[0], source.side, fading[0::2], below=False
        )
        self._fade_y = _fade(
            np.arange(top, bottom), scale[1], offset[1], source.side, fading[1::2], below=True
        )
        self._canvas = np.zeros((view.height, view.width, 4), np.uint8)
        if source.layers is not None:
            _draw_still(self._canvas, source, view, frame)
        region = slice(top, bottom), slice(left, right)
        self._region = self._canvas[region]
        self._still = self._region.copy()
        self._behind = _behind(source, view)[region] if not self._whole else self._still[..., :3]
        self._rows = np.empty((source.side, right - left, 4), np.float32)

    def __call__(self, picture: Pixels, matte: Pixels) -> Pixels:
        """Return the person, (view.height, view.width, 4) uint8 RGBA, premultiplied: the canvas, overwritten next time.

        Args:
            picture: (S, S, 3) uint8, the network's.
            matte: (S, S) uint8, where the person is in it.
        """
        if self._region.size:
            # The matte is sharpened alike: a rim stays the same mixture of person and background.
            _spread(
                picture,
                self._soft(picture),
                matte,
                self._soft(matte),
                self._amount,
                self._tone,
                self._across.first,
                self._across.weights,
                self._rows,
            )
            _lay(
                self._rows,
                self._down.first,
                self._down.weights,
                self._fade_x,
                self._fade_y,
                self._behind,
                self._still,
                self._whole,
                self._region,
            )
        return self._canvas

    def _soft(self, pixels: Pixels) -> Pixels:
        return pixels if self._amount == 0 else np.asarray(cv2.GaussianBlur(pixels, (0, 0), BLUR), np.uint8)


def backdrop_of(source: Source, view: View) -> Pixels:
    """Return what is behind the person, (view.height, view.width, 3) uint8; beyond the picture its edge repeats."""
    picture = source.avatar.rgb if source.layers is None else source.layers.backdrop
    return _shown(picture, 0, view)


def _behind(source: Source, view: View) -> Pixels:
    """Return what the network saw behind the person, in the view."""
    if source.avatar.has_alpha:
        return np.broadcast_to(np.array(CALM, np.uint8), (view.height, view.width, 3))
    return backdrop_of(source, view)


def _shown(picture: Pixels, margin: int, view: View) -> Pixels:
    """Return a picture (H, W, channels), with a margin around the avatar's, as the view shows it."""
    matrix = view.matrix
    axes = zip(
        (view.width, view.height), picture.shape[1::-1], matrix[[0, 1], [0, 1]], matrix[:, 2], strict=True
    )
    across, down = (taps(s, t - s * margin, size, 0, length) for length, size, s, t in axes)
    low, high = int(down.first.min()), int(down.first.max()) + down.weights.shape[1]
    return resampled(picture[low:high], across, Taps(down.first - np.int32(low), down.weights))


def _draw_still(
    canvas: Pixels, source: Source, view: View, frame: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    """Draw the person as the picture has it, within the frame."""
    assert source.layers is not None
    (left, right), (top, bottom) = frame
    inside = slice(top, bottom), slice(left, right)
    canvas[inside] = _shown(source.layers.person, source.layers.margin, view)[inside]
    canvas[..., :3] = np.minimum(canvas[..., :3], canvas[..., 3:])


def _frame(source: Source, view: View, free: list[bool]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the columns and the rows of the output the person may be drawn to.

    Where the picture's border cuts the person off, what was made up beyond it stays hidden; a cut-out character may
    leave its picture on the other sides.
    """
    matrix, size, output = view.matrix, source.avatar.size, (view.width, view.height)
    ranges = []
    for axis in (0, 1):
        scale, shift = matrix[axis, axis], matrix[axis, 2]
        ends = [shift, shift + scale * size[axis]]
        open_ends = [free[axis], free[axis + 2]]
        if scale < 0:
            ends.reverse()
            open_ends.reverse()
        low = 0 if open_ends[0] else round(ends[0])
        high = output[axis] if open_ends[1] else round(ends[1])
        low = min(max(low, 0), output[axis])
        ranges.append((low, min(max(high, low), output[axis])))
    return ranges[0], ranges[1]


def _overlap(one: float, other: float, low: int, high: int) -> tuple[int, int]:
    """Return the whole pixels between two places in any order, within low and high."""
    start = min(max(round(min(one, other)), low), high)
    return start, max(min(round(max(one, other)), high), start)


def _fade(
    pixels: NDArray[np.int64], scale: float, offset: float, side: int, fading: list[bool], *, below: bool
) -> NDArray[np.float32]:
    """Return (n,) how much of the network's picture output pixels along one axis take, 0..1."""
    place = (pixels + 0.5 - offset) / (scale * side)
    share = np.ones(len(pixels))
    if fading[0]:
        share *= smooth_step(place / FADE)
    if fading[1]:
        share *= smooth_step((1 - place) / (FADE_BELOW if below else FADE))
    return share.astype(np.float32)


@compiled
def _spread(
    picture: Pixels,
    soft_picture: Pixels,
    matte: Pixels,
    soft_matte: Pixels,
    amount: float,
    tone: NDArray[np.float32],
    first: NDArray[np.int32],
    weights: NDArray[np.float32],
    rows: NDArray[np.float32],
) -> None:
    """Sharpen picture and matte, tone the picture, and resample their rows; the matte is the fourth channel."""
    side, low, high = picture.shape[0], np.float32(0), np.float32(255)
    line = np.empty((side, 4), np.float32)
    for y in range(side):
        for x in range(side):
            for channel in range(3):
                own = np.float32(picture[y, x, channel])
                value = own + amount * (own - soft_picture[y, x, channel]) + tone[y, x, channel]
                line[x, channel] = min(max(value, low), high)
            own = np.float32(matte[y, x])
            line[x, 3] = min(max(own + amount * (own - soft_matte[y, x]), low), high)
        for x in range(first.size):
            red, green, blue, alpha = low, low, low, low
            for tap in range(weights.shape[1]):
                weight, source = weights[x, tap], line[first[x] + tap]
                red += weight * source[0]
                green += weight * source[1]
                blue += weight * source[2]
                alpha += weight * source[3]
            rows[y, x, 0], rows[y, x, 1], rows[y, x, 2], rows[y, x, 3] = red, green, blue, alpha


@compiled
def _lay(
    rows: NDArray[np.float32],
    first: NDArray[np.int32],
    weights: NDArray[np.float32],
    fade_x: NDArray[np.float32],
    fade_y: NDArray[np.float32],
    behind: Pixels,
    still: Pixels,
    whole: bool,
    out: Pixels,
) -> None:
    """Resample the columns, take what the network saw behind out of the person's rim, and fade to the still picture."""
    zero, top, half = np.float32(0), np.float32(255), np.float32(0.5)
    width = rows.shape[1]
    flat = rows.reshape(rows.shape[0], width * 4)
    line = np.empty(width * 4, np.float32)
    for y in range(first.size):
        line[:] = zero
        for tap in range(weights.shape[1]):
            weight, row = weights[y, tap], flat[first[y] + tap]
            for place in range(line.size):
                line[place] += weight * row[place]
        for x in range(width):
            alpha = (
                top if whole else (line[4 * x + 3] - np.float32(_NONE)) * np.float32(255 / (_SURE - _NONE))
            )
            alpha = min(max(alpha, zero), top)
            share = fade_x[x] * fade_y[y]
            if alpha >= top and share >= np.float32(1):
                for channel in range(3):
                    out[y, x, channel] = np.uint8(min(max(line[4 * x + channel], zero), top) + half)
                out[y, x, 3] = np.uint8(255)
                continue
            rest = np.float32(1) - share
            clear = np.float32(1) - alpha * np.float32(1 / 255)
            for channel in range(3):
                value = min(max(line[4 * x + channel], zero), top) - clear * behind[y, x, channel]
                value = min(max(value, zero), alpha)
                out[y, x, channel] = np.uint8(share * value + rest * still[y, x, channel] + half)
            out[y, x, 3] = np.uint8(share * alpha + rest * still[y, x, 3] + half)
