"""An avatar made of numbers: a speckled head with hair and shoulders before a wall of two colours."""

from __future__ import annotations

import cv2
import numpy as np

from engines.base import Avatar, Style
from engines.face.topology import FACE_OVAL
from tests.fakes.faces import made_face


def made_avatar(
    size: tuple[int, int] = (160, 200),
    *,
    share: float = 0.5,
    yaw_deg: float = 0.0,
    shift: tuple[float, float] = (0.0, 0.0),
    has_alpha: bool = False,
    mouth_open: float = 0.0,
    style: Style = Style.PHOTO,
) -> Avatar:
    """A sitter whose face takes that share of the picture's height, moved from the middle by shift pixels."""
    face = made_face(size, share=share, yaw_deg=yaw_deg, shift=shift, mouth_open=mouth_open)
    width, height = size
    rng = np.random.default_rng(7)
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[:, : width // 2], rgb[:, width // 2 :] = (60, 90, 120), (200, 190, 150)
    outline = face.landmarks[list(FACE_OVAL), :2]
    middle, reach = outline.mean(axis=0), np.ptp(outline, axis=0)
    matte = np.zeros((height, width), np.uint8)
    centre = (int(middle[0]), int(middle[1] - 0.1 * reach[1]))
    cv2.ellipse(matte, centre, (int(0.62 * reach[0]), int(0.66 * reach[1])), 0, 0, 360, (255,), -1)
    neck = min(int(middle[1] + 0.5 * reach[1]), height)
    cv2.ellipse(matte, (int(middle[0]), height), (int(0.95 * reach[0]), height - neck), 0, 0, 360, (255,), -1)
    rgb[matte > 0] = (70, 45, 35)
    rgb[neck:][matte[neck:] > 0] = (40, 60, 110)
    cv2.fillPoly(rgb, [np.rint(outline).astype(np.int32)], (215, 170, 145))
    speckle = rng.integers(-12, 13, (height, width, 1))
    rgb = np.clip(rgb + speckle, 0, 255).astype(np.uint8)
    return Avatar("sitter", rgb, matte, face.landmarks, style, has_alpha)
