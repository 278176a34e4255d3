"""The parts of a photographed eye, cut from the picture once: white, iris, the edges the lids carry with them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.pose import FLIP, HeadPose
from engines.face.topology import EyeTopology
from engines.rig.look import Look, luma, match_grey
from engines.rig.slit import NODES, Slit, SlitChains, place_slit

# The chart of the white reaches this far beyond the corners, in u.
BESIDE = 0.12
# The iris sprite's half side, in iris radii.
IRIS_REACH = 1.3
# Eyeball radius over the distance of the lid corners.
BALL_RADIUS = 0.46
_BROWN = np.array([92.0, 62.0, 44.0], np.float32)


@dataclass(frozen=True)
class EyeParts:
    """One eye at one resolution. Charts are float32, colours 0-255.

    Attributes:
        pixels: chart pixels per u, and about as many per v.
        top: v of the white chart's first row.
        white: (H, W, 3) the eyeball without iris, from u = -BESIDE; row i is at v = top + (i + 0.5) / pixels.
        iris: (S, S, 4) the whole iris as seen along its axis, alpha 0-1, from -IRIS_REACH to IRIS_REACH radii.
        reach: how far the charts of the lid edges reach into the eye, v.
        upper_edge: (h, W, 3) factors from the upper lid (shadow, lashes); row 0 at the edge, last row at reach.
        lower_edge: likewise from the lower lid.
    """

    pixels: float
    top: float
    white: NDArray[np.float32]
    iris: NDArray[np.float32]
    reach: float
    upper_edge: NDArray[np.float32]
    lower_edge: NDArray[np.float32]

    def halved(self) -> EyeParts:
        """Return the parts at half the resolution, for small outputs."""
        half = [_half(x) for x in (self.white, self.iris, self.upper_edge, self.lower_edge)]
        return EyeParts(half[0].shape[1] / (1 + 2 * BESIDE), self.top, half[0], half[1], self.reach, half[2], half[3])


@dataclass(frozen=True)
class EyeSource:
    """Where an eye lies in the avatar's picture.

    Attributes:
        chains: its lids.
        unit_cm: distance of the corners in the head's axes; one v.
        slit: the opening in the picture.
        gaze: (2,) iris' place, as measures.gaze.
        iris_centre: (2,) pixels.
        iris_axes: (2, 2) pixels, columns are what the unit axes of the iris disc take.
        radius_cm: of the iris.
    """

    chains: SlitChains
    unit_cm: float
    slit: Slit
    gaze: NDArray[np.float64]
    iris_centre: NDArray[np.float64]
    iris_axes: NDArray[np.float64]
    radius_cm: float


def iris_axes(pose: HeadPose, gaze: NDArray[np.floating], radius_cm: float) -> NDArray[np.float64]:
    """Return (2, 2) pixels of the picture that the iris disc's own axes take when the eye looks along gaze.

    Args:
        pose: of the head.
        gaze: (2,) iris' place in eye widths, x to the person's left, y up.
        radius_cm: of the iris.
    """
    offset = np.clip(np.asarray(gaze, np.float64) / BALL_RADIUS, -0.75, 0.75)
    normal = np.array([offset[0], offset[1], np.sqrt(max(1 - offset @ offset, 0.2))])
    normal /= np.linalg.norm(normal)
    side = np.cross((0.0, 1.0, 0.0), normal)
    side /= np.linalg.norm(side)
    disc = np.column_stack([side, np.cross(normal, side)])
    return np.asarray((pose.scale * radius_cm * pose.rotation @ disc)[:2] * FLIP[:2, None])


def find_eye(avatar: Avatar, eye: EyeTopology, gaze: NDArray[np.float64]) -> EyeSource | None:
    """Locate an eye in its picture; None where it is turned away or too small to show anything."""
    chains = SlitChains((eye.outer, *eye.upper, eye.inner), (eye.outer, *eye.lower, eye.inner))
    face = avatar.face
    unit = chains.width(face.local)
    slit = place_slit(avatar.landmarks, chains, face.pose, unit)
    if slit is None or slit.width < 4:
        return None
    rim = np.linalg.norm(face.landmarks[list(eye.iris_rim), :2] - face.landmarks[eye.iris, :2], axis=1)
    radius = float(np.clip(rim.mean() / face.pose.scale, 0.14 * unit, 0.32 * unit))
    centre = face.landmarks[eye.iris, :2].astype(np.float64)
    return EyeSource(chains, unit, slit, gaze, centre, iris_axes(face.pose, gaze, radius), radius)


def cut_parts(avatar: Avatar, source: EyeSource, look: Look) -> EyeParts:
    """Cut an eye out of its picture and complete what lids and iris hide."""
    slit = source.slit
    pixels = float(np.clip(slit.width * 1.3, 40, 420))
    gap = float((slit.lower - slit.upper).max())
    band = float(np.clip(0.22 * gap, 0.015, 0.07))
    top, bottom = float(slit.upper.min()) - 0.14 - 0.35 * gap, float(slit.lower.max()) + 0.1
    grid = _chart_grid(pixels, top, bottom)
    patch = _sample(avatar, slit.to_pixels(grid))
    above, below = _edge_distances(slit, grid)
    known = (above > band) & (below > band * 0.7) & (grid[..., 0] > 0.03) & (grid[..., 0] < 0.97)
    disc = (slit.to_pixels(grid) - source.iris_centre) @ np.linalg.inv(source.iris_axes).T
    distance = np.hypot(disc[..., 0], disc[..., 1])
    white = _white(patch, known & (distance > 1.18), look, pixels)
    iris = _iris(avatar, source, band, look, pixels)
    shown = _composed(white, iris, disc)
    reach = band * 1.6
    edges = [
        _edge_factors(avatar, slit, edge, sign, shown, top, pixels, reach)
        for edge, sign in ((slit.upper, 1), (slit.lower, -1))
    ]
    return EyeParts(pixels, top, white, iris, reach, edges[0], edges[1])


def _half(chart: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = chart.shape[:2]
    size = (max(2, width // 2), max(2, height // 2))
    return np.asarray(cv2.resize(chart, size, interpolation=cv2.INTER_AREA), np.float32)


def _chart_grid(pixels: float, top: float, bottom: float) -> NDArray[np.float64]:
    """Return (H, W, 2) u and v of every chart pixel."""
    width, height = round(pixels * (1 + 2 * BESIDE)), max(4, round(pixels * (bottom - top)))
    u = (np.arange(width) + 0.5) / pixels - BESIDE
    v = (np.arange(height) + 0.5) / pixels + top
    return np.stack(np.meshgrid(u, v), axis=-1)


def _sample(avatar: Avatar, points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return (..., 3) the picture's colours at (..., 2) pixels."""
    at = np.asarray(points, np.float32) - 0.5
    found = cv2.remap(avatar.rgb, at[..., 0], at[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return found.astype(np.float32)


def _edge_distances(slit: Slit, grid: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far below the upper and above the lower edge every (u, v) lies."""
    nodes = np.linspace(0, 1, NODES)
    u, v = grid[..., 0], grid[..., 1]
    return v - np.interp(u, nodes, slit.upper), np.interp(u, nodes, slit.lower) - v


def _white(
    patch: NDArray[np.float32], known: NDArray[np.bool_], look: Look, pixels: float
) -> NDArray[np.float32]:
    """Return the eyeball's chart without iris: the visible white, carried on under the lids and the iris."""
    guess = _plausible_white(patch[known], look)
    bright = luma(patch)
    usable = known & (bright > 0.72 * float(luma(guess)))
    enough = int(usable.sum()) >= 12
    colours = np.where(usable[..., None], patch, 0).astype(np.float32)
    weight = usable.astype(np.float32)
    prior = 0.004 if enough else 1.0
    total, mass = guess * prior, np.full(known.shape, prior, np.float32)
    total = np.broadcast_to(total, patch.shape).copy()
    for sigma, gain in ((0.03, 1.0), (0.08, 0.12), (0.2, 0.02)):
        blur = cv2.GaussianBlur(weight, (0, 0), sigma * pixels)
        total += gain * cv2.GaussianBlur(colours, (0, 0), sigma * pixels)
        mass += gain * blur
    filled = total / mass[..., None]
    keep = cv2.GaussianBlur(cv2.erode(known.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32), (0, 0), 1.0)
    keep = (keep * known)[..., None]
    return np.asarray(filled * (1 - keep) + patch * keep, np.float32)


def _plausible_white(seen: NDArray[np.float32], look: Look) -> NDArray[np.float32]:
    """Return the white's colour: the brighter half of what is seen of it, or what the picture's light would make of it."""
    usual = match_grey(0.62 * look.light + 0.25 * look.skin, look)
    if len(seen) < 12:
        return usual
    bright = luma(seen)
    colour = seen[bright >= np.percentile(bright, 55)].mean(axis=0)
    low = 0.5 * float(luma(look.skin))
    trust = np.clip((float(luma(colour)) - low) / max(0.25 * low, 1), 0, 1)
    return np.asarray(colour * trust + usual * 0.8 * (1 - trust), np.float32)


def _iris(
    avatar: Avatar, source: EyeSource, band: float, look: Look, pixels: float
) -> NDArray[np.float32]:
    """Return the iris sprite: what is seen of it, completed by its own mirror image and its rings."""
    radius_px = source.radius_cm / source.unit_cm * pixels
    side = int(np.clip(2 * IRIS_REACH * radius_px, 12, 256))
    axis = (np.arange(side) + 0.5) / side * 2 * IRIS_REACH - IRIS_REACH
    disc = np.stack(np.meshgrid(axis, axis), axis=-1)
    at = disc @ source.iris_axes.T + source.iris_centre
    seen = _sample(avatar, at)
    slit = source.slit
    u_v = at @ slit.inverse[:, :2].T + slit.inverse[:, 2]
    above, below = _edge_distances(slit, u_v)
    known = (above > band) & (below > band * 0.7) & (u_v[..., 0] > 0.02) & (u_v[..., 0] < 0.98)
    radius = np.hypot(disc[..., 0], disc[..., 1])
    rings = _ring_colours(seen, known, radius, look)
    mirrored, mirror_known = seen[::-1], known[::-1]
    soft = max(0.8, 0.04 * side)
    fill = _blend(rings, mirrored, cv2.GaussianBlur(mirror_known.astype(np.float32), (0, 0), soft) * mirror_known)
    colour = _blend(fill, seen, cv2.GaussianBlur(known.astype(np.float32), (0, 0), soft) ** 2 * known)
    alpha = np.clip((1.14 - radius) / 0.12, 0, 1)
    alpha = alpha * alpha * (3 - 2 * alpha)
    return np.dstack([colour, alpha]).astype(np.float32)


def _blend(a: NDArray[np.float32], b: NDArray[np.float32], share: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return a with b's share on it."""
    weight = np.clip(np.asarray(share, np.float32) * 2 - 0.6, 0, 1)[..., None]
    return np.asarray(a * (1 - weight) + b * weight, np.float32)


def _ring_colours(
    seen: NDArray[np.float32], known: NDArray[np.bool_], radius: NDArray[np.floating], look: Look
) -> NDArray[np.float32]:
    """Return the sprite every pixel of which has the usual colour of its distance from the centre."""
    count = 14
    ring = np.clip((radius / IRIS_REACH * count).astype(int), 0, count - 1)
    inside = known & (radius < 0.95)
    usual = np.median(seen[inside], axis=0) if inside.sum() > 6 else match_grey(_BROWN * look.light / 235, look)
    table = np.empty((count, 3), np.float32)
    for k in range(count):
        members = seen[known & (ring == k)]
        if len(members) >= 3:
            table[k] = np.median(members, axis=0)
        elif (k + 0.5) / count * IRIS_REACH < 0.4:
            table[k] = usual * 0.5
        else:
            table[k] = usual
    at = np.clip(radius / IRIS_REACH * count - 0.5, 0, count - 1)
    nodes = np.arange(count)
    return np.stack([np.interp(at, nodes, table[:, c]) for c in range(3)], axis=-1).astype(np.float32)


def _composed(
    white: NDArray[np.float32], iris: NDArray[np.float32], disc: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Return the white's chart with the iris in its place, as the picture would show it without lids."""
    at = ((disc / IRIS_REACH + 1) / 2 * iris.shape[0] - 0.5).astype(np.float32)
    over = cv2.remap(iris, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = over[..., 3:] * (np.abs(disc).max(axis=-1) < IRIS_REACH)[..., None]
    return np.asarray(white * (1 - alpha) + over[..., :3] * alpha, np.float32)


def _edge_factors(
    avatar: Avatar,
    slit: Slit,
    edge: NDArray[np.float32],
    sign: int,
    shown: NDArray[np.float32],
    top: float,
    pixels: float,
    reach: float,
) -> NDArray[np.float32]:
    """Return what a lid's edge does to the eyeball beside it: picture over bare eyeball, faded out at reach."""
    width, rows = shown.shape[1], max(3, round(reach * pixels))
    u = (np.arange(width) + 0.5) / pixels - BESIDE
    depth = (np.arange(rows) + 0.5) / rows * reach
    v = np.interp(u, np.linspace(0, 1, NODES), edge)[None] + sign * depth[:, None]
    grid = np.stack([np.broadcast_to(u, v.shape), v], axis=-1)
    seen = _sample(avatar, slit.to_pixels(grid))
    at_x = ((u + BESIDE) * pixels - 0.5)[None].repeat(rows, 0).astype(np.float32)
    at_y = ((v - top) * pixels - 0.5).astype(np.float32)
    bare = cv2.remap(shown, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    factors = np.clip((seen + 4) / (bare + 4), 0.08, 1.35)
    fade = np.clip((1 - depth / reach) / 0.45, 0, 1)[:, None, None]
    return np.asarray(1 + (factors - 1) * fade, np.float32)
