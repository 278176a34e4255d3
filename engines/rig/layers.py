"""The picture in two layers, the person and what is behind: laid over one another they give the picture back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.topology import FACE_OVAL
from engines.rig.fill import Picture, fill_hole, spread

# Margin around the picture, of its longer side: what a border cut off may come into view when the head moves away.
MARGIN = 0.3
# How far around the matte stray hair is looked for, of the longer side.
_STRAY_REACH = 0.035
_STRAY_SIDE = 768
# Alpha above which a pixel is the person alone, mostly the person, and below which it is none of it.
_SURE, _HALF, _NONE = 0.98, 0.5, 0.04
_RIM = np.ones((3, 3), np.uint8)
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
        cv2.fillConvexPoly(matte, np.rint(hull).astype(np.int32), (255,))
    return matte.astype(np.float32) / 255


def _unmix(rgb: Picture, alpha: Picture) -> tuple[Picture, Picture, Picture]:
    """Return the person's premultiplied colours, alpha and the background, so that over gives rgb again.

    Hair the matte missed is taken to the person, or it would stay behind as a ghost when the head moves.
    """
    alpha = np.maximum(alpha, _missed(rgb, alpha))
    rim = max(2, round(_STRAY_REACH * max(alpha.shape) / 8))
    inside = cv2.dilate((alpha > _NONE).astype(np.uint8), _RIM, iterations=rim) > 0
    behind = fill_hole(rgb, inside)
    alpha = np.where(inside, np.maximum(alpha, _least_alpha(rgb, behind)), alpha)
    alpha = np.where(alpha > _SURE, 1, alpha)[..., None].astype(np.float32)
    colour = np.clip(rgb - (1 - alpha) * behind, 0, 255 * alpha)
    rest = np.clip((rgb - colour) / np.maximum(1 - alpha, 1e-3), 0, 255)
    return colour, alpha[..., 0], np.where(inside[..., None], behind, rest).astype(np.float32)


def _missed(rgb: Picture, alpha: Picture) -> Picture:
    """Return (H, W) how much of every pixel the matte missed; large pictures are looked at reduced."""
    height, width = alpha.shape
    factor = min(1.0, _STRAY_SIDE / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.float32)
    matte = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.float32)
    reach = max(2, round(_STRAY_REACH * max(size)))
    far = fill_hole(small, _distance(matte <= _NONE) <= reach)
    core = _distance(matte > _SURE) > max(1.0, reach / 4)
    stray = _stray(small, far, spread(small, core), matte, reach)
    return np.asarray(cv2.resize(stray, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _least_alpha(rgb: Picture, behind: Picture) -> Picture:
    """Return (H, W) the least alpha with which any colour over the background can give the picture."""
    darker = (behind - rgb) / np.maximum(behind, 1)
    lighter = (rgb - behind) / np.maximum(255 - behind, 1)
    return np.asarray(np.maximum(darker, lighter).max(axis=2), np.float32)


def _stray(rgb: Picture, behind: Picture, person: Picture, alpha: Picture, reach: int) -> Picture:
    """Return (H, W) how much of the pixels around the matte is the person's after all, judged by colour.

    A pixel counts as far as it lies on the way from the background's colour to the person's, and only where it hangs
    together with the person; where the background further out looks the same, colour tells nothing.
    """
    way = person - behind
    length = np.einsum("hwc,hwc->hw", way, way)
    part = np.einsum("hwc,hwc->hw", rgb - behind, way) / np.maximum(length, 1.0)
    aside = rgb - behind - np.clip(part, 0, 1)[..., None] * way
    off = np.einsum("hwc,hwc->hw", aside, aside) / np.maximum(length, 1.0)
    alike = (
        np.clip((part - 0.12) / 0.5, 0, 1) * np.clip(2 - off / 0.12, 0, 1) * np.clip(length / 900 - 0.5, 0, 1)
    )
    distance = _distance(alpha < _HALF)
    outside = (distance > reach).astype(np.float32)
    usual = _average(alike.astype(np.float32) * outside, outside, 2.0 * reach)
    alike = alike * np.clip(1.2 - 10 * usual, 0, 1)
    alike = cv2.GaussianBlur(alike.astype(np.float32), (0, 0), 0.7) * np.clip(3 - 3 * distance / reach, 0, 1)
    count, labels = cv2.connectedComponents(((alike > 0.25) | (alpha > _HALF)).astype(np.uint8))
    kept = np.zeros(count, np.bool_)
    kept[labels[alpha > _HALF]] = True
    joined = kept[labels]
    grown = cv2.GaussianBlur(cv2.dilate(joined.astype(np.float32), _RIM), (0, 0), 1.0)
    return np.asarray(alike * np.minimum(grown * 2, 1), np.float32)


def _average(values: Picture, weight: Picture, sigma: float) -> Picture:
    """Return the weighted average of (H, W) values around every pixel; values already times weight."""
    size = (max(1, values.shape[1] // 4), max(1, values.shape[0] // 4))
    pair = [cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in (values, weight)]
    total, share = (cv2.GaussianBlur(each, (0, 0), max(sigma / 4, 0.5)) for each in pair)
    return np.asarray(cv2.resize(total / np.maximum(share, 1e-3), values.shape[::-1]), np.float32)


def _with_margin(person: NDArray[np.uint8], margin: int) -> NDArray[np.uint8]:
    """Return the person's layer continued beyond the picture: mirrored below, stretched elsewhere, faded above."""
    depth = min(margin, person.shape[0] - 1)
    whole = cv2.copyMakeBorder(person, 0, depth, 0, 0, cv2.BORDER_REFLECT_101)
    whole = cv2.copyMakeBorder(whole, margin, margin - depth, margin, margin, cv2.BORDER_REPLICATE)
    fade = np.clip(np.linspace(-0.5, 1.0, margin, dtype=np.float32), 0, 1)[:, None, None]
    whole[:margin] = np.rint(whole[:margin] * fade)
    return np.asarray(whole, np.uint8)


def _distance(mask: NDArray[np.bool_]) -> Picture:
    """Return (H, W) how far every pixel of the mask is from the nearest pixel outside, 0 outside, pixels."""
    return np.asarray(cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5), np.float32)
