"""The picture in two layers, the person and what is behind: laid over one another they give the picture back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.topology import FACE_OVAL
from engines.rig.fill import fill_hole

# Margin around the picture, of its longer side: what a border cut off may come into view when the head moves away.
MARGIN = 0.3
# How far around the matte stray hair is looked for, of the longer side.
_STRAY_REACH = 0.03
# Differences from the filled background that count as stray hair: none below the first, all above the second.
_STRAY_FROM, _STRAY_TO = 14.0, 45.0
_SOLID = 0.98
# Behind a cut-out character, should someone ask: a quiet light grey.
_PLAIN = (228, 229, 233)


@dataclass(frozen=True)
class Layers:
    """The two layers.

    Attributes:
        person: (H + 2 margin, W + 2 margin, 4) uint8 RGBA, premultiplied, with a margin on every side.
        backdrop: (H, W, 3) uint8 RGB.
        margin: pixels.
    """

    person: NDArray[np.uint8]
    backdrop: NDArray[np.uint8]
    margin: int


def split(avatar: Avatar) -> Layers:
    """Split a picture into the person and what is behind."""
    margin = round(MARGIN * max(avatar.size))
    alpha = _whole_face(avatar)
    if avatar.has_alpha:
        colour = avatar.rgb * alpha[..., None]
        backdrop = np.full_like(avatar.rgb, _PLAIN)
    else:
        colour, alpha, behind = _unmix(avatar.rgb.astype(np.float32), alpha)
        backdrop = np.rint(behind).astype(np.uint8)
    person = np.rint(np.dstack([colour, alpha * 255])).astype(np.uint8)
    person[..., :3] = np.minimum(person[..., :3], person[..., 3:])
    return Layers(_with_margin(person, margin), backdrop, margin)


def _whole_face(avatar: Avatar) -> NDArray[np.float32]:
    """Return the matte, 0..1, with no hole in the face."""
    matte = avatar.matte.copy()
    if not avatar.has_alpha:
        hull = cv2.convexHull(avatar.landmarks[list(FACE_OVAL), :2].astype(np.float32))
        cv2.fillConvexPoly(matte, np.rint(hull).astype(np.int32), 255)
    return matte.astype(np.float32) / 255


def _unmix(
    rgb: NDArray[np.float32], alpha: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return the person's premultiplied colours, alpha and the background, so that over gives rgb again.

    Hair the matte missed is taken to the person, or it would stay behind as a ghost when the head moves.
    """
    reach = max(2, round(_STRAY_REACH * max(alpha.shape)))
    near = cv2.dilate((alpha > 0.03).astype(np.uint8), _disc(reach))
    filled = fill_hole(rgb, near > 0)
    distance = cv2.distanceTransform((alpha < 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    differs = np.abs(rgb - filled).max(axis=2)
    stray = np.clip((differs - _STRAY_FROM) / (_STRAY_TO - _STRAY_FROM), 0, 1)
    stray = cv2.GaussianBlur(stray, (0, 0), 0.8) * np.clip(2 - 2 * distance / reach, 0, 1)
    alpha = np.maximum(alpha, stray.astype(np.float32))
    alpha = np.where(alpha > _SOLID, 1, alpha)[..., None].astype(np.float32)
    colour = np.clip(rgb - (1 - alpha) * filled, 0, 255 * alpha)
    seen = np.clip((rgb - colour) / np.maximum(1 - alpha, 1e-3), 0, 255)
    behind = np.where(alpha < 0.9, seen, filled)
    return colour, alpha[..., 0], behind.astype(np.float32)


def _with_margin(person: NDArray[np.uint8], margin: int) -> NDArray[np.uint8]:
    """Return the person's layer continued beyond the picture: mirrored below, stretched and faded elsewhere."""
    height, width = person.shape[:2]
    sides = cv2.copyMakeBorder(person, 0, 0, margin, margin, cv2.BORDER_REPLICATE)
    depth = min(margin, height - 1)
    whole = cv2.copyMakeBorder(sides, 0, depth, 0, 0, cv2.BORDER_REFLECT_101)
    whole = cv2.copyMakeBorder(whole, margin, margin - depth, 0, 0, cv2.BORDER_REPLICATE)
    fade = np.ones(whole.shape[0], np.float32)
    fade[:margin] = np.clip(np.linspace(-0.5, 1.0, margin), 0, 1)
    return np.asarray(np.rint(whole * fade[:, None, None]), np.uint8)


def _disc(radius: int) -> NDArray[np.uint8]:
    size = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
