"""Elena: a portrait in oils, lit from one side."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from assets.draw.brush import Pass, flow_of, paint, varnish
from assets.draw.build import Drawn
from assets.draw.bust import PLANE, blend, light_of, mask, over, symmetric, tones, whole
from assets.draw.paint import (
    Layer,
    Points,
    colour,
    curve,
    ellipse,
    mirror,
    mix,
    noise,
    path,
    radial,
    resample,
    ribbon,
    shifted,
)
from assets.draw.portrait_dress import LIGHT, dress, jewels
from assets.draw.relief import Field, face_height, inflated, lit
from assets.draw.rig import DrawnEye, DrawnFace, landmarks_of
from engines.base import Style

# Lines in centimetres of the head, the viewer's left half.
UPPER_LID = [
    (-4.75, 2.62),
    (-4.3, 3.02),
    (-3.65, 3.33),
    (-3.05, 3.36),
    (-2.4, 3.12),
    (-1.92, 2.7),
    (-1.62, 2.34),
]
LOWER_LID = [
    (-4.75, 2.62),
    (-4.3, 2.28),
    (-3.65, 2.02),
    (-3.0, 1.96),
    (-2.4, 2.05),
    (-1.92, 2.2),
    (-1.62, 2.34),
]
LID = [
    (-4.85, 2.75),
    (-4.3, 3.5),
    (-3.6, 3.88),
    (-2.9, 3.84),
    (-2.2, 3.45),
    (-1.7, 2.6),
]  # the upper lid's fold
IRIS = (-3.15, 2.79, 0.72, 0.72)
BROW_UPPER = [(-5.75, 3.95), (-5.0, 4.62), (-3.9, 4.92), (-2.75, 4.68), (-1.65, 4.3)]
BROW_LOWER = [(-5.75, 3.9), (-5.0, 4.46), (-3.9, 4.66), (-2.75, 4.36), (-1.6, 3.96)]
LIP_TOP = [(-2.35, -4.2), (-1.6, -3.98), (-0.85, -3.66), (-0.4, -3.5), (0, -3.62)]
LIP_LINE = [(-2.3, -4.21), (-1.5, -4.36), (-0.8, -4.32), (-0.3, -4.32), (0, -4.39)]
LIP_BOTTOM = [(-2.35, -4.2), (-1.6, -4.82), (-0.85, -5.3), (-0.4, -5.44), (0, -5.46)]
OVAL = [
    (0, 8.3),
    (-1.9, 8.15),
    (-3.6, 7.5),
    (-5.0, 6.5),
    (-5.9, 5.1),
    (-6.4, 3.4),
    (-6.6, 1.6),
    (-6.55, 0.0),
    (-6.3, -1.8),
    (-5.8, -3.6),
    (-5.0, -5.3),
    (-4.0, -6.9),
    (-2.85, -8.2),
    (-1.7, -8.95),
    (-0.75, -9.25),
    (0, -9.3),
]


def landmarks() -> NDArray[np.float32]:
    """Return the rig."""
    to = PLANE.to_picture
    (x, y), s = to([IRIS[:2]])[0], PLANE.scale
    right = DrawnEye(curve(to(UPPER_LID)), curve(to(LOWER_LID)), (x, y, IRIS[2] * s, IRIS[3] * s), rings=None)
    upper, lower = curve(to(BROW_UPPER)), curve(to(BROW_LOWER))
    nose = {4: (0, -0.5), 1: (0, -1.1), 2: (0, -2.05), 168: (0, 3.2), 6: (0, 2.4), 195: (0, 1.0), 5: (0, 0.35),
            129: (-1.5, -1.0), 358: (1.5, -1.0), 98: (-1.12, -1.66), 327: (1.12, -1.66),
            94: (0, -1.65), 19: (0, -1.45)}  # fmt: skip
    return landmarks_of(
        DrawnFace(right, right.mirrored(), (upper, lower), (mirror(upper), mirror(lower)), whole(LIP_TOP),
                  whole(LIP_LINE), whole(LIP_BOTTOM), whole(OVAL)[:-1], {k: tuple(to([v])[0]) for k, v in nose.items()},
                  relief=0.75)
    )  # fmt: skip


HAIRLINE = [
    (0, 8.15),
    (-2.2, 7.75),
    (-4.1, 6.6),
    (-5.4, 4.9),
    (-6.1, 2.8),
    (-6.4, 0.6),
    (-6.4, -1.5),
    (-5.9, -3.6),
    (-5.0, -5.8),
]
HAIR_EDGE = [
    (0, 10.1),
    (-2.8, 10.2),
    (-5.8, 9.0),
    (-7.8, 6.6),
    (-8.5, 3.6),
    (-8.35, 0.6),
    (-7.6, -2.2),
    (-6.3, -4.6),
    (-4.4, -6.2),
    (-2.5, -6.8),
]
SHOULDER = [
    (-3.5, -4.6),
    (-3.6, -7.5),
    (-3.75, -10.0),
    (-4.6, -11.9),
    (-8.2, -13.5),
    (-13.0, -15.0),
    (-17.0, -17.6),
    (-19.6, -21.5),
    (-20.8, -26.5),
]
SKIN_TONES = [
    (0, (30, 15, 12)),
    (0.14, (74, 40, 28)),
    (0.34, (146, 88, 60)),
    (0.58, (208, 150, 110)),
    (0.8, (240, 198, 158)),
    (1.0, (255, 236, 208)),
]
HAIR_TONES = [
    (0, (14, 8, 7)),
    (0.3, (44, 24, 16)),
    (0.6, (96, 54, 30)),
    (0.85, (158, 100, 56)),
    (1, (214, 160, 104)),
]
BACKGROUND = [(0, (20, 15, 12)), (0.4, (66, 48, 34)), (0.8, (128, 98, 66)), (1, (150, 120, 84))]


def strands(seed: int, count: int = 150) -> list[tuple[NDArray[np.float64], float]]:
    """Return strands of hair, each with a share 0 at the hairline to 1 at the outer edge."""
    rng = np.random.default_rng(seed)
    inner, outer = curve(PLANE.to_picture(HAIRLINE)), curve(PLANE.to_picture(HAIR_EDGE))
    along = np.linspace(0, 1, 70)
    one, other = resample(inner, along), resample(outer, along)
    result = []
    for side in (False, True):
        for share in np.sort(rng.uniform(-0.02, 1.03, count)):
            drift = share + np.cumsum(rng.normal(0, 0.004, len(along)))
            start, end = int(rng.integers(0, 18)), int(rng.integers(45, 70))
            line = (one + (other - one) * drift[:, None])[start:end]
            result.append((mirror(line)[::-1] if side else line, float(share)))
    return result


def hair_relief(seed: int = 5) -> tuple[Field, Field, Field]:
    """Return how strands lighten and darken the hair, about -1..1, their angles, and where there are any."""
    rng = np.random.default_rng(seed)
    shade = np.zeros((1024, 1024), np.float32)
    doubled = np.zeros((1024, 1024, 3), np.float32)
    for line, _share in strands(seed):
        points = (line * 16).astype(np.int32)
        cv2.polylines(
            shade, [points], False, (float(rng.normal(0, 0.75)),), int(rng.integers(1, 6)), cv2.LINE_AA, 4
        )
        angles = np.arctan2(*np.gradient(line, axis=0).T[::-1])
        for (px, py), angle in zip(line.astype(int), angles, strict=True):
            cv2.circle(
                doubled, (int(px), int(py)), 5, (float(np.cos(2 * angle)), float(np.sin(2 * angle)), 1.0), -1
            )
    doubled = cv2.GaussianBlur(doubled, (0, 0), 6)
    return (
        cv2.GaussianBlur(shade, (0, 0), 0.9),
        0.5 * np.arctan2(doubled[..., 1], doubled[..., 0]),
        np.clip(doubled[..., 2] * 3, 0, 1),
    )


def study() -> tuple[NDArray[np.float32], Field, Field, Field, Field]:
    """Return the picture the brush paints after, the person's matte, where fine work is due, flow and its weight."""
    rig = landmarks()
    face, inside = face_height(PLANE, rig)
    face = cv2.GaussianBlur(face, (0, 0), 1.6)
    body, head = mask(symmetric(SHOULDER), 1.0), mask(whole(OVAL), 1.2)
    light = light_of(face, inside, body, head, LIGHT, cast=0.45)
    bounce = np.clip(light.normal @ np.float32([0.75, -0.35, 0.55]), 0, 1)
    value = (
        0.1 * light.ambient
        + 0.9 * light.direct**0.85 * (0.55 + 0.45 * light.ambient)
        + 0.11 * bounce * light.ambient
    )
    value = np.clip(value * 0.99, 0, 1)
    y, x = np.mgrid[:1024, :1024].astype(np.float32)
    glow = np.exp(-(((x - 770) / 380) ** 2 + ((y - 400) / 420) ** 2))
    cloud = noise(1024, 1024, 170, 3) * 0.35 + noise(1024, 1024, 60, 4) * 0.15
    picture = tones(
        np.clip(0.17 + 0.5 * glow + 0.1 * cloud + 0.035 * noise(1024, 1024, 22, 6), 0, 1), BACKGROUND
    )
    hair = mask(
        np.vstack([curve(PLANE.to_picture(HAIR_EDGE)), mirror(curve(PLANE.to_picture(HAIR_EDGE)))]), 1.6
    )
    strand, flow, flowing = hair_relief()
    bun = lit(PLANE, inflated(PLANE, hair, 5.5), LIGHT)
    hair_value = 0.14 + 0.62 * bun.direct**1.5 + 0.3 * bun.gloss
    hair_value = hair_value * (1 + 0.38 * strand) + 0.02 * strand
    picture = over(picture, tones(np.clip(hair_value * 0.8, 0, 1), HAIR_TONES), hair)
    picture = over(picture, tones(value, SKIN_TONES), np.maximum(body, head))
    picture = _features(picture, value)
    scalp = mask(symmetric([*HAIRLINE, (-4.4, -9.0), (-4.4, -30)]), 4)
    fringe = hair * (1 - scalp)
    picture = over(picture, tones(np.clip(hair_value * 0.8, 0, 1), HAIR_TONES), fringe)
    picture = dress(picture, body)
    picture = jewels(picture)
    matte = np.maximum(np.maximum(hair, body), head)
    return picture, matte, head, flow.astype(np.float32), (flowing * fringe).astype(np.float32)


