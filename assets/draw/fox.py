"""Rusty: a fox, cut out, softly shaded."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assets.draw.build import Drawn
from assets.draw.paint import (
    Layer, Points, colour, curve, ellipse, linear, mirror, mix, path, points, radial, resample, ribbon,
)  # fmt: skip
from assets.draw.rig import DrawnEye, DrawnFace, landmarks_of
from engines.base import Style

ORANGE, ORANGE_LIT, ORANGE_SHADE, RUST = "#ee8433", "#ffb05e", "#cf5f1f", "#9c3f18"
CREAM, CREAM_SHADE, DARK, LINE = "#fff4e4", "#ecd0b8", "#3a2320", "#5a2a1c"
TEAL, TEAL_LIT, TEAL_SHADE = "#1f8a8c", "#4fc0b8", "#12595f"

# The viewer's left half; the right one is its mirror image about x = 512.
UPPER_LID = points([(330, 462), (342, 432), (366, 410), (396, 402), (424, 412), (444, 438), (452, 470)])
LOWER_LID = points([(330, 462), (342, 486), (366, 502), (394, 507), (422, 501), (442, 487), (452, 470)])
IRIS = (396.0, 456.0, 43.0, 46.0)
BROW_UPPER = points([(322, 366), (346, 342), (382, 333), (414, 341), (436, 358)])
BROW_LOWER = points([(324, 372), (349, 357), (382, 350), (412, 356), (434, 366)])
SIDE = points([(330, 296), (292, 340), (268, 392), (254, 440), (243, 482)])
TUFTS = points([(243, 482), (186, 528), (236, 540), (190, 592), (252, 596), (226, 650), (304, 640)])
CHIN = points([(304, 640), (352, 676), (412, 704), (462, 717), (512, 721)])
LIP_LINE = points([(430, 627), (452, 642), (480, 649), (502, 648), (512, 645)])


def draw() -> Drawn:
    """Draw the picture and its rig."""
    sheet = Layer()
    _tail(sheet)
    _body(sheet)
    for flip in (False, True):
        _ear(sheet, flip)
    _head(sheet)
    return Drawn("3-rusty", "Rusty", Style.DRAWN, sheet.finish(), _landmarks())


def _both(half: ArrayLike) -> Points:
    """Return a half line that ends at the middle with its mirror image behind it."""
    line = curve(half)
    return np.vstack([line, mirror(line)[1:]])


def _f(values: ArrayLike, flip: bool) -> Points:
    """Return the points, or their mirror image in the same order."""
    return mirror(values)[::-1] if flip else points(values)


def _landmarks() -> NDArray[np.float32]:
    right = DrawnEye(curve(UPPER_LID), curve(LOWER_LID), IRIS, rings=((1.16, 1.16), (1.34, 1.34)))
    top = points([(512, 268), (450, 268), (390, 274), (330, 296)])
    cheek = points([(330, 296), (292, 340), (268, 392), (256, 440), (250, 490), (254, 540), (268, 590), (304, 640)])
    half = np.vstack([curve(top), curve(cheek)[1:], curve(CHIN)[1:]])
    oval = np.vstack([half, mirror(half)[1:-1]])
    upper, lower = curve(BROW_UPPER), curve(BROW_LOWER)
    return landmarks_of(
        DrawnFace(
            right_eye=right,
            left_eye=right.mirrored(),
            right_brow=(upper, lower),
            left_brow=(mirror(upper), mirror(lower)),
            lip_top=_both(LIP_LINE - [0, 3]),
            lip_line=_both(LIP_LINE),
            lip_bottom=_both([(430, 627), (450, 648), (480, 661), (500, 666), (512, 667)]),
            oval=oval,
            fixed={168: (512, 450), 6: (512, 480), 195: (512, 530), 5: (512, 552), 4: (512, 574), 1: (512, 586),
                   2: (512, 606), 129: (468, 584), 358: (556, 584), 98: (484, 600), 327: (540, 600)},
            relief=0.95,
        )
    )  # fmt: skip


def _fur(layer: Layer, line: ArrayLike, length: float, lean: float, tone: str, count: int, seed: int, width: float = 4.0,
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
        layer.atop(ribbon([here, (here + tip) / 2 + across * 2, tip], width, (0.2, 0.8)), colour(tone, rng.uniform(0.25, 0.7)))


def _soft(layer: Layer, outline: object, tone: str, opacity: float, blur: float) -> None:
    """Shade the layer's paint with a blurred shape."""
    layer.atop_layer(Layer().fill(outline, colour(tone, opacity)).blur(blur))  # type: ignore[arg-type]


