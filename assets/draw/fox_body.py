"""Rusty's body: tail, chest, scarf and ears; and how its fur is brushed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assets.draw.paint import (
    Layer,
    Points,
    colour,
    curve,
    ellipse,
    linear,
    mirror,
    mix,
    path,
    points,
    radial,
    resample,
    ribbon,
    shifted,
    sided,
)

ORANGE, ORANGE_LIT, ORANGE_SHADE, RUST = "#ee8433", "#ffb05e", "#cf5f1f", "#9c3f18"
CREAM, CREAM_SHADE, DARK, LINE = "#fff4e4", "#ecd0b8", "#3a2320", "#5a2a1c"
TEAL, TEAL_LIT, TEAL_SHADE = "#1f8a8c", "#4fc0b8", "#12595f"


def both(half: ArrayLike) -> Points:
    """Return a half line that ends at the middle with its mirror image behind it."""
    line = curve(half)
    return np.vstack([line, mirror(line)[1:]])


def fur(layer: Layer, line: ArrayLike, length: float, lean: float, tone: str, count: int, seed: int, width: float = 4.0,
         spread: float = 0.0) -> None:  # fmt: skip
    """Brush short hairs along a line and up to `spread` beside it, each leaning away from it."""
    rng = np.random.default_rng(seed)
    dense = curve(line)
    for share in np.sort(rng.uniform(0, 1, count)):
        here, ahead = resample(dense, [share, min(share + 0.02, 1)])
        along = ahead - here
        along = along / max(float(np.linalg.norm(along)), 1e-6)
        across = np.array([-along[1], along[0]])
        here = here + across * rng.uniform(-spread, spread)
        tip = here + (along * (1 - abs(lean)) + across * lean) * length * rng.uniform(0.6, 1.2)
        layer.atop(
            ribbon([here, (here + tip) / 2 + across * 2, tip], width, (0.2, 0.8)),
            colour(tone, rng.uniform(0.25, 0.7)),
        )


def soft(layer: Layer, outline: object, tone: str, opacity: float, blur: float) -> None:
    """Shade the layer's paint with a blurred shape."""
    layer.atop_layer(Layer().fill(outline, colour(tone, opacity)).blur(blur))  # type: ignore[arg-type]


def paint_tail(sheet: Layer) -> None:
    """Paint the tail."""
    tail = Layer()
    outline = [
        (640, 1040),
        (760, 1000),
        (842, 930),
        (872, 840),
        (862, 760),
        (878, 700),
        (926, 664),
        (958, 730),
        (972, 820),
        (954, 920),
        (896, 1004),
        (820, 1060),
    ]
    tail.fill(path(outline), linear((700, 1020), (930, 690), (0, RUST), (0.35, ORANGE_SHADE), (0.8, ORANGE)))
    tip = [
        (850, 790),
        (872, 772),
        (884, 800),
        (904, 776),
        (920, 806),
        (944, 780),
        (990, 800),
        (990, 640),
        (850, 640),
    ]
    tail.atop(path(np.vstack([tip]), smooth=False), CREAM)
    soft(
        tail,
        path([(948, 640), (990, 760), (990, 980), (900, 1060), (960, 900), (966, 790)]),
        CREAM_SHADE,
        0.9,
        10,
    )
    soft(
        tail,
        path([(640, 1040), (760, 1000), (842, 930), (870, 850), (890, 930), (820, 1040)]),
        RUST,
        0.55,
        22,
    )
    fur(tail, [(880, 960), (924, 880), (930, 780)], 44, 0.15, ORANGE_LIT, 60, 1, spread=22)
    fur(tail, [(800, 1000), (880, 920), (900, 820)], 44, 0.1, RUST, 60, 2, spread=26)
    sheet.add(tail)
    sheet.fill(ribbon(outline, 5, (0.05, 0.05)), LINE)


def paint_body(sheet: Layer) -> None:
    """Paint shoulders and chest, and the scarf."""
    side = points([(372, 690), (318, 730), (262, 800), (226, 890), (206, 1040)])
    body = Layer().fill(
        path(np.vstack([curve(side), mirror(curve(side))]), smooth=False),
        linear((300, 700), (760, 1040), (0, ORANGE), (0.5, mix(ORANGE, ORANGE_SHADE, 0.5)), (1, RUST)),
    )
    bib = np.vstack(
        [
            curve([(386, 690), (372, 770), (384, 840)]),
            [(384, 840), (410, 836), (414, 892), (446, 880), (462, 944), (492, 922), (512, 980)],
        ]
    )
    body.atop(
        path(np.vstack([bib, mirror(bib)[1:]]), smooth=False),
        linear((420, 700), (600, 960), (0, CREAM), (1, CREAM_SHADE)),
    )
    fur(body, [(330, 780), (290, 860), (264, 980)], 50, -0.15, ORANGE_LIT, 60, 3, spread=44)
    fur(body, [(690, 780), (730, 880), (756, 1000)], 50, 0.15, RUST, 70, 4, spread=50)
    fur(body, [(420, 850), (450, 930), (470, 1000)], 44, 0.1, ORANGE_SHADE, 40, 15, spread=40)
    fur(body, [(440, 820), (476, 900), (510, 960)], 36, 0.2, CREAM_SHADE, 50, 5, spread=22)
    soft(body, ellipse(512, 708, 200, 84), "#8a3a18", 0.62, 22)
    sheet.add(body)
    for flip in (False, True):
        sheet.fill(ribbon(sided(side, flip), 5, (0.2, 0.1)), LINE)
    paint_scarf(sheet)


