"""Cutting the person out of a picture."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.tracking.graphs import SelfieNet
from engines.face.topology import SKIN_COUNT

_NET_SIDE = 512  # the network looks at 256 pixels; twice that keeps its input clean
_GUIDE_SIDE = 640  # where the filter's coefficients are found; they are applied at full size
_SURE, _NOT = 0.9, 0.1
_SCRAP = 0.02  # parts smaller than this share of the person, and not joined to the face, are dropped
_HOLE = 0.004  # holes smaller than this are filled

_Mask = NDArray[np.float32]


def person_matte(rgb: NDArray[np.uint8], landmarks: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Return (H, W) uint8: 255 where the person is, 0 behind, soft at the edge. The face is always inside.

    Time and memory are bounded: the network and the filter work at reduced size, only the last step at full size.

    Args:
        rgb: (H, W, 3) uint8.
        landmarks: (>= 468, 2 or 3) the person's face in pixels.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, _GUIDE_SIDE / max(height, width))
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    points = np.asarray(landmarks[:SKIN_COUNT, :2] * (size[0] / width, size[1] / height), dtype=np.float32)
    face = _hull(points, size)
    rough = _cleaned(np.maximum(_likelihood(small, points), face), face)
    radius = max(2, round(0.05 * float(np.ptp(points[:, 0]))))
    slopes, offset = _guided(small.astype(np.float32) / 255, rough, radius, 1e-4)
    matte = _applied(rgb, slopes, offset)
    # The filter may leak along faint edges: far from the rough edge its word does not count.
    reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    solid = (rough > 0.5).astype(np.uint8)
    outer, inner = cv2.dilate(solid, reach), cv2.erode(solid, reach, borderType=cv2.BORDER_REPLICATE)
    matte = np.clip((matte - _NOT) / (_SURE - _NOT), 0, 1)
    matte = np.minimum(matte, _grown(outer, (width, height)))
    matte = np.maximum(matte, _grown(np.maximum(inner, (face > 0.5).astype(np.uint8)), (width, height)))
    return np.asarray(np.rint(matte * 255), dtype=np.uint8)


def _likelihood(rgb: NDArray[np.uint8], points: _Mask) -> _Mask:
    """Ask the network twice: about the whole picture, and closer about head and shoulders."""
    height, width = rgb.shape[:2]
    net = SelfieNet()
    try:
        mask = _asked(net, rgb)
        centre, reach = points.mean(axis=0), 1.6 * float(np.ptp(points, axis=0).max())
        left, right = (round(float(np.clip(centre[0] + s * reach, 0, width))) for s in (-1, 1))
        top, bottom = (round(float(np.clip(centre[1] + s * reach, 0, height))) for s in (-1, 1))
        if (
            right - left >= 16
            and bottom - top >= 16
            and (right - left) * (bottom - top) < 0.7 * width * height
        ):
            close = _asked(net, np.ascontiguousarray(rgb[top:bottom, left:right]))
            weight = _feathered(
                right - left, bottom - top, (left > 0, right < width, top > 0, bottom < height)
            )
            mask[top:bottom, left:right] += weight * (close - mask[top:bottom, left:right])
    finally:
        net.close()
    return mask


def _asked(net: SelfieNet, rgb: NDArray[np.uint8]) -> _Mask:
    small = cv2.resize(rgb, (_NET_SIDE // 2, _NET_SIDE // 2), interpolation=cv2.INTER_AREA)
    mask = net(np.ascontiguousarray(small, dtype=np.uint8))
    return np.asarray(
        cv2.resize(mask, rgb.shape[1::-1], interpolation=cv2.INTER_CUBIC), dtype=np.float32
    ).clip(0, 1)


def _feathered(width: int, height: int, fade: tuple[bool, bool, bool, bool]) -> _Mask:
    """Return weights that are 1 inside and fade to 0 at the given sides: left, right, top, bottom."""
    across, down = np.ones(width, np.float32), np.ones(height, np.float32)
    for line, start, end in ((across, fade[0], fade[1]), (down, fade[2], fade[3])):
        ramp = np.clip(np.arange(line.size, dtype=np.float32) / (0.2 * line.size), 0, 1)
        if start:
            line *= ramp
        if end:
            line *= ramp[::-1]
    return np.asarray(down[:, None] * across[None], dtype=np.float32)


def _hull(points: _Mask, size: tuple[int, int]) -> _Mask:
    face = np.zeros((size[1], size[0]), np.float32)
    hull = cv2.convexHull(np.rint(points).astype(np.int32))
    return np.asarray(cv2.fillConvexPoly(face, hull, (1.0,)), dtype=np.float32)


def _cleaned(mask: _Mask, face: _Mask) -> _Mask:
    """Drop scraps that are not part of the person, and fill small holes."""
    solid = (mask > 0.5).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(solid)
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    keep = np.zeros(len(areas), bool)
    keep[np.unique(labels[face > 0.5])] = True
    keep[1:] |= areas[1:] > max(_SCRAP * solid.size, 0.25 * areas[1:].max(initial=0))
    keep[0] = False
    wanted = cv2.dilate(keep[labels].astype(np.uint8), np.ones((5, 5), np.uint8))
    mask = np.where(wanted > 0, mask, np.minimum(mask, 0.05))
    _, labels, stats, _ = cv2.connectedComponentsWithStats((mask <= 0.5).astype(np.uint8))
    small = stats[:, cv2.CC_STAT_AREA] < _HOLE * solid.size
    small[0] = False
    return np.asarray(np.where(small[labels], 1.0, mask), dtype=np.float32)


def _guided(guide: _Mask, mask: _Mask, radius: int, eps: float) -> tuple[_Mask, _Mask]:
    """Fit mask = slopes . guide + offset in every window (He, Sun, Tang 2010, colour guide); return the smoothed fit.

    Args:
        guide: (H, W, 3), 0..1.
        mask: (H, W), 0..1.
        radius: of the window, pixels.
        eps: how much contrast counts as an edge, squared.
    """

    def mean(x: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(cv2.blur(x, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT))

    guide_mean, mask_mean = mean(guide), mean(mask)
    both = mean(guide * mask[..., None]) - guide_mean * mask_mean[..., None]
    matrix = np.empty((*mask.shape, 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            entry = mean(guide[..., i] * guide[..., j]) - guide_mean[..., i] * guide_mean[..., j]
            matrix[..., i, j] = matrix[..., j, i] = entry
        matrix[..., i, i] += eps
    slopes = np.linalg.solve(matrix, both[..., None])[..., 0].astype(np.float32)
    offset = mask_mean - (slopes * guide_mean).sum(axis=2)
    return mean(slopes).astype(np.float32), mean(offset).astype(np.float32)


def _applied(rgb: NDArray[np.uint8], slopes: _Mask, offset: _Mask) -> _Mask:
    size = (rgb.shape[1], rgb.shape[0])
    matte = _grown(offset, size)
    for channel in range(3):
        matte += _grown(slopes[..., channel], size) * (rgb[..., channel].astype(np.float32) / 255)
    return matte


def _grown(mask: NDArray[Any], size: tuple[int, int]) -> _Mask:
    return np.asarray(
        cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR), dtype=np.float32
    )
