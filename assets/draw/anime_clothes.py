"""Aoi's neck, blouse, sailor collar and bow."""

from __future__ import annotations

import numpy as np

from assets.draw.anime_hair import LINE
from assets.draw.paint import (
    Layer,
    colour,
    curve,
    linear,
    mirror,
    mix,
    path,
    points,
    radial,
    ribbon,
    shape,
    sided,
)

SKIN, SKIN_LIT, SKIN_SHADE, SKIN_DEEP = "#ffe6d8", "#fff3ea", "#f5bfae", "#d98a86"
NAVY, CORAL, CORAL_DEEP = "#2f3a72", "#ff6f6b", "#c9434f"


def clothes(sheet: Layer) -> None:
    """Neck, blouse, sailor collar and bow."""
    neck = shape(
        [(456, 640), (460, 700), (456, 744), (432, 776), (404, 796)],
        [(404, 796), (512, 900), (620, 796)],
        [(620, 796), (592, 776), (568, 744), (564, 700), (568, 640)],
        [(568, 640), (456, 640)],
    )
    skin = Layer().fill(neck, linear((512, 640), (512, 860), (0, SKIN_SHADE), (0.6, SKIN)))
    skin.atop(
        shape([(440, 640), (464, 716), (512, 752), (560, 716), (584, 640)], [(584, 640), (440, 640)]),
        colour(SKIN_DEEP, 0.6),
    )
    sheet.add(skin)
    for flip in (False, True):
        sheet.ink(sided([(459, 690), (456, 744), (434, 774), (410, 792)], flip), 3.2, LINE, (0.3, 0.4))
        sheet.ink(sided([(470, 812), (440, 806), (420, 810)], flip), 2.6, colour(SKIN_DEEP, 0.9))
    side = points([(414, 780), (352, 806), (284, 832), (238, 872), (212, 940), (198, 1040)])
    blouse = Layer().fill(
        path(
            np.vstack(
                [
                    curve(side),
                    mirror(curve(side)),
                    curve([(610, 780), (560, 870), (512, 948), (464, 870), (414, 780)]),
                ]
            ),
            smooth=False,
        ),
        linear((300, 800), (760, 1040), (0, "#ffffff"), (0.6, "#eceaf6"), (1, "#cfcbe4")),
    )
    for flip in (False, True):
        blouse.atop(
            path(sided([(260, 870), (286, 920), (290, 1040), (190, 1040), (214, 930)], flip)),
            colour("#b9b4d8", 0.55),
        )
        blouse.atop_layer(
            Layer().ink(
                sided([(302, 900), (312, 960), (308, 1030)], flip), 6, colour("#a8a2cc", 0.8), (0.4, 0.8)
            )
        )
        blouse.atop_layer(
            Layer().ink(
                sided([(420, 960), (400, 1000), (396, 1040)], flip), 5, colour("#a8a2cc", 0.7), (0.8, 0.2)
            )
        )
    sheet.add(blouse)
    for flip in (False, True):
        sheet.ink(sided(side[1:], flip), 3.6, LINE, (0.2, 0.1))
        sheet.ink(sided([(286, 908), (292, 960), (288, 1040)], flip), 3, LINE, (0.6, 0.1))
    for flip in (False, True):
        outer = np.vstack(
            [
                curve([(424, 764), (404, 790), (330, 822), (276, 846)]),
                curve([(276, 846), (300, 896), (338, 930)])[1:],
                curve([(338, 930), (420, 920), (508, 956)])[1:],
            ]
        )
        inner = curve([(508, 956), (486, 880), (452, 820), (424, 764)])[1:]
        collar = Layer().fill(
            path(sided(np.vstack([outer, inner]), flip), smooth=False),
            linear((300, 780), (560, 960), (0, mix(NAVY, "#5d6bb0", 0.35)), (1, NAVY)),
        )
        for off in (13, 25):
            line = np.vstack(
                [
                    curve(
                        [
                            (404 + off * 0.4, 790 + off),
                            (330 + off * 0.6, 822 + off),
                            (296 + off * 0.75, 840 + off * 0.8),
                        ]
                    ),
                    curve(
                        [
                            (296 + off * 0.75, 840 + off * 0.8),
                            (314 + off * 0.8, 890 - off * 0.2),
                            (342 + off * 0.5, 930 - off),
                        ]
                    )[1:],
                    curve([(342 + off * 0.5, 930 - off), (424, 919 - off), (506, 952 - off * 1.2)])[1:],
                ]
            )
            collar.atop(ribbon(sided(line, flip), 4.2, (0.02, 0.02), smooth=False), "#ffffff")
        sheet.add(collar)
        sheet.fill(ribbon(sided(np.vstack([outer, inner]), flip), 3.4, (0.02, 0.02), smooth=False), LINE)
    bow(sheet)


def bow(sheet: Layer) -> None:
    """Paint the bow."""
    for flip in (False, True):
        tail = np.vstack(
            [
                curve([(506, 940), (470, 980), (452, 1040)]),
                [(496, 1040)],
                curve([(500, 1040), (506, 990), (514, 950)]),
            ]
        )
        sheet.fill(
            path(sided(tail, flip), smooth=False),
            linear((0, 940), (0, 1040), (0, CORAL_DEEP), (0.5, CORAL), (1, CORAL)),
        )
        sheet.fill(ribbon(sided(tail, flip), 3.2, (0.02, 0.02), smooth=False), "#6d2338")
    for flip in (False, True):
        loop = [(508, 936), (464, 908), (414, 898), (398, 930), (412, 972), (462, 968)]
        wing = Layer().fill(
            path(sided(loop, flip)),
            linear((400, 900), (560, 980), (0, "#ff958c"), (0.5, CORAL), (1, CORAL_DEEP)),
        )
        wing.atop(
            path(sided([(508, 940), (470, 946), (430, 962), (412, 976), (470, 980)], flip)),
            colour(CORAL_DEEP, 0.7),
        )
        wing.atop_layer(
            Layer().ink(
                sided([(498, 934), (466, 926), (438, 926)], flip), 5, colour("#8f2b3e", 0.8), (0.1, 0.8)
            )
        )
        sheet.add(wing)
        sheet.fill(ribbon(curve(sided(loop, flip), closed=True), 3.4, (0.02, 0.02), smooth=False), "#6d2338")
    knot = path(
        [(490, 916), (512, 910), (534, 916), (538, 942), (530, 962), (512, 966), (494, 962), (486, 942)]
    )
    sheet.fill(knot, radial((506, 928), 40, (0, "#ff958c"), (0.6, CORAL), (1, CORAL_DEEP)))
    sheet.fill(
        ribbon(
            curve(
                [
                    (490, 916),
                    (512, 910),
                    (534, 916),
                    (538, 942),
                    (530, 962),
                    (512, 966),
                    (494, 962),
                    (486, 942),
                ],
                closed=True,
            ),
            3.4,
            (0.02, 0.02),
            smooth=False,
        ),
        "#6d2338",
    )
