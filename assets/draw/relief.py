"""A head as a relief: heights over the picture plane, lit from one side. The painting and the engraving start here.

Lengths are centimetres of the canonical head; heights grow towards the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.face.canonical import canonical_head
from engines.face.topology import EYES, LIP_INNER_LOWER, SKIN_COUNT

Field = NDArray[np.float32]
EYE_CORNERS = (130, 226, 243, 244, 359, 446, 463, 464)  # where the rings of skin meet


@dataclass(frozen=True)
class Plane:
    """Where the head stands in the picture.

    Attributes:
        size: of the picture, pixels, square.
        scale: pixels a centimetre takes.
        origin: picture pixels of the head's own origin, between the ears.
    """

    size: int = 1024
    scale: float = 24.0
    origin: tuple[float, float] = (512.0, 414.0)

    def grid(self) -> tuple[Field, Field]:
        """Return x to the right and y up, in centimetres, of every second pixel."""
        pixels = np.arange(0, self.size, 2, dtype=np.float32) + 0.5
        x, y = (pixels - self.origin[0]) / self.scale, (self.origin[1] - pixels) / self.scale
        return np.meshgrid(x, y)  # type: ignore[return-value]

    def to_picture(self, values: NDArray[np.floating] | list[tuple[float, float]]) -> NDArray[np.float64]:
        """Return picture pixels of points (N, 2) in centimetres."""
        return np.asarray(values, np.float64) * [self.scale, -self.scale] + self.origin

    def full(self, field: Field) -> Field:
        """Return a field of the grid at the picture's size."""
        return np.asarray(
            cv2.resize(field, (self.size, self.size), interpolation=cv2.INTER_CUBIC), np.float32
        )


def ellipsoid(
    x: Field, y: Field, centre: tuple[float, float, float], radii: tuple[float, float, float]
) -> Field:
    """Return the height of an ellipsoid's front, far down where it is not."""
    inside = 1 - ((x - centre[0]) / radii[0]) ** 2 - ((y - centre[1]) / radii[1]) ** 2
    # Below the rim the surface goes on falling steeply: unions of soft edges need a slope there.
    front = np.where(inside > 0, radii[2] * np.sqrt(np.maximum(inside, 0)), radii[2] * 12 * inside)
    return np.maximum(centre[2] + front, -60).astype(np.float32)


def union(one: Field, other: Field, softness: float) -> Field:
    """Return the higher of two heights, blended over `softness` centimetres."""
    share = np.clip(0.5 + 0.5 * (one - other) / softness, 0, 1)
    return (other + (one - other) * share + softness * share * (1 - share)).astype(np.float32)


def face_height(plane: Plane, landmarks: NDArray[np.float32]) -> tuple[Field, Field]:
    """Return the face's height on the plane's grid, and 0..1 where the face is, soft at its outline."""
    x, y = plane.grid()
    flat = (landmarks[:SKIN_COUNT, :2] - plane.origin) / [plane.scale, -plane.scale]
    depth = canonical_head().vertices[:, 2]
    rings = [k for eye in EYES for ring in (*eye.upper_rings, *eye.lower_rings) for k in ring]
    # The closed lips meet in one line; the skin around the eyes was moved about too freely to tell of its height.
    used = np.setdiff1d(np.arange(SKIN_COUNT), [*LIP_INNER_LOWER[1:-1], *rings, *EYE_CORNERS])
    weights = _plate_weights(flat[used], depth[used])
    height = np.empty_like(x)
    for row in range(x.shape[0]):
        height[row] = _plate_value(np.column_stack([x[row], y[row]]), flat[used], weights)
    inside = np.zeros(x.shape, np.uint8)
    hull = cv2.convexHull(((landmarks[:SKIN_COUNT, :2] - 0.5) / 2).astype(np.int32))
    cv2.fillConvexPoly(inside, hull, (255,))
    soft = cv2.GaussianBlur(cv2.erode(inside, np.ones((5, 5))), (0, 0), 3).astype(np.float32) / 255
    return _eyeballs(height, x, y, flat), soft


def _plate_weights(flat: NDArray[np.float64], depth: NDArray[np.float32]) -> NDArray[np.float64]:
    affine = np.column_stack([np.ones(len(flat)), flat])
    system = np.block(
        [[_kernel(flat, flat) + 0.01 * np.eye(len(flat)), affine], [affine.T, np.zeros((3, 3))]]
    )
    return np.asarray(np.linalg.solve(system, np.concatenate([depth, np.zeros(3)])))


