"""Elena's dress and pearls."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from assets.draw.bust import PLANE, blend, mask, over, symmetric, tones, whole
from assets.draw.paint import (
    SS,
    Layer,
    colour,
    curve,
    ellipse,
    linear,
    mirror,
    mix,
    noise,
    path,
    radial,
    resample,
    ribbon,
    shifted,
)
from assets.draw.relief import Field, inflated, lit

LIGHT = (-0.58, 0.62, 0.85)
NECKLINE = [(-15.6, -16.0), (-13.2, -18.4), (-9.8, -20.1), (-5.0, -21.1), (0, -21.4)]
VELVET = [
    (0, (5, 14, 15)),
    (0.3, (12, 42, 40)),
    (0.6, (30, 86, 74)),
    (0.85, (88, 150, 122)),
    (1.0, (170, 205, 170)),
]
LINEN = [(0, (60, 50, 44)), (0.4, (150, 136, 118)), (0.7, (222, 210, 188)), (1, (255, 250, 236))]


def dress(picture: NDArray[np.float32], body: Field) -> NDArray[np.float32]:
    """Paint the velvet, its folds, the linen at its edge and the gold trim."""
    edge = symmetric(NECKLINE)
    cloth = mask(
        np.vstack([edge, [(1200, edge[-1][1]), (1200, 1200), (-200, 1200), (-200, edge[0][1])]]), 0.8
    )
    shoulders = mask(np.vstack([edge, [(1200, 600), (1200, 1200), (-200, 1200), (-200, 600)]]), 0.8) * body
    height = inflated(PLANE, body, 7.0)
    x, y = PLANE.grid()
    folds = sum(amount * np.exp(-(((x - at + lean * (y + 20)) / wide) ** 2)) for at, lean, wide, amount in (
        (-15.5, 0.5, 0.8, 0.6), (-12.8, 0.32, 0.6, 0.45), (-17.6, 0.3, 0.7, 0.5),
        (14.6, -0.5, 0.8, 0.6), (12.0, -0.3, 0.6, 0.4),
        (17.2, -0.3, 0.7, 0.5), (-8.0, 0.2, 0.5, 0.25), (7.4, -0.16, 0.5, 0.25),
        (2.6, 0.05, 0.5, 0.2), (-2.9, -0.05, 0.5, 0.2)))  # fmt: skip
    light = lit(PLANE, (height + folds).astype(np.float32), LIGHT)
    rim = np.clip(1 - light.normal[..., 2], 0, 1)
    value = (
        0.08
        + 0.42 * light.direct**1.4
        + 0.3 * rim * (0.3 + light.direct)
        + 0.025 * noise(1024, 1024, 5, 8)
        + 0.03 * noise(1024, 1024, 46, 18)
    )
    picture = over(picture, tones(np.clip(value, 0, 1), VELVET), np.minimum(shoulders, cloth * 0 + 1))
    trim = curve(PLANE.to_picture(NECKLINE))
    hem = np.vstack([trim, mirror(trim)[1:]])
    shadow = (
        Layer()
        .fill(ribbon(shifted(hem, 0, -16), 26, (0.05, 0.05), smooth=False), colour("#2a140d", 0.5))
        .blur(7)
    )
    picture = over(
        picture, picture * 0.55, (shadow.finish()[..., 3] / 255.0 * body * (1 - shoulders)).astype(np.float32)
    )
    linen = Layer()
    rng = np.random.default_rng(2)
    ruffle = resample(hem, np.linspace(0, 1, 90)) + np.column_stack([np.zeros(90), -7 - 5 * rng.random(90)])
    linen.fill(
        path(np.vstack([curve(ruffle), hem[::-1]]), smooth=False),
        linear((180, 0), (860, 0), (0, "#d9cbb2"), (0.35, "#fff6e2"), (0.7, "#b7a68c"), (1, "#6e6152")),
    )
    for at, top in zip(
        resample(hem, np.linspace(0, 1, 60)), resample(ruffle, np.linspace(0, 1, 60)), strict=True
    ):
        linen.atop(ribbon([top, (top + at) / 2 + [1, 0], at], 2.2), colour("#6b5a48", 0.5))
    inside = cv2.dilate(body, np.ones((7, 7)))
    linen.fade(cv2.resize(inside, None, fx=SS, fy=SS))
    picture = blend(picture, linen.blur(0.5))
    gold = Layer().fill(
        ribbon(shifted(hem, 0, 5), 12, (0.0, 0.0), smooth=False),
        linear((200, 0), (860, 0), (0, "#8a6428"), (0.3, "#e8c468"), (0.55, "#a87a30"), (1, "#4c3416")),
    )
    for k, at in enumerate(resample(shifted(hem, 0, 5), np.linspace(0.01, 0.99, 76))):
        gold.fill(ellipse(at[0], at[1], 2.7, 2.7), "#fff0b8" if k % 2 else "#5e4016")
    gold.fade(cv2.resize(inside, None, fx=SS, fy=SS))
    return blend(picture, gold)


def jewels(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Hang pearls at the ears and around the neck."""
    work, shadow = Layer(), Layer()
    chain = whole([(-4.15, -11.6), (-3.4, -12.7), (-1.9, -13.7), (0, -14.1)])
    beads = [(x, y, 5.6) for x, y in resample(chain, np.linspace(0.02, 0.98, 24))]
    beads += [(*PLANE.to_picture([(side * 6.3, -4.6)])[0], 10.5) for side in (-1, 1)]
    beads += [(*(PLANE.to_picture([(0, -15.3)])[0]), 9.5)]
    for x, y, r in beads:
        dim = float(np.interp(x, [380, 512, 650], [1, 0.92, 0.5]))
        shadow.fill(ellipse(x + r * 0.7, y + r * 0.9, r, r), colour("#2a120a", 0.6))
        work.fill(
            ellipse(x, y, r, r),
            radial(
                (x, y),
                r * 1.15,
                (0, mix("#1c1410", "#fffaf0", dim)),
                (0.5, mix("#1c1410", "#e4d4c0", dim)),
                (0.85, mix("#1c1410", "#8c7866", dim)),
                (1, "#4a3a30"),
                focus=(x - r * 0.35, y - r * 0.4),
            ),
        )
        work.fill(ellipse(x - r * 0.32, y - r * 0.38, r * 0.22, r * 0.2), colour("#ffffff", dim))
    for side in (-1, 1):
        (x, y) = PLANE.to_picture([(side * 6.28, -3.9)])[0]
        work.fill(ellipse(x, y, 3.2, 6), "#c99a3e")
    picture = blend(picture, shadow.blur(2.4))
    return blend(picture, work)
