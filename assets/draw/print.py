"""Vita: a screen print in five inks, pulled from the study of the painted portrait."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from assets.draw import portrait
from assets.draw.build import Drawn
from assets.draw.bust import Picture, mask, symmetric, whole
from assets.draw.paint import Layer, noise, ribbon
from assets.draw.portrait import HAIR_EDGE, HAIRLINE, SHOULDER
from assets.draw.portrait_dress import NECKLINE
from assets.draw.relief import Field
from engines.base import Style

_SIDE = 2048
_DOTS = 15.0  # pixels of the large sheet between halftone dots
PAPER, PEACH, CORAL, PLUM, INK = "#fff1dc", "#ffc9a4", "#f4776b", "#7a2a6b", "#2b1140"
RED, RED_DARK = "#e0313f", "#ad1f45"
TEAL, TEAL_DARK, SUN, SKY = "#1fa39a", "#0d5a6e", "#ffc83d", "#38b6c9"


def draw() -> Drawn:
    """Print the picture; the rig is the portrait's own."""
    study, matte, head, _flow, _weight = portrait.study()
    large = cv2.resize(study, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    light = cv2.GaussianBlur(large @ np.float32([0.3, 0.59, 0.11]), (0, 0), 1.6)
    body, hair, dress = (_big(field) for field in _regions(head))
    sheet = _backing()
    skin = np.clip(_big(np.maximum(head, mask(symmetric(SHOULDER), 0.8))), 0, 1)
    sheet = _pull(sheet, PEACH, np.maximum(skin, body))
    sheet = _pull(sheet, PAPER, skin * _halftone(_edge(light, 0.72, 0.90), 45))
    sheet = _pull(
        sheet,
        CORAL,
        skin * np.maximum(1 - _edge(light, 0.40, 0.44), _halftone(1 - _edge(light, 0.40, 0.66), 75)),
    )
    sheet = _pull(sheet, PLUM, skin * (1 - _edge(light, 0.215, 0.235)))
    upper, lower, between = _lips()
    sheet = _pull(sheet, INK, skin * (1 - _edge(light, 0.125, 0.14)) * (1 - np.maximum(upper, lower)))
    for ink, share in ((RED, lower), (RED_DARK, upper), (INK, between)):
        sheet = _pull(sheet, ink, share)
    sheet = _pull(sheet, "#ff8f86", lower * _edge(light, 0.62, 0.66))
    sheet = _pull(sheet, PLUM, hair)
    sheet = _pull(sheet, "#c2437a", hair * _edge(light, 0.235, 0.25))
    sheet = _pull(sheet, INK, hair * (1 - _edge(light, 0.085, 0.1)))
    sheet = _pull(sheet, TEAL, dress)
    sheet = _pull(
        sheet,
        TEAL_DARK,
        dress * np.maximum(1 - _edge(light, 0.125, 0.14), _halftone(1 - _edge(light, 0.12, 0.24), 20)),
    )
    sheet = _pull(sheet, SUN, np.maximum(dress, skin) * _gold(large))
    pearls = (
        (np.ptp(large, axis=2) < 0.16)
        * _edge(light, 0.5, 0.6)
        * _big(mask(symmetric([(0, -3.5), (-9, -3.5), (-9, -17), (0, -17)]), 1))
    )
    sheet = _pull(sheet, "#ffffff", pearls.astype(np.float32) * (1 - _face()))
    grain = 1 + 0.02 * noise(1024, 1024, 1.6, 5) + 0.015 * noise(1024, 1024, 60, 6)
    small = cv2.resize(sheet, (1024, 1024), interpolation=cv2.INTER_AREA) * grain[..., None]
    pixels = np.dstack([np.clip(small * 255 + 0.5, 0, 255), np.full((1024, 1024), 255)]).astype(np.uint8)
    return Drawn(
        "7-vita",
        "Vita",
        Style.PHOTO,
        pixels,
        portrait.landmarks(),
        np.clip(matte * 255 + 0.5, 0, 255).astype(np.uint8),
    )


def _big(field: Field) -> Field:
    return np.asarray(cv2.resize(field, (_SIDE, _SIDE), interpolation=cv2.INTER_LINEAR), np.float32)


def _edge(field: NDArray[np.floating], low: float, high: float) -> Field:
    """Return a hard but smooth step from 0 below low to 1 above high."""
    t = np.clip((field - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _halftone(tone: Field, degrees: float) -> Field:
    """Return dots that grow with tone, 0..1, on a grid turned by degrees."""
    y, x = np.mgrid[:_SIDE, :_SIDE].astype(np.float32)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    u, v = (c * x + s * y) * np.pi / _DOTS, (c * y - s * x) * np.pi / _DOTS
    screen = 0.5 + 0.25 * (np.cos(2 * u) + np.cos(2 * v))
    return _edge(tone - (1 - screen), -0.06, 0.06) * (tone > 0.02)


def _pull(sheet: Picture, ink: str, share: NDArray[np.floating]) -> Picture:
    """Print one ink."""
    rgb = np.float32([int(ink[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.asarray(sheet + (rgb - sheet) * np.clip(share, 0, 1)[..., None], np.float32)


def _regions(head: Field) -> tuple[Field, Field, Field]:
    """Return shoulders, hair and dress."""
    body = mask(symmetric(SHOULDER), 0.8)
    outer = mask(symmetric(HAIR_EDGE), 1.0)
    scalp = mask(symmetric([*HAIRLINE, (-4.4, -9.0), (-4.4, -30)]), 2.0)
    edge = symmetric(NECKLINE)
    dress = mask(np.vstack([edge, [(1200, 600), (1200, 1200), (-200, 1200), (-200, 600)]]), 0.8) * body
    hair = outer * (1 - scalp) * (1 - body * (1 - head))
    return body, hair, dress


def _backing() -> Picture:
    """Return the sheet with its ground: a sun behind the head, dots fading upwards."""
    y, x = np.mgrid[:_SIDE, :_SIDE].astype(np.float32) / _SIDE
    sheet = np.broadcast_to(np.float32([1, 1, 1]), (_SIDE, _SIDE, 3))
    sheet = _pull(sheet, SKY, np.ones((_SIDE, _SIDE), np.float32))
    sheet = _pull(sheet, PAPER, _halftone(np.clip(1.05 - 1.15 * y, 0, 0.8).astype(np.float32), 30))
    return _pull(sheet, SUN, _edge(0.40 - np.hypot(x - 0.5, y - 0.40), -0.0012, 0.0012))


def _lips() -> tuple[Field, Field, Field]:
    """Return the upper lip, the lower lip and the line between them."""
    top, line, bottom = whole(portrait.LIP_TOP), whole(portrait.LIP_LINE), whole(portrait.LIP_BOTTOM)
    upper, lower = mask(np.vstack([top, line[::-1]]), 0.5), mask(np.vstack([line, bottom[::-1]]), 0.5)
    seam = (
        Layer().fill(ribbon(line, 4.0, (0.3, 0.3), smooth=False), INK).finish()[..., 3].astype(np.float32)
        / 255
    )
    return _big(upper), _big(lower), _big(seam)


def _face() -> Field:
    return _big(mask(symmetric([(0, 8), (-5.6, 6), (-5.9, -3), (-3, -9), (0, -9.3)]), 1.0))


def _gold(large: Picture) -> Field:
    """Return where the trim and the earrings are golden."""
    trim = mask(
        symmetric(
            [
                (-16.2, -15.6),
                *NECKLINE[1:],
                (0, -22.3),
                (-5.0, -22.0),
                (-9.8, -21.0),
                (-13.6, -19.2),
                (-16.4, -16.6),
            ]
        ),
        0.6,
    )
    golden = _edge(large[..., 0] - 1.6 * large[..., 2], 0.12, 0.2)
    return golden * _big(cv2.dilate(trim, np.ones((5, 5))))