def _plate_value(
    at: NDArray[np.floating], flat: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(_kernel(at, flat) @ weights[:-3] + weights[-3] + at @ weights[-2:])


def _kernel(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    squared = ((a[:, None] - b[None]) ** 2).sum(axis=2)
    return np.asarray(0.5 * squared * np.log(np.maximum(squared, 1e-9)))


def _eyeballs(height: Field, x: Field, y: Field, flat: NDArray[np.float64]) -> Field:
    """Let the eyeballs show between the lids, a little behind their edges."""
    for eye in EYES:
        outline = flat[list(eye.outline)]
        centre = (outline.min(axis=0) + outline.max(axis=0)) / 2
        mask = np.zeros(height.shape, np.uint8)
        step = x[0, 1] - x[0, 0]
        pixels = np.column_stack([(outline[:, 0] - x[0, 0]) / step, (y[0, 0] - outline[:, 1]) / step])
        cv2.fillPoly(mask, [(pixels * 16).astype(np.int32)], (255,), cv2.LINE_AA, 4)
        inside = mask > 127
        rim = float(np.median(height[inside])) if inside.any() else 0.0
        ball = ellipsoid(x, y, (float(centre[0]), float(centre[1]), rim - 1.25), (1.45, 1.45, 1.2))
        soft = cv2.GaussianBlur(mask, (0, 0), 0.8).astype(np.float32) / 255
        height = height + (ball - height) * soft
    return height


def inflated(plane: Plane, inside: Field, radius: float) -> Field:
    """Return the height of a flat shape (0..1 over the picture) blown up to a pillow, `radius` centimetres round."""
    small = cv2.resize(inside, (plane.size // 2, plane.size // 2), interpolation=cv2.INTER_AREA)
    framed = cv2.copyMakeBorder((small > 0.5).astype(np.uint8), 60, 60, 60, 60, cv2.BORDER_REPLICATE)
    distance = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[60:-60, 60:-60] * 2 / plane.scale
    rise = np.clip(1 - distance / radius, 0, 1)
    return np.asarray(cv2.GaussianBlur(radius * np.sqrt(1 - rise**2), (0, 0), 4), np.float32)


@dataclass(frozen=True)
class Light:
    """What a relief looks like under one light.

    Attributes:
        direct: 0..1, light that arrives, shadows included.
        ambient: 0..1, openness to the surroundings.
        gloss: 0..1, mirror-like reflection.
        normal: (H, W, 3) x right, y up, z towards the viewer.
    """

    direct: Field
    ambient: Field
    gloss: Field
    normal: NDArray[np.float32]


def lit(
    plane: Plane,
    height: Field,
    towards: tuple[float, float, float],
    sharpness: float = 24.0,
    cast: float = 1.0,
) -> Light:
    """Light a height field (the plane's grid); `towards` points at the light, `cast` is how deep cast shadows are."""
    step = 2 / plane.scale
    slope_x, slope_y = np.gradient(height, step, axis=1), -np.gradient(height, step, axis=0)
    normal = np.dstack([-slope_x, -slope_y, np.ones_like(height)])
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    light = np.asarray(towards, np.float32) / np.linalg.norm(towards)
    diffuse = np.clip(normal @ light, 0, 1)
    half = light + np.float32([0, 0, 1])
    gloss = np.clip(normal @ (half / np.linalg.norm(half)), 0, 1) ** sharpness
    shadow = 1 - cast * (1 - _shadow(height, step, light))
    ambient = np.ones_like(height)
    for radius, strength in ((4, 0.5), (14, 0.22), (40, 0.07)):
        ambient -= np.clip(cv2.GaussianBlur(height, (0, 0), radius) - height, 0, 3) * strength
    fields = (diffuse * shadow, np.clip(ambient, 0.15, 1), gloss * shadow)
    direct, ambient, gloss = (np.clip(plane.full(field.astype(np.float32)), 0, 1) for field in fields)
    return Light(
        direct, ambient, gloss, np.dstack([plane.full(normal[..., k].astype(np.float32)) for k in range(3)])
    )


def _shadow(height: Field, step: float, light: NDArray[np.floating]) -> Field:
    """Return 0 in cast shadow to 1 in the light, the edge softer the farther it is from what casts it."""
    blocked = np.zeros_like(height)
    level = float(np.hypot(light[0], light[1]))
    rise = float(light[2]) / max(level, 1e-6)
    for pixels in np.unique(np.geomspace(2, 150, 44).astype(int)):
        move = np.float32([[1, 0, -light[0] / level * pixels], [0, 1, light[1] / level * pixels]])
        ahead = cv2.warpAffine(height, move, height.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        distance = pixels * step
        excess = ahead - height - rise * distance
        blocked = np.maximum(blocked, np.clip(excess / (0.25 + 0.22 * distance) + 0.15, 0, 1))
    return np.asarray(1 - blocked, np.float32)
