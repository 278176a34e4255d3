"""From a loaded picture to an avatar: find the face, cut the person out, look for a hand before the face.

Tracking is imported when first needed: it loads mediapipe, which listing avatars must not pay for.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from app.avatars.errors import NoFaceFound, SeveralFaces
from app.avatars.picture import LoadedPicture, load_picture
from engines.base import Avatar

if TYPE_CHECKING:
    from app.tracking.portrait import FoundFace

logger = logging.getLogger(__name__)
_CUTOUT_SHARE = (
    0.03  # with less of it transparent, a picture has rounded corners rather than a cut-out person
)
_CROWD_SIZE = 0.4  # a face this small beside the largest is somebody in the background


def flatten_corners(picture: LoadedPicture) -> LoadedPicture:
    """Return the picture without its alpha where that does not cut out a person, laid on its mean colour."""
    if picture.alpha is None or float((picture.alpha < 128).mean()) >= _CUTOUT_SHARE:
        return picture
    opaque = picture.alpha[..., None].astype(np.float32) / 255
    mean = (picture.rgb * opaque).sum(axis=(0, 1)) / opaque.sum()
    laid = picture.rgb * opaque + mean * (1 - opaque) + 0.5
    return replace(picture, rgb=laid.astype(np.uint8), alpha=None)


def choose_face(picture: LoadedPicture, name: str, face_index: int | None) -> FoundFace:
    """Return the face to animate.

    Args:
        picture: where to look.
        name: of the avatar, for the errors.
        face_index: which of the faces found, best first; None wants there to be only one.

    Raises:
        NoFaceFound: there is none, or not as many.
        SeveralFaces: there are several and face_index is None.
    """
    from app.tracking.portrait import find_faces

    faces = find_faces(picture.rgb, picture.alpha)
    largest = max((_height(face) for face in faces), default=0.0)
    faces = [face for face in faces if _height(face) >= _CROWD_SIZE * largest]
    if not faces or (face_index is not None and not 0 <= face_index < len(faces)):
        raise NoFaceFound(picture, name)
    if len(faces) > 1 and face_index is None:
        raise SeveralFaces(picture, name, faces)
    return faces[face_index or 0]


def matte_of(picture: LoadedPicture, landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return (H, W) uint8, 255 where the person is: the picture's own alpha, or what segmentation finds."""
    if picture.alpha is not None:
        return picture.alpha
    from app.tracking.matte import person_matte

    return person_matte(picture.rgb, landmarks)


def has_hand_before_face(picture: LoadedPicture, landmarks: NDArray[np.float32]) -> bool:
    """Tell whether a hand was found before the face. That it could not be looked for keeps nobody from an avatar."""
    from app.tracking.hands import hand_before_face

    try:
        return hand_before_face(picture.rgb, landmarks, picture.alpha)
    except (OSError, RuntimeError, ValueError, cv2.error) as error:
        logger.warning("hands were not looked for in '%s': %s", picture.name, error)
        return False


def read_avatar(source: str | Path | bytes, face_index: int = 0) -> Avatar:
    """Make an avatar of a picture without keeping it.

    Raises:
        PictureError: the source is no usable picture.
        NoFaceFound: it shows no face.
    """
    picture = flatten_corners(load_picture(source))
    name = picture.name or "Avatar"
    face = choose_face(picture, name, face_index)
    return Avatar(
        name,
        picture.rgb,
        matte_of(picture, face.landmarks),
        face.landmarks,
        face.style,
        has_alpha=picture.alpha is not None,
        hand_before_face=has_hand_before_face(picture, face.landmarks),
    )


def _height(face: FoundFace) -> float:
    return float(np.ptp(face.landmarks[:, 1]))
