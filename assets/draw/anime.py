"""Aoi: an anime character, cut out, in soft cel shading."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assets.draw.anime_clothes import SKIN, SKIN_DEEP, SKIN_LIT, SKIN_SHADE, clothes
from assets.draw.anime_hair import FRINGE, HAIR_DEEP, LINE, SIDE_LOCKS, back_hair, crown, lock_of_hair, pin
from assets.draw.build import Drawn
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
    resample,
    ribbon,
    shifted,
    sided,
)
from assets.draw.rig import DrawnEye, DrawnFace, landmarks_of
from engines.base import Style

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
LIP_LINE = points([(474, 634), (490, 638.5), (512, 637), (534, 638.5), (550, 634)])


def draw() -> Drawn:
    """Draw the picture and its rig."""
    sheet = Layer()
    back_hair(sheet)
    clothes(sheet)
    cap, fringe = crown(), Layer()
    for left, right in FRINGE:
        lock_of_hair(fringe, left, right)
    sheet.add(_head(cap.copy().add(fringe)))
    sheet.add(cap)
    for flip in (False, True):
        for side in SIDE_LOCKS:
            lock_of_hair(
                sheet, *(sided(edge, flip) for edge in (side if not flip else side[::-1])), strands=3
            )
    sheet.add(fringe)
    pin(sheet)
    return Drawn("1-aoi", "Aoi", Style.DRAWN, sheet.finish(), landmarks())


def landmarks() -> NDArray[np.float32]:
    """Return the rig."""
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
            corner=0.025,
        )
    )  # fmt: skip


def _head(fringe: Layer) -> Layer:
    """Return face and features, the fringe's shadow on them."""
    top = points([(326, 330), (330, 250), (400, 180), (512, 150)])
    face = np.vstack([curve(JAW), curve(mirror(top))[::-1], curve(top)[::-1]])
    head = Layer().fill(
        path(face, smooth=False),
        linear((420, 330), (600, 700), (0, SKIN_LIT), (0.5, SKIN), (1, mix(SKIN, SKIN_SHADE, 0.35))),
    )
    head.atop_layer(Layer().fill(ribbon(JAW, 26, (0.3, 0.3)), colour(SKIN_SHADE, 0.8)).blur(2))
    head.atop(
        path(
            [(712, 400), (690, 480), (676, 560), (628, 634), (566, 686), (640, 670), (706, 590), (716, 480)]
        ),
        colour(SKIN_SHADE, 0.5),
    )
    for x in (374, 650):
        head.atop_layer(Layer().fill(ellipse(x, 588, 44, 20), colour("#ff8a86", 0.5)).blur(11))
        for k in range(3):
            head.atop_layer(
                Layer().ink([(x - 16 + 15 * k, 594), (x - 10 + 15 * k, 580)], 3, colour("#f0727c", 0.6))
            )
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
        head.fill(path(sided(brow, flip), smooth=False), mix(HAIR_DEEP, LINE, 0.4))
    head.atop_layer(Layer().fill(ellipse(518, 584, 7, 8), colour(SKIN_DEEP, 0.45)).blur(3))
    head.ink([(515, 574), (519, 584), (511, 592)], 3.2, mix(LINE, SKIN_DEEP, 0.45), (0.7, 0.5))
    head.fill(ellipse(508, 572, 3, 4), colour("#ffffff", 0.85))
    head.ink(resample(curve(LIP_LINE), np.linspace(0.06, 0.94, 12)), 4.6, "#7d2f42", (0.35, 0.35))
    head.atop_layer(Layer().fill(ellipse(512, 643, 22, 5), colour("#f08a86", 0.55)).blur(2))
    head.ink([(497, 655), (512, 658), (527, 655)], 2.6, colour(SKIN_DEEP, 0.75))
    return head


def _eye(head: Layer, flip: bool) -> None:
    """Draw white, iris, lights, lids and lashes."""
    x, y, rx, ry = IRIS
    x = 1024 - x if flip else x
    opening = path(sided(np.vstack([curve(UPPER_LID), curve(LOWER_LID)[::-1]]), flip), smooth=False)
    eye = Layer().fill(opening, linear((0, 436), (0, 553), (0, "#d3d0ea"), (0.32, "#f8f6fd"), (1, "#ffffff")))
    eye.atop(
        ellipse(x, y, rx, ry),
        linear(
            (0, y - ry), (0, y + ry), (0, "#4a1f12"), (0.36, "#a84d1e"), (0.68, "#f0a03a"), (1, "#ffe89c")
        ),
    )
    for angle in np.linspace(0.25, np.pi - 0.25, 13):
        ray = np.array([np.cos(angle) * rx, np.sin(angle) * ry])
        eye.atop(
            ribbon([(x, y) + ray * 0.5, (x, y) + ray * 0.9], 4, (0.6, 0.3), smooth=False),
            colour("#fff4b8", 0.4),
        )
    eye.atop_layer(Layer().fill(ellipse(x, y + 32, rx * 0.66, ry * 0.3), colour("#fff6b4", 0.85)).blur(4))
    rim = ellipse(x, y, rx, ry)
    rim.addPath(ellipse(x, y, rx - 4.5, ry - 4.5).toReversed())
    eye.atop(rim, "#3d1710")
    eye.atop(ellipse(x, y - 3, rx * 0.44, ry * 0.42), "#26100f")
    eye.atop_layer(
        Layer()
        .fill(ribbon(sided(shifted(UPPER_LID, 0, 4), flip), 34, (0.05, 0.05)), colour("#2a1640", 0.5))
        .blur(4)
    )
    head.add(eye)
    side = -1
    head.fill(ellipse(x + 14 * side, y - 25, 12.5, 15.5, 18), "#ffffff")
    head.fill(ellipse(x + 15, y + 23, 6.5, 8, 18), colour("#ffffff", 0.92))
    head.fill(ellipse(x + 21, y - 14, 3.2, 3.6), colour("#ffffff", 0.75))
    lash = np.vstack(
        [
            curve([(330, 512), (340, 476), (366, 440), (410, 424), (448, 440), (467, 476), (471, 516)]),
            curve(UPPER_LID)[::-1],
        ]
    )
    head.fill(path(sided(lash, flip), smooth=False), LINE)
    for tip, root, width in (
        ((323, 496), (343, 503), 12),
        ((328, 479), (345, 486), 9),
    ):
        head.ink(
            sided([tip, ((tip[0] + root[0]) / 2, (tip[1] + root[1]) / 2 + 5), root], flip),
            width,
            LINE,
            (0.85, 0.02),
        )
    head.ink(
        sided([(345, 516), (358, 536), (380, 550), (408, 556), (434, 550)], flip),
        3.4,
        colour(LINE, 0.85),
        (0.3, 0.7),
    )
    head.ink(sided([(346, 432), (374, 414), (410, 406), (444, 416)], flip), 2.8, colour(SKIN_DEEP, 0.95))