def _features(picture: NDArray[np.float32], value: Field) -> NDArray[np.float32]:
    """Colour the cheeks, lips, eyes and brows of the lit clay."""
    to = PLANE.to_picture
    warm = Layer()
    for cx, cy, rx, ry, strength in (
        (-4.0, -1.4, 2.2, 1.7, 0.34),
        (4.0, -1.4, 2.2, 1.7, 0.34),
        (0, -0.9, 1.3, 1.0, 0.3),
        (0, -8.0, 1.8, 1.0, 0.25),
    ):
        (px, py), s = to([(cx, cy)])[0], PLANE.scale
        warm.fill(ellipse(px, py, rx * s, ry * s), colour("#e0735a", strength))
    picture = blend(picture, warm.blur(22), multiply=True)
    lips = Layer().fill(
        path(np.vstack([whole(LIP_TOP), whole(LIP_BOTTOM)[::-1]]), smooth=False), colour("#d3655c", 0.85)
    )
    picture = blend(picture, lips.blur(2.4), multiply=True)
    upper_lip = Layer().fill(
        path(np.vstack([whole(LIP_TOP), whole(LIP_LINE)[::-1]]), smooth=False), colour("#b98078", 0.6)
    )
    picture = blend(picture, upper_lip.blur(2.2), multiply=True)
    line = Layer().fill(ribbon(whole(LIP_LINE), 4.6, (0.35, 0.35), smooth=False), colour("#3c120e", 0.9))
    picture = blend(picture, line.blur(0.8))
    for cx in (-2.46, 2.46):
        (px, py) = to([(cx, -4.45)])[0]
        picture = blend(picture, Layer().fill(ellipse(px, py, 6, 5), colour("#5a2018", 0.55)).blur(3))
    (px, py) = to([(-0.5, -4.82)])[0]
    picture = blend(picture, Layer().fill(ellipse(px, py, 15, 3.6), colour("#ffe0cc", 0.5)).blur(3))
    for cx in (-0.78, 0.78):
        (px, py) = to([(cx, -1.72)])[0]
        picture = blend(
            picture,
            Layer().fill(ellipse(px, py, 8.5, 3.6, 14 if cx < 0 else -14), colour("#2c100b", 0.9)).blur(1.8),
        )
    (px, py) = to([(-0.25, -0.55)])[0]
    picture = blend(picture, Layer().fill(ellipse(px, py, 6, 8), colour("#fff2dc", 0.55)).blur(4))
    for flip in (False, True):
        picture = _eye(picture, value, flip)
        picture = _brow(picture, flip)
    return picture


