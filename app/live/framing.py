"""Which part of the avatar's picture fills the output.

A head and shoulders sit well when the face takes a little under half of the height and its middle lies a little above
the picture's. Within that wish the picture fills the output where it can; what it cannot fill, compose extends.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.settings import OutputSettings
from engines.base import Avatar, View

# The face from brow to chin over the output's height, and where its middle comes to lie.
_FACE_SHARE = 0.44
_FACE_HEIGHT = 0.47
# Likewise for characters, which are drawn from head to hip at 512 pixels: nearer, they would be blurred, and the body
# that moves with the head would not be seen.
_CHARACTER_SHARE = 0.25
_CHARACTER_HEIGHT = 0.39
# However near one zooms, the face stays within this share of the output.
_NEAREST_SHARE = 0.9
_NEAREST_ZOOM = 3.0

FaceBox = tuple[float, float, float, float]


def face_box(landmarks: NDArray[np.floating[Any]]) -> FaceBox:
    """Return left, top, right, bottom of the landmarks (N, 2+), pixels."""
    left, top = landmarks[:, :2].min(axis=0)
    right, bottom = landmarks[:, :2].max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def frame_picture(
    size: tuple[int, int],
    box: FaceBox,
    output: OutputSettings,
    zoom: float = 1.0,
    content: FaceBox | None = None,
    *,
    character: bool = False,
) -> View:
    """Return the view that shows an avatar's picture well. A picture of the output's own shape is shown whole.

    Args:
        size: of the picture, width and height, pixels.
        box: the face in it: left, top, right, bottom, pixels.
        output: width, height and mirror are read.
        zoom: 0.5 to 3; the face stays in the output.
        content: the part of the picture that is not empty, where it has no background; all of it by default.
        character: it is framed from head to waist.
    """
    share, height = (_CHARACTER_SHARE, _CHARACTER_HEIGHT) if character else (_FACE_SHARE, _FACE_HEIGHT)
    wide, high = output.width, output.height
    left, top, right, bottom = content or (0.0, 0.0, float(size[0]), float(size[1]))
    contain, cover = sorted((wide / (right - left), high / (bottom - top)))
    face_size = max(box[2] - box[0], box[3] - box[1], 1.0)
    scale = min(max(share * high / face_size, contain), cover)
    scale = _zoomed(scale, zoom, _NEAREST_SHARE * min(wide, high) / face_size)
    x = _place(wide, scale * (right - left), wide / 2 - scale * ((box[0] + box[2]) / 2 - left), anchor=0.5)
    # A bust cut off at its lower edge must not float: that edge stays on the output's.
    y = _place(
        high, scale * (bottom - top), height * high - scale * ((box[1] + box[3]) / 2 - top), anchor=1.0
    )
    return View(wide, high, scale, (x - round(scale * left), y - round(scale * top)), output.mirror)


def frame_avatar(avatar: Avatar, output: OutputSettings, zoom: float = 1.0) -> View:
    """Return the view that shows an avatar well; see frame_picture."""
    box, content = face_box(avatar.landmarks), _content(avatar)
    return frame_picture(avatar.size, box, output, zoom, content, character=avatar.character is not None)


def whole_picture(size: tuple[int, int], output: tuple[int, int]) -> View:
    """Return the view that shows a picture whole and in the middle; both sizes are width and height, pixels."""
    scale = min(output[0] / size[0], output[1] / size[1])
    x, y = ((out - scale * inside) / 2 for out, inside in zip(output, size, strict=True))
    return View(output[0], output[1], scale, (x, y))


def _zoomed(scale: float, zoom: float, nearest: float) -> float:
    """Zooming in ends, at the zoom of 3, where the face would leave the output; the way there is even."""
    if zoom <= 1:
        return scale * zoom
    most = max(scale, min(nearest, scale * _NEAREST_ZOOM))
    return float(scale * (most / scale) ** (math.log(zoom) / math.log(_NEAREST_ZOOM)))


def _place(output: int, picture: float, wish: float, anchor: float) -> float:
    """Return the offset nearest to the wish that leaves no gap; where a gap must be, anchor shares it out."""
    room = output - picture
    if room < 0:
        return float(round(min(max(wish, room), 0.0)))
    if anchor == 1.0:
        return float(round(room))
    return float(round(min(max(wish, 0.0), room))) if room >= 1 else 0.0


def _content(avatar: Avatar) -> FaceBox | None:
    """The box of what is visible in a cut-out picture; None where there is a background or nothing is visible."""
    rows, columns = (np.flatnonzero((avatar.matte > 8).any(axis=axis)) for axis in (1, 0))
    if not avatar.has_alpha or not len(rows):
        return None
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
