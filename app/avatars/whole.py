"""A picture that is animated whole, as a network gets it: no face is looked for, and nothing is cut out."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.avatars.picture import LoadedPicture, load_picture
from engines.base import Avatar
from engines.face.topology import LANDMARK_COUNT

_GREY = 124.0  # what transparent parts are laid on


def whole_avatar(source: str | Path | LoadedPicture) -> Avatar:
    """Make an avatar of all of a picture. It has no landmarks: only an engine that needs none can animate it.

    Raises:
        PictureError: the source is no usable picture.
    """
    picture = source if isinstance(source, LoadedPicture) else load_picture(source)
    rgb = picture.rgb
    if picture.alpha is not None:
        opaque = picture.alpha[..., None].astype(np.float32) / 255
        rgb = np.rint(rgb * opaque + _GREY * (1 - opaque)).astype(np.uint8)
    matte = np.full(rgb.shape[:2], 255, np.uint8)
    return Avatar(picture.name or "Avatar", rgb, matte, np.zeros((LANDMARK_COUNT, 3), np.float32))
