"""Byron: a gentleman, engraved in sepia on laid paper."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from assets.draw.build import Drawn
from assets.draw.bust import PLANE, light_of, mask, symmetric, whole
from assets.draw.engraving_hair import curls
from assets.draw.paint import (
    Layer,
    Mode,
    Points,
    colour,
    curve,
    ellipse,
    mirror,
    noise,
    path,
    resample,
    ribbon,
    shifted,
)
from assets.draw.relief import Field, face_height, inflated, lit
from assets.draw.rig import DrawnEye, DrawnFace, landmarks_of
from engines.base import Style

UPPER_LID = [
    (-4.7, 2.55),
    (-4.25, 2.95),
    (-3.6, 3.22),
    (-3.0, 3.24),
    (-2.4, 3.02),
    (-1.95, 2.62),
    (-1.72, 2.34),
]
LOWER_LID = [
    (-4.7, 2.55),
    (-4.25, 2.26),
    (-3.6, 2.04),
    (-3.0, 1.98),
    (-2.4, 2.08),
    (-1.95, 2.22),
    (-1.72, 2.34),
]
IRIS = (-3.15, 2.72, 0.68, 0.68)
BROW_UPPER = [(-5.9, 3.9), (-5.0, 4.6), (-3.8, 4.85), (-2.6, 4.68), (-1.5, 4.36)]
BROW_LOWER = [(-5.9, 3.82), (-5.0, 4.3), (-3.8, 4.42), (-2.6, 4.2), (-1.45, 3.88)]
LIP_TOP = [(-2.5, -4.2), (-1.7, -3.98), (-0.9, -3.78), (-0.42, -3.68), (0, -3.76)]
LIP_LINE = [(-2.45, -4.21), (-1.6, -4.36), (-0.8, -4.34), (-0.3, -4.36), (0, -4.4)]
LIP_BOTTOM = [(-2.5, -4.2), (-1.7, -4.78), (-0.9, -5.18), (-0.4, -5.26), (0, -5.26)]
OVAL = [
    (0, 8.3),
    (-1.9, 8.15),
    (-3.6, 7.5),
    (-5.0, 6.5),
    (-6.0, 5.1),
    (-6.55, 3.4),
    (-6.75, 1.6),
    (-6.75, 0.0),
    (-6.6, -1.8),
    (-6.3, -3.6),
    (-5.7, -5.4),
    (-4.7, -7.1),
    (-3.4, -8.5),
    (-2.0, -9.35),
    (-0.9, -9.6),
    (0, -9.65),
]
SHOULDER = [
    (-3.9, -4.6),
    (-4.2, -7.5),
    (-4.5, -10.0),
    (-5.4, -11.6),
    (-9.4, -12.9),
    (-14.4, -14.4),
    (-18.4, -17.0),
    (-20.8, -20.8),
    (-22.0, -26.5),
]
LIGHT = (-0.6, 0.55, 0.85)
_CLEAR = Mode.CompositionMode_DestinationOut
INK = np.array([46, 32, 26], np.float32) / 255
PAPER = np.array([243, 234, 214], np.float32) / 255


def landmarks() -> NDArray[np.float32]:
    """Return the rig."""
    to = PLANE.to_picture
    (x, y), s = to([IRIS[:2]])[0], PLANE.scale
    right = DrawnEye(curve(to(UPPER_LID)), curve(to(LOWER_LID)), (x, y, IRIS[2] * s, IRIS[3] * s), rings=None)
    upper, lower = curve(to(BROW_UPPER)), curve(to(BROW_LOWER))
    nose = {4: (0, -0.6), 1: (0, -1.2), 2: (0, -2.15), 168: (0, 3.1), 6: (0, 2.3), 195: (0, 0.9), 5: (0, 0.25),
            129: (-1.75, -1.1), 358: (1.75, -1.1), 98: (-1.32, -1.78), 327: (1.32, -1.78),
            94: (0, -1.75), 19: (0, -1.55)}  # fmt: skip
    return landmarks_of(
        DrawnFace(right, right.mirrored(), (upper, lower), (mirror(upper), mirror(lower)), whole(LIP_TOP),
                  whole(LIP_LINE), whole(LIP_BOTTOM), whole(OVAL)[:-1], {k: tuple(to([v])[0]) for k, v in nose.items()},
                  relief=0.75)
    )  # fmt: skip


def hatch(phase: Field, period: float, darkness: Field, wobble: Field) -> Field:
    """Return 0..1 ink of lines along the contours of a phase field, `period` apart, as wide as the darkness asks."""
    gx, gy = np.gradient(phase, axis=1), np.gradient(phase, axis=0)
    slope = np.maximum(np.hypot(gx, gy), 1e-4)
    distance = np.abs((phase / period + wobble) % 1 - 0.5) * period / slope
    width = darkness * period / slope
    return np.clip(width / 2 - distance + 0.5, 0, 1) * np.clip(width * 1.6, 0, 1)


COLLAR = [
    (-4.3, -6.9),
    (-5.5, -7.6),
    (-6.0, -10.2),
    (-5.9, -12.6),
    (-3.4, -14.2),
    (-2.0, -13.2),
    (-3.4, -10.4),
]
CRAVAT = [(-4.6, -8.2), (-4.7, -10.4), (-4.2, -12.6), (-2.6, -14.2), (0, -14.8)]
LAPEL = [
    (-5.9, -11.2),
    (-8.2, -13.4),
    (-10.6, -15.6),
    (-8.6, -17.2),
    (-9.8, -18.4),
    (-6.2, -22.2),
    (-2.2, -26.5),
]
LAPEL_INNER = [(-5.9, -11.2), (-5.4, -14.4), (-4.2, -18.6), (-2.6, -22.4), (-0.6, -26.5)]


def study() -> tuple[Field, dict[str, Field]]:
    """Return how dark each place is to be, 0 paper to 1 black, and the masks of the regions."""
    rig = landmarks()
    face, inside = face_height(PLANE, rig)
    face = cv2.GaussianBlur(face, (0, 0), 1.5)
    regions = {"body": mask(symmetric(SHOULDER), 0.7), "head": mask(whole(OVAL), 0.7)}
    light = light_of(face, inside, regions["body"], regions["head"], LIGHT, cast=0.4)
    value = 0.2 + 0.1 * light.ambient + 0.76 * light.direct**0.8 * (0.72 + 0.28 * light.ambient)
    dark = np.clip(1.1 - value, 0, 1) * 0.92
    dark = _features(dark)
    coat = lit(PLANE, inflated(PLANE, regions["body"], 7.0), LIGHT)
    regions["cloth"] = (
        mask(
            np.vstack(
                [
                    symmetric([*LAPEL_INNER]),
                ]
            ),
            0.7,
        )
        * 0
    )
    shoulder = regions["body"] * (np.arange(1024)[:, None] > PLANE.to_picture([(0, -11.0)])[0][1])
    opening = mask(symmetric([(0, -8), *LAPEL_INNER, (0, -27)]), 0.7)
    regions["coat"] = np.clip(shoulder - opening, 0, 1)
    regions["linen"] = np.maximum(opening, mask(symmetric([(0, -7.5), *COLLAR, (0, -14)]), 0.7)) * (
        1 - regions["head"]
    )
    coat_dark = np.clip(0.98 - 0.5 * coat.direct**1.1, 0, 1)
    dark = dark + (coat_dark - dark) * regions["coat"]
    linen = lit(PLANE, inflated(PLANE, np.clip(regions["linen"], 0, 1), 3.5), LIGHT)
    shadow = np.clip(1 - light.direct * 1.2, 0, 1) * 0.55
    linen_dark = np.clip(0.62 - 0.62 * linen.direct, 0, 1) * 0.8 + shadow * 0.4
    dark = dark + (linen_dark - dark) * regions["linen"]
    return np.clip(dark, 0, 1).astype(np.float32), regions


def _darken(dark: Field, layer: Layer) -> Field:
    share = layer.finish()[..., 3].astype(np.float32) / 255
    return dark + (1 - dark) * share


def _features(dark: Field) -> Field:
    """Darken lips, brows and eye sockets before hatching."""
    lips = Layer().fill(
        path(np.vstack([whole(LIP_TOP), whole(LIP_LINE)[::-1]]), smooth=False), colour("black", 0.22)
    )
    lips.fill(path(np.vstack([whole(LIP_LINE), whole(LIP_BOTTOM)[::-1]]), smooth=False), colour("black", 0.1))
    dark = _darken(dark, lips.blur(2))
    for flip in (False, True):
        brow = path(
            np.vstack([curve(_side(BROW_UPPER, flip)), curve(_side(BROW_LOWER, flip))[::-1]]), smooth=False
        )
        dark = _darken(dark, Layer().fill(brow, colour("black", 0.2)).blur(3))
        opening = np.vstack([curve(_side(UPPER_LID, flip)), curve(_side(LOWER_LID, flip))[::-1]])
        middle = opening.mean(axis=0)
        dark = dark * (1 - 0.5 * mask((opening - middle) * [1.25, 2.1] + middle - [0, 8], 7))
        dark = dark * (1 - 0.92 * mask(opening, 0.8))
    return dark


def _side(values: list[tuple[float, float]], flip: bool) -> Points:
    line = PLANE.to_picture(values)
    return mirror(line)[::-1] if flip else line


def draw() -> Drawn:
    """Engrave the picture and its rig."""
    dark, regions = study()
    ink = _hatching(dark, regions)
    lines = Layer()
    _contours(lines)
    _clothes(lines)
    for flip in (False, True):
        _eye(lines, flip)
        _brow(lines, flip)
    hair_ink, hair_mask = curls()
    drawn = lines.finish()[..., 3].astype(np.float32) / 255
    total = 1 - (1 - ink) * (1 - drawn)
    total = total * (1 - hair_mask) + hair_ink
    person = np.maximum(np.maximum(regions["body"], regions["head"]), hair_mask)
    person = np.maximum(np.maximum(person, regions["linen"]), drawn)
    person = cv2.GaussianBlur(
        cv2.dilate(person, np.ones((3, 3))), (0, 0), 0.7
    )  # the ink's own edge goes along
    grain = 1 + 0.012 * noise(1024, 1024, 2.2, 31) + 0.018 * noise(1024, 1024, 90, 32)
    rows = np.arange(1024, dtype=np.float32)
    laid = 1 - 0.010 * (0.5 + 0.5 * np.cos(rows * 2 * np.pi / 7))[:, None]
    paper = PAPER * (grain * laid)[..., None]
    bite = np.clip(total * (1 + 0.04 * noise(1024, 1024, 3, 33)), 0, 1)[..., None] * 0.94
    picture = paper * (1 - bite) + INK * bite
    pixels = np.dstack([np.clip(picture * 255 + 0.5, 0, 255), np.full((1024, 1024), 255)]).astype(np.uint8)
    return Drawn(
        "4-byron", "Byron", Style.PHOTO, pixels, landmarks(), np.clip(person * 255, 0, 255).astype(np.uint8)
    )


def _hatching(dark: Field, regions: dict[str, Field]) -> Field:
    """Cut the tones: lines around the form, crossed where it is darker, crossed again in the depths."""
    size = PLANE.size * 2
    rig = landmarks()
    height = PLANE.full(face_height(PLANE, rig)[0])
    body = PLANE.full(inflated(PLANE, regions["body"], 6.0))
    head = cv2.GaussianBlur(regions["head"], (0, 0), 2)
    form = cv2.GaussianBlur(body + (np.clip(height, -4, 9) - body) * head, (0, 0), 3)
    big = {
        name: cv2.resize(field, (size, size), interpolation=cv2.INTER_LINEAR)
        for name, field in (("form", form), ("dark", dark), ("coat", regions["coat"]))
    }
    person = cv2.resize(np.maximum.reduce([regions["body"], regions["head"], regions["linen"]]), (size, size))
    y, x = np.mgrid[:size, :size].astype(np.float32)
    x, y, z = (x / 2 - 512) / PLANE.scale, (414 - y / 2) / PLANE.scale, big["form"]
    tone, wobble = big["dark"], 0.18 * noise(size, size, 90, 21)
    ink = np.zeros((size, size), np.float32)
    for phase, period, low, high, most in (
        (y * 0.94 + x * 0.18 - 0.34 * z, 0.25, 0.12, 0.82, 0.64),
        (y * 0.5 - x * 0.82 - 0.22 * z, 0.26, 0.42, 0.95, 0.5),
        (x * 0.95 + y * 0.5, 0.25, 0.72, 1.05, 0.5),
    ):
        share = np.clip((tone - low) / (high - low), 0, 1) * most
        ink = 1 - (1 - ink) * (1 - hatch(phase.astype(np.float32), period, share, wobble))
    return cv2.resize(ink * person, (1024, 1024), interpolation=cv2.INTER_AREA)


def _contours(lines: Layer) -> None:
    black = "#000000"
    to = PLANE.to_picture
    outline = whole(OVAL)
    jaw = outline[np.abs(outline[:, 1] - to([(0, -9.65)])[0][1]) < 24 * 8.2]
    lines.fill(ribbon(jaw, 3.0, (0.3, 0.3), smooth=False), black)
    lines.fill(ribbon(whole(LIP_LINE), 4.2, (0.4, 0.4), smooth=False), black)
    lines.ink(to([(-1.0, -5.62), (0, -5.8), (1.0, -5.62)]), 2.2, colour(black, 0.8))
    for flip in (False, True):
        lines.ink(
            _side([(-1.82, -0.55), (-2.05, -1.15), (-1.78, -1.68), (-1.4, -1.66)], flip),
            2.6 if flip else 2.0,
            black,
            (0.6, 0.5),
        )
        lines.ink(_side([(-1.35, -1.82), (-0.95, -1.98), (-0.55, -1.9)], flip), 4.6, black, (0.4, 0.5))
        lines.ink(_side([(-0.5, -2.0), (-0.2, -2.2), (0, -2.22)], flip), 1.8, black)


def _eye(lines: Layer, flip: bool) -> None:
    black = "#000000"
    upper, lower = curve(_side(UPPER_LID, flip)), curve(_side(LOWER_LID, flip))
    (x, y), s = _side([IRIS[:2]], flip)[0], PLANE.scale
    r = IRIS[2] * s
    opening = Layer().fill(path(np.vstack([upper, lower[::-1]]), smooth=False), black)
    eye = Layer()
    rim = ellipse(x, y, r, r)
    rim.addPath(ellipse(x, y, r - 2.2, r - 2.2).toReversed())
    eye.fill(rim, black)
    for angle in np.linspace(0, 2 * np.pi, 40, endpoint=False):
        ray = np.array([np.cos(angle), np.sin(angle)])
        eye.fill(
            ribbon(
                [(x, y) + ray * r * 0.5, (x, y) + ray * r * 0.98],
                1.7 if np.sin(angle) < 0.3 else 1.0,
                (0.6, 0.05),
            ),
            black,
        )
    eye.fill(ellipse(x, y, r * 0.46, r * 0.46), black)
    eye.fill(ribbon(shifted(upper, 0, 3), 6, (0.2, 0.2), smooth=False), colour(black, 0.6))
    eye.keep_inside(opening)
    glint = ellipse(x - 4.6, y - 5.4, 3.4, 3.4)
    eye.fill(glint, black, mode=_CLEAR)
    lines.add(eye)
    lines.fill(ribbon(upper, 5.0, (0.3, 0.4), smooth=False), black)
    lines.fill(ribbon(lower, 2.2, (0.3, 0.4), smooth=False), black)
    lines.ink(_side([(-4.8, 3.0), (-4.2, 3.45), (-3.5, 3.7), (-2.8, 3.62), (-2.1, 3.2)], flip), 2.6, black)
    lines.ink(_side([(-4.4, 1.6), (-3.6, 1.35), (-2.7, 1.4)], flip), 1.8, colour(black, 0.8))


def _brow(lines: Layer, flip: bool) -> None:
    rng = np.random.default_rng(4)
    upper, lower = curve(_side(BROW_UPPER, flip)), curve(_side(BROW_LOWER, flip))
    for share in np.sort(rng.uniform(0.0, 0.97, 64)):
        low, high = resample(lower, [share])[0], resample(upper, [max(share - 0.16, 0)])[0]
        root = low + (high - low) * rng.uniform(-0.1, 0.5)
        tip = root + (high - low) * rng.uniform(0.5, 0.9)
        lines.ink([root, (root + tip) / 2 + [0, -1.5], tip], 2.0, "#000000", (0.3, 0.75))


def _clothes(lines: Layer) -> None:
    black = "#000000"
    for flip in (False, True):
        lines.ink(_side(SHOULDER[3:], flip), 3.2, black, (0.2, 0.1))
        lines.ink(_side(LAPEL_INNER, flip), 3.4, black, (0.2, 0.1))
        lines.fill(ribbon(_side(LAPEL, flip), 3.4, (0.2, 0.1), smooth=False), black)
        lines.ink(
            _side([(-4.3, -6.9), (-5.5, -7.5), (-6.0, -10.2), (-5.9, -12.4)], flip), 2.6, black, (0.2, 0.3)
        )
        lines.ink(_side([(-4.9, -7.5), (-4.0, -10.4), (-2.1, -13.2)], flip), 2.4, black, (0.2, 0.3))
        for k in range(5):
            lines.ink(
                _side(
                    [(-4.3 + 0.3 * k, -9.6 - 0.75 * k), (-2.6, -11.0 - 0.62 * k), (-0.7, -12.5 - 0.3 * k)],
                    flip,
                ),
                1.9,
                colour(black, 0.85),
                (0.3, 0.7),
            )
        lines.ink(_side([(-1.3, -13.0), (-1.6, -13.8), (-1.1, -14.6), (0, -14.9)], flip), 2.4, black)
        lines.ink(_side([(-1.3, -13.0), (-0.6, -12.5), (0, -12.4)], flip), 2.2, black)
        lines.ink(_side([(-1.0, -14.6), (-1.9, -17.2), (-2.4, -20.4)], flip), 2.4, black, (0.2, 0.4))
        for k in range(3):
            lines.ink(
                _side([(-0.5 + 0.1 * k, -14.8), (-0.8 - 0.1 * k, -17.0 - k), (-1.0 - 0.25 * k, -19.0)], flip),
                1.8,
                colour(black, 0.8),
                (0.2, 0.8),
            )
