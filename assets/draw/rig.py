"""Landmarks from a drawing: the canonical head, warped so that its lines fall on the lines that were drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assets.draw.paint import Points, mirror, points, resample
from engines.face import topology as face
from engines.face.canonical import canonical_head
from engines.face.pose import fit_pose
from engines.face.topology import EyeTopology

# Where the rings of skin around an eye meet, beyond each corner.
_FOLD = (1.5, 1.0)  # the drawn fold lies higher than the canonical one, which is half closed
_RING_CORNERS = {33: (130, 226), 133: (243, 244), 263: (359, 446), 362: (463, 464)}


@dataclass(frozen=True)
class DrawnEye:
    """An eye as drawn, picture pixels.

    Attributes:
        upper: the upper lid's edge, outer corner to inner corner.
        lower: the lower lid's edge, outer corner to inner corner.
        iris: centre x, y and radii x, y.
        rings: how much larger than the opening the two rings of skin around it are, across and up; None sets them
            off as on the canonical head.
    """

    upper: Points
    lower: Points
    iris: tuple[float, float, float, float]
    rings: tuple[tuple[float, float], tuple[float, float]] | None = ((1.14, 1.14), (1.28, 1.28))

    def mirrored(self, axis_x: float = 512.0) -> DrawnEye:
        """Return the other eye of a symmetric face."""
        x, y, rx, ry = self.iris
        upper, lower = mirror(self.upper, axis_x)[::-1], mirror(self.lower, axis_x)[::-1]
        return DrawnEye(upper, lower, (2 * axis_x - x, y, rx, ry), self.rings)


@dataclass(frozen=True)
class DrawnFace:
    """The lines of a drawn face, each from the viewer's left to the right unless said otherwise, picture pixels.

    Attributes:
        right_eye: of the person, on the viewer's left.
        left_eye: the other.
        right_brow: upper edge and lower edge.
        left_brow: upper edge and lower edge.
        lip_top: the upper lip's outer edge.
        lip_line: where the lips meet.
        lip_bottom: the lower lip's outer edge.
        oval: the face's closed outline, hairline included.
        fixed: further landmarks by index, the nose above all.
        relief: depth against the canonical head's.
        corner: how far inside the mouth's corners the lips part, in mouth widths; next to nothing for a mouth that
            is drawn as one line.
    """

    right_eye: DrawnEye
    left_eye: DrawnEye
    right_brow: tuple[Points, Points]
    left_brow: tuple[Points, Points]
    lip_top: Points
    lip_line: Points
    lip_bottom: Points
    oval: Points
    fixed: dict[int, tuple[float, float]] = field(default_factory=dict)
    relief: float = 1.0
    corner: float = 0.075


def landmarks_of(drawing: DrawnFace) -> NDArray[np.float32]:
    """Return (478, 3) float32 landmarks that lie on the drawing's lines."""
    head = canonical_head().vertices.astype(np.float64)
    flat = head[:, :2] * [1, -1]
    known = _oval(drawing.oval, flat)
    for eye, drawn in ((face.RIGHT_EYE, drawing.right_eye), (face.LEFT_EYE, drawing.left_eye)):
        known |= _eye(eye, drawn, flat)
    known |= (
        _brows(drawing, flat) | _lips(drawing, flat) | {k: np.asarray(v) for k, v in drawing.fixed.items()}
    )
    skin = _warp(known)
    scale = float(np.ptp(skin[:, 1]) / np.ptp(flat[:, 1]))
    result = np.zeros((face.LANDMARK_COUNT, 3))
    result[: face.SKIN_COUNT, :2] = skin
    result[: face.SKIN_COUNT, 2] = -head[:, 2] * scale * drawing.relief
    for eye, drawn in ((face.RIGHT_EYE, drawing.right_eye), (face.LEFT_EYE, drawing.left_eye)):
        _iris(result, eye, drawn)
    return _level(result).astype(np.float32)


def folds(landmarks: NDArray[np.floating]) -> list[int]:
    """Return the canonical triangles that lie inside out: none, in a sound rig (those of the closed mouth aside)."""
    triangles = canonical_head().triangles
    a, b, c = (landmarks[triangles[:, k], :2] for k in range(3))
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    return [int(k) for k in np.flatnonzero(area * np.sign(np.median(area)) < -0.5)]


def _fractions(chain: Points) -> NDArray[np.float64]:
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(chain, axis=0), axis=1))])
    return np.asarray(along / along[-1])


def _along(indices: tuple[int, ...], line: ArrayLike, flat: Points) -> dict[int, Points]:
    """Place a chain of landmarks on a line, spaced as on the canonical head."""
    return dict(zip(indices, resample(line, _fractions(flat[list(indices)])), strict=True))


def _eye(eye: EyeTopology, drawn: DrawnEye, flat: Points) -> dict[int, Points]:
    """Place the lids on their edges, and the rings of skin around them: the first is the lid's fold."""
    known = _along((eye.outer, *eye.upper, eye.inner), drawn.upper, flat) | _along(
        (eye.outer, *eye.lower, eye.inner), drawn.lower, flat
    )
    outline = np.array([known[k] for k in eye.outline])
    centre = (outline.min(axis=0) + outline.max(axis=0)) / 2
    ratio = float(
        np.linalg.norm(known[eye.inner] - known[eye.outer])
        / np.linalg.norm(flat[eye.inner] - flat[eye.outer])
    )
    pairs = [
        pair
        for corner in (eye.outer, eye.inner)
        for pair in zip(_RING_CORNERS[corner], (corner, corner), (0, 1), strict=True)
    ]
    for rings, lid in ((eye.upper_rings, eye.upper), (eye.lower_rings, eye.lower)):
        pairs += [(k, of, n) for n, ring in enumerate(rings) for k, of in zip(ring, lid, strict=True)]
    for k, of, n in pairs:
        if drawn.rings is None:
            known[k] = known[of] + (flat[k] - flat[of]) * ratio * _FOLD[n]
        else:
            known[k] = centre + (known[of] - centre) * drawn.rings[n]
    return known


