"""Filling the hole a person leaves in a picture: smooth colours from around, grain and texture mirrored in."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]
Mask = NDArray[np.bool_]

# With less background than this there is nothing to learn from.
_LEAST_KNOWN = 0.02
# Colours coarser than this, of the longer side, are filled smoothly; finer texture is mirrored in.
_GRAIN = 0.02
# Smooth colours need no more pixels than this along the longer side.
_COARSE_SIDE = 384
# How deep into the hole, of the longer side, texture is mirrored at full strength, and where it ends.
_FULL_DEPTH, _NO_DEPTH = 0.04, 0.12


def fill_hole(rgb: Picture, hole: Mask) -> Picture:
    """Return the picture with its hole filled from what is around it.

    Args:
        rgb: (H, W, 3) float32, 0..255.
        hole: (H, W), True where the picture is not to be used.
    """
    if not hole.any():
        return rgb.copy()
    if hole.mean() > 1 - _LEAST_KNOWN:
        blurred = cv2.GaussianBlur(_reduced(rgb), (0, 0), _COARSE_SIDE / 12)
        return _enlarged(np.asarray(blurred, np.float32), rgb)
    coarse = _coarse(rgb, hole)
    detail = np.where(hole[..., None], 0, rgb - coarse).astype(np.float32)
    filled = np.clip(coarse + _mirrored(detail, hole), 0, 255)
    return np.where(hole[..., None], filled, rgb).astype(np.float32)


def spread(rgb: Picture, known: Mask) -> Picture:
    """Return the known colours spread smoothly over the whole picture; rgb (H, W, 3), known (H, W)."""
    if not known.any():
        return rgb.copy()
    weight = known.astype(np.float32)[..., None]
    small, share = _reduced(rgb * weight), _reduced(weight)[..., None]
    return _enlarged(_push_pull(small, share), rgb)


def _coarse(rgb: Picture, hole: Mask) -> Picture:
    """Return the picture's coarse colours, those around the hole carried on through it."""
    known = (~hole).astype(np.float32)[..., None]
    small, share = _reduced(rgb * known), _reduced(known)[..., None]
    sigma = max(0.8, _GRAIN * max(small.shape[:2]))
    weight = cv2.GaussianBlur(share, (0, 0), sigma)[..., None]
    smooth = cv2.GaussianBlur(small, (0, 0), sigma) / np.maximum(weight, 1e-4)
    sure = (share > 0.5).astype(np.float32)
    filled = _push_pull((smooth * sure).astype(np.float32), sure)
    soft = cv2.GaussianBlur(filled, (0, 0), sigma)
    inside = cv2.distanceTransform((sure[..., 0] < 0.5).astype(np.uint8), cv2.DIST_L2, 3)[..., None]
    return _enlarged(filled + (soft - filled) * np.minimum(inside / (2 * sigma), 1), rgb)


def _reduced(picture: Picture) -> Picture:
    factor = min(1.0, _COARSE_SIDE / max(picture.shape[:2]))
    size = max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def _enlarged(small: Picture, like: Picture) -> Picture:
    size = like.shape[1], like.shape[0]
    return np.asarray(cv2.resize(small.astype(np.float32), size, interpolation=cv2.INTER_CUBIC), np.float32)


def _push_pull(colour: Picture, weight: Picture) -> Picture:
    """Return colours for every pixel: its own where weight is 1, else averages of ever wider surroundings.

    Args:
        colour: (H, W, 3), already times weight.
        weight: (H, W, 1), 0..1.
    """
    height, width = weight.shape[:2]
    if min(height, width) <= 2 or float(weight.min()) > 0.999:
        mean = colour.sum(axis=(0, 1)) / max(float(weight.sum()), 1e-6)
        return np.asarray(np.where(weight > 1e-3, colour / np.maximum(weight, 1e-6), mean), np.float32)
    half = ((width + 1) // 2, (height + 1) // 2)
    small = cv2.resize(colour, half, interpolation=cv2.INTER_AREA)
    share = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)[..., None]
    grown = np.minimum(1, 4 * share)
    under = _push_pull(small * (grown / np.maximum(share, 1e-6)), grown)
    wide = cv2.resize(under, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(colour + (1 - weight) * wide, np.float32)


def _mirrored(detail: Picture, hole: Mask) -> Picture:
    """Return detail (H, W, 3) continued into the hole by mirroring it at the hole's edge, fading with depth."""
    height, width = hole.shape
    longer = max(height, width)
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5)
    slope = cv2.GaussianBlur(depth, (0, 0), max(1.5, 0.006 * longer))
    across, down = (cv2.Sobel(slope, cv2.CV_32F, *axes, ksize=3) for axes in ((1, 0), (0, 1)))
    length = np.maximum(np.hypot(across, down), 1e-3)
    step = 2 * depth / length
    x = _folded(np.arange(width, dtype=np.float32) - step * across, width)
    y = _folded(np.arange(height, dtype=np.float32)[:, None] - step * down, height)
    taken = cv2.remap(detail, x, y, cv2.INTER_LINEAR)
    strength = np.clip((_NO_DEPTH * longer - depth) / ((_NO_DEPTH - _FULL_DEPTH) * longer), 0, 1)
    return np.asarray(taken * (strength * hole)[..., None], np.float32)


def _folded(place: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Return places outside 0..size-1 mirrored back in."""
    last = np.float32(size - 1)
    return np.asarray(np.clip(last - np.abs(last - np.abs(place)), 0, last), np.float32)
