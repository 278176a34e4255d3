"""Where a character's head belongs in the square that networks look at, and what of a picture does not suit them.

Versions 1 and 3 learnt from upright characters that face the viewer, alone and cut out, the head from crown to chin in
a box of 128 x 128 pixels whose top is at row 64: in the middle of the upper half of 512 x 512, and in the very middle
of 256 x 256.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.pose import fit_pose
from engines.face.topology import CHIN, EYES, FACE_OVAL, NOSE_TIP

_BOX = 128.0  # the head's box, pixels of the square
_CHIN_ROW = 191.0

# What is measured of a face, pixels of the square: averages over published characters of both versions, whose heads
# fill the box by their makers' eye. Single ones differ by a tenth.
_BETWEEN_EYES, _EYES_TO_CHIN, _FACE_WIDTH, _CROWN_TO_CHIN = 39.3, 46.9, 71.6, 132.0
_HAIR = 1.1  # hair, ears and hats make a head seem larger or smaller by no more than this
# A picture of the right size whose head is that near to its place stays as its maker meant it.
_ALIKE, _NEAR = 1.12, 8.0  # times larger or smaller; pixels

_CUT = 127  # matte on a border above which the border cuts the character off
_TURNED, _TILTED = 25.0, 15.0  # degrees
_NOSE = 0.63  # how far its tip is before the eyes, in distances of the eyes
_SMALLEST_HEAD = 64.0  # pixels of the picture from crown to chin
_LEAST_BODY = 0.3  # of a head, below the chin
_ALL = 0.97  # share of a picture that no character fills
_LITTLE = 1.4  # times the face's oval; hair and shoulders are more


@dataclass(frozen=True)
class Head:
    """A head in a picture.

    Attributes:
        middle: x of its middle, picture pixels.
        chin: y of its chin.
        scale: picture pixels a pixel of the square would take, were the head in its box.
    """

    middle: float
    chin: float
    scale: float

    @property
    def height(self) -> float:
        """From crown to chin, picture pixels."""
        return self.scale * _BOX


def head_of(avatar: Avatar) -> Head:
    """Measure the head of a character whose face is marked."""
    points = avatar.landmarks[:, :2].astype(np.float64)
    right, left = (points[list(eye.outline)].mean(axis=0) for eye in EYES)
    eyes, chin, oval = (right + left) / 2, points[CHIN], points[list(FACE_OVAL)]
    width = float(np.ptp(oval[:, 0]))
    parts = (
        float(np.hypot(*(left - right))) / _BETWEEN_EYES,
        float(np.hypot(*(chin - eyes))) / _EYES_TO_CHIN,
        width / _FACE_WIDTH,
    )
    scale = float(np.exp(np.mean(np.log(np.maximum(parts, 1e-6)))))
    crown = _crown(avatar.matte, float(eyes[0]), width)
    if 0 < crown < eyes[1]:
        hair = (float(chin[1]) - crown) / _CROWN_TO_CHIN
        scale *= float(np.sqrt(np.clip(hair / scale, 1 / _HAIR, _HAIR)))
    return Head(float(eyes[0] + chin[0]) / 2, float(chin[1]), scale)


def placement(avatar: Avatar, side: int) -> NDArray[np.float64]:
    """Return (2, 3) from the pixels of a network's square to the avatar's picture: a scale and an offset.

    Args:
        avatar: its face is marked.
        side: of the square, pixels.
    """
    head = head_of(avatar)
    matrix = np.array(
        [
            [head.scale, 0, head.middle - head.scale * side / 2],
            [0, head.scale, head.chin - head.scale * _CHIN_ROW],
        ]
    )
    fits = (
        avatar.has_alpha
        and avatar.size == (side, side)
        and 1 / _ALIKE < head.scale < _ALIKE
        and abs(head.middle - side / 2) < _NEAR
        and abs(head.chin - _CHIN_ROW) < _NEAR
    )
    return np.eye(2, 3) if fits else matrix


def misfits(avatar: Avatar, side: int) -> tuple[str, ...]:
    """Return what of a picture does not suit the networks, a sentence each, the gravest first; none where all does.

    Args:
        avatar: its face is marked.
        side: of the square, pixels.
    """
    head, top = head_of(avatar), float(placement(avatar, side)[1, 2])
    matte, (width, height) = avatar.matte > _CUT, avatar.size
    roll = fit_pose(avatar.landmarks).angles[2]
    crown = _crown(avatar.matte, head.middle, head.height)
    rows = slice(max(round(head.chin - head.height), 0), max(round(head.chin), 1))
    beside = matte[rows, 0].any() or matte[rows, width - 1].any()
    ends = np.flatnonzero(matte.any(axis=1)).max(initial=0) + 1
    face = np.pi / 4 * float(np.prod(np.ptp(avatar.landmarks[list(FACE_OVAL), :2], axis=0)))
    told = _LITTLE * face < matte.sum() < _ALL * matte.size
    found = (
        (
            _turn(avatar.landmarks) > _TURNED,
            "The head looks to one side; the networks know heads that face the viewer.",
        ),
        (abs(roll) > _TILTED, "The head is tilted; the networks know upright heads."),
        (avatar.hand_before_face, "A hand is before the face; the networks take it for skin and smear it."),
        (crown == 0, "The picture cuts the head off at the top."),
        (beside, "The picture cuts the head off at the side."),
        (0 < crown < top, "What is on the head reaches above the part that is animated."),
        (
            head.height < _SMALLEST_HEAD,
            f"The head is small: {head.height:.0f} pixels high where the networks see {_BOX:.0f}.",
        ),
        (
            min(ends, height) - head.chin < _LEAST_BODY * head.height,
            "There is no body below the chin that could move.",
        ),
        (
            not avatar.has_alpha and not told,
            "The character could not be told from the background; use a picture with transparency.",
        ),
    )
    return tuple(sentence for holds, sentence in found if holds)


def _turn(landmarks: NDArray[np.float32]) -> float:
    """Return by how many degrees a head looks to one side: the further, the less its nose is between the eyes.

    The pose would not tell a side view whose points were placed by hand: the mesh is pulled onto them from the front.
    """
    points = landmarks[:, :2].astype(np.float64)
    right, left = (points[list(eye.outline)].mean(axis=0) for eye in EYES)
    across, nose = left - right, points[NOSE_TIP] - (right + left) / 2
    return float(np.degrees(np.arctan(abs(nose @ across) / max(float(across @ across), 1e-6) / _NOSE)))


def _crown(matte: NDArray[np.uint8], middle: float, width: float) -> float:
    """Return the first row in which the character covers some of the head's breadth; the picture's height if none."""
    left, right = (max(0, round(middle + sign * width / 2)) for sign in (-1, 1))
    part: NDArray[Any] = matte[:, left : max(right, left + 1)] > _CUT
    rows = np.flatnonzero(part.mean(axis=1) > 0.15) if part.size else np.array([], int)
    return float(rows[0]) if len(rows) else float(len(matte))
