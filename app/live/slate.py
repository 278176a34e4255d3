"""The still card: what the call sees when there is nothing safe to show. Drawn by code, at any size."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from app.live.picture import Picture

_NAME, _LINE = "Guise", "Back in a moment"
_INSIDE, _OUTSIDE = (58, 52, 92), (17, 19, 33)
_GLYPH, _GLYPH_SHADE = (246, 238, 226), (214, 186, 178)
_TEXT, _QUIET = (246, 238, 226), (176, 170, 200)
_OVERSAMPLING = 4


@lru_cache(maxsize=4)
def slate(width: int, height: int) -> NDArray[np.uint8]:
    """Return the card, (height, width, 3) uint8 RGB; read-only, drawn once per size."""
    card = Image.fromarray(_ground(width, height))
    unit = min(width, height) / 100
    side = max(round(44 * unit), 4)
    middle = (width / 2, height / 2 - 11 * unit)
    mask = _mask_glyph(side)
    card.paste(mask, (round(middle[0] - side / 2), round(middle[1] - side / 2)), mask)
    _write(card, _NAME, (width / 2, height / 2 + 24 * unit), 11 * unit, _TEXT)
    _write(card, _LINE, (width / 2, height / 2 + 34 * unit), 4.6 * unit, _QUIET)
    pixels = np.array(card)
    pixels.flags.writeable = False
    return pixels


def slate_picture(width: int, height: int, time_s: float) -> Picture:
    """Return the card as a picture for the sinks."""
    card = slate(width, height)
    return Picture(card, card, time_s, slate=True)


def _ground(width: int, height: int) -> NDArray[np.uint8]:
    """A soft light behind the glyph on a dark ground, dithered so that it shows no bands."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    distance = np.hypot(x - width / 2, y - 0.42 * height) / (0.72 * np.hypot(width, height))
    light = np.clip(1 - distance, 0, 1)[..., None] ** 2.2
    ground = np.array(_OUTSIDE, np.float32) + light * (np.array(_INSIDE, np.float32) - _OUTSIDE)
    ground += np.random.default_rng(1).uniform(-0.5, 0.5, ground.shape)
    return np.asarray(np.clip(np.rint(ground), 0, 255), np.uint8)


def _mask_glyph(side: int) -> Image.Image:
    """A theatre mask, half of it in shade: face outline, two almond eyes, a smile. (side, side) RGBA."""
    big = side * _OVERSAMPLING
    shape = Image.new("L", (big, big), 0)
    draw = ImageDraw.Draw(shape)
    draw.polygon(_points(_outline(), big), fill=255)
    for sign in (-1, 1):
        draw.polygon(_points(_eye(sign), big), fill=0)
    draw.polygon(_points(_smile(), big), fill=0)
    colour = np.empty((big, big, 3), np.uint8)
    colour[:, : big // 2], colour[:, big // 2 :] = _GLYPH, _GLYPH_SHADE
    glyph = Image.fromarray(np.dstack([colour, np.asarray(shape)]))
    return glyph.resize((side, side), Image.Resampling.LANCZOS)


def _points(curve: NDArray[np.float64], side: int) -> list[tuple[float, float]]:
    """From -1..1 with y down to pixels."""
    return [(float(x), float(y)) for x, y in (curve + 1) / 2 * side]


def _outline() -> NDArray[np.float64]:
    """A shield: level brow that dips in the middle, round cheeks, narrow chin."""
    t = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    x, y = np.cos(t), np.sin(t)
    lower = np.clip(y, 0, 1)
    brow = np.where(y < 0, 0.62 * np.abs(y) ** 0.55 - 0.1 * np.exp(-((x / 0.22) ** 2)), 0)
    return np.stack([0.8 * x * (1 - 0.28 * lower**1.6), np.where(y < 0, -brow, 0.88 * lower)], axis=1)


def _eye(sign: int) -> NDArray[np.float64]:
    """An almond that rises towards the temple."""
    t = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    x, y = 0.2 * np.cos(t), 0.105 * np.sin(t) * (1 - 0.25 * np.cos(t))
    return np.stack([sign * (0.36 + x), -0.17 + y - 0.28 * x], axis=1)


def _smile() -> NDArray[np.float64]:
    """A crescent."""
    x = np.linspace(-1, 1, 60)
    upper = np.stack([0.36 * x, 0.33 + 0.08 * (1 - x**2)], axis=1)
    lower = np.stack([0.36 * x[::-1], 0.33 + 0.24 * (1 - x[::-1] ** 2)], axis=1)
    return np.concatenate([upper, lower])


def _write(
    card: Image.Image, text: str, middle: tuple[float, float], size: float, colour: tuple[int, ...]
) -> None:
    """Write a centred line with the font Pillow brings along: no font of the system is needed."""
    if size < 4:
        return
    font = ImageFont.load_default(size)
    ImageDraw.Draw(card).text(middle, text, font=font, fill=colour, anchor="mm")