def _brows(drawing: DrawnFace, flat: Points) -> dict[int, Points]:
    known: dict[int, Points] = {}
    for upper, lower, lines in (
        (face.BROW_RIGHT_UPPER, face.BROW_RIGHT_LOWER, drawing.right_brow),
        (face.BROW_LEFT_UPPER, face.BROW_LEFT_LOWER, drawing.left_brow),
    ):
        known |= _along(upper, lines[0], flat) | _along(lower, lines[1], flat)
    return known


def _lips(drawing: DrawnFace, flat: Points) -> dict[int, Points]:
    """Place the lips: outer edges, the line where they meet, and the rings between as on the canonical head."""
    line = points(drawing.lip_line)
    known = _along(face.LIP_OUTER_UPPER, drawing.lip_top, flat) | _along(
        face.LIP_OUTER_LOWER, drawing.lip_bottom, flat
    )
    inner = resample(
        line, _fractions(flat[list(face.LIP_INNER_UPPER)]) * (1 - 2 * drawing.corner) + drawing.corner
    )
    for upper, lower, rings_upper, rings_lower in (
        (face.LIP_INNER_UPPER, face.LIP_INNER_LOWER, face.LIP_RINGS_UPPER, face.LIP_RINGS_LOWER),
    ):
        known |= dict(zip(upper, inner, strict=True)) | dict(zip(lower, inner, strict=True))
        for rings, outer in ((rings_upper, face.LIP_OUTER_UPPER), (rings_lower, face.LIP_OUTER_LOWER)):
            edge = np.array([known[k] for k in outer])
            for ring, share in zip(rings, (0.3, 0.65), strict=True):
                known |= dict(zip(ring, inner + (edge - inner) * share, strict=True))
    return known


def _oval(outline: Points, flat: Points) -> dict[int, Points]:
    """Place the face's outline: where rays towards the canonical outline, boxes matched, meet the drawn line."""
    ring, drawn = flat[list(face.FACE_OVAL)], points(outline)
    low, high = drawn.min(axis=0), drawn.max(axis=0)
    rays = (ring - ring.min(axis=0)) / np.ptp(ring, axis=0) * (high - low) + low
    centre = (low + high) / 2
    known = {}
    starts, ends = drawn - centre, np.roll(drawn, -1, axis=0) - centre
    for index, ray in zip(face.FACE_OVAL, rays - centre, strict=True):
        side = ends - starts
        cross = ray[0] * side[:, 1] - ray[1] * side[:, 0]
        cross = np.where(np.abs(cross) < 1e-9, 1e-9, cross)
        along = (starts[:, 0] * side[:, 1] - starts[:, 1] * side[:, 0]) / cross
        across = (starts[:, 0] * ray[1] - starts[:, 1] * ray[0]) / cross
        hits = along[(across >= -1e-6) & (across <= 1 + 1e-6) & (along > 0)]
        known[index] = centre + ray * hits.max()
    return known


def _warp(known: dict[int, Points]) -> Points:
    """Place the other skin points among the known ones: each stays within its neighbours as on the canonical head.

    Mean value coordinates (Floater, 2003) are positive, so that nothing folds over as long as the drawn lines do not.
    The canonical head is looked at with its far parts spread outwards, or cheeks and nostrils would hide parts.
    """
    head = canonical_head()
    spread = head.vertices[:, :2] * (1 + 0.06 * (8 - head.vertices[:, 2:])) * [1, -1]
    system, target = np.zeros((face.SKIN_COUNT, face.SKIN_COUNT)), np.zeros((face.SKIN_COUNT, 2))
    for triangle in head.triangles:
        for k in range(3):
            centre, one, other = (int(triangle[(k + n) % 3]) for n in range(3))
            to_one, to_other = spread[one] - spread[centre], spread[other] - spread[centre]
            lengths = np.linalg.norm(to_one), np.linalg.norm(to_other)
            cosine = np.clip(to_one @ to_other / (lengths[0] * lengths[1]), -1, 1)
            half_tangent = np.sqrt((1 - cosine) / (1 + cosine + 1e-9))
            system[centre, one] -= half_tangent / lengths[0]
            system[centre, other] -= half_tangent / lengths[1]
    np.fill_diagonal(system, -system.sum(axis=1))
    for index, place in known.items():
        system[index], target[index] = 0, place
        system[index, index] = 1
    return np.asarray(np.linalg.solve(system, target))


def _iris(result: NDArray[np.float64], eye: EyeTopology, drawn: DrawnEye) -> None:
    x, y, rx, ry = drawn.iris
    depth = result[[eye.outer, eye.inner], 2].mean()
    # The rim runs right, top, left, bottom in the picture on both eyes.
    result[eye.iris] = x, y, depth
    for index, (dx, dy) in zip(eye.iris_rim, ((1, 0), (0, -1), (-1, 0), (0, 1)), strict=True):
        result[index] = x + dx * rx, y + dy * ry, depth


def _level(result: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tilt the depths until the head's pose reads as facing the viewer, whatever the drawing's proportions."""
    for _ in range(8):
        yaw, pitch, _roll = np.radians(fit_pose(result).angles)
        centre = result[: face.SKIN_COUNT].mean(axis=0)
        result[:, 2] += (result[:, 1] - centre[1]) * np.tan(pitch) - (result[:, 0] - centre[0]) * np.tan(yaw)
    return result