def paint_scarf(sheet: Layer) -> None:
    """Paint the scarf with its knot."""
    tails = Layer()
    behind = [(566, 800), (620, 850), (640, 930), (676, 984), (622, 990), (588, 968), (560, 880), (530, 820)]
    before = [
        (540, 806),
        (560, 880),
        (546, 960),
        (560, 1018),
        (506, 1004),
        (490, 950),
        (500, 870),
        (500, 810),
    ]
    for line, tone in ((behind, TEAL_SHADE), (before, TEAL)):
        tails.fill(path(line), tone)
        tails.fill(ribbon(line, 4.5, (0.1, 0.1)), "#0d3f44")
    for k in range(4):
        tails.ink([(522 + 6 * k, 830), (530 + 5 * k, 890), (518 + 10 * k, 970)], 3, colour("#0d3f44", 0.45))
    sheet.add(tails)
    top = points([(346, 716), (400, 764), (456, 788), (512, 796)])
    bottom = points([(338, 764), (396, 822), (452, 846), (512, 852)])
    band = np.vstack([both(top), both(bottom)[::-1]])
    scarf = Layer().fill(
        path(band, smooth=False), linear((350, 720), (680, 850), (0, TEAL_LIT), (0.4, TEAL), (1, TEAL_SHADE))
    )
    soft(
        scarf,
        path(np.vstack([both(shifted(top, 0, -20)), both(shifted(top, 0, 14))[::-1]]), smooth=False),
        "#0b3a40",
        0.75,
        9,
    )
    for k in range(7):
        a = resample(curve(both(top)), [0.08 + 0.14 * k])[0]
        b = resample(curve(both(bottom)), [0.12 + 0.13 * k])[0]
        scarf.atop(ribbon([a, (a + b) / 2 + [6, -4], b], 4), colour("#0b3a40", 0.35))
    sheet.add(scarf)
    sheet.fill(ribbon(both(bottom), 4.5, (0.1, 0.1), smooth=False), "#0d3f44")
    knot = Layer().fill(
        path([(496, 794), (548, 790), (574, 820), (556, 858), (510, 862), (486, 830)]),
        radial((520, 812), 56, (0, TEAL_LIT), (0.6, TEAL), (1, TEAL_SHADE)),
    )
    sheet.add(knot)
    sheet.fill(
        ribbon(
            curve([(496, 794), (548, 790), (574, 820), (556, 858), (510, 862), (486, 830)], closed=True),
            4.5,
            (0.05, 0.05),
            smooth=False,
        ),
        "#0d3f44",
    )
    sheet.ink([(520, 804), (538, 822), (532, 848)], 3.5, colour("#0d3f44", 0.6))


def paint_ear(sheet: Layer, flip: bool) -> None:
    """Paint one ear."""
    outer = points([(288, 372), (266, 286), (262, 190), (282, 108), (300, 84)])
    inner = points([(300, 84), (338, 118), (392, 184), (434, 258), (452, 300)])
    ear = Layer().fill(
        path(sided(np.vstack([curve(outer), curve(inner)[1:]]), flip), smooth=False),
        linear(
            tuple(sided([(300, 84)], flip)[0]),
            tuple(sided([(370, 330)], flip)[0]),
            (0, mix(ORANGE, ORANGE_SHADE, 0.4)),
            (1, ORANGE),
        ),
    )
    tip = [
        (240, 60),
        (360, 60),
        (352, 148),
        (334, 168),
        (322, 150),
        (304, 186),
        (290, 160),
        (266, 180),
        (240, 180),
    ]
    ear.atop(path(sided(tip, flip), smooth=False), DARK)
    hollow = [(306, 350), (294, 280), (296, 206), (312, 168), (352, 214), (392, 272), (408, 316)]
    ear.atop(
        path(sided(hollow, flip)),
        linear(
            tuple(sided([(312, 170)], flip)[0]),
            tuple(sided([(360, 330)], flip)[0]),
            (0, "#6e2f24"),
            (0.5, "#a9563c"),
            (1, "#e2a27e"),
        ),
    )
    for k, (x, y) in enumerate(
        ((404, 318), (388, 314), (372, 316), (356, 320), (340, 326), (326, 336), (314, 346))
    ):
        tuft = sided(
            [(x + 6, y + 50), (x - 4, y - 8), (x - 20 + 2 * k, y - 70 - 26 * np.sin(k * 0.55))], flip
        )
        ear.atop(ribbon(tuft, 24, (0.1, 0.9)), colour(CREAM_SHADE, 0.9))
        ear.atop(ribbon(tuft - [2, 3], 19, (0.1, 0.9)), CREAM)
    sheet.add(ear)
    sheet.fill(
        ribbon(sided(np.vstack([curve(outer), curve(inner)[1:]]), flip), 5.5, (0.15, 0.15), smooth=False),
        LINE,
    )
