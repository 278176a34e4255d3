"""Names for the 478 landmarks of mediapipe's face mesh (468 of the skin, 10 of the irises).

"Right" and "left" are the person's own. Every chain runs in reading order of the picture: from the person's right
(the viewer's left) to the left, so two chains of equal length pair up point by point.
"""

from __future__ import annotations

from dataclasses import dataclass

SKIN_COUNT = 468
LANDMARK_COUNT = 478

FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
FOREHEAD, CHIN, NOSE_TIP = 10, 152, 4

LIP_INNER_UPPER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LIP_INNER_LOWER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
LIP_OUTER_UPPER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LIP_OUTER_LOWER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
# The rings between the inner and the outer lip line, from the inside out.
LIP_RINGS_UPPER = (
    (62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292),
    (76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306),
)
LIP_RINGS_LOWER = (
    (62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292),
    (76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306),
)
MOUTH_HOLE = LIP_INNER_UPPER + LIP_INNER_LOWER[-2:0:-1]
MOUTH_CORNERS = (61, 291)
LIPS = tuple(
    sorted(
        {
            *LIP_INNER_UPPER, *LIP_INNER_LOWER, *LIP_OUTER_UPPER, *LIP_OUTER_LOWER,
            *(index for ring in LIP_RINGS_UPPER + LIP_RINGS_LOWER for index in ring),
        }
    )
)  # fmt: skip
JAW = (152, 148, 176, 149, 377, 400, 378, 175, 199)

BROW_RIGHT_UPPER, BROW_RIGHT_LOWER = (70, 63, 105, 66, 107), (46, 53, 52, 65, 55)
BROW_LEFT_UPPER, BROW_LEFT_LOWER = (336, 296, 334, 293, 300), (285, 295, 282, 283, 276)
BROWS = BROW_RIGHT_UPPER + BROW_RIGHT_LOWER + BROW_LEFT_UPPER + BROW_LEFT_LOWER


@dataclass(frozen=True)
class EyeTopology:
    """Landmarks of one eye.

    Attributes:
        outer: the corner at the temple.
        inner: the corner at the nose.
        upper: lid edge without corners, outer to inner.
        lower: likewise.
        iris: the iris' centre.
        iris_rim: four points on the iris' edge.
        upper_rings: skin rings above the upper lid, from the lid outwards, each as long as upper.
        lower_rings: likewise below the lower lid.
    """

    outer: int
    inner: int
    upper: tuple[int, ...]
    lower: tuple[int, ...]
    iris: int
    iris_rim: tuple[int, int, int, int]
    upper_rings: tuple[tuple[int, ...], tuple[int, ...]]
    lower_rings: tuple[tuple[int, ...], tuple[int, ...]]

    @property
    def outline(self) -> tuple[int, ...]:
        """The closed polygon of the opening: outer corner, upper lid, inner corner, lower lid back."""
        return (self.outer, *self.upper, self.inner, *self.lower[::-1])


RIGHT_EYE = EyeTopology(
    outer=33,
    inner=133,
    upper=(246, 161, 160, 159, 158, 157, 173),
    lower=(7, 163, 144, 145, 153, 154, 155),
    iris=468,
    iris_rim=(469, 470, 471, 472),
    upper_rings=((247, 30, 29, 27, 28, 56, 190), (113, 225, 224, 223, 222, 221, 189)),
    lower_rings=((25, 110, 24, 23, 22, 26, 112), (31, 228, 229, 230, 231, 232, 233)),
)
LEFT_EYE = EyeTopology(
    outer=263,
    inner=362,
    upper=(466, 388, 387, 386, 385, 384, 398),
    lower=(249, 390, 373, 374, 380, 381, 382),
    iris=473,
    iris_rim=(474, 475, 476, 477),
    upper_rings=((467, 260, 259, 257, 258, 286, 414), (342, 445, 444, 443, 442, 441, 413)),
    lower_rings=((255, 339, 254, 253, 252, 256, 341), (261, 448, 449, 450, 451, 452, 453)),
)
EYES = (RIGHT_EYE, LEFT_EYE)
