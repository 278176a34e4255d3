"""The square of a picture that networks animate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.errors import EngineError

SIDE = 512  # of a character's own picture, pixels


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


def framed(avatar: Avatar, side: int) -> Square:
    """Fit the whole picture into the square."""
    import cv2

    scale = max(avatar.size) / side
    matrix = np.array(
        [[scale, 0, (avatar.size[0] - scale * side) / 2], [0, scale, avatar.size[1] - scale * side]]
    )
    rgba = np.dstack([avatar.rgb, avatar.matte])
    return Square(
        np.asarray(
            cv2.warpAffine(rgba, matrix, (side, side), flags=cv2.INTER_AREA | cv2.WARP_INVERSE_MAP), np.uint8
        ),
        matrix,
    )
