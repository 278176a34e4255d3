"""Rusty: a fox, cut out, softly shaded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assets.draw.build import Drawn
from assets.draw.fox_body import (
    CREAM,
    CREAM_SHADE,
    DARK,
    LINE,
    ORANGE,
    ORANGE_LIT,
    ORANGE_SHADE,
    RUST,
    both,
    fur,
    paint_body,
    paint_ear,
    paint_tail,
    soft,
)
from assets.draw.paint import (
    Layer,
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
)  # fmt: skip
from assets.draw.rig import DrawnEye, DrawnFace, landmarks_of
from engines.base import Style

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
    paint_tail(sheet)
    paint_body(sheet)
    for flip in (False, True):
        paint_ear(sheet, flip)
    _head(sheet)
    return Drawn("3-rusty", "Rusty", Style.DRAWN, sheet.finish(), landmarks())


def landmarks() -> NDArray[np.float32]:
    """Return the rig."""
    right = DrawnEye(curve(UPPER_LID), curve(LOWER_LID), IRIS, rings=((1.16, 1.16), (1.34, 1.34)))
    top = points([(512, 268), (450, 268), (390, 274), (330, 296)])
    cheek = points(
        [(330, 296), (292, 340), (268, 392), (256, 440), (250, 490), (254, 540), (268, 590), (304, 640)]
    )
    half = np.vstack([curve(top), curve(cheek)[1:], curve(CHIN)[1:]])
    oval = np.vstack([half, mirror(half)[1:-1]])
    upper, lower = curve(BROW_UPPER), curve(BROW_LOWER)
    return landmarks_of(
        DrawnFace(
            right_eye=right,
            left_eye=right.mirrored(),
            right_brow=(upper, lower),
            left_brow=(mirror(upper), mirror(lower)),
            lip_top=both(LIP_LINE - [0, 3]),
            lip_line=both(LIP_LINE),
            lip_bottom=both([(430, 627), (450, 648), (480, 661), (500, 666), (512, 667)]),
            oval=oval,
            fixed={168: (512, 450), 6: (512, 480), 195: (512, 530), 5: (512, 552), 4: (512, 574), 1: (512, 586),
                   2: (512, 606), 129: (468, 584), 358: (556, 584), 98: (484, 600), 327: (540, 600)},
            relief=0.95,
            corner=0.025,
        )
    )  # fmt: skip


def _head(sheet: Layer) -> None:
    crown = np.vstack(
        [
            curve([(512, 236), (500, 216), (506, 190)]),
            curve([(506, 190), (480, 204), (470, 232)]),
            curve([(470, 232), (452, 222), (434, 226)]),
            curve([(434, 226), (440, 244), (426, 262)]),
            curve([(426, 262), (380, 268), (330, 296)]),
        ]
    )
    half = np.vstack([crown, curve(SIDE)[1:], TUFTS[1:], curve(CHIN)[1:]])
    whole = np.vstack([half, mirror(half)[1:-1]])
    head = Layer().fill(
        path(whole, smooth=False),
        linear((330, 260), (640, 720), (0, mix(ORANGE, ORANGE_LIT, 0.55)), (0.45, ORANGE), (1, ORANGE_SHADE)),
    )
    mask = np.vstack(
        [
            curve([(512, 618), (476, 560), (468, 520), (470, 506)]),
            curve([(470, 506), (430, 528), (380, 532), (330, 514), (290, 488), (243, 470)])[1:],
            [(150, 500), (150, 740), (512, 760)],
        ]
    )
    head.atop(
        path(np.vstack([mask, mirror(mask)[1:]]), smooth=False),
        linear((300, 500), (680, 720), (0, CREAM), (0.55, CREAM), (1, "#f2dcc6")),
    )
    for flip in (False, True):
        soft(
            head,
            path(
                sided(
                    [
                        (250, 470),
                        (330, 520),
                        (400, 540),
                        (462, 520),
                        (452, 548),
                        (380, 566),
                        (300, 560),
                        (240, 510),
                    ],
                    flip,
                )
            ),
            CREAM_SHADE,
            0.55,
            9,
        )
        soft(
            head,
            path(sided([(240, 560), (262, 600), (320, 650), (420, 712), (420, 740), (200, 700)], flip)),
            "#d8ae92",
            0.7 if flip else 0.5,
            14,
        )
        fur(
            head,
            sided([(452, 520), (400, 536), (330, 522), (262, 484)], flip),
            26,
            0.5 if not flip else -0.5,
            CREAM,
            54,
            6 + flip,
            5,
        )
        fur(
            head,
            sided([(300, 330), (276, 390), (262, 450)], flip),
            38,
            0.1 if flip else -0.1,
            ORANGE_LIT if not flip else RUST,
            44,
            8 + flip,
            spread=26,
        )
        for root, tip in (((262, 566), (214, 580)), ((276, 604), (230, 634)), ((258, 512), (214, 526))):
            head.atop(ribbon(sided([root, tip], flip), 4, (0.3, 0.6), smooth=False), colour(CREAM_SHADE, 0.9))
    soft(
        head,
        path([(770, 300), (800, 480), (780, 660), (640, 740), (720, 600), (742, 460), (716, 340)]),
        RUST,
        0.4,
        22,
    )
    soft(head, ellipse(430, 310, 110, 36, -12), "#ffd59a", 0.6, 22)
    stripe = (
        Layer()
        .fill(
            path([(512, 268), (494, 320), (500, 372), (512, 400), (524, 372), (530, 320)]),
            colour(ORANGE_SHADE, 0.55),
        )
        .blur(5)
    )
    head.atop_layer(stripe)
    for k in range(5):
        head.ink(
            [(500 + 6 * k, 262 + abs(k - 2) * 5), (504 + 4 * k, 300), (508 + 2 * k, 340)],
            3.2,
            colour(RUST, 0.45),
        )
    for flip in (False, True):
        _spectacle(head, flip)
    _muzzle(head)
    for flip in (False, True):
        _eye(head, flip)
        brow = np.vstack([curve(BROW_UPPER), curve(BROW_LOWER)[::-1]])
        head.fill(path(sided(brow, flip), smooth=False), RUST)
    sheet.add(head)
    outline = np.vstack([crown, curve(SIDE)[1:], TUFTS[1:], curve(CHIN)[1:]])
    for flip in (False, True):
        sheet.fill(ribbon(sided(outline, flip), 5.0, (0.02, 0.02), smooth=False), LINE)


def _spectacle(head: Layer, flip: bool) -> None:
    """Ring an eye with cream fur, so that the closed lid is of one colour with what is around it."""
    ring = [
        (316, 470),
        (326, 424),
        (358, 390),
        (398, 378),
        (436, 392),
        (460, 430),
        (464, 486),
        (440, 528),
        (390, 540),
        (340, 524),
    ]
    head.atop_layer(Layer().fill(path(sided(ring, flip)), CREAM).blur(3.5))
    fur(
        head,
        sided([(312, 462), (326, 422), (358, 390), (398, 378), (436, 390), (460, 428)], flip),
        20,
        0.55 if flip else -0.55,
        CREAM,
        60,
        20 + flip,
        5,
    )


def _muzzle(head: Layer) -> None:
    for flip in (False, True):
        soft(
            head,
            path(
                sided(
                    [(512, 600), (470, 566), (440, 590), (424, 624), (404, 610), (424, 560), (470, 540)], flip
                )
            ),
            CREAM_SHADE,
            0.5,
            9,
        )
        for x, y in ((448, 604), (432, 618), (460, 622)):
            head.fill(ellipse(*sided([(x, y)], flip)[0], 3, 3), colour("#8a5a44", 0.7))
    soft(
        head,
        path([(450, 660), (512, 676), (574, 660), (560, 690), (512, 700), (464, 690)]),
        "#d8ae92",
        0.6,
        8,
    )
    head.fill(
        ribbon(resample(both(LIP_LINE), np.linspace(0.06, 0.94, 60)), 6.0, (0.25, 0.25), smooth=False), DARK
    )
    head.ink([(512, 604), (512, 626), (512, 645)], 5, DARK, (0.1, 0.1))
    nose = path(
        [
            (468, 572),
            (486, 558),
            (512, 554),
            (538, 558),
            (556, 572),
            (548, 590),
            (528, 602),
            (512, 606),
            (496, 602),
            (476, 590),
        ]
    )
    snout = Layer().fill(nose, radial((506, 574), 52, (0, "#5c4540"), (0.6, DARK), (1, "#1d100f")))
    soft(snout, ellipse(498, 566, 18, 6, -8), "#ffffff", 0.75, 2.5)
    for x in (494, 530):
        snout.atop(ellipse(x, 590, 8, 4.5, 20 if x < 512 else -20), "#120808")
    head.add(snout)
    head.ink([(494, 676), (512, 679), (530, 676)], 3, colour(CREAM_SHADE, 1.0))


def _eye(head: Layer, flip: bool) -> None:
    x, y, rx, ry = IRIS
    x = 1024 - x if flip else x
    opening = path(sided(np.vstack([curve(UPPER_LID), curve(LOWER_LID)[::-1]]), flip), smooth=False)
    socket = (
        Layer()
        .fill(
            ribbon(
                sided(np.vstack([curve(UPPER_LID), curve(LOWER_LID)[::-1]]), flip),
                22,
                (0.02, 0.02),
                smooth=False,
            ),
            colour(CREAM_SHADE, 0.8),
        )
        .blur(6)
    )
    head.atop_layer(socket)
    eye = Layer().fill(opening, linear((0, 402), (0, 507), (0, "#dccbc4"), (0.4, "#fffaf2"), (1, "#fffdf8")))
    eye.atop(
        ellipse(x, y, rx, ry),
        radial((x, y + 8), ry * 1.05, (0, "#ffd66b"), (0.45, "#e79a2b"), (0.8, "#9a4f12"), (1, "#4a2008")),
    )
    for angle in np.linspace(0.1, 2 * np.pi, 22, endpoint=False):
        ray = np.array([np.cos(angle) * rx, np.sin(angle) * ry])
        eye.atop(
            ribbon([(x, y) + ray * 0.45, (x, y) + ray * 0.92], 3.4, (0.5, 0.3), smooth=False),
            colour("#fff0b0", 0.22),
        )
    eye.atop(ellipse(x, y - 1, rx * 0.52, ry * 0.58), "#1f0f0a")
    eye.atop_layer(
        Layer()
        .fill(ribbon(sided(shifted(UPPER_LID, 0, 6), flip), 24, (0.1, 0.1)), colour("#3a1c18", 0.6))
        .blur(5)
    )
    eye.atop_layer(Layer().fill(ellipse(x + 6, y + 26, 22, 12), colour("#ffe9a8", 0.75)).blur(4))
    head.add(eye)
    head.fill(ellipse(x - 15, y - 19, 12, 13.5, 20), "#ffffff")
    head.fill(ellipse(x + 15, y + 18, 5, 6), colour("#ffffff", 0.85))
    lash = np.vstack(
        [
            curve(
                [
                    (312, 470),
                    (326, 448),
                    (338, 424),
                    (364, 399),
                    (398, 390),
                    (430, 401),
                    (450, 430),
                    (458, 476),
                ]
            ),
            curve(UPPER_LID)[::-1],
        ]
    )
    head.fill(path(sided(lash, flip), smooth=False), DARK)
    head.fill(path(sided([(332, 452), (306, 440), (318, 466)], flip), smooth=False), DARK)
    head.fill(ribbon(sided(shifted(LOWER_LID, 0, 2), flip), 5, (0.3, 0.3)), DARK)
    head.ink(sided([(462, 470), (472, 486), (476, 502)], flip), 7, DARK, (0.1, 0.8))
