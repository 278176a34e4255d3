"""The parts of a photographed eye, cut from the picture once: white, iris, the lids' shadows, lid skin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.topology import EyeTopology
from engines.rig.eye_iris import IRIS_REACH, IrisPlace, cut_iris, fit_iris
from engines.rig.eye_lid import LidParts, cut_lid
from engines.rig.look import Look, luma, match_grey, sample
from engines.rig.slit import NODES, Slit, SlitChains, place_slit

# The chart of the white reaches this far beyond the corners, in u.
BESIDE = 0.12


@dataclass(frozen=True)
class EyeParts:
    """One eye at one resolution. Charts are float32, colours 0-255.

    Attributes:
        pixels: chart pixels per u, and about as many per v.
        top: v of the white chart's first row.
        white: (H, W, 3) the eyeball without iris, from u = -BESIDE; row i is at v = top + (i + 0.5) / pixels.
        seen: (H, W, 4) the eyeball as the picture shows it, without the lids' shadows, and how far
            from them: 0 at a lid's edge, 1 from a quarter of the opening on.
        iris: (S, S, 4) the whole iris, as eye_iris.cut_iris.
        reach: how far the charts of the lid edges reach into the eye, v.
        upper_edge: (h, W, 3) factors from the upper lid (shadow, lashes); row 0 at the edge, last row at reach.
        lower_edge: likewise from the lower lid.
        lid: the upper lid's skin.
    """

    pixels: float
    top: float
    white: NDArray[np.float32]
    seen: NDArray[np.float32]
    iris: NDArray[np.float32]
    reach: float
    upper_edge: NDArray[np.float32]
    lower_edge: NDArray[np.float32]
    lid: LidParts

    def halved(self) -> EyeParts:
        """Return the parts at half the resolution, for small outputs."""
        white = _half(self.white)
        return replace(
            self,
            pixels=white.shape[1] / (1 + 2 * BESIDE),
            white=white,
            seen=_half(self.seen),
            iris=_half(self.iris),
            upper_edge=_half(self.upper_edge),
            lower_edge=_half(self.lower_edge),
        )


@dataclass(frozen=True)
class EyeSource:
    """Where an eye lies in the avatar's picture.

    Attributes:
        chains: its lids.
        unit_cm: distance of the corners in the head's axes; one v.
        slit: the opening in the picture.
        rim: how much wider than the landmarks have it an open eye is painted, v: what they leave of the iris outside
            would stay behind when it moves.
        iris: the iris' place.
    """

    chains: SlitChains
    unit_cm: float
    slit: Slit
    rim: float
    iris: IrisPlace


def find_eye(avatar: Avatar, eye: EyeTopology) -> EyeSource | None:
    """Locate an eye in its picture; None where it is turned away or too small to show anything."""
    chains = SlitChains((eye.outer, *eye.upper, eye.inner), (eye.outer, *eye.lower, eye.inner))
    unit = chains.width(avatar.face.local)
    slit = place_slit(avatar.landmarks, chains, avatar.face.pose, unit)
    if slit is None or slit.width < 4:
        return None
    rim = 0.01 + 0.75 / slit.width
    return EyeSource(chains, unit, slit, rim, fit_iris(avatar, eye, slit, unit))


def cut_parts(avatar: Avatar, eye: EyeTopology, source: EyeSource, look: Look) -> EyeParts:
    """Cut an eye out of its picture and complete what lids and iris hide."""
    slit = source.slit
    # Finer than the picture, so that looking it up twice does not blur it.
    pixels = float(np.clip(slit.width * 2, 110, 420))
    gap = float((slit.lower - slit.upper).max())
    top, bottom = float(slit.upper.min()) - 0.14 - 0.35 * gap, float(slit.lower.max()) + 0.1
    grid = _chart_grid(pixels, top, bottom)
    patch = sample(avatar, slit.to_pixels(grid))
    bare = slit.inside(grid, 0.16)
    disc = source.iris.to_disc(slit.to_pixels(grid))
    distance = np.hypot(disc[..., 0], disc[..., 1])
    blur = 1.5 / max(source.iris.radius_pixels, 1.0)
    shade = _ball_shade(slit, grid)
    beside_iris = distance > 1.1 + min(blur, 0.4)
    # Towards the corners the eye is red, and near the lids their skin mixes in: that stays where it is.
    middle = slit.inside(grid, 0.24) & (np.abs(grid[..., 0] - 0.5) < 0.36)
    white = _white(patch, bare & beside_iris, middle & beside_iris, shade, look, pixels)
    iris = cut_iris(avatar, source.iris, slit, look)
    shown = _composed(white, iris, disc)
    reach = float(np.clip(0.45 * gap, 0.03, 0.14))
    opening = slit.grown(source.rim)
    upper, lower = (
        _edge_factors(avatar, source, edge, sign, shown, white, top, pixels, reach)
        for edge, sign in ((opening.upper, 1), (opening.lower, -1))
    )
    seen = _without_shadows(patch, opening, grid, upper, lower, reach)
    return EyeParts(pixels, top, white, seen, iris, reach, upper, lower, cut_lid(avatar, eye, slit, look))


def _without_shadows(
    patch: NDArray[np.float32],
    slit: Slit,
    grid: NDArray[np.floating[Any]],
    upper: NDArray[np.float32],
    lower: NDArray[np.float32],
    reach: float,
) -> NDArray[np.float32]:
    """Return (H, W, 4) the picture's eyeball with the lids' factors taken off, and how far from them it is."""
    nodes, u, v = np.linspace(0, 1, NODES), grid[..., 0], grid[..., 1]
    factors = np.ones(patch.shape, np.float32)
    columns = np.broadcast_to(np.arange(patch.shape[1], dtype=np.float32), u.shape).copy()
    for chart, edge, sign in ((upper, slit.upper, 1), (lower, slit.lower, -1)):
        depth = sign * (v - np.interp(u, nodes, edge))
        rows = np.clip(depth / reach * chart.shape[0] - 0.5, 0, chart.shape[0] - 1).astype(np.float32)
        found = cv2.remap(chart, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        factors *= np.where((depth < reach)[..., None], found, 1)
    upper_v, lower_v = np.interp(u, nodes, slit.upper), np.interp(u, nodes, slit.lower)
    gap = np.maximum(lower_v - upper_v, 1e-3)
    within = np.minimum(v - upper_v, lower_v - v) / (0.25 * gap)
    within = np.where((u > 0) & (u < 1), np.clip(within, 0, 1), 0)
    return np.dstack([patch / factors, within]).astype(np.float32)


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


def _ball_shade(slit: Slit, grid: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return (H, W) how bright the eyeball is at rest: less at the corners and under the lid."""
    nodes, u, v = np.linspace(0, 1, NODES), grid[..., 0], grid[..., 1]
    below_lid = v - np.interp(u, nodes, slit.upper)
    side = np.clip(np.minimum(u, 1 - u) / 0.3, 0, 1)
    shade = (0.66 + 0.34 * np.clip(below_lid / 0.16, 0, 1)) * (0.68 + 0.32 * np.sqrt(side))
    return np.asarray(shade, np.float32)


