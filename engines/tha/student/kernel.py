"""The loops of the student networks on the processor, compiled by numba at their first call.

A level of a network is computed for a list of pixels, a tile of them at a time: the tile passes through all the level's
layers while it is in the processor's cache. Threads take tiles from a common counter until there are none left.

Features lie by pixel. Between layers they are 16 bit integers where the processor multiplies those by pairs, otherwise
float32 (engines.tha.student.product). Positions, first layers, results and what one level gives the next are float32:
there a rounding would be seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engines.rig.kernel import compiled, inlined
from engines.tha.student.product import (
    COLUMNS,
    ROWS,
    SINE,
    kept,
    linear_block,
    narrow_block,
    sine_block,
    taken,
)

TILE = 96  # pixels; a multiple of every ROWS
_HERE, _THERE = (
    np.float32(0.75),
    np.float32(0.25),
)  # shares of the nearer and the farther pixel in enlarging twice
_S1, _S3, _S5, _S7, _S9 = (np.float32(each) for each in SINE)
_HALF, _ONE = np.float32(0.5), np.float32(1)
_FULL = np.float32(255)
_LEAST = np.float32(1e-6)

# A cell is rough where something bends by more than this from one sample to the next, of the picture's range of 2. A
# unit of flow is half a picture; an error of a pixel of it in a drawing changes values by some sixteenth of its size.
_ROUGH, _FLOW = np.float32(0.06), np.float32(16)


@compiled
def run_level(
    counter: Any,
    count: Any,
    places: Any,
    first: Any,
    sources: Any,
    given: Any,
    layers: Any,
    panels: Any,
    biases: Any,
    tail: Any,
    tail_bias: Any,
    features: Any,
    words: Any,
    exact: Any,
    out: Any,
) -> None:
    """Compute a level at some pixels, tile by tile, until there are none left.

    Args:
        counter: (1,) int64, shared by the threads: the first pixel nobody took yet.
        count: how many pixels there are.
        places: (pixels, 2) float32, x and y.
        first: (3, channels) float32, what the first layer adds up: x times, y times, and as it is; turns.
        sources: (pixels, 4) int32, which pixels of the coarser level lie around each one: nearest, beside it, above or
            below it, and farthest. Empty for a network's first level.
        given: (coarser pixels, channels) float32, what the coarser level gives; turns.
        layers: (layers, 3) int64: how many steps a product takes, which panel its layer ends before, and the bits of
            its sums.
        panels: (panels, steps, COLUMNS), the weights.
        biases: (panels, COLUMNS).
        tail: (1, steps, LANES) float32, the weights of a result; (0, ...) where the last of the layers is what the next
            level is given, and linear.
        tail_bias: (1, LANES) float32.
        features: (2, TILE, channels), the thread's own, as the numbers are kept.
        words: the same memory, as the numbers are multiplied.
        exact: (TILE, channels) float32, the thread's own.
        out: (pixels + ROWS, columns) float32: result, or what the next level is given. A last block may write beyond
            the pixels.
    """
    final = tail.shape[0] > 0
    while True:
        begin = taken(counter, TILE)
        if begin >= count:
            break
        size = min(TILE, count - begin)
        _first_layer(begin, size, places, first, sources, given, features)
        side, panel = 0, 0
        for layer in range(layers.shape[0]):
            steps, bits, column = layers[layer, 0], layers[layer, 2], 0
            rows, goal = words[side], features[1 - side]
            ends = layer == layers.shape[0] - 1
            while panel < layers[layer, 1]:
                for p in range(0, size, ROWS):
                    if not ends:
                        sine_block(rows, p, panels, panel, steps, biases, bits, goal, p, column)
                    elif final:
                        sine_block(rows, p, panels, panel, steps, biases, bits, exact, p, column)
                    else:
                        linear_block(rows, p, panels, panel, steps, biases, bits, out, begin + p, column)
                panel, column = panel + 1, column + COLUMNS
            side = 1 - side
        if final:
            for p in range(0, size, ROWS):
                narrow_block(exact, p, tail, 0, tail.shape[1], tail_bias, 0, out, begin + p, 0)


@inlined
def _first_layer(
    begin: Any, size: Any, places: Any, first: Any, sources: Any, given: Any, features: Any
) -> None:
    """Fill features[0] with the tile's first sine layer: sums, not products, as pixels differ by two numbers alone."""
    for p in range(size):
        x, y = places[begin + p, 0], places[begin + p, 1]
        row = features[0, p]
        if sources.shape[0] > 0:
            around = sources[begin + p]
            nearest, beside = given[around[0]], given[around[1]]
            across, farthest = given[around[2]], given[around[3]]
            for n in range(first.shape[1]):
                near = _HERE * nearest[n] + _THERE * beside[n]
                far = _HERE * across[n] + _THERE * farthest[n]
                turns = first[0, n] * x + first[1, n] * y + first[2, n]
                row[n] = kept(_sine_of_turns(turns + (_HERE * near + _THERE * far)), features)
        else:
            for n in range(first.shape[1]):
                turns = first[0, n] * x + first[1, n] * y + first[2, n]
                row[n] = kept(_sine_of_turns(turns), features)


