"""The avatar as the network sees it, a square of its picture, and what of the picture lies around and behind."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.errors import EngineError
from engines.fomm.framing import Square, square_of
from engines.rig.layers import Layers, split

# What a cut-out character is laid on for the network: a grey that neither light nor dark hair dissolves in.
CALM = (122, 124, 128)
# How far above its middle the square holds hair with room to move, and how far it may rise and grow for it: shares of
# its side. Training pictures vary as much.
_REACH, _MOST_RISE, _MOST_GROWTH = 0.4, 0.05, 1.2
_PERSON = 127


@dataclass(frozen=True, eq=False)
class Source:
    """An avatar, framed for a network.

    Attributes:
        avatar: the avatar.
        square: the part of its picture the network animates.
        crop: (S, S, 3) uint8, that part as the network gets it.
        matte: (S, S) uint8, 255 where the person is in it.
        layers: the picture in two layers; None where the picture is one, a square animated whole.
    """

    avatar: Avatar
    square: Square
    crop: NDArray[np.uint8]
    matte: NDArray[np.uint8]
    layers: Layers | None

    @property
    def side(self) -> int:
        """Pixels of the crop, each way."""
        return self.crop.shape[0]

    def as_avatar(self) -> Avatar:
        """Return the crop as an avatar of its own, with a background whatever the picture has."""
        landmarks = self.square.to_square(self.avatar.landmarks, self.side)
        return replace(self.avatar, rgb=self.crop, matte=self.matte, landmarks=landmarks, has_alpha=False)


def framed(avatar: Avatar, side: int) -> Source:
    """Frame an avatar's head as training pictures frame theirs.

    Beyond the picture its border goes on; where a cut-out character ends, so does what goes on.

    Args:
        avatar: with a face.
        side: pixels of the crop, each way.
    """
    layers = split(avatar)
    margin, (width, height) = layers.margin, avatar.size
    alpha = layers.person[margin : margin + height, margin : margin + width, 3]
    square = _with_hair(square_of(avatar.landmarks), alpha)
    rgb = avatar.rgb
    if avatar.has_alpha:
        opaque = alpha[..., None].astype(np.float32) / 255
        rgb = np.rint(rgb * opaque + np.array(CALM, np.float32) * (1 - opaque)).astype(np.uint8)
    return Source(avatar, square, square.cut(rgb, side), square.cut(alpha, side), layers)


def whole(avatar: Avatar, side: int) -> Source:
    """Take a square picture as it is, reduced or enlarged to the network's size only where it has another.

    Raises:
        EngineError: the picture is not square.
    """
    width, height = avatar.size
    if width != height:
        raise EngineError(
            f"The picture of '{avatar.name}' is {width} by {height} pixels and not square. "
            "Crop it to a square, or let Guise frame the head."
        )
    square = Square(width / 2, height / 2, width)
    return Source(avatar, square, square.cut(avatar.rgb, side), np.full((side, side), 255, np.uint8), None)


def _with_hair(square: Square, alpha: NDArray[np.uint8]) -> Square:
    """Return the square, moved up and grown as little as needed to hold the hair, and never much.

    What lies beyond the square stands still: hair that did would stay behind when the head moves.
    """
    left, right = (max(round(square.x + share * square.side), 0) for share in (-0.3, 0.3))
    rows = np.flatnonzero((alpha[: max(round(square.y), 0), left:right] > _PERSON).any(axis=1))
    if not len(rows):
        return square
    above = square.y - float(rows[0])
    rise = min(max(above - _REACH * square.side, 0.0), _MOST_RISE * square.side)
    growth = min(max((above - rise) / (_REACH * square.side), 1.0), _MOST_GROWTH)
    return Square(square.x, square.y - rise, growth * square.side)
