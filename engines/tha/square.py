"""The square of a picture that networks animate."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar, View
from engines.errors import EngineError
from engines.rig.driver import usable
from engines.rig.frame import frame_of
from engines.rig.layers import Layers
from engines.tha.framing import placement

SIDE = 512  # of a character's own picture, pixels
_SEEN = 8  # alpha above which somebody would miss a pixel


@dataclass(frozen=True, eq=False)
class Square:
    """A character as a network sees it.

    Attributes:
        rgba: (S, S, 4) uint8, straight alpha.
        matrix: (2, 3) from its pixels to the avatar's picture: a scale and an offset.
    """

    rgba: NDArray[np.uint8]
    matrix: NDArray[np.float64]

    def as_avatar(self, avatar: Avatar) -> Avatar:
        """Return the square as an avatar of its own, with the landmarks of the one it was cut from."""
        scale, offset = self.matrix[0, 0], self.matrix[:, 2]
        landmarks = avatar.landmarks / scale
        landmarks[:, :2] -= offset / scale
        rgb, matte = np.ascontiguousarray(self.rgba[..., :3]), np.ascontiguousarray(self.rgba[..., 3])
        return replace(avatar, rgb=rgb, matte=matte, landmarks=landmarks.astype(np.float32), has_alpha=True)


def whole(avatar: Avatar) -> Square:
    """Take a character's own picture, which its networks know by heart, as it is.

    Raises:
        EngineError: it is not the picture the networks were trained for.
    """
    if avatar.size != (SIDE, SIDE):
        width, height = avatar.size
        raise EngineError(
            f"The picture of '{avatar.name}' is {width} by {height} pixels and its networks were trained for {SIDE} "
            f"by {SIDE}. Remove the avatar and add the character again."
        )
    return Square(np.dstack([avatar.rgb, avatar.matte]), np.eye(2, 3))


def framed(avatar: Avatar, layers: Layers, side: int) -> Square:
    """Cut a square out of a picture, with the face as large and where the networks' training pictures have theirs.

    The square holds the person alone, with clean edges. Where the picture's lower border cuts a body off, the body goes
    on straight down: the networks know whole figures. Nobody sees that part.

    Args:
        avatar: with a face.
        layers: its picture split.
        side: of the square, pixels.

    Raises:
        EngineError: the face is not marked.
    """
    if not usable(avatar.face):
        raise EngineError(
            f"The face of '{avatar.name}' is not marked. Open the landmark editor and place its points."
        )
    matrix = placement(avatar, side)
    if np.array_equal(matrix, np.eye(2, 3)):
        return Square(np.dstack([avatar.rgb, avatar.matte]), matrix)
    return Square(_straight(_cut(layers, matrix, side)), matrix)


def _cut(layers: Layers, matrix: NDArray[np.float64], side: int) -> NDArray[np.float32]:
    """Return the person in the square, (side, side, 4) float32, premultiplied."""
    scale, height = float(matrix[0, 0]), layers.backdrop.shape[0]
    missing = max(math.ceil(matrix[1, 2] + scale * side) - height, 0)
    whole = layers.person[: layers.margin + height]
    whole = np.asarray(cv2.copyMakeBorder(whole, 0, missing, 0, 0, cv2.BORDER_REPLICATE), np.uint8)
    person = whole.astype(np.float32)
    if scale > 1:  # averaged first: warpAffine looks at four pixels however many fall together
        size = [max(1, round(length / scale)) for length in person.shape[1::-1]]
        person = np.asarray(cv2.resize(person, size, interpolation=cv2.INTER_AREA), np.float32)
    reduced = np.array(person.shape[1::-1]) / whole.shape[1::-1]
    across, down = reduced * scale
    shift = reduced * (matrix[:, 2] + layers.margin + scale / 2) - 0.5
    back = np.array([[across, 0, shift[0]], [0, down, shift[1]]])
    flags = cv2.INTER_LINEAR if scale > 1 else cv2.INTER_CUBIC
    cut = cv2.warpAffine(person, back, (side, side), flags=flags | cv2.WARP_INVERSE_MAP)
    return np.clip(np.asarray(cut, np.float32), 0, 255)


def _straight(premultiplied: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return a picture with straight alpha as bytes."""
    alpha = premultiplied[..., 3:]
    colour = np.minimum(premultiplied[..., :3] * (255 / np.maximum(alpha, 1)), 255)
    straight: NDArray[np.uint8] = np.rint(np.dstack([colour, alpha])).astype(np.uint8)
    return straight


def still_of(avatar: Avatar, layers: Layers, square: Square, view: View) -> NDArray[np.uint8] | None:
    """Return the person as the picture has it, in a view; None where the square holds all that is to be seen.

    Returns:
        (view.height, view.width, 4) uint8 RGBA, premultiplied.
    """
    margin, (width, height) = layers.margin, avatar.size
    outside = layers.person[margin : margin + height, margin : margin + width, 3] > _SEEN
    side, scale = len(square.rgba), square.matrix[0, 0]
    corner = np.maximum(square.matrix[:, 2], 0)
    left, top = np.ceil(corner).astype(int)
    right, bottom = np.floor(square.matrix[:, 2] + scale * side).astype(int)
    outside[top : max(bottom, 0), left : max(right, 0)] = False
    if not outside.any():
        return None
    shrunk = min(view.scale, 1.0)
    size = [max(1, round(length * shrunk)) for length in layers.person.shape[1::-1]]
    person = np.asarray(cv2.resize(layers.person, size, interpolation=cv2.INTER_AREA), np.uint8)
    matrix = view.matrix.copy()
    matrix[:, 2] -= matrix[:, :2].sum(axis=1) * margin
    matrix[:, :2] *= np.array(layers.person.shape[1::-1]) / size
    matrix[:, 2] += (matrix[:, :2].sum(axis=1) - 1) / 2
    shown = np.asarray(
        cv2.warpAffine(person, matrix, (view.width, view.height), flags=cv2.INTER_CUBIC), np.uint8
    )
    shown[..., :3] = np.minimum(shown[..., :3], shown[..., 3:])
    still = np.zeros_like(shown)
    left, top, right, bottom = frame_of(avatar, view)
    still[top:bottom, left:right] = shown[top:bottom, left:right]
    return still
