"""Mouth, chin and jaw of a drawn face, in the face's own frame (see drawn.py)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.tracking.drawn_eyes import EyeFit
from engines.face.topology import LIP_INNER_LOWER, LIP_INNER_UPPER

_FROM, _TO = 46, 114  # where a mouth can be, pixels below the eyes' level
_USUAL, _SPREAD = 74.0, 26.0
_ASIDE = 48  # and to either side of the middle
_OPEN = 7.0  # a mouth taller than this is open rather than a line
_THIN, _BREAK = 10, 18  # a drawn line may fade in its middle
_LIP = 3.0  # thickness of a drawn lip
_CHIN = 16.0  # to the chin it is at least this far


@dataclass(frozen=True)
class MouthFit:
    """The mouth's box and what lies below, pixels of the patch.

    Attributes:
        left: the viewer's left corner.
        right: the viewer's right corner.
        top: upper edge of the inside (or of the line).
        bottom: lower edge.
        corner_y: height of the corners.
        chin: its lowest point.
        jaw: (left, right, y) where the face's outline is at the mouth's height.
        chin_seen: the chin was made out rather than guessed.
    """

    left: float
    right: float
    top: float
    bottom: float
    corner_y: float
    chin: tuple[float, float]
    jaw: tuple[float, float, float]
    chin_seen: bool

    def anchors(self) -> dict[str, tuple[float, float]]:
        """Return the anchors of mouth, chin and jaw in the patch."""
        x, open_mouth = (self.left + self.right) / 2, self.bottom - self.top > _OPEN
        middle = (self.top + self.bottom) / 2
        top, bottom = (self.top, self.bottom) if open_mouth else (middle - 0.2, middle + 0.2)
        return {
            "mouth_right": (self.left, self.corner_y),
            "mouth_left": (self.right, self.corner_y),
            "upper_lip_top": (x, top - _LIP),
            "upper_lip_bottom": (x, top),
            "lower_lip_top": (x, bottom),
            "lower_lip_bottom": (x, bottom + _LIP),
            "chin": self.chin,
            "right_jaw": (self.jaw[0], self.jaw[2]),
            "left_jaw": (self.jaw[1], self.jaw[2]),
        }


def find_mouth(
    lab: NDArray[np.float32], unlike: NDArray[np.float32], start: NDArray[np.float64], eyes: EyeFit
) -> MouthFit | None:
    """Find the mouth: the likeliest island of other colour in the skin below the nose. None where there is none."""
    middle = (eyes.right.x + eyes.left.x) / 2
    level = (eyes.right.top + eyes.right.bottom + eyes.left.top + eyes.left.bottom) / 4
    top, left = int(level) + _FROM, int(middle) - _ASIDE
    part = unlike[top : int(level) + _TO, max(left, 0) : left + 2 * _ASIDE]
    if min(part.shape) < 20:
        return None
    threshold = float(max(12.0, 0.3 * np.percentile(part[:, 20:-20], 99)))
    expected = start[[LIP_INNER_UPPER[5], LIP_INNER_LOWER[5]]].mean(axis=0) - (max(left, 0), top)
    island = _likeliest(part, threshold, expected)
    if island is None:
        return None
    rows, columns = np.nonzero(island)
    x0, x1, y0, y1 = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
    ends = np.concatenate([rows[columns <= x0 + 1], rows[columns >= x1 - 2]])
    corner = float(np.median(ends)) + 0.5
    offset_x, offset_y = max(left, 0), top
    box = (float(x0 + offset_x), float(x1 + offset_x), float(y0 + offset_y), float(y1 + offset_y))
    centre = (box[0] + box[1]) / 2
    chin_y, seen = _chin(unlike, centre, box[3], level)
    # The chin of a turned head lies further to its side than the mouth does.
    lean = (centre - middle) / max(box[2] - level, 1)
    chin_x = float(np.clip(middle + lean * (chin_y - level), centre - 12, centre + 12))
    jaw_y = (box[2] + box[3]) / 2
    jaw = (*_sides(unlike, centre, jaw_y, (eyes.right.left, eyes.left.right)), jaw_y)
    return MouthFit(box[0], box[1], box[2], box[3], corner + offset_y, (chin_x, chin_y), jaw, seen)


def _likeliest(
    part: NDArray[np.float32], threshold: float, expected: NDArray[np.float64]
) -> NDArray[np.bool_] | None:
    best, found = 0.0, None
    for island in _islands(part > threshold):
        rows, columns = np.nonzero(island)
        wide, tall = int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1
        at_edge = columns.min() == 0 or columns.max() == part.shape[1] - 1 or rows.max() == part.shape[0] - 1
        if len(rows) < 10 or at_edge or wide < 7:
            continue
        where = np.array([columns.mean(), rows.mean()])
        aside, below = where[0] - part.shape[1] / 2, where[1] + _FROM - _USUAL
        weight = float(part[island].sum()) * float(np.exp(-((aside / 22) ** 2) - (below / _SPREAD) ** 2))
        weight *= float(np.clip((wide / tall - 0.4) / 0.4, 0.05, 1))  # a nose is tall
        off = float(np.linalg.norm(where - expected))
        weight *= 1 + float(np.exp(-((off / 15) ** 2)))  # the network may well be right
        weight *= 0.2 if rows.min() == 0 else 1.0  # reaches up into nose or glasses
        if weight > best:
            best, found = weight, island
    return found


def _islands(strange: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Return what hangs together; pieces of one thin line count as one."""
    mask = cv2.morphologyEx(strange.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 9), np.uint8))
    count, labels, stats, centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    thin = [i for i in range(1, count) if stats[i][3] <= _THIN and stats[i][4] >= 10]
    islands = [labels == i for i in range(1, count)]
    for i in thin:
        for j in thin:
            gap = int(stats[j][0]) - int(stats[i][0] + stats[i][2])
            if i != j and 0 <= gap <= _BREAK and abs(centres[i][1] - centres[j][1]) < _THIN / 2:
                islands.append((labels == i) | (labels == j))
    return islands


def _chin(unlike: NDArray[np.float32], x: float, mouth_bottom: float, level: float) -> tuple[float, bool]:
    """Return where the skin ends below the mouth and whether that was seen."""
    first = int(mouth_bottom + _CHIN * 0.6)
    found = []
    for column in range(int(x) - 8, int(x) + 9, 2):
        if not 0 <= column < unlike.shape[1]:
            continue
        line = unlike[first : first + 80, column]
        hits = np.nonzero(line > 14)[0]
        if len(hits):
            found.append(first + int(hits[0]))
    guess = mouth_bottom + 0.42 * (mouth_bottom - level) + 4
    if len(found) < 6:
        return guess, False
    chin = float(np.median(found)) + 1
    calm = float(np.percentile(found, 75) - np.percentile(found, 25)) < 8
    if not calm or chin < mouth_bottom + _CHIN * 0.6 + 1 or chin - level > 190:
        return guess, False
    return chin, True


def _sides(unlike: NDArray[np.float32], x: float, y: float, eyes: tuple[float, float]) -> tuple[float, float]:
    """Return the face's outline to the left and the right at a height: where the skin ends."""
    band = np.median(unlike[max(int(y) - 3, 0) : int(y) + 4], axis=0) > 14
    sides = []
    for step, eye in ((-1, eyes[0]), (1, eyes[1])):
        usual = eye + step * 4.0  # a drawn jaw at the mouth is about as wide as the eyes
        column = int(x) + step * 30
        while 0 < column < len(band) - 1 and not band[column]:
            column += step
        sides.append(float(np.clip(column, usual - 18, usual + 18)))
    return sides[0], sides[1]
