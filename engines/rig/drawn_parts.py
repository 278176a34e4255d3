"""The parts of a drawn eye, separated once: skin beneath, white, iris, lash line, lower line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.rig.drawn_chart import BESIDE, EyeChart, carried_on, chart_eye
from engines.rig.drawn_iris import iris_and_white
from engines.rig.look import Look
from engines.rig.slit import NODES, Slit

# How far a lash line reaches above the opening and into it, v.
_LASH_ABOVE, _LASH_INTO = 0.26, 0.1
# Where the lids meet, as a share of the opening from above; the lower lid comes up the rest.
_MEET = 0.86
# How far beyond the opening an eye may be drawn, u to the side, v over its highest and under its lowest place.
_ASIDE, _OVER = 0.28, 0.1
# A closed drawn eye is a gentle arc, however tall the open one is: its greatest depth, v.
_ARC = 0.2


@dataclass(frozen=True)
class DrawnParts:
    """One drawn eye. Charts are (H, W, 3 or 4) float32, colours 0-255, alpha 0-1, all of one size and place.

    Attributes:
        pixels: chart pixels per u, and about as many per v.
        top: v of the first row; the first column is at u = -BESIDE.
        upper: (NODES,) v of the opening's upper edge, at rest.
        lower: (NODES,) v of the lower edge.
        skin: (H, W, 4) skin without the eye, and where the eye's drawing has to be covered by it.
        white: (H, W, 3) the eyeball without iris.
        iris: (H, W, 4) iris, pupil and highlights, carried on under the lash line.
        lash: (H, W, 4) the upper lash line.
        line: (H, W, 4) what is drawn along the lower lid.
        around: (H, W, 4) what else of the eye is drawn beyond its opening: flicks, an eyeball wider than its lids.
    """

    pixels: float
    top: float
    upper: NDArray[np.float32]
    lower: NDArray[np.float32]
    skin: NDArray[np.float32]
    white: NDArray[np.float32]
    iris: NDArray[np.float32]
    lash: NDArray[np.float32]
    line: NDArray[np.float32]
    around: NDArray[np.float32]

    @cached_property
    def closed(self) -> NDArray[np.float32]:
        """(NODES,) v of the line where the lids meet."""
        u = np.linspace(0, 1, len(self.upper))
        deepest = float((self.upper + _MEET * (self.lower - self.upper)).max())
        arc = _ARC * math.tanh(max(deepest, 0.0) / _ARC) * (4 * u * (1 - u)) ** 0.75
        return np.clip(arc, self.upper, self.lower).astype(np.float32)

    @cached_property
    def lowest(self) -> float:
        """V of the lower edge's lowest place."""
        return float(self.lower.max())

    def halved(self) -> DrawnParts:
        """Return the parts at half the resolution, for small outputs."""
        width, height = self.white.shape[1] // 2, self.white.shape[0] // 2
        charts = [
            cv2.resize(x, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
            for x in (self.skin, self.white, self.iris, self.lash, self.line, self.around)
        ]
        return DrawnParts(width / (1 + 2 * BESIDE), self.top, self.upper, self.lower, *charts)


def cut_drawn_eye(
    avatar: Avatar, slit: Slit, iris_at: NDArray[np.floating[Any]], iris_radius: float, look: Look
) -> DrawnParts:
    """Separate a drawn eye.

    Args:
        avatar: the picture.
        slit: the eye's opening in it.
        iris_at: (2,) the iris' centre, pixels.
        iris_radius: pixels.
        look: the picture's.
    """
    chart = chart_eye(avatar, slit, look)
    upper, lower = _fitted_edges(chart, slit)
    above, below = _depths(chart.grid, upper, lower)
    opening = (above > 0) & (below > 0) & (chart.grid[..., 0] > 0) & (chart.grid[..., 0] < 1)
    lash = _lash(chart, above, opening)
    line = _lower_line(chart, below)
    inside = opening | _spill(chart, below)
    beyond = _beyond(chart, upper, lower, inside | (lash > 0.3))
    cover = np.maximum.reduce([lash, line, beyond, inside.astype(np.float32)])
    rounds = max(1, round(0.02 * chart.pixels))
    grown = _grown(cover, rounds)
    # Hair beside the eye is not to be covered.
    grown = np.where((cover > 0.02) | (chart.off_skin < 20), grown, 0).astype(np.float32)
    skin = _skin_plate(chart, grown)
    # Beyond the corners nothing moves, and what lies under a lash there may be hair.
    u = chart.grid[..., 0]
    between = np.clip(np.minimum(u + 0.03, 1.03 - u) / 0.05, 0, 1)
    softness = max(0.8, 0.012 * chart.pixels)
    covered = np.maximum(
        np.clip(1.5 * cv2.GaussianBlur(grown, (0, 0), softness), 0, 1) * between,
        cv2.GaussianBlur(_grown(beyond, rounds), (0, 0), softness),
    )
    # The lash line moves, with its rim.
    rim = round(0.012 * chart.pixels)
    around = beyond * np.clip(
        1 - np.maximum.reduce([_grown(lash, rim), line, inside.astype(np.float32)]), 0, 1
    )
    centre = slit.inverse[:, :2] @ iris_at + slit.inverse[:, 2]
    iris, white = iris_and_white(chart, opening, lash, centre, iris_radius / slit.width)
    return DrawnParts(
        pixels=chart.pixels,
        top=chart.top,
        upper=upper,
        lower=lower,
        skin=np.dstack([skin, covered]).astype(np.float32),
        white=white,
        iris=iris,
        lash=np.dstack([_pure(chart.rgb, lash), lash]).astype(np.float32),
        line=np.dstack([_pure(chart.rgb, line), line]).astype(np.float32),
        around=np.dstack([chart.rgb, around]).astype(np.float32),
    )


def _depths(
    grid: NDArray[np.float64], upper: NDArray[np.float32], lower: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far below the upper edge and above the lower edge every place lies, v."""
    nodes, u, v = np.linspace(0, 1, NODES), grid[..., 0], grid[..., 1]
    return v - np.interp(u, nodes, upper), np.interp(u, nodes, lower) - v


def _fitted_edges(chart: EyeChart, slit: Slit) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the opening's edges, the lower one taken down to where the skin begins if landmarks left some eye out."""
    nodes = np.linspace(0, 1, NODES)
    drop = []
    columns = np.linspace(0.25, 0.75, 9)
    for u in columns:
        x = int((u + BESIDE) * chart.pixels)
        start = int((float(np.interp(u, nodes, slit.lower)) - chart.top) * chart.pixels)
        stop = min(start + round(0.24 * chart.pixels), chart.off_skin.shape[0])
        bare = chart.off_skin[start:stop, x] < 14
        run = np.flatnonzero(np.convolve(bare, np.ones(2), "valid") >= 2)
        drop.append((run[0] if len(run) else 0) / chart.pixels)
    extra = float(np.median(drop))
    if extra < 0.03:
        return slit.upper, slit.lower
    arc = np.sqrt(np.clip(1 - (2 * nodes - 1) ** 2, 0, 1))
    return slit.upper, (slit.lower + extra * arc).astype(np.float32)


def _lash(chart: EyeChart, above: NDArray[np.float64], opening: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return (H, W) alpha of the upper lash line: dark strokes that touch the upper edge, within a band round it."""
    u, light = chart.grid[..., 0], chart.lab[..., 0]
    near = (np.abs(above) < 0.07) & (u > 0.1) & (u < 0.9)
    ink = chart.lab[near & (light <= np.percentile(light[near], 25))] if near.any() else chart.lab[:1, 0]
    ink = np.median(ink, axis=0)
    skin_light = (
        float(np.percentile(light[chart.off_skin < 12], 40)) if (chart.off_skin < 12).sum() > 20 else 80.0
    )
    # Half way between ink and skin a pixel is half ink.
    share = np.clip((skin_light - light) / max(skin_light - float(ink[0]), 12), 0, 1)
    alpha = np.clip((share - 0.25) / 0.5, 0, 1) * np.clip((chart.off_skin - 10) / 8, 0, 1)
    alpha *= np.linalg.norm((chart.lab - ink) * [0.0, 1.0, 1.0], axis=-1) < 34
    # The band tapers beyond the corners, where hair is often as dark as lashes.
    beyond = np.maximum(np.maximum(-u, u - 1), 0)
    room = np.clip(1 - beyond / 0.2, 0, 1)
    band = np.clip((above + _LASH_ABOVE * (0.35 + 0.65 * room) * (room > 0)) / 0.05, 0, 1)
    band *= np.clip((_LASH_INTO * (room > 0) - above) / 0.04, 0, 1) * np.clip(room * 3, 0, 1)
    lash = (alpha * band).astype(np.float32)
    lash = _touching(lash, (np.abs(above) < 0.05) & (u > 0.05) & (u < 0.95))
    return _touching(lash * _trim(lash, above, chart.pixels).astype(np.float32), np.abs(above) < 0.3)


def _beyond(
    chart: EyeChart, upper: NDArray[np.float32], lower: NDArray[np.float32], eye: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Return (H, W) alpha of what is drawn beyond an eye's opening and hangs together with it.

    What goes on beyond the eye's surroundings, or touches what does, is hair and left out.

    Args:
        chart: the picture round the eye.
        upper: (NODES,) v of the opening's upper edge.
        lower: (NODES,) v of its lower edge.
        eye: (H, W) what is the eye's for certain.
    """
    u, v = chart.grid[..., 0], chart.grid[..., 1]
    far = (np.maximum(-u, u - 1) > _ASIDE) | (np.maximum(upper.min() - v, v - lower.max()) > _OVER)
    drawn = (chart.off_skin >= 11) & ~eye
    _, labels = cv2.connectedComponents(drawn.astype(np.uint8))
    touching = cv2.dilate(eye.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    own = np.isin(labels, np.setdiff1d(np.unique(labels[touching]), [0, *np.unique(labels[far])]))
    # Where hair is near, a face that turns would lay skin over it.
    others = (drawn & ~own, chart.off_skin < 11)
    hair, skin = (cv2.GaussianBlur(part.astype(np.float32), (0, 0), 0.1 * chart.pixels) for part in others)
    clear = skin > 4 * hair
    pieces = _grown(own.astype(np.float32), 2) * clear
    return np.asarray(pieces * np.clip((chart.off_skin - 6) / 8, 0, 1) * ~far, np.float32)


def _grown(alpha: NDArray[np.float32], pixels: int) -> NDArray[np.float32]:
    """Return alpha grown by pixels on every side."""
    return np.asarray(cv2.dilate(alpha, np.ones((3, 3), np.uint8), iterations=pixels), np.float32)


def _touching(alpha: NDArray[np.float32], place: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return alpha of the pieces that touch a place and are not mere specks."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((alpha > 0.3).astype(np.uint8))
    if len(stats) < 2:
        return np.zeros_like(alpha)
    areas = stats[1:, cv2.CC_STAT_AREA]
    wanted = np.intersect1d(np.unique(labels[place]), 1 + np.flatnonzero(areas > 0.1 * areas.max()))
    keep = np.isin(labels, wanted)
    return np.asarray(alpha * cv2.dilate(keep.astype(np.uint8), np.ones((3, 3), np.uint8)), np.float32)


def _trim(alpha: NDArray[np.float32], above: NDArray[np.float64], pixels: float) -> NDArray[np.float64]:
    """Return (H, W) 0-1 that ends the lash line below at an even depth: what hangs lower is the iris' dark top."""
    solid = alpha > 0.5
    depth = np.where(solid, above, -1.0).max(axis=0)
    used = np.flatnonzero(solid.any(axis=0))
    if len(used) < 4:
        return np.ones_like(above)
    reach = max(2, round(0.12 * pixels))
    values = depth[used]
    low = np.array([np.percentile(values[max(0, i - reach) : i + reach + 1], 35) for i in range(len(used))])
    low = cv2.GaussianBlur(low[None], (0, 0), max(1.0, 0.05 * pixels))[0]
    limit = np.interp(np.arange(alpha.shape[1]), used, low)
    return np.clip((limit[None] + 0.015 - above) / 0.02 + 0.5, 0, 1)


def _lower_line(chart: EyeChart, below: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return (H, W) alpha of what is drawn along the lower lid."""
    u = chart.grid[..., 0]
    off = np.clip((chart.off_skin - 9) / 10, 0, 1)
    band = np.clip((below + 0.11) / 0.04, 0, 1) * np.clip((0.012 - below) / 0.02, 0, 1)
    side = np.clip(np.minimum(u + 0.1, 1.1 - u) / 0.08, 0, 1)
    return np.asarray(off * band * side, np.float32)


def _spill(chart: EyeChart, below: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return (H, W) what of the eye is drawn lower than its lower lid."""
    u = chart.grid[..., 0]
    return np.asarray((chart.off_skin > 9) & (below <= 0.01) & (below > -0.14) & (u > 0.06) & (u < 0.94))


def _pure(rgb: NDArray[np.float32], alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return stroke colours carried on into their soft edges, so that no skin comes along."""
    core = (alpha > 0.85).astype(np.float32)
    if core.sum() < 4:
        core = alpha
    weight = cv2.GaussianBlur(core, (0, 0), 2.0)
    colour = cv2.GaussianBlur(rgb * core[..., None], (0, 0), 2.0) / np.maximum(weight, 1e-4)[..., None]
    solid = np.clip(alpha * 2 - 1, 0, 1)[..., None]
    return np.asarray(np.where(weight[..., None] > 1e-3, colour * (1 - solid) + rgb * solid, rgb), np.float32)


def _skin_plate(chart: EyeChart, cover: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the chart with the covered part filled from the skin around it."""
    like = (chart.off_skin < 13) & (cover < 0.05)
    size = max(1, round(0.02 * chart.pixels))
    pure = cv2.erode(like.astype(np.uint8), np.ones((2 * size + 1, 2 * size + 1), np.uint8))
    trust = pure.astype(np.float32) if pure.sum() > 30 else like.astype(np.float32)
    skin = chart.rgb[trust > 0]
    usual = np.median(skin, axis=0) if len(skin) > 10 else np.median(chart.rgb.reshape(-1, 3), axis=0)
    plate = carried_on(chart.rgb, trust, usual, chart.pixels, ((0.06, 1.0), (0.16, 0.05), (0.4, 0.003)))
    return np.asarray(cv2.GaussianBlur(plate, (0, 0), 0.04 * chart.pixels), np.float32)