def _white(
    patch: NDArray[np.float32],
    known: NDArray[np.bool_],
    typical: NDArray[np.bool_],
    shade: NDArray[np.float32],
    look: Look,
    pixels: float,
) -> NDArray[np.float32]:
    """Return the eyeball's chart without iris: the visible white, carried on under the lids and the iris.

    Args:
        patch: (H, W, 3) the picture.
        known: (H, W) where it shows the eyeball.
        typical: (H, W) where it shows what the hidden part is likely to be.
        shade: (H, W) as _ball_shade.
        look: the picture's.
        pixels: of the chart, per u.
    """
    # Colours are carried on as if evenly lit, and shaded again where they land.
    even = patch / shade[..., None]
    guess = _plausible_white(even[typical], look)
    # Slivers in the iris' and the lids' shadow are no guide to what a turned iris uncovers.
    lit = np.clip((luma(even) / max(float(luma(guess)), 1.0) - 0.6) / 0.25, 0.1, 1)
    weight = (np.where(typical, 1, np.where(known, 0.08, 0)) * lit).astype(np.float32)
    seen = (even * weight[..., None]).astype(np.float32)
    prior = 0.004
    total = np.broadcast_to(guess * prior, patch.shape).astype(np.float32)
    mass = np.full(known.shape, prior, np.float32)
    for sigma, gain in ((0.025, 1.0), (0.07, 0.12), (0.16, 0.02)):
        total = total + gain * cv2.GaussianBlur(seen, (0, 0), sigma * pixels)
        mass = mass + gain * cv2.GaussianBlur(weight, (0, 0), sigma * pixels)
    filled = 0.94 * total / mass[..., None] * shade[..., None]
    inner = cv2.erode(known.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    keep = (cv2.GaussianBlur(inner, (0, 0), 1.0) * known)[..., None]
    return np.asarray(filled * (1 - keep) + patch * keep, np.float32)


def _plausible_white(seen: NDArray[np.float32], look: Look) -> NDArray[np.float32]:
    """Return the white's colour: what is seen of it, or what the picture's light would make of it."""
    usual = match_grey(0.6 * look.light + 0.25 * look.skin, look) * 0.8
    if len(seen) < 12:
        return usual
    bright = luma(seen)
    colour = seen[(bright >= np.percentile(bright, 50)) & (bright <= np.percentile(bright, 90))].mean(axis=0)
    low = 0.4 * float(luma(look.skin))
    trust = np.clip((float(luma(colour)) - low) / max(0.3 * low, 1), 0, 1)
    return np.asarray(colour * trust + usual * (1 - trust), np.float32)


def _composed(
    white: NDArray[np.float32], iris: NDArray[np.float32], disc: NDArray[np.floating[Any]]
) -> NDArray[np.float32]:
    """Return the white's chart with the iris in its place, as the picture would show it without lids."""
    at = ((disc / IRIS_REACH + 1) / 2 * iris.shape[0] - 0.5).astype(np.float32)
    over = cv2.remap(iris, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = over[..., 3:] * (np.abs(disc).max(axis=-1) < IRIS_REACH)[..., None]
    return np.asarray(white * (1 - alpha) + over[..., :3] * alpha, np.float32)


def _edge_factors(
    avatar: Avatar,
    source: EyeSource,
    edge: NDArray[np.float32],
    sign: int,
    shown: NDArray[np.float32],
    white: NDArray[np.float32],
    top: float,
    pixels: float,
    reach: float,
) -> NDArray[np.float32]:
    """Return what a lid's edge does to the eyeball beside it: picture over bare eyeball, faded out at reach.

    Args:
        avatar: the picture.
        source: the eye in it.
        edge: (NODES,) v of the lid's edge, the rim included.
        sign: 1 for the upper lid, -1 for the lower.
        shown: (H, W, 3) the eyeball's chart with its iris.
        white: (H, W, 3) the eyeball's chart without.
        top: v of the charts' first row.
        pixels: of the charts, per u.
        reach: v from the edge into the eye.
    """
    width, rows = shown.shape[1], max(3, round(reach * pixels))
    u = (np.arange(width) + 0.5) / pixels - BESIDE
    depth = (np.arange(rows) + 0.5) / rows * reach
    v = np.interp(u, np.linspace(0, 1, NODES), edge)[None] + sign * depth[:, None]
    seen = sample(avatar, source.slit.to_pixels(np.stack([np.broadcast_to(u, v.shape), v], axis=-1)))
    at_x = np.broadcast_to((u + BESIDE) * pixels - 0.5, v.shape).astype(np.float32)
    at_y = ((v - top) * pixels - 0.5).astype(np.float32)
    bare, plain = (
        cv2.remap(chart, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for chart in (shown, white)
    )
    factors = np.clip((seen + 6) / (bare + 6), 0.08, 1.5)
    # Shadows have next to no colour of their own; what a coloured quotient tells of is skin or iris out of place.
    grey = luma(factors)[..., None]
    factors = np.minimum(0.35 * factors + 0.65 * grey, 1.12).astype(np.float32)
    # A lid's shadow is even along the lid: spots of it are an iris that lay a little elsewhere, and would stay there.
    sigma = 0.13 * pixels
    smooth = cv2.GaussianBlur(factors, (0, 0), sigmaX=sigma, sigmaY=0.6, borderType=cv2.BORDER_REPLICATE)
    # The rim is lid, not eyeball: all its colour counts, but where the iris ran under it.
    centre = source.slit.inverse[:, :2] @ source.iris.centre + source.slit.inverse[:, 2]
    beside = np.abs(u - centre[0]) > 1.1 * source.iris.radius_cm / source.unit_cm
    weight = np.broadcast_to(np.where(beside & (u > 0) & (u < 1), 1, 0.02).astype(np.float32), v.shape)
    lid = np.clip((seen + 6) / (plain + 6), 0.08, 2).astype(np.float32)
    total = cv2.GaussianBlur(lid * weight[..., None], (0, 0), sigmaX=sigma, sigmaY=0.6)
    rim = total / cv2.GaussianBlur(weight, (0, 0), sigmaX=sigma, sigmaY=0.6)[..., None]
    share = np.clip((source.rim - depth) * pixels + 0.5, 0, 1)[:, None, None]
    fade = np.clip((1 - depth / reach) / 0.6, 0, 1)[:, None, None]
    return np.asarray((1 + (smooth - 1) * fade) * (1 - share) + rim * share, np.float32)