def _tail(sheet: Layer) -> None:
    tail = Layer()
    outline = [(640, 1040), (760, 1000), (842, 930), (872, 840), (862, 760), (878, 700), (926, 664), (958, 730), (972, 820), (954, 920), (896, 1004), (820, 1060)]
    tail.fill(path(outline), linear((700, 1020), (930, 690), (0, RUST), (0.35, ORANGE_SHADE), (0.8, ORANGE)))
    tip = [(850, 790), (872, 772), (884, 800), (904, 776), (920, 806), (944, 780), (990, 800), (990, 640), (850, 640)]
    tail.atop(path(np.vstack([tip]), smooth=False), CREAM)
    _soft(tail, path([(948, 640), (990, 760), (990, 980), (900, 1060), (960, 900), (966, 790)]), CREAM_SHADE, 0.9, 10)
    _soft(tail, path([(640, 1040), (760, 1000), (842, 930), (870, 850), (890, 930), (820, 1040)]), RUST, 0.55, 22)
    _fur(tail, [(880, 960), (924, 880), (930, 780)], 44, 0.15, ORANGE_LIT, 60, 1, spread=22)
    _fur(tail, [(800, 1000), (880, 920), (900, 820)], 44, 0.1, RUST, 60, 2, spread=26)
    sheet.add(tail)
    sheet.fill(ribbon(outline, 5, (0.05, 0.05)), LINE)


def _body(sheet: Layer) -> None:
    side = points([(372, 690), (318, 730), (262, 800), (226, 890), (206, 1040)])
    body = Layer().fill(path(np.vstack([curve(side), mirror(curve(side))]), smooth=False), linear((300, 700), (760, 1040), (0, ORANGE), (0.5, mix(ORANGE, ORANGE_SHADE, 0.5)), (1, RUST)))
    bib = np.vstack([curve([(386, 690), (372, 770), (384, 840)]), [(384, 840), (410, 836), (414, 892), (446, 880), (462, 944), (492, 922), (512, 980)]])
    body.atop(path(np.vstack([bib, mirror(bib)[1:]]), smooth=False), linear((420, 700), (600, 960), (0, CREAM), (1, CREAM_SHADE)))
    _fur(body, [(330, 780), (290, 860), (264, 980)], 50, -0.15, ORANGE_LIT, 60, 3, spread=44)
    _fur(body, [(690, 780), (730, 880), (756, 1000)], 50, 0.15, RUST, 70, 4, spread=50)
    _fur(body, [(420, 850), (450, 930), (470, 1000)], 44, 0.1, ORANGE_SHADE, 40, 15, spread=40)
    _fur(body, [(440, 820), (476, 900), (510, 960)], 36, 0.2, CREAM_SHADE, 50, 5, spread=22)
    _soft(body, ellipse(512, 708, 200, 84), "#8a3a18", 0.62, 22)
    sheet.add(body)
    for flip in (False, True):
        sheet.fill(ribbon(_f(side, flip), 5, (0.2, 0.1)), LINE)
    _scarf(sheet)


