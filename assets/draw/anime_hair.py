"""Aoi's hair: the mass behind, the cap, and the locks that fan out of the parting."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assets.draw.paint import (
    Layer,
    colour,
    curve,
    linear,
    mirror,
    mix,
    path,
    points,
    resample,
    ribbon,
    sided,
)

LINE = "#33234f"
HAIR, HAIR_LIGHT, HAIR_SHADE, HAIR_DEEP, HAIR_TIP = "#5366bb", "#a9c4ff", "#39448f", "#262c63", "#7d9ceb"
FRINGE = (
    (
        [(524, 112), (430, 150), (350, 240), (326, 330), (334, 436)],
        [(530, 112), (472, 180), (414, 262), (378, 340), (334, 436)],
    ),
    (
        [(542, 112), (636, 152), (700, 244), (708, 340), (694, 432)],
        [(538, 112), (612, 180), (656, 262), (676, 340), (694, 432)],
    ),
    (
        [(530, 112), (470, 178), (412, 262), (384, 340), (400, 420)],
        [(534, 112), (502, 190), (466, 272), (436, 345), (400, 420)],
    ),
    (
        [(540, 112), (616, 176), (660, 262), (664, 340), (642, 414)],
        [(537, 112), (574, 190), (602, 272), (620, 340), (642, 414)],
    ),
    (
        [(537, 112), (580, 190), (606, 272), (596, 340), (562, 410)],
        [(535, 112), (546, 200), (546, 280), (546, 340), (562, 410)],
    ),
    (
        [(532, 112), (498, 190), (462, 280), (452, 352), (484, 446)],
        [(537, 112), (544, 200), (536, 282), (520, 364), (484, 446)],
    ),
)
SIDE_LOCKS = (
    (
        [(500, 106), (340, 132), (242, 250), (212, 420), (206, 600), (226, 800)],
        [(512, 108), (384, 142), (296, 250), (270, 400), (282, 600), (226, 800)],
    ),
    (
        [(514, 108), (384, 132), (286, 230), (252, 380), (254, 540), (284, 716)],
        [(522, 110), (424, 152), (338, 250), (320, 380), (330, 520), (318, 620), (284, 716)],
    ),
)


def lock_of_hair(
    layer: Layer, left: ArrayLike, right: ArrayLike, strands: int = 2, line: float = 3.0
) -> None:
    """Draw one lock of hair between two edges from the root to a common tip; it grows out of what is behind it."""
    n = 72
    a, b = (resample(curve(edge), np.linspace(0, 1, n)) for edge in (left, right))
    root, tip = (a[0] + b[0]) / 2, a[-1]
    lock = Layer().fill(
        path(np.vstack([a, b[::-1]]), smooth=False),
        linear(
            tuple(root),
            tuple(tip),
            (0, HAIR_SHADE),
            (0.3, mix(HAIR, HAIR_SHADE, 0.35)),
            (0.62, HAIR),
            (1, HAIR_TIP),
        ),
    )
    lock.atop(path(np.vstack([a + (b - a) * 0.7, b[::-1]]), smooth=False), colour(HAIR_SHADE, 0.55))
    lock.atop(
        ribbon(
            (a + (b - a) * 0.09)[n // 3 :],
            float(np.linalg.norm(b - a, axis=1).max()) * 0.16,
            (0.7, 0.3),
            smooth=False,
        ),
        colour(HAIR_LIGHT, 0.32),
    )
    for k in range(strands):
        share = (k + 1) / (strands + 1)
        lock.atop_layer(
            Layer().ink(
                (a + (b - a) * share)[10 + 4 * k :: 4], line * 0.6, colour(HAIR_DEEP, 0.55), (0.7, 0.5)
            )
        )
    for share, width, start, end in ((0.18, 5.5, 17, 34), (0.34, 9, 19, 31), (0.52, 5, 18, 33)):
        lock.atop_layer(
            Layer()
            .ink((a + (b - a) * share)[start:end:3], width, colour(HAIR_LIGHT, 0.85), (0.7, 0.7))
            .blur(0.6)
        )
    layer.add(lock)
    for edge in (a, b):
        layer.ink(edge[6::4], line, LINE, (0.5, 0.25))


def crown() -> Layer:
    """Return the hair on the crown, which all locks grow out of."""
    cap_layer = Layer()
    lock_of_hair(
        cap_layer,
        [(530, 118), (548, 84), (590, 66), (632, 78)],
        [(540, 120), (562, 98), (592, 82), (632, 78)],
        strands=0,
    )
    top = points([(512, 106), (430, 112), (356, 142), (296, 200), (262, 280), (252, 360)])
    cap = np.vstack([curve(top), curve([(252, 360), (300, 320), (352, 306), (430, 312), (512, 330)])[1:]])
    cap_layer.fill(
        path(np.vstack([cap, mirror(cap)[1:]]), smooth=False),
        linear((512, 106), (512, 330), (0, HAIR_SHADE), (1, mix(HAIR, HAIR_SHADE, 0.4))),
    )
    for flip in (False, True):
        cap_layer.ink(sided(top, flip)[:4], 3.6, LINE, (0.05, 0.8))
    return cap_layer


def back_hair(sheet: Layer) -> None:
    """The mass of hair behind the head, down over the shoulders, with its tips."""
    left = points(
        [
            (512, 106),
            (420, 112),
            (330, 152),
            (262, 230),
            (226, 340),
            (208, 460),
            (196, 580),
            (180, 700),
            (150, 800),
            (128, 838),
        ]
    )
    tips = [([(128, 838), (176, 832), (204, 812)], [(204, 812), (206, 856), (186, 904)]),
            ([(186, 904), (232, 884), (262, 850)], [(262, 850), (276, 900), (268, 946)]),
            ([(268, 946), (322, 906), (352, 860)], [(352, 860), (420, 880), (512, 880)])]  # fmt: skip
    edge = np.vstack([curve(left), *(np.vstack([curve(one)[1:], curve(other)[1:]]) for one, other in tips)])
    mass = Layer().fill(
        path(np.vstack([edge, mirror(edge)[1:]]), smooth=False),
        linear(
            (512, 110),
            (512, 930),
            (0, HAIR_SHADE),
            (0.5, mix(HAIR_SHADE, HAIR_DEEP, 0.6)),
            (0.85, HAIR_SHADE),
            (1, HAIR),
        ),
    )
    for flip in (False, True):
        for k, x in enumerate((214, 240, 270, 300, 336, 372)):
            mass.atop(
                ribbon(
                    sided([(x + 30, 300), (x + 8, 520), (x - 8, 700), (x - 30 + 3 * k, 880)], flip),
                    9 - k * 0.6,
                ),
                colour(HAIR if k % 2 else HAIR_DEEP, 0.5),
            )
    shadow = (
        Layer()
        .fill(path([(360, 640), (512, 720), (664, 640), (690, 900), (334, 900)]), colour(HAIR_DEEP, 0.8))
        .blur(16)
    )
    mass.atop_layer(shadow)
    sheet.add(mass)
    for flip in (False, True):
        sheet.fill(ribbon(sided(edge, flip), 3.6, (0.04, 0.2), smooth=False), LINE)


def pin(sheet: Layer) -> None:
    """Clip two pins and a star into the hair."""
    for y in (300, 322):
        sheet.fill(ribbon([(650, y + 16), (706, y - 6)], 11, (0.12, 0.12), smooth=False), "#6d2338")
        sheet.fill(ribbon([(652, y + 15), (704, y - 5)], 6.5, (0.12, 0.12), smooth=False), "#ffb3a8")
    angle = np.arange(10) * np.pi / 5 - np.pi / 2 + 0.2
    radius = np.where(np.arange(10) % 2 == 0, 31, 14)
    star = np.column_stack([688 + radius * np.cos(angle), 282 + radius * np.sin(angle)])
    sheet.fill(
        path(star, smooth=False),
        linear((660, 256), (716, 310), (0, "#fff0a8"), (0.6, "#ffcf4d"), (1, "#e79a2b")),
    )
    sheet.fill(ribbon(np.vstack([star, star[:1]]), 3.4, (0, 0), smooth=False), "#7a4a1a")