@inlined
def _sine_of_turns(turns: Any) -> Any:
    r = turns - np.rint(turns)
    q = r * r
    return r * (_S1 + q * (_S3 + q * (_S5 + q * (_S7 + q * _S9))))


@compiled
def score_samples(counter: Any, count: Any, told: Any, beside: Any, scores: Any) -> None:
    """Say how much what samples were told bends there, in the picture's own values.

    Args:
        counter: (1,) int64, shared by the threads.
        count: how many samples there are.
        told: (samples, at least 7) float32: x and y of the flow, alpha, and what alpha puts there.
        beside: (samples, 4) int32: the samples to the left, to the right, above and below.
        scores: (samples,) float32, overwritten.
    """
    while True:
        begin = taken(counter, TILE)
        if begin >= count:
            break
        for index in range(begin, min(begin + TILE, count)):
            own = told[index]
            score = np.float32(0)
            for pair in range(2):
                one, other = told[beside[index, 2 * pair]], told[beside[index, 2 * pair + 1]]
                painted = min(abs(own[2]), _ONE)
                for n in range(7):
                    weight = _FLOW if n < 2 else _ONE if n == 2 else painted
                    score = max(score, weight * abs(one[n] - (own[n] + own[n]) + other[n]))
            scores[index] = score


@compiled
def choose_cells(
    corners: Any, scores: Any, pixels: Any, places: Any, sources: Any, smooth: Any, rough: Any
) -> tuple[int, int]:
    """Sort cells into those whose inside follows from their corners, and those to be computed.

    Args:
        corners: (cells, 4) int32, their samples.
        scores: (samples,) float32, how much they bend.
        pixels: (cells, 3) int32, what lies between the corners: beside, below, and across the first one.
        places: (cells, 3, 2) float32, theirs.
        sources: (cells, 3, 4) int32, theirs.
        smooth: (cells,) int32, overwritten: the numbers of smooth cells.
        rough: pixels, places and sources for 3 times as many pixels as there are cells, overwritten.

    Returns:
        How many smooth cells there are, and how many pixels in rough ones.
    """
    calm, wild = 0, 0
    rough_pixels, rough_places, rough_sources = rough
    for cell in range(len(corners)):
        score = np.float32(0)
        for corner in range(4):
            score = max(score, scores[corners[cell, corner]])
        if score <= _ROUGH:
            smooth[calm] = cell
            calm += 1
            continue
        for n in range(3):
            rough_pixels[wild] = pixels[cell, n]
            rough_places[wild, 0], rough_places[wild, 1] = places[cell, n, 0], places[cell, n, 1]
            for source in range(4):
                rough_sources[wild, source] = sources[cell, n, source]
            wild += 1
    return calm, wild