def _side(values: ArrayLike, flip: bool) -> Points:
    line = PLANE.to_picture(values)
    return mirror(line)[::-1] if flip else line


def _eye(picture: NDArray[np.float32], value: Field, flip: bool) -> NDArray[np.float32]:
    dim = 0.72 if flip else 1.0
    upper, lower = curve(_side(UPPER_LID, flip)), curve(_side(LOWER_LID, flip))
    opening = path(np.vstack([upper, lower[::-1]]), smooth=False)
    # The lid is round and catches the light; it is also what closes over the eye.
    lid = np.vstack([curve(_side(LID, flip)), upper[::-1]])
    skin = mix("#8a5238", "#f4cba6", 0.42 if flip else 0.92)
    picture = blend(picture, Layer().fill(path(lid, smooth=False), colour(skin, 0.95)).blur(1.8))
    (x, y), s = _side([IRIS[:2]], flip)[0], PLANE.scale
    r = IRIS[2] * s
    white = mix("#000000", "#efe0cc", 0.92 * dim)
    eye = Layer().fill(
        opening, radial((x, y), 46, (0, white), (0.5, white), (1, mix("#3a2018", white, 0.35)))
    )
    eye.atop(
        ellipse(x, y, r, r),
        radial(
            (x, y),
            r,
            (0, mix("#000000", "#7a4a22", dim)),
            (0.55, mix("#000000", "#6a3c1a", dim)),
            (0.86, "#2c170c"),
            (1, "#180c08"),
        ),
    )
    glow = Layer().fill(ellipse(x + 3, y + 5, r * 0.6, r * 0.45), colour("#b87a3c", 0.8 * dim)).blur(2.2)
    eye.atop_layer(glow)
    eye.atop(ellipse(x, y, r * 0.4, r * 0.4), "#0a0504")
    shade = (
        Layer()
        .fill(ribbon(shifted(upper, 0, 2), 11, (0.1, 0.1), smooth=False), colour("#1c0d0a", 0.75))
        .blur(2.2)
    )
    eye.atop_layer(shade)
    picture = blend(picture, eye)
    picture = blend(picture, Layer().fill(ellipse(x - 5.5, y - 6, 3.4, 3.4), "#fff8ea").blur(0.5))
    inner = _side([(-1.86, 2.42)], flip)[0]
    picture = blend(
        picture, Layer().fill(ellipse(inner[0], inner[1], 4.5, 3), colour("#b5604e", 0.8)).blur(1.2)
    )
    lash = np.vstack([shifted(upper, 0, -1.2)])
    picture = blend(picture, Layer().fill(ribbon(lash, 5.4, (0.2, 0.5), smooth=False), "#1d0e0a").blur(0.6))
    picture = blend(
        picture,
        Layer()
        .fill(ribbon(shifted(lower, 0, 1.2), 2.8, (0.3, 0.5), smooth=False), colour("#5a2c20", 0.7))
        .blur(0.9),
    )
    crease = _side([(-4.75, 3.0), (-4.2, 3.5), (-3.55, 3.82), (-2.9, 3.78), (-2.2, 3.4)], flip)
    return blend(picture, Layer().fill(ribbon(crease, 4.6), colour("#512a1e", 0.62)).blur(1.6))