def _scarf(sheet: Layer) -> None:
    tails = Layer()
    for line, tone in (([(566, 800), (620, 850), (640, 930), (676, 984), (622, 990), (588, 968), (560, 880), (530, 820)], TEAL_SHADE),
                       ([(540, 806), (560, 880), (546, 960), (560, 1018), (506, 1004), (490, 950), (500, 870), (500, 810)], TEAL)):  # fmt: skip
        tails.fill(path(line), tone)
        tails.fill(ribbon(line, 4.5, (0.1, 0.1)), "#0d3f44")
    for k in range(4):
        tails.ink([(522 + 6 * k, 830), (530 + 5 * k, 890), (518 + 10 * k, 970)], 3, colour("#0d3f44", 0.45))
    sheet.add(tails)
    top = points([(346, 716), (400, 764), (456, 788), (512, 796)])
    bottom = points([(338, 764), (396, 822), (452, 846), (512, 852)])
    band = np.vstack([_both(top), _both(bottom)[::-1]])
    scarf = Layer().fill(path(band, smooth=False), linear((350, 720), (680, 850), (0, TEAL_LIT), (0.4, TEAL), (1, TEAL_SHADE)))
    _soft(scarf, path(np.vstack([_both(top - [0, 20]), _both(top + [0, 14])[::-1]]), smooth=False), "#0b3a40", 0.75, 9)
    for k in range(7):
        a = resample(curve(_both(top)), [0.08 + 0.14 * k])[0]
        b = resample(curve(_both(bottom)), [0.12 + 0.13 * k])[0]
        scarf.atop(ribbon([a, (a + b) / 2 + [6, -4], b], 4), colour("#0b3a40", 0.35))
    sheet.add(scarf)
    sheet.fill(ribbon(_both(bottom), 4.5, (0.1, 0.1), smooth=False), "#0d3f44")
    knot = Layer().fill(path([(496, 794), (548, 790), (574, 820), (556, 858), (510, 862), (486, 830)]), radial((520, 812), 56, (0, TEAL_LIT), (0.6, TEAL), (1, TEAL_SHADE)))
    sheet.add(knot)
    sheet.fill(ribbon(curve([(496, 794), (548, 790), (574, 820), (556, 858), (510, 862), (486, 830)], closed=True), 4.5, (0.05, 0.05), smooth=False), "#0d3f44")
    sheet.ink([(520, 804), (538, 822), (532, 848)], 3.5, colour("#0d3f44", 0.6))


def _ear(sheet: Layer, flip: bool) -> None:
    outer = points([(288, 372), (266, 286), (262, 190), (282, 108), (300, 84)])
    inner = points([(300, 84), (338, 118), (392, 184), (434, 258), (452, 300)])
    ear = Layer().fill(path(_f(np.vstack([curve(outer), curve(inner)[1:]]), flip), smooth=False), linear(tuple(_f([(300, 84)], flip)[0]), tuple(_f([(370, 330)], flip)[0]), (0, mix(ORANGE, ORANGE_SHADE, 0.4)), (1, ORANGE)))
    tip = [(240, 60), (360, 60), (352, 148), (334, 168), (322, 150), (304, 186), (290, 160), (266, 180), (240, 180)]
    ear.atop(path(_f(tip, flip), smooth=False), DARK)
    hollow = [(306, 350), (294, 280), (296, 206), (312, 168), (352, 214), (392, 272), (408, 316)]
    ear.atop(path(_f(hollow, flip)), linear(tuple(_f([(312, 170)], flip)[0]), tuple(_f([(360, 330)], flip)[0]), (0, "#6e2f24"), (0.5, "#a9563c"), (1, "#e2a27e")))
    for k, (x, y) in enumerate(((404, 318), (388, 314), (372, 316), (356, 320), (340, 326), (326, 336), (314, 346))):
        tuft = _f([(x + 6, y + 50), (x - 4, y - 8), (x - 20 + 2 * k, y - 70 - 26 * np.sin(k * 0.55))], flip)
        ear.atop(ribbon(tuft, 24, (0.1, 0.9)), colour(CREAM_SHADE, 0.9))
        ear.atop(ribbon(tuft - [2, 3], 19, (0.1, 0.9)), CREAM)
    sheet.add(ear)
    sheet.fill(ribbon(_f(np.vstack([curve(outer), curve(inner)[1:]]), flip), 5.5, (0.15, 0.15), smooth=False), LINE)


