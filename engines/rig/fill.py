"""Filling the hole a person leaves in a picture: smooth colours from all around, grain and texture mirrored in."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]
Mask = NDArray[np.bool_]

# With less background than this there is nothing to learn from.
_LEAST_KNOWN = 0.02
# What is coarser than this, of the longer side, is filled smoothly; what is finer is mirrored in.
_GRAIN = 0.02


def fill_hole(rgb: Picture, hole: Mask) -> Picture:
    """Return the picture with its hole filled from what is around.

    Args:
        rgb: (H, W, 3) float32, 0..255.
        hole: (H, W), True where the picture is not to be used.
    """
    if not hole.any():
        return rgb.copy()
    if hole.mean() > 1 - _LEAST_KNOWN:
        return np.asarray(cv2.GaussianBlur(rgb, (0, 0), max(rgb.shape) / 12), np.float32)
    known = (~hole).astype(np.float32)[..., None]
    smooth = _push_pull(rgb * known, known)
    sigma = max(1.0, _GRAIN * max(rgb.shape[:2]))
    coarse = _blurred(rgb, known, sigma)
    detail = _mirrored(np.where(hole[..., None], 0, rgb - coarse), hole)
    soft = cv2.GaussianBlur(smooth, (0, 0), sigma)
    inside = np.minimum(cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3) / (2 * sigma), 1)[
        ..., None
    ]
    smooth = smooth + (soft - smooth) * inside
    filled = np.where(hole[..., None], np.clip(smooth + detail, 0, 255), rgb)
    return filled.astype(np.float32)


def _push_pull(colour: Picture, weight: Picture) -> Picture:
    """Return colours for every pixel: the nearest known ones where weight is 1, averages of ever wider rings inside.

    colour: (H, W, 3) times weight; weight: (H, W, 1), 0..1.
    """
    height, width = weight.shape[:2]
    if min(height, width) <= 2 or float(weight.min()) > 0.999:
        mean = colour.sum(axis=(0, 1)) / max(float(weight.sum()), 1e-6)
        return np.asarray(np.where(weight > 1e-3, colour / np.maximum(weight, 1e-6), mean), np.float32)
    half = ((width + 1) // 2, (height + 1) // 2)
    small = cv2.resize(colour, half, interpolation=cv2.INTER_AREA)
    share = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)[..., None]
    grown = np.minimum(1, 4 * share)
    small = small * (grown / np.maximum(share, 1e-6))
    under = cv2.resize(_push_pull(small, grown), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(colour + (1 - weight) * under, np.float32)


def _blurred(rgb: Picture, known: Picture, sigma: float) -> Picture:
    """Return rgb (H, W, 3) blurred over its known (H, W, 1) pixels only."""
    total = cv2.GaussianBlur(rgb * known, (0, 0), sigma)
    weight = cv2.GaussianBlur(known, (0, 0), sigma)[..., None]
    return np.asarray(total / np.maximum(weight, 1e-4), np.float32)


def _mirrored(detail: Picture, hole: Mask) -> Picture:
    """Return detail (H, W, 3) continued into the hole by mirroring it at the hole's edge."""
    height, width = hole.shape
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5)
    smooth = cv2.GaussianBlur(depth, (0, 0), 2.0)
    down, across = np.gradient(smooth)
    length = np.maximum(np.hypot(down, across), 1e-3)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    x = columns - 2 * depth * across / length
    y = rows - 2 * depth * down / length
    x, y = _folded(x, width), _folded(y, height)
    taken = cv2.remap(detail, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
    return np.asarray(taken * hole[..., None], np.float32)


def _folded(place: NDArray[np.floating], size: int) -> NDArray[np.floating]:
    """Return places outside 0..size-1 mirrored back in."""
    span = 2.0 * (size - 1)
    inside = np.mod(place, span)
    return np.minimum(inside, span - inside)