def _brow(picture: NDArray[np.float32], flip: bool) -> NDArray[np.float32]:
    rng = np.random.default_rng(11)
    upper, lower = curve(_side(BROW_UPPER, flip)), curve(_side(BROW_LOWER, flip))
    soft = (
        Layer().fill(path(np.vstack([upper, lower[::-1]]), smooth=False), colour("#4a2a1a", 0.55)).blur(2.6)
    )
    picture = blend(picture, soft)
    hairs = Layer()
    for share in rng.uniform(0.02, 0.95, 130):
        low, high = resample(lower, [share])[0], resample(upper, [max(share - 0.12, 0)])[0]
        root = low + (high - low) * rng.uniform(0, 0.6)
        tip = root + (high - low) * rng.uniform(0.4, 0.8) + rng.normal(0, 1.2, 2)
        hairs.fill(ribbon([root, (root + tip) / 2 + [0, -1], tip], 1.5, (0.2, 0.7)), colour("#3a2013", 0.55))
    return blend(picture, hairs.blur(0.4))


def draw() -> Drawn:
    """Paint the picture and its rig."""
    picture, matte, head, hair_flow, hair_weight = study()
    flow = flow_of(picture, hair_flow, hair_weight)
    fine = np.clip(cv2.GaussianBlur(head, (0, 0), 10), 0, 1)
    eyes = np.zeros_like(fine)
    for x, y, rx, ry in ((-3.15, 2.9, 2.2, 1.5), (3.15, 2.9, 2.2, 1.5), (0, -4.4, 3.2, 1.5)):
        (px, py), s = PLANE.to_picture([(x, y)])[0], PLANE.scale
        cv2.ellipse(eyes, (int(px), int(py)), (int(rx * s), int(ry * s)), 0, 0, 360, (1.0,), -1)
    eyes = cv2.GaussianBlur(eyes, (0, 0), 8)
    painting, relief = paint(
        picture,
        flow,
        [
            Pass(26, 110, -1),
            Pass(13, 55, 0.006),
            Pass(6, 30, 0.016, np.maximum(0.75, fine)),
            Pass(3.4, 18, 0.018, np.maximum(0.5, fine)),
            Pass(2.2, 10, 0.016, np.maximum(fine * 0.8, 0.3)),
        ],
        seed=1,
    )
    painting = painting + (picture - painting) * (eyes * 0.75 + fine * 0.12)[..., None]
    painting = varnish(painting, relief * (1 - 0.5 * fine - 0.4 * eyes), seed=9)
    pixels = np.dstack([np.clip(painting * 255 + 0.5, 0, 255), np.full((1024, 1024), 255)]).astype(np.uint8)
    return Drawn(
        "2-elena",
        "Elena",
        Style.PHOTO,
        pixels,
        landmarks(),
        np.clip(matte * 255 + 0.5, 0, 255).astype(np.uint8),
    )