def _head(sheet: Layer) -> None:
    crown = np.vstack([curve([(512, 236), (500, 216), (506, 190)]), curve([(506, 190), (480, 204), (470, 232)]), curve([(470, 232), (452, 222), (434, 226)]), curve([(434, 226), (440, 244), (426, 262)]), curve([(426, 262), (380, 268), (330, 296)])])
    half = np.vstack([crown, curve(SIDE)[1:], TUFTS[1:], curve(CHIN)[1:]])
    whole = np.vstack([half, mirror(half)[1:-1]])
    head = Layer().fill(path(whole, smooth=False), linear((330, 260), (640, 720), (0, mix(ORANGE, ORANGE_LIT, 0.55)), (0.45, ORANGE), (1, ORANGE_SHADE)))
    mask = np.vstack([curve([(512, 618), (476, 560), (468, 520), (470, 506)]), curve([(470, 506), (430, 528), (380, 532), (330, 514), (290, 488), (243, 470)])[1:], [(150, 500), (150, 740), (512, 760)]])
    head.atop(path(np.vstack([mask, mirror(mask)[1:]]), smooth=False), linear((300, 500), (680, 720), (0, CREAM), (0.55, CREAM), (1, "#f2dcc6")))
    for flip in (False, True):
        _soft(head, path(_f([(250, 470), (330, 520), (400, 540), (462, 520), (452, 548), (380, 566), (300, 560), (240, 510)], flip)), CREAM_SHADE, 0.55, 9)
        _soft(head, path(_f([(240, 560), (262, 600), (320, 650), (420, 712), (420, 740), (200, 700)], flip)), "#d8ae92", 0.7 if flip else 0.5, 14)
        _fur(head, _f([(452, 520), (400, 536), (330, 522), (262, 484)], flip), 26, 0.5 if not flip else -0.5, CREAM, 54, 6 + flip, 5)
        _fur(head, _f([(300, 330), (276, 390), (262, 450)], flip), 38, 0.1 if flip else -0.1, ORANGE_LIT if not flip else RUST, 44, 8 + flip, spread=26)
        for root, tip in (((262, 566), (214, 580)), ((276, 604), (230, 634)), ((258, 512), (214, 526))):
            head.atop(ribbon(_f([root, tip], flip), 4, (0.3, 0.6), smooth=False), colour(CREAM_SHADE, 0.9))
    _soft(head, path([(770, 300), (800, 480), (780, 660), (640, 740), (720, 600), (742, 460), (716, 340)]), RUST, 0.4, 22)
    _soft(head, ellipse(430, 310, 110, 36, -12), "#ffd59a", 0.6, 22)
    stripe = Layer().fill(path([(512, 268), (494, 320), (500, 372), (512, 400), (524, 372), (530, 320)]), colour(ORANGE_SHADE, 0.55)).blur(5)
    head.atop_layer(stripe)
    for k in range(5):
        head.ink([(500 + 6 * k, 262 + abs(k - 2) * 5), (504 + 4 * k, 300), (508 + 2 * k, 340)], 3.2, colour(RUST, 0.45))
    for flip in (False, True):
        _spectacle(head, flip)
    _muzzle(head)
    for flip in (False, True):
        _eye(head, flip)
        brow = np.vstack([curve(BROW_UPPER), curve(BROW_LOWER)[::-1]])
        head.fill(path(_f(brow, flip), smooth=False), RUST)
    sheet.add(head)
    outline = np.vstack([crown, curve(SIDE)[1:], TUFTS[1:], curve(CHIN)[1:]])
    for flip in (False, True):
        sheet.fill(ribbon(_f(outline, flip), 5.0, (0.02, 0.02), smooth=False), LINE)


def _spectacle(head: Layer, flip: bool) -> None:
    """Ring an eye with cream fur, so that the closed lid is of one colour with what is around it."""
    ring = [(316, 470), (326, 424), (358, 390), (398, 378), (436, 392), (460, 430), (464, 486), (440, 528), (390, 540), (340, 524)]
    head.atop_layer(Layer().fill(path(_f(ring, flip)), CREAM).blur(3.5))
    _fur(head, _f([(312, 462), (326, 422), (358, 390), (398, 378), (436, 390), (460, 428)], flip), 20, 0.55 if flip else -0.55, CREAM, 60, 20 + flip, 5)


