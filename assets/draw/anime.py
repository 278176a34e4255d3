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
    resample,
    ribbon,
    shape,
)
from assets.draw.rig import DrawnEye, DrawnFace, landmarks_of
from engines.base import Style

LINE = "#33234f"
SKIN, SKIN_LIT, SKIN_SHADE, SKIN_DEEP = "#ffe6d8", "#fff3ea", "#f5bfae", "#d98a86"
HAIR, HAIR_LIGHT, HAIR_SHADE, HAIR_DEEP, HAIR_TIP = "#5366bb", "#a9c4ff", "#39448f", "#262c63", "#7d9ceb"
NAVY, CORAL, CORAL_DEEP = "#2f3a72", "#ff6f6b", "#c9434f"

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
# Locks of hair, each between two edges from root to tip. They fan out from the parting.
FRINGE = (
    ([(524, 112), (430, 150), (350, 240), (326, 330), (334, 436)], [(530, 112), (472, 180), (414, 262), (378, 340), (334, 436)]),
    ([(542, 112), (636, 152), (700, 244), (708, 340), (694, 432)], [(538, 112), (612, 180), (656, 262), (676, 340), (694, 432)]),
    ([(530, 112), (470, 178), (412, 262), (384, 340), (400, 420)], [(534, 112), (502, 190), (466, 272), (436, 345), (400, 420)]),
    ([(540, 112), (616, 176), (660, 262), (664, 340), (642, 414)], [(537, 112), (574, 190), (602, 272), (620, 340), (642, 414)]),
    ([(537, 112), (580, 190), (606, 272), (596, 340), (562, 410)], [(535, 112), (546, 200), (546, 280), (546, 340), (562, 410)]),
    ([(532, 112), (498, 190), (462, 280), (452, 352), (484, 446)], [(537, 112), (544, 200), (536, 282), (520, 364), (484, 446)]),
)
SIDE_LOCKS = (
    ([(500, 106), (340, 132), (242, 250), (212, 420), (206, 600), (226, 800)], [(512, 108), (384, 142), (296, 250), (270, 400), (282, 600), (226, 800)]),
    ([(514, 108), (384, 132), (286, 230), (252, 380), (254, 540), (284, 716)], [(522, 110), (424, 152), (338, 250), (320, 380), (330, 520), (318, 620), (284, 716)]),
)
LIP_LINE = points([(474, 634), (490, 638.5), (512, 637), (534, 638.5), (550, 634)])


def draw() -> Drawn:
    """Draw the picture and its rig."""
    sheet = Layer()
    _back_hair(sheet)
    _body(sheet)
    cap, fringe = _cap(), Layer()
    for left, right in FRINGE:
        _lock(fringe, left, right)
    sheet.add(_head(cap.copy().add(fringe)))
    sheet.add(cap)
    for flip in (False, True):
        for side in SIDE_LOCKS:
            _lock(sheet, *(_f(edge, flip) for edge in (side if not flip else side[::-1])), strands=3)
    sheet.add(fringe)
    _pin(sheet)
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


def _f(values: ArrayLike, flip: bool) -> Points:
    """Return the points, or their mirror image in the same order."""
    return mirror(values)[::-1] if flip else points(values)


