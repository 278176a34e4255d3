"""Where a character's face is: found as in any drawing, or else where pictures of characters have it.

Talking Head Anime wants the head in the middle 128 x 128 pixels of the picture's upper half, so a face that cannot be
found can be placed well enough for the rig to move it, and the landmark editor does the rest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.avatars.picture import LoadedPicture

# Measured on the two characters of the THA 4 demo and made symmetric; pixels of 512 x 512.
_USUAL = {
    "right_eye_outer": (224.0, 141.0),
    "right_eye_top": (236.0, 132.0),
    "right_eye_inner": (247.0, 141.0),
    "right_eye_bottom": (236.0, 148.0),
    "left_eye_inner": (265.0, 141.0),
    "left_eye_top": (276.0, 132.0),
    "left_eye_outer": (288.0, 141.0),
    "left_eye_bottom": (276.0, 148.0),
    "nose_tip": (256.0, 159.0),
    "mouth_right": (247.0, 173.0),
    "mouth_left": (265.0, 173.0),
    "forehead": (256.0, 108.0),
    "chin": (256.0, 191.0),
}
_BOX = (176.0, 64.0, 336.0, 224.0)  # where the middle of the face must lie: left, top, right, bottom


def character_face(picture: LoadedPicture) -> tuple[NDArray[np.float32], bool]:
    """Return (478, 3) landmarks of a character's picture, and whether the face was found in it."""
    from app.tracking.anchors import fit_anchors
    from app.tracking.portrait import find_faces

    for face in find_faces(picture.rgb, picture.alpha):
        x, y = (face.landmarks[:, :2].min(axis=0) + face.landmarks[:, :2].max(axis=0)) / 2
        if _BOX[0] <= x <= _BOX[2] and _BOX[1] <= y <= _BOX[3]:
            return face.landmarks, True
    return fit_anchors(None, picture.size, _USUAL), False
