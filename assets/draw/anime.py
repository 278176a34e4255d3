"""Aoi: an anime character, cut out, in soft cel shading."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assets.draw.build import Drawn
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
    ribbon,
    shape,
)
from assets.draw.rig import DrawnEye, DrawnFace, landmarks_of
from engines.base import Style

LINE = "#3a2440"
SKIN, SKIN_SHADE, SKIN_DEEP = "#ffe9dc", "#f6c4b4", "#e59c98"
HAIR, HAIR_LIGHT, HAIR_SHADE, HAIR_DEEP = "#4c5fa8", "#7f9be0", "#33407f", "#232a5c"
GLINT = "#c9e2ff"

# The viewer's left half; the right one is its mirror image about x = 512.
UPPER_LID = points([(343, 500), (352, 470), (376, 444), (410, 436), (440, 450), (460, 480), (468, 512)])
LOWER_LID = points([(343, 500), (354, 528), (376, 547), (406, 553), (436, 546), (456, 530), (468, 512)])
IRIS = (410.0, 496.0, 38.0, 53.0)
BROW_UPPER = points([(336, 412), (362, 392), (398, 383), (434, 389), (462, 402)])
BROW_LOWER = points([(336, 416), (363, 401), (398, 393), (433, 399), (460, 409)])
CHEEK = points(
    [
        (326, 330),
        (323, 390),
        (326, 450),
        (331, 500),
        (341, 548),
        (366, 596),
        (406, 640),
        (452, 676),
        (490, 693),
    ]
)
JAW = np.vstack([CHEEK, [(512, 696)], mirror(CHEEK)])
LIP_LINE = points([(474, 634), (490, 638.5), (512, 637), (534, 638.5), (550, 634)])


def draw() -> Drawn:
    """Draw the picture and its rig."""
    sheet = Layer()
    _back_hair(sheet)
    _body(sheet)
    head = _head()
    sheet.add(head)
    _front_hair(sheet, head)
    return Drawn("1-aoi", "Aoi", Style.DRAWN, sheet.finish(), _landmarks())


def _landmarks() -> NDArray[np.float32]:
    right = DrawnEye(curve(UPPER_LID), curve(LOWER_LID), IRIS)
    top = points([(330, 300), (352, 250), (400, 212), (456, 194), (512, 188)])
    oval = np.vstack([JAW, mirror(top)[1:], top[::-1][1:-1]])
    return landmarks_of(
        DrawnFace(
            right_eye=right,
            left_eye=right.mirrored(),
            right_brow=(curve(BROW_UPPER), curve(BROW_LOWER)),
            left_brow=(mirror(curve(BROW_UPPER)), mirror(curve(BROW_LOWER))),
            lip_top=curve([(471, 634), (492, 631), (512, 632), (532, 631), (553, 634)]),
            lip_line=curve(LIP_LINE),
            lip_bottom=curve([(471, 634), (490, 645), (512, 648), (534, 645), (553, 634)]),
            oval=oval,
            fixed={168: (512, 470), 6: (512, 500), 195: (512, 545), 5: (512, 566), 4: (512, 580), 1: (512, 587),
                   2: (512, 597), 129: (490, 588), 358: (534, 588), 98: (497, 594), 327: (527, 594)},
            relief=0.75,
        )
    )  # fmt: skip


def _lock(layer: Layer, left: ArrayLike, right: ArrayLike, tones: tuple[str, str, str] = (HAIR, HAIR_LIGHT, HAIR_SHADE),
          line: float = 3.2, strands: int = 2) -> None:  # fmt: skip
    """Draw one lock of hair between two sides that run from the root to a common tip."""
    one, other = curve(left), curve(right)
    outline = path(np.vstack([one, other[::-1]]), smooth=False)
    root, tip = (one[0] + other[0]) / 2, one[-1]
    lock = Layer()
    base, light, shade = tones
    lock.fill(
        outline,
        linear(
            tuple(root),
            tuple(tip),
            (0, mix(base, shade, 0.55)),
            (0.3, base),
            (0.62, mix(base, light, 0.35)),
            (1, mix(base, shade, 0.35)),
        ),
    )
    n = 60
    from assets.draw.paint import resample

    a, b = resample(one, np.linspace(0, 1, n)), resample(other, np.linspace(0, 1, n))
    # a shaded side along the second edge, then fine strands
    side = np.vstack([a + (b - a) * 0.68, b[::-1]])
    lock.atop(path(side, smooth=False), colour(shade, 0.5))
    for k in range(strands):
        share = (k + 1) / (strands + 1)
        lock.add(
            Layer().ink(
                (a + (b - a) * share)[6 + 5 * k :: 4],
                line * 0.62,
                colour(mix(shade, HAIR_DEEP, 0.5), 0.7),
                (0.8, 0.6),
            )
        )
    lit = a + (b - a) * 0.3
    lock.add(Layer().ink(lit[8:44:4], line * 1.1, colour(light, 0.8), (0.6, 0.8)))
    layer.add(lock)
    for edge in (a, b):
        layer.ink(edge[::4], line, LINE, (0.35, 0.25))


def _back_hair(sheet: Layer) -> None:
    """The mass of hair behind the head, down to the shoulders, with its tips."""
    left = points(
        [
            (512, 108),
            (420, 112),
            (330, 152),
            (262, 230),
            (232, 340),
            (228, 460),
            (218, 580),
            (196, 690),
            (176, 770),
        ]
    )
    tips = points(
        [
            (176, 770),
            (214, 752),
            (232, 800),
            (262, 770),
            (292, 836),
            (330, 790),
            (372, 846),
            (420, 800),
            (512, 820),
        ]
    )
    outline = np.vstack([curve(left), tips, mirror(tips)[1:], mirror(curve(left))[1:]])
    mass = Layer().fill(
        path(outline, smooth=False),
        linear(
            (512, 110), (512, 840), (0, HAIR_SHADE), (0.45, mix(HAIR_SHADE, HAIR_DEEP, 0.5)), (1, HAIR_DEEP)
        ),
    )
    for x, bend in ((250, -6), (280, -14), (318, -10), (360, -6), (664, 6), (706, 10), (744, 14), (774, 6)):
        mass.atop(
            ribbon([(512 + (x - 512) * 0.8, 300), (x, 480), (x + bend, 650), (x + 2 * bend, 800)], 7),
            colour(HAIR, 0.35),
        )
    sheet.add(mass)
    sheet.ink(left[1:], 4, LINE, (0.3, 0.3))
    sheet.ink(mirror(left)[:-1], 4, LINE, (0.3, 0.3))


def _body(sheet: Layer) -> None:
    neck = Layer().fill(
        shape(
            [(452, 640), (456, 700), (450, 752), (420, 790), (400, 800)],
            [(400, 800), (512, 860), (624, 800)],
            [(624, 800), (604, 790), (574, 752), (568, 700), (572, 640)],
            [(572, 640), (452, 640)],
        ),
        linear((512, 640), (512, 830), (0, SKIN_SHADE), (1, SKIN)),
    )
    neck.atop(
        shape([(440, 640), (462, 706), (512, 742), (562, 706), (584, 640)], [(584, 640), (440, 640)]),
        colour(SKIN_DEEP, 0.75),
    )
    sheet.add(neck)
    coat = Layer()
    side = points([(404, 776), (360, 800), (290, 826), (222, 862), (176, 920), (150, 1030)])
    body = path(
        np.vstack(
            [
                curve(side),
                [(150, 1030), (874, 1030)],
                mirror(curve(side)),
                curve([(620, 776), (580, 830), (512, 862), (444, 830), (404, 776)]),
            ]
        ),
        smooth=False,
    )
    coat.fill(body, linear((512, 780), (512, 1024), (0, "#fbf6ee"), (1, "#d9d2e6")))
    sheet.add(coat)
    sheet.ink(side, 4, LINE)
    sheet.ink(mirror(side), 4, LINE)


def _head() -> Layer:
    top = points([(326, 330), (330, 250), (400, 180), (512, 150)])
    outline = np.vstack([curve(JAW), mirror(curve(top)), curve(top)[::-1]])
    head = Layer().fill(
        path(np.vstack([curve(JAW), curve(mirror(top))[::-1], curve(top)[::-1]]), smooth=False),
        linear((512, 300), (512, 696), (0, "#fff0e4"), (1, SKIN)),
    )
    # jaw shading
    jaw = (
        Layer()
        .fill(
            path(np.vstack([curve(JAW), mirror(curve(JAW - [0, 16]))]), smooth=False), colour(SKIN_SHADE, 0.8)
        )
        .blur(3)
    )
    head.atop_layer(jaw)
    for x in (376, 648):
        blush = Layer().fill(ellipse(x, 590, 46, 22), colour("#ff8f8f", 0.45)).blur(12)
        head.atop_layer(blush)
    head.add(Layer().ink(JAW, 4.2, LINE, (0.1, 0.1)))
    _eye(head, False)
    _eye(head, True)
    for flip in (False, True):
        upper, lower = curve(BROW_UPPER), curve(BROW_LOWER)
        brow = np.vstack([upper, lower[::-1]])
        head.fill(path(mirror(brow) if flip else brow, smooth=False), HAIR_DEEP)
    head.ink([(514, 572), (518, 584), (510, 591)], 3.4, mix(LINE, SKIN_DEEP, 0.35), (0.7, 0.5))
    head.ink(LIP_LINE, 4.4, "#7a3344", (0.4, 0.4))
    head.ink([(497, 652), (512, 655), (527, 652)], 3, colour(SKIN_DEEP, 0.8))
    return head


def _eye(head: Layer, flip: bool) -> None:
    def f(values: ArrayLike) -> Points:
        return mirror(values) if flip else points(values)

    x, y, rx, ry = IRIS
    x = 1024 - x if flip else x
    opening = path(f(np.vstack([curve(UPPER_LID), curve(LOWER_LID)[::-1]])), smooth=False)
    eye = Layer().fill(opening, linear((0, 436), (0, 553), (0, "#cfd0e6"), (0.35, "#f7f6fb"), (1, "#ffffff")))
    eye.atop(
        ellipse(x, y, rx, ry),
        linear((0, y - ry), (0, y + ry), (0, "#3d1f0f"), (0.4, "#a8541c"), (0.72, "#f0a83c"), (1, "#ffe39a")),
    )
    eye.atop(
        ellipse(x, y + 20, rx * 0.72, ry * 0.5),
        radial((x, y + 30), 34, (0, colour("#fff3b0", 0.9)), (1, colour("#fff3b0", 0))),
    )
    rim = ellipse(x, y, rx, ry)
    rim.addPath(ellipse(x, y, rx - 4, ry - 4).toReversed())
    eye.atop(rim, "#3a180c")
    eye.atop(ellipse(x, y - 2, rx * 0.42, ry * 0.44), "#2a0f0c")
    eye.atop(
        path(
            f([(330, 420), (350, 478), (376, 456), (410, 449), (442, 462), (462, 494), (480, 420)]),
            smooth=True,
        ),
        colour("#2a1838", 0.4),
    )
    head.add(eye)
    head.fill(ellipse(x - 14, y - 24, 12, 15, 20), "#ffffff")
    head.fill(ellipse(x + 16, y + 24, 6, 8, 20), colour("#ffffff", 0.9))
    lash = np.vstack(
        [
            curve([(328, 506), (343, 472), (370, 440), (410, 427), (446, 442), (466, 476), (472, 514)]),
            curve(UPPER_LID)[::-1],
        ]
    )
    head.fill(path(f(lash), smooth=False), LINE)
    head.ink(f([(352, 530), (376, 550), (406, 556), (436, 549)]), 3.4, colour(LINE, 0.85))
    head.ink(f([(352, 436), (378, 418), (412, 411), (444, 422)]), 2.6, colour(SKIN_DEEP, 0.9))


def _front_hair(sheet: Layer, head: Layer) -> None:
    locks = [
        ([(420, 140), (352, 220), (330, 330), (346, 420)], [(500, 130), (430, 230), (380, 340), (346, 420)]),
        ([(470, 126), (420, 230), (392, 330), (406, 408)], [(520, 126), (478, 230), (440, 330), (406, 408)]),
        ([(500, 122), (470, 240), (464, 340), (490, 432)], [(560, 126), (530, 240), (512, 340), (490, 432)]),
        ([(530, 124), (548, 240), (556, 330), (536, 412)], [(590, 134), (604, 240), (590, 330), (536, 412)]),
        ([(560, 128), (610, 240), (634, 330), (622, 404)], [(630, 150), (660, 240), (660, 330), (622, 404)]),
        ([(600, 138), (660, 240), (692, 330), (684, 416)], [(650, 160), (706, 240), (716, 340), (684, 416)]),
    ]
    for left, right in locks:
        _lock(sheet, left, right)
    for flip in (False, True):
        for left, right in (
            (
                [(380, 150), (290, 250), (262, 400), (268, 560), (282, 690)],
                [(420, 170), (340, 280), (322, 420), (322, 570), (282, 690)],
            ),
            (
                [(340, 180), (250, 280), (228, 440), (228, 600), (240, 760)],
                [(380, 190), (298, 300), (276, 450), (276, 610), (240, 760)],
            ),
        ):
            _lock(
                sheet, mirror(right)[::-1] if flip else left, mirror(left)[::-1] if flip else right, strands=3
            )