def _lock(layer: Layer, left: ArrayLike, right: ArrayLike, strands: int = 2, line: float = 3.0) -> None:
    """Draw one lock of hair between two edges from the root to a common tip; it grows out of what is behind it."""
    n = 72
    a, b = (resample(curve(edge), np.linspace(0, 1, n)) for edge in (left, right))
    root, tip = (a[0] + b[0]) / 2, a[-1]
    lock = Layer().fill(path(np.vstack([a, b[::-1]]), smooth=False), linear(tuple(root), tuple(tip), (0, HAIR_SHADE), (0.3, mix(HAIR, HAIR_SHADE, 0.35)), (0.62, HAIR), (1, HAIR_TIP)))
    lock.atop(path(np.vstack([a + (b - a) * 0.7, b[::-1]]), smooth=False), colour(HAIR_SHADE, 0.55))
    lock.atop(ribbon((a + (b - a) * 0.09)[n // 3 :], float(np.linalg.norm(b - a, axis=1).max()) * 0.16, (0.7, 0.3), smooth=False), colour(HAIR_LIGHT, 0.32))
    for k in range(strands):
        share = (k + 1) / (strands + 1)
        lock.atop_layer(Layer().ink((a + (b - a) * share)[10 + 4 * k :: 4], line * 0.6, colour(HAIR_DEEP, 0.55), (0.7, 0.5)))
    for share, width, start, end in ((0.18, 5.5, 17, 34), (0.34, 9, 19, 31), (0.52, 5, 18, 33)):
        lock.atop_layer(Layer().ink((a + (b - a) * share)[start:end:3], width, colour(HAIR_LIGHT, 0.85), (0.7, 0.7)).blur(0.6))
    layer.add(lock)
    for edge in (a, b):
        layer.ink(edge[6::4], line, LINE, (0.5, 0.25))


def _cap() -> Layer:
    """Return the hair on the crown, which all locks grow out of."""
    cap_layer = Layer()
    _lock(cap_layer, [(530, 118), (548, 84), (590, 66), (632, 78)], [(540, 120), (562, 98), (592, 82), (632, 78)], strands=0)
    top = points([(512, 106), (430, 112), (356, 142), (296, 200), (262, 280), (252, 360)])
    cap = np.vstack([curve(top), curve([(252, 360), (300, 320), (352, 306), (430, 312), (512, 330)])[1:]])
    cap_layer.fill(path(np.vstack([cap, mirror(cap)[1:]]), smooth=False), linear((512, 106), (512, 330), (0, HAIR_SHADE), (1, mix(HAIR, HAIR_SHADE, 0.4))))
    for flip in (False, True):
        cap_layer.ink(_f(top, flip)[:4], 3.6, LINE, (0.05, 0.8))
    return cap_layer


def _back_hair(sheet: Layer) -> None:
    """The mass of hair behind the head, down over the shoulders, with its tips."""
    left = points([(512, 106), (420, 112), (330, 152), (262, 230), (226, 340), (208, 460), (196, 580), (180, 700), (150, 800), (128, 838)])
    tips = [([(128, 838), (176, 832), (204, 812)], [(204, 812), (206, 856), (186, 904)]), ([(186, 904), (232, 884), (262, 850)], [(262, 850), (276, 900), (268, 946)]),
            ([(268, 946), (322, 906), (352, 860)], [(352, 860), (420, 880), (512, 880)])]  # fmt: skip
    edge = np.vstack([curve(left), *(np.vstack([curve(one)[1:], curve(other)[1:]]) for one, other in tips)])
    mass = Layer().fill(path(np.vstack([edge, mirror(edge)[1:]]), smooth=False), linear((512, 110), (512, 930), (0, HAIR_SHADE), (0.5, mix(HAIR_SHADE, HAIR_DEEP, 0.6)), (0.85, HAIR_SHADE), (1, HAIR)))
    for flip in (False, True):
        for k, x in enumerate((214, 240, 270, 300, 336, 372)):
            mass.atop(ribbon(_f([(x + 30, 300), (x + 8, 520), (x - 8, 700), (x - 30 + 3 * k, 880)], flip), 9 - k * 0.6), colour(HAIR if k % 2 else HAIR_DEEP, 0.5))
    shadow = Layer().fill(path([(360, 640), (512, 720), (664, 640), (690, 900), (334, 900)]), colour(HAIR_DEEP, 0.8)).blur(16)
    mass.atop_layer(shadow)
    sheet.add(mass)
    for flip in (False, True):
        sheet.fill(ribbon(_f(edge, flip), 3.6, (0.04, 0.2), smooth=False), LINE)


def _body(sheet: Layer) -> None:
    """Neck, blouse, sailor collar and bow."""
    neck = shape([(456, 640), (460, 700), (456, 744), (432, 776), (404, 796)], [(404, 796), (512, 900), (620, 796)], [(620, 796), (592, 776), (568, 744), (564, 700), (568, 640)], [(568, 640), (456, 640)])
    skin = Layer().fill(neck, linear((512, 640), (512, 860), (0, SKIN_SHADE), (0.6, SKIN)))
    skin.atop(shape([(440, 640), (464, 716), (512, 752), (560, 716), (584, 640)], [(584, 640), (440, 640)]), colour(SKIN_DEEP, 0.6))
    sheet.add(skin)
    for flip in (False, True):
        sheet.ink(_f([(459, 690), (456, 744), (434, 774), (410, 792)], flip), 3.2, LINE, (0.3, 0.4))
        sheet.ink(_f([(470, 812), (440, 806), (420, 810)], flip), 2.6, colour(SKIN_DEEP, 0.9))
    side = points([(414, 780), (352, 806), (284, 832), (238, 872), (212, 940), (198, 1040)])
    blouse = Layer().fill(path(np.vstack([curve(side), mirror(curve(side)), curve([(610, 780), (560, 870), (512, 948), (464, 870), (414, 780)])]), smooth=False), linear((300, 800), (760, 1040), (0, "#ffffff"), (0.6, "#eceaf6"), (1, "#cfcbe4")))
    for flip in (False, True):
        blouse.atop(path(_f([(260, 870), (286, 920), (290, 1040), (190, 1040), (214, 930)], flip)), colour("#b9b4d8", 0.55))
        blouse.atop_layer(Layer().ink(_f([(302, 900), (312, 960), (308, 1030)], flip), 6, colour("#a8a2cc", 0.8), (0.4, 0.8)))
        blouse.atop_layer(Layer().ink(_f([(420, 960), (400, 1000), (396, 1040)], flip), 5, colour("#a8a2cc", 0.7), (0.8, 0.2)))
    sheet.add(blouse)
    for flip in (False, True):
        sheet.ink(_f(side[1:], flip), 3.6, LINE, (0.2, 0.1))
        sheet.ink(_f([(286, 908), (292, 960), (288, 1040)], flip), 3, LINE, (0.6, 0.1))
    for flip in (False, True):
        outer = np.vstack([curve([(424, 764), (404, 790), (330, 822), (276, 846)]), curve([(276, 846), (300, 896), (338, 930)])[1:], curve([(338, 930), (420, 920), (508, 956)])[1:]])
        inner = curve([(508, 956), (486, 880), (452, 820), (424, 764)])[1:]
        collar = Layer().fill(path(_f(np.vstack([outer, inner]), flip), smooth=False), linear((300, 780), (560, 960), (0, mix(NAVY, "#5d6bb0", 0.35)), (1, NAVY)))
        for off in (13, 25):
            line = np.vstack([curve([(404 + off * 0.4, 790 + off), (330 + off * 0.6, 822 + off), (296 + off * 0.75, 840 + off * 0.8)]), curve([(296 + off * 0.75, 840 + off * 0.8), (314 + off * 0.8, 890 - off * 0.2), (342 + off * 0.5, 930 - off)])[1:], curve([(342 + off * 0.5, 930 - off), (424, 919 - off), (506, 952 - off * 1.2)])[1:]])
            collar.atop(ribbon(_f(line, flip), 4.2, (0.02, 0.02), smooth=False), "#ffffff")
        sheet.add(collar)
        sheet.fill(ribbon(_f(np.vstack([outer, inner]), flip), 3.4, (0.02, 0.02), smooth=False), LINE)
    _bow(sheet)


def _bow(sheet: Layer) -> None:
    for flip in (False, True):
        tail = np.vstack([curve([(506, 940), (470, 980), (452, 1040)]), [(496, 1040)], curve([(500, 1040), (506, 990), (514, 950)])])
        sheet.fill(path(_f(tail, flip), smooth=False), linear((0, 940), (0, 1040), (0, CORAL_DEEP), (0.5, CORAL), (1, CORAL)))
        sheet.fill(ribbon(_f(tail, flip), 3.2, (0.02, 0.02), smooth=False), "#6d2338")
    for flip in (False, True):
        loop = [(508, 936), (464, 908), (414, 898), (398, 930), (412, 972), (462, 968)]
        wing = Layer().fill(path(_f(loop, flip)), linear((400, 900), (560, 980), (0, "#ff958c"), (0.5, CORAL), (1, CORAL_DEEP)))
        wing.atop(path(_f([(508, 940), (470, 946), (430, 962), (412, 976), (470, 980)], flip)), colour(CORAL_DEEP, 0.7))
        wing.atop_layer(Layer().ink(_f([(498, 934), (466, 926), (438, 926)], flip), 5, colour("#8f2b3e", 0.8), (0.1, 0.8)))
        sheet.add(wing)
        sheet.fill(ribbon(curve(_f(loop, flip), closed=True), 3.4, (0.02, 0.02), smooth=False), "#6d2338")
    knot = path([(490, 916), (512, 910), (534, 916), (538, 942), (530, 962), (512, 966), (494, 962), (486, 942)])
    sheet.fill(knot, radial((506, 928), 40, (0, "#ff958c"), (0.6, CORAL), (1, CORAL_DEEP)))
    sheet.fill(ribbon(curve([(490, 916), (512, 910), (534, 916), (538, 942), (530, 962), (512, 966), (494, 962), (486, 942)], closed=True), 3.4, (0.02, 0.02), smooth=False), "#6d2338")


def _head(fringe: Layer) -> Layer:
    """Return face and features, the fringe's shadow on them."""
    top = points([(326, 330), (330, 250), (400, 180), (512, 150)])
    face = np.vstack([curve(JAW), curve(mirror(top))[::-1], curve(top)[::-1]])
    head = Layer().fill(path(face, smooth=False), linear((420, 330), (600, 700), (0, SKIN_LIT), (0.5, SKIN), (1, mix(SKIN, SKIN_SHADE, 0.35))))
    head.atop_layer(Layer().fill(ribbon(JAW, 26, (0.3, 0.3)), colour(SKIN_SHADE, 0.8)).blur(2))
    head.atop(path([(712, 400), (690, 480), (676, 560), (628, 634), (566, 686), (640, 670), (706, 590), (716, 480)]), colour(SKIN_SHADE, 0.5))
    for x in (374, 650):
        head.atop_layer(Layer().fill(ellipse(x, 588, 44, 20), colour("#ff8a86", 0.5)).blur(11))
        for k in range(3):
            head.atop_layer(Layer().ink([(x - 16 + 15 * k, 594), (x - 10 + 15 * k, 580)], 3, colour("#f0727c", 0.6)))
    shadow = Layer()
    shadow.pixels[30 * 1 :, :, 3] = fringe.pixels[:-30, :, 3]
    tint = np.array([0xE8, 0xA5, 0x9C], np.float32) / 255
    alpha = shadow.pixels[..., 3:].astype(np.float32) * 0.62
    shadow.pixels = np.ascontiguousarray(np.dstack([alpha * tint, alpha]).astype(np.uint8))
    head.atop_layer(shadow.blur(1.2))
    head.add(Layer().ink(JAW, 4.0, LINE, (0.1, 0.1)))
    for flip in (False, True):
        _eye(head, flip)
        brow = np.vstack([curve(BROW_UPPER), curve(BROW_LOWER)[::-1]])
        head.fill(path(_f(brow, flip), smooth=False), mix(HAIR_DEEP, LINE, 0.4))
    head.atop_layer(Layer().fill(ellipse(518, 584, 7, 8), colour(SKIN_DEEP, 0.45)).blur(3))
    head.ink([(515, 574), (519, 584), (511, 592)], 3.2, mix(LINE, SKIN_DEEP, 0.45), (0.7, 0.5))
    head.fill(ellipse(508, 572, 3, 4), colour("#ffffff", 0.85))
    head.ink(LIP_LINE, 4.6, "#7d2f42", (0.35, 0.35))
    head.atop_layer(Layer().fill(ellipse(512, 643, 22, 5), colour("#f08a86", 0.55)).blur(2))
    head.ink([(497, 655), (512, 658), (527, 655)], 2.6, colour(SKIN_DEEP, 0.75))
    return head


def _eye(head: Layer, flip: bool) -> None:
    """Draw white, iris, lights, lids and lashes."""
    x, y, rx, ry = IRIS
    x = 1024 - x if flip else x
    opening = path(_f(np.vstack([curve(UPPER_LID), curve(LOWER_LID)[::-1]]), flip), smooth=False)
    eye = Layer().fill(opening, linear((0, 436), (0, 553), (0, "#d3d0ea"), (0.32, "#f8f6fd"), (1, "#ffffff")))
    eye.atop(ellipse(x, y, rx, ry), linear((0, y - ry), (0, y + ry), (0, "#4a1f12"), (0.36, "#a84d1e"), (0.68, "#f0a03a"), (1, "#ffe89c")))
    for angle in np.linspace(0.25, np.pi - 0.25, 13):
        ray = np.array([np.cos(angle) * rx, np.sin(angle) * ry])
        eye.atop(ribbon([(x, y) + ray * 0.5, (x, y) + ray * 0.9], 4, (0.6, 0.3), smooth=False), colour("#fff4b8", 0.4))
    eye.atop_layer(Layer().fill(ellipse(x, y + 32, rx * 0.66, ry * 0.3), colour("#fff6b4", 0.85)).blur(4))
    rim = ellipse(x, y, rx, ry)
    rim.addPath(ellipse(x, y, rx - 4.5, ry - 4.5).toReversed())
    eye.atop(rim, "#3d1710")
    eye.atop(ellipse(x, y - 3, rx * 0.44, ry * 0.42), "#26100f")
    eye.atop_layer(Layer().fill(ribbon(_f(UPPER_LID + [0, 4], flip), 34, (0.05, 0.05)), colour("#2a1640", 0.5)).blur(4))
    head.add(eye)
    side = -1
    head.fill(ellipse(x + 14 * side, y - 25, 12.5, 15.5, 18), "#ffffff")
    head.fill(ellipse(x + 15, y + 23, 6.5, 8, 18), colour("#ffffff", 0.92))
    head.fill(ellipse(x + 21, y - 14, 3.2, 3.6), colour("#ffffff", 0.75))
    lash = np.vstack([curve([(330, 512), (340, 476), (366, 440), (410, 424), (448, 440), (467, 476), (471, 516)]), curve(UPPER_LID)[::-1]])
    head.fill(path(_f(lash, flip), smooth=False), LINE)
    for tip, root, width in (((320, 488), (342, 494), 12), ((325, 465), (346, 474), 10), ((337, 446), (357, 456), 8)):
        head.ink(_f([tip, ((tip[0] + root[0]) / 2, (tip[1] + root[1]) / 2 + 5), root], flip), width, LINE, (0.85, 0.02))
    head.ink(_f([(345, 516), (358, 536), (380, 550), (408, 556), (434, 550)], flip), 3.4, colour(LINE, 0.85), (0.3, 0.7))
    head.ink(_f([(346, 432), (374, 414), (410, 406), (444, 416)], flip), 2.8, colour(SKIN_DEEP, 0.95))


def _pin(sheet: Layer) -> None:
    """Clip two pins and a star into the hair."""
    for y in (300, 322):
        sheet.fill(ribbon([(650, y + 16), (706, y - 6)], 11, (0.12, 0.12), smooth=False), "#6d2338")
        sheet.fill(ribbon([(652, y + 15), (704, y - 5)], 6.5, (0.12, 0.12), smooth=False), "#ffb3a8")
    angle = np.arange(10) * np.pi / 5 - np.pi / 2 + 0.2
    radius = np.where(np.arange(10) % 2 == 0, 31, 14)
    star = np.column_stack([688 + radius * np.cos(angle), 282 + radius * np.sin(angle)])
    sheet.fill(path(star, smooth=False), linear((660, 256), (716, 310), (0, "#fff0a8"), (0.6, "#ffcf4d"), (1, "#e79a2b")))
    sheet.fill(ribbon(np.vstack([star, star[:1]]), 3.4, (0, 0), smooth=False), "#7a4a1a")