@compiled
def compose(counter: Any, count: Any, pixels: Any, told: Any, image: Any, curve: Any, picture: Any) -> None:
    """Move and repaint pixels, until there are none left, and encode them for screens.

    Args:
        counter: (1,) int64, shared by the threads.
        count: how many pixels there are.
        pixels: (pixels,) int32, their places in the picture.
        told: (pixels, at least 7) float32, as for score_samples.
        image: (S, S, 4) float32, the picture as networks see it, by pixel.
        curve: float32, sRGB values for the roots of linear ones, 0..1 in even steps.
        picture: (S, S, 4) uint8, overwritten at these pixels: premultiplied sRGB.
    """
    blended = np.empty(4, np.float32)
    while True:
        begin = taken(counter, TILE)
        if begin >= count:
            break
        for index in range(begin, min(begin + TILE, count)):
            _show(pixels[index], told[index], blended, image, curve, picture)


@compiled
def compose_between(
    counter: Any,
    count: Any,
    smooth: Any,
    corners: Any,
    pixels: Any,
    told: Any,
    image: Any,
    curve: Any,
    picture: Any,
) -> None:
    """Do what compose does for what lies between the corners of smooth cells.

    Args:
        counter: (1,) int64, shared by the threads.
        count: how many smooth cells there are.
        smooth: their numbers, as choose_cells tells them.
        corners: (cells, 4) int32, their samples.
        pixels: (cells, 3) int32, what lies between.
        told: (samples, at least 7) float32, as for score_samples.
        image: as compose's.
        curve: as compose's.
        picture: as compose's.
    """
    blended, mean = np.empty(4, np.float32), np.empty(7, np.float32)
    while True:
        begin = taken(counter, TILE)
        if begin >= count:
            break
        for index in range(begin, min(begin + TILE, count)):
            cell = smooth[index]
            own, right = told[corners[cell, 0]], told[corners[cell, 1]]
            below, across = told[corners[cell, 2]], told[corners[cell, 3]]
            for n in range(7):
                mean[n] = _HALF * (own[n] + right[n])
            _show(pixels[cell, 0], mean, blended, image, curve, picture)
            for n in range(7):
                mean[n] = _HALF * (own[n] + below[n])
            _show(pixels[cell, 1], mean, blended, image, curve, picture)
            for n in range(7):
                mean[n] = _HALF * _HALF * ((own[n] + right[n]) + (below[n] + across[n]))
            _show(pixels[cell, 2], mean, blended, image, curve, picture)


@inlined
def _show(pixel: Any, told: Any, blended: Any, image: Any, curve: Any, picture: Any) -> None:
    """Paint one pixel; `blended` is (4,) float32 to work in."""
    side = image.shape[0]
    half, edge = np.float32(side / 2), np.float32(side - 1)
    steps = np.float32(len(curve) - 1)
    row, column = divmod(pixel, side)
    x = min(max(np.float32(column) + told[0] * half, np.float32(0)), edge)
    y = min(max(np.float32(row) + told[1] * half, np.float32(0)), edge)
    left, top = int(x), int(y)
    right, bottom = min(left + 1, side - 1), min(top + 1, side - 1)
    x, y = x - np.float32(left), y - np.float32(top)
    alpha = told[2]
    for channel in range(4):
        upper = image[top, left, channel] * (_ONE - x) + image[top, right, channel] * x
        lower = image[bottom, left, channel] * (_ONE - x) + image[bottom, right, channel] * x
        moved = upper * (_ONE - y) + lower * y
        value = moved + alpha * (told[3 + channel] - moved)
        blended[channel] = min(max(value * _HALF + _HALF, np.float32(0)), _ONE)
    cover = blended[3]
    for channel in range(3):
        straight = min(blended[channel] / max(cover, _LEAST), _ONE)
        at = np.sqrt(straight) * steps
        below = min(int(at), len(curve) - 2)
        shown = curve[below] + (at - np.float32(below)) * (curve[below + 1] - curve[below])
        picture[row, column, channel] = np.uint8(shown * cover * _FULL + _HALF)
    picture[row, column, 3] = np.uint8(cover * _FULL + _HALF)
