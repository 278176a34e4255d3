"""Nanuk: the fox in its winter coat."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from assets.draw import fox
from assets.draw.build import Drawn
from assets.draw.fox import IRIS

COAT = np.float32([[66, 74, 112], [138, 152, 190], [206, 216, 236], [246, 249, 255]])  # shade to light
CLOTH_TURN = 150  # degrees from the red fox's teal to plum


def draw() -> Drawn:
    """Draw the red fox and dye it."""
    red = fox.draw()
    pixels = red.pixels.copy()
    pixels[..., :3] = _dyed(red.pixels[..., :3])
    return replace(red, id="6-nanuk", name="Nanuk", pixels=pixels)


def _dyed(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn warm fur to snow, the scarf to plum and the eyes to ice; darks stay dark."""
    hsv = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    hue, saturation, value = hsv[..., 0], hsv[..., 1], hsv[..., 2]
    warm = ((hue < 55) | (hue > 340)).astype(np.float32)
    # Orange reads lighter than its brightness says, cream is white already.
    light = np.clip(value * (1.04 - 0.34 * saturation * np.clip(1.3 - value, 0, 1)), 0, 1)
    coat = np.dstack([np.interp(light, [0.25, 0.52, 0.78, 0.98], COAT[:, k]) for k in range(3)])
    dark = np.clip((0.36 - value) / 0.12, 0, 1)[..., None]
    coat = coat * (1 - dark) + (rgb[..., [2, 1, 0]] * 0.9 + [4, 6, 14]) * dark
    cloth = hsv.copy()
    cloth[..., 0] = (hue + CLOTH_TURN) % 360
    cloth[..., 1] = saturation * 0.72
    result = np.where(warm[..., None] > 0.5, coat, cv2.cvtColor(cloth, cv2.COLOR_HSV2RGB) * 255)
    eyes = _eyes(rgb.shape[:2])[..., None]
    ice = hsv.copy()
    ice[..., 0], ice[..., 1] = np.where(warm > 0.5, 205, hue), saturation * 0.85
    return np.clip(
        result * (1 - eyes) + cv2.cvtColor(ice, cv2.COLOR_HSV2RGB) * 255 * eyes + 0.5, 0, 255
    ).astype(np.uint8)


def _eyes(shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return 0..1 where the irises are."""
    mask = np.zeros(shape, np.uint8)
    x, y, rx, ry = IRIS
    for at in (x, 1024 - x):
        cv2.ellipse(
            mask,
            (round(at * 16), round(y * 16)),
            (round(rx * 16) - 8, round(ry * 16) - 8),
            0,
            0,
            360,
            (255,),
            -1,
            cv2.LINE_AA,
            4,
        )
    return mask.astype(np.float32) / 255
