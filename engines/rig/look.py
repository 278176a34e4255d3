"""What a picture looks like: its skin, its light, its grain. What is painted into it takes these on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar

# Cheeks, nose bridge and forehead: where skin is rarely hidden.
_SKIN = (50, 280, 205, 425, 117, 346, 36, 266, 101, 330, 195, 5, 151, 108, 337)
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_GRAIN_SIDE = 64


@dataclass(frozen=True)
class Look:
    """How a picture is lit and made.

    Attributes:
        skin: (3,) float32 the skin's usual colour, 0-255.
        light: (3,) float32 the colour a white thing would have in this picture's light, 0-255.
        grain: (64, 64) float32, zero-mean brightness texture of the skin in picture pixels: film grain, canvas, pores.
        softness: how blurred the picture's sharpest edges are, sigma in pixels.
        grey: the picture has no colours.
    """

    skin: NDArray[np.float32]
    light: NDArray[np.float32]
    grain: NDArray[np.float32]
    softness: float
    grey: bool


def luma(colour: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return (...,) brightness of (..., 3) colours, same scale."""
    return np.asarray(colour @ _LUMA, np.float32)


def look_of(avatar: Avatar) -> Look:
    """Measure the look of an avatar's face."""
    samples = _patches(avatar, _SKIN)
    skin = np.median(samples, axis=0)
    spread = float(np.abs(samples - luma(samples)[:, None]).max(axis=1).mean())
    grey = spread < 4.0
    bright = float(np.percentile(luma(samples), 92))
    white = float(np.clip(max(bright * 1.12, 0.75 * float(luma(skin)) + 60), 70, 245))
    # Skin is orange by itself; only a third of its tint is the light's.
    tint = np.clip(skin / max(float(luma(skin)), 1.0), 0.5, 1.6)
    neutral_skin = np.array([1.22, 0.95, 0.78], np.float32)
    cast = np.ones(3, np.float32) if grey else np.clip(tint / neutral_skin, 0.6, 1.4) ** 0.8
    light = np.clip(white * cast / luma(cast), 0, 250)
    return Look(skin.astype(np.float32), light.astype(np.float32), _grain(avatar), _softness(avatar), grey)


def sample(avatar: Avatar, points: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return (..., 3) float32 the picture's colours at (H, W, 2) pixels, its edge repeated outside."""
    at = np.asarray(points, np.float32) - 0.5
    found = cv2.remap(avatar.rgb, at[..., 0], at[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return found.astype(np.float32)


def match_grey(colours: NDArray[np.floating[Any]], look: Look) -> NDArray[np.float32]:
    """Return colours (..., 3), without their hue where the picture has none."""
    colours = np.asarray(colours, np.float32)
    return np.repeat(luma(colours)[..., None], 3, axis=-1) if look.grey else colours


def _patches(avatar: Avatar, ids: tuple[int, ...]) -> NDArray[np.float32]:
    """Return (n, 3) small-patch means round landmarks, those outside of the picture left out."""
    width, height = avatar.size
    face = float(np.ptp(avatar.landmarks[:468, 0]))
    radius = max(1, round(face * 0.012))
    found = []
    for x, y in avatar.landmarks[list(ids), :2]:
        if radius <= x < width - radius and radius <= y < height - radius:
            xi, yi = int(x), int(y)
            patch = avatar.rgb[yi - radius : yi + radius + 1, xi - radius : xi + radius + 1]
            found.append(patch.reshape(-1, 3).mean(axis=0))
    if not found:
        found = [avatar.rgb.reshape(-1, 3).mean(axis=0)]
    return np.asarray(found, np.float32)


def _grain(avatar: Avatar) -> NDArray[np.float32]:
    """Return the brightness texture of the calmer cheek, mirrored into a tile that repeats without seams."""
    half = _GRAIN_SIDE // 2
    width, height = avatar.size
    face = float(np.ptp(avatar.landmarks[:468, 0]))
    side = int(np.clip(face * 0.12, 6, half))
    tiles = []
    for x, y in avatar.landmarks[[50, 280], :2]:
        x0, y0 = (
            int(np.clip(x - side / 2, 0, max(0, width - side))),
            int(np.clip(y - side / 2, 0, max(0, height - side))),
        )
        patch = luma(avatar.rgb[y0 : y0 + side, x0 : x0 + side].astype(np.float32))
        if patch.shape == (side, side):
            tiles.append(patch - cv2.GaussianBlur(patch, (0, 0), max(1.0, side / 10)))
    if not tiles:
        return np.zeros((_GRAIN_SIDE, _GRAIN_SIDE), np.float32)
    tile = min(tiles, key=lambda t: float(t.std()))
    tile = np.clip(tile, -3 * tile.std(), 3 * tile.std()) - tile.mean()
    return np.asarray(
        np.pad(tile, ((0, _GRAIN_SIDE - side), (0, _GRAIN_SIDE - side)), mode="symmetric"), np.float32
    )


def _softness(avatar: Avatar) -> float:
    """Return the blur of the sharpest edges round the eyes: their contrast over their steepest slope."""
    width, height = avatar.size
    marks = avatar.landmarks[[33, 133, 159, 145, 263, 362, 386, 374], :2]
    (x0, y0), (x1, y1) = marks.min(axis=0) - 4, marks.max(axis=0) + 4
    x0, y0, x1, y1 = int(max(x0, 0)), int(max(y0, 0)), int(min(x1, width)), int(min(y1, height))
    if x1 - x0 < 8 or y1 - y0 < 4:
        return 0.7
    bright = luma(avatar.rgb[y0:y1, x0:x1].astype(np.float32))
    slope = np.hypot(cv2.Sobel(bright, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(bright, cv2.CV_32F, 0, 1) / 8)
    contrast = float(np.percentile(bright, 98) - np.percentile(bright, 2))
    steepest = max(float(np.percentile(slope, 99)), 0.5)
    return float(np.clip(contrast / (2.5 * steepest) - 0.2, 0.5, 5.0))
