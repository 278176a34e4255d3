"""The openings of drawn eyes, in the face's own frame (see drawn.py)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engines.face.topology import EYES, EyeTopology

_UNLIKE = 20.0  # from here on a pixel is not skin
_SEED = 20  # radius, pixels, in which the eye's middle is sought
_LOWEST, _TALLEST = 14.0, 75.0  # an opening's height, pixels
_NARROW, _WIDE, _USUAL_HALF = 28.0, 72.0, 28.0  # its width, and half of what it mostly is
_GAP = 4  # so many pixels of skin end an eye
_AGREE = 0.3  # two eyes of one face may differ in height by this share


@dataclass(frozen=True)
class EyeBox:
    """One eye's opening, pixels of the patch.

    Attributes:
        x: the iris' middle.
        top: lower edge of the upper lash line.
        bottom: upper edge of the lower one.
        left: the viewer's left corner.
        right: the viewer's right corner.
        iris: the iris' radius.
        seen: found in the picture rather than taken from the network.
    """

    x: float
    top: float
    bottom: float
    left: float
    right: float
    iris: float
    seen: bool


@dataclass(frozen=True)
class EyeFit:
    """Both eyes (the person's right and left) and how sure they are, 0..1."""

    right: EyeBox
    left: EyeBox
    sureness: float


def find_eyes(lab: NDArray[np.float32], unlike: NDArray[np.float32], start: NDArray[np.float64]) -> EyeFit:
    """Find both eyes. One that cannot be made out takes its measures from the other, or stays as the network saw it."""
    right, left = (_find(lab, unlike, start, eye) for eye in EYES)
    if right.seen and left.seen:
        tall, low = max(_height(right), _height(left)), min(_height(right), _height(left))
        if low > (1 - _AGREE) * tall:
            return EyeFit(*_matched(right, left), 1.0)
        # One of them took hair or brow along, or missed its lower half: the likelier height is the middle one.
        better = min((right, left), key=lambda box: abs(_height(box) - 0.8 * _width(box)))
        return EyeFit(_like(right, better), _like(left, better), 0.5)
    if right.seen or left.seen:
        better = right if right.seen else left
        return EyeFit(_like(right, better), _like(left, better), 0.5)
    return EyeFit(right, left, 0.0)


def _find(
    lab: NDArray[np.float32], unlike: NDArray[np.float32], start: NDArray[np.float64], eye: EyeTopology
) -> EyeBox:
    fallback = _from_network(start, eye)
    x, y = _middle(unlike, start[eye.iris])
    column = slice(max(int(x) - 4, 0), int(x) + 5)
    strange = (unlike[:, column] > _UNLIKE).mean(axis=1) > 0.4
    light = lab[:, column, 0].mean(axis=1)
    iris_rows = _iris_rows(unlike, x, y)
    bottom = _run(strange | iris_rows, int(y), 1, 48)
    if bottom is None:
        return fallback
    bottom = int(y) + int(np.nonzero(iris_rows[int(y) : bottom + 1])[0].max(initial=0))
    top_out = _run(strange, int(y), -1, 44)
    if top_out is None:  # hair hangs into the eye: the lash line is the darkest stroke above the iris
        above = max(int(y) - 36, 0)
        top_out = above + int(light[above : max(int(y) - 6, above + 1)].argmin()) - 1
    top = _below_lash(light, max(top_out, 0), int(y))
    iris_y = float(start[eye.iris, 1])  # the network may be off, but by less than half an eye
    if not _LOWEST <= bottom - top <= _TALLEST or not top - 3 < iris_y < bottom:
        return fallback
    rows = slice(max(top_out - 1, 0), bottom + 2)
    left, right = _corners((unlike[rows] > _UNLIKE).sum(axis=0) >= 2, x, eye is EYES[0])
    iris = float(np.clip(0.45 * (bottom - top), 0.1 * (right - left), 0.34 * (right - left)))
    return EyeBox(x, float(top), float(bottom), left, right, iris, True)


def _from_network(start: NDArray[np.float64], eye: EyeTopology) -> EyeBox:
    """Return the network's opening, made somewhat larger: drawn eyes are."""
    corners = sorted((start[eye.outer, 0], start[eye.inner, 0]))
    top, bottom = start[list(eye.upper), 1].min(), start[list(eye.lower), 1].max()
    iris = 0.4 * (bottom - top) + 4
    return EyeBox(
        float(start[eye.iris, 0]),
        float(top) - 2,
        float(bottom) + 6,
        float(corners[0]),
        float(corners[1]),
        iris,
        False,
    )


def _middle(unlike: NDArray[np.float32], begin: NDArray[np.float64]) -> tuple[float, float]:
    """Return the middle of the eye: the centre of what is not skin near the network's iris, found step by step."""
    weight = np.clip(unlike - _UNLIKE, 0, 50)
    x, y = float(begin[0]), float(begin[1]) + 6
    for _ in range(12):
        left, top = int(x) - _SEED, int(y) - _SEED
        part = weight[max(top, 0) : top + 2 * _SEED + 1, max(left, 0) : left + 2 * _SEED + 1]
        total = float(part.sum())
        if total <= 0:
            break
        ys, xs = np.mgrid[
            max(top, 0) : max(top, 0) + part.shape[0], max(left, 0) : max(left, 0) + part.shape[1]
        ]
        x, y = float((xs * part).sum() / total), float((ys * part).sum() / total)
        x = float(np.clip(x, begin[0] - 16, begin[0] + 16))
        y = float(np.clip(y, begin[1] - 8, begin[1] + 24))
    return x, y


def _iris_rows(unlike: NDArray[np.float32], x: float, y: float) -> NDArray[np.bool_]:
    """Return which rows hold iris: its sides too, for its lower part is often as light as skin.

    The stronger the iris' colour, the more is asked: shade below an eye is no eye.
    """
    strip = unlike[:, max(int(x) - 15, 0) : int(x) + 16]
    strength = float(np.median(strip[max(int(y) - 5, 0) : int(y) + 6, 10:-10]))
    return np.asarray((strip > max(_UNLIKE, 0.35 * strength)).mean(axis=1) > 0.08)


def _corners(across: NDArray[np.bool_], x: float, inner_right: bool) -> tuple[float, float]:
    """Return the corners' columns. Towards the nose there is skin; on the far side lashes and hair run on."""
    inward = 1 if inner_right else -1
    inner, outer = _run(across, int(x), inward, 44), _run(across, int(x), -inward, 44)
    reach_in = _USUAL_HALF if inner is None else float(np.clip(abs(inner - x), _NARROW / 2, _WIDE / 2))
    reach_out = (
        1.1 * reach_in if outer is None else float(np.clip(abs(outer - x), _NARROW / 2, 1.25 * reach_in + 2))
    )
    return (x - reach_out, x + reach_in) if inner_right else (x - reach_in, x + reach_out)


def _run(strange: NDArray[np.bool_], start: int, step: int, most: int) -> int | None:
    """Walk from start until skin begins; None where it does not within most pixels."""
    gap, last = 0, start
    for index in range(start, start + step * (most + _GAP), step):
        if not 0 <= index < len(strange):
            return None
        if strange[index]:
            gap, last = 0, index
        else:
            gap += 1
            if gap >= _GAP:
                return last
    return None


def _below_lash(light: NDArray[np.float32], top: int, middle: int) -> int:
    """Return the row where the dark upper lash line ends and the eye begins."""
    if middle - top < 6:
        return top
    reach = top + max(4, int(0.55 * (middle - top)))
    darkest = top + int(light[top:reach].argmin())
    inside = float(np.median(light[max(middle - 4, 0) : middle + 8]))
    limit = light[darkest] + 0.4 * (inside - light[darkest])
    row = darkest
    while row < reach and light[row] < limit:
        row += 1
    return row if inside - light[darkest] > 12 else top + max(2, int(0.15 * (middle - top)))


def _matched(right: EyeBox, left: EyeBox) -> tuple[EyeBox, EyeBox]:
    """Bring the heights of two eyes that nearly agree together: what one missed the other has."""
    height = (_height(right) + _height(left)) / 2
    boxes = []
    for box in (right, left):
        middle = (box.top + box.bottom) / 2
        boxes.append(
            replace(
                box, top=middle - (height + _height(box)) / 4, bottom=middle + (height + _height(box)) / 4
            )
        )
    return boxes[0], boxes[1]


def _like(box: EyeBox, model: EyeBox) -> EyeBox:
    """Return box with the model's measures (mirrored), about its own iris, at the model's level."""
    if box is model:
        return box
    before, after = model.x - model.left, model.right - model.x
    return EyeBox(box.x, model.top, model.bottom, box.x - after, box.x + before, model.iris, box.seen)


def _height(box: EyeBox) -> float:
    return box.bottom - box.top


def _width(box: EyeBox) -> float:
    return box.right - box.left