def _muzzle(head: Layer) -> None:
    for flip in (False, True):
        _soft(head, path(_f([(512, 600), (470, 566), (440, 590), (424, 624), (404, 610), (424, 560), (470, 540)], flip)), CREAM_SHADE, 0.5, 9)
        for x, y in ((448, 604), (432, 618), (460, 622)):
            head.fill(ellipse(*_f([(x, y)], flip)[0], 3, 3), colour("#8a5a44", 0.7))
    _soft(head, path([(450, 660), (512, 676), (574, 660), (560, 690), (512, 700), (464, 690)]), "#d8ae92", 0.6, 8)
    head.fill(ribbon(_both(LIP_LINE), 6.0, (0.25, 0.25), smooth=False), DARK)
    head.ink([(512, 604), (512, 626), (512, 645)], 5, DARK, (0.1, 0.1))
    nose = path([(468, 572), (486, 558), (512, 554), (538, 558), (556, 572), (548, 590), (528, 602), (512, 606), (496, 602), (476, 590)])
    snout = Layer().fill(nose, radial((506, 574), 52, (0, "#5c4540"), (0.6, DARK), (1, "#1d100f")))
    _soft(snout, ellipse(498, 566, 18, 6, -8), "#ffffff", 0.75, 2.5)
    for x in (494, 530):
        snout.atop(ellipse(x, 590, 8, 4.5, 20 if x < 512 else -20), "#120808")
    head.add(snout)
    head.ink([(494, 676), (512, 679), (530, 676)], 3, colour(CREAM_SHADE, 1.0))


def _eye(head: Layer, flip: bool) -> None:
    x, y, rx, ry = IRIS
    x = 1024 - x if flip else x
    opening = path(_f(np.vstack([curve(UPPER_LID), curve(LOWER_LID)[::-1]]), flip), smooth=False)
    socket = Layer().fill(ribbon(_f(np.vstack([curve(UPPER_LID), curve(LOWER_LID)[::-1]]), flip), 22, (0.02, 0.02), smooth=False), colour(CREAM_SHADE, 0.8)).blur(6)
    head.atop_layer(socket)
    eye = Layer().fill(opening, linear((0, 402), (0, 507), (0, "#dccbc4"), (0.4, "#fffaf2"), (1, "#fffdf8")))
    eye.atop(ellipse(x, y, rx, ry), radial((x, y + 8), ry * 1.05, (0, "#ffd66b"), (0.45, "#e79a2b"), (0.8, "#9a4f12"), (1, "#4a2008")))
    for angle in np.linspace(0.1, 2 * np.pi, 22, endpoint=False):
        ray = np.array([np.cos(angle) * rx, np.sin(angle) * ry])
        eye.atop(ribbon([(x, y) + ray * 0.45, (x, y) + ray * 0.92], 3.4, (0.5, 0.3), smooth=False), colour("#fff0b0", 0.22))
    eye.atop(ellipse(x, y - 1, rx * 0.52, ry * 0.58), "#1f0f0a")
    eye.atop_layer(Layer().fill(ribbon(_f(UPPER_LID + [0, 6], flip), 24, (0.1, 0.1)), colour("#3a1c18", 0.6)).blur(5))
    eye.atop_layer(Layer().fill(ellipse(x + 6, y + 26, 22, 12), colour("#ffe9a8", 0.75)).blur(4))
    head.add(eye)
    head.fill(ellipse(x - 15, y - 19, 12, 13.5, 20), "#ffffff")
    head.fill(ellipse(x + 15, y + 18, 5, 6), colour("#ffffff", 0.85))
    lash = np.vstack([curve([(312, 470), (326, 448), (338, 424), (364, 399), (398, 390), (430, 401), (450, 430), (458, 476)]), curve(UPPER_LID)[::-1]])
    head.fill(path(_f(lash, flip), smooth=False), DARK)
    head.fill(path(_f([(332, 452), (306, 440), (318, 466)], flip), smooth=False), DARK)
    head.fill(ribbon(_f(LOWER_LID + [0, 2], flip), 5, (0.3, 0.3)), DARK)
    head.ink(_f([(462, 470), (472, 486), (476, 502)], flip), 7, DARK, (0.1, 0.8))
