"""Iris and white of a drawn eye, told apart and completed."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.rig.drawn_chart import BESIDE, EyeChart, carried_on
from engines.rig.look import luma


def iris_and_white(
    chart: EyeChart,
    opening: NDArray[np.bool_],
    lash: NDArray[np.float32],
    centre: NDArray[np.floating[Any]],
    radius: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the iris (H, W, 4) and the white (H, W, 3), both whole. centre (2,), radius: the landmarks', u and v."""
    light, chroma = chart.lab[..., 0], np.hypot(chart.lab[..., 1], chart.lab[..., 2])
    shown = opening & (lash < 0.3)
    bright = float(np.percentile(light[shown], 93)) if shown.sum() > 10 else 90.0
    pale = ((light > bright - 24) & (chroma < 20)) | ((light > bright - 45) & (chroma < 17) & (light > 50))
    size = max(3, round(0.05 * chart.pixels)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    blob = np.asarray(cv2.morphologyEx((shown & ~pale).astype(np.uint8), cv2.MORPH_OPEN, kernel), np.uint8)
    _, labels, stats, middles = cv2.connectedComponentsWithStats(blob)
    marked = np.hypot(chart.grid[..., 0] - centre[0], chart.grid[..., 1] - centre[1]) < radius
    if len(stats) > 1:
        x, y = (centre[0] + BESIDE) * chart.pixels, (centre[1] - chart.top) * chart.pixels
        away = np.hypot(middles[1:, 0] - x, middles[1:, 1] - y) / (0.2 * chart.pixels)
        blob = (labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA] / (1 + away)))).astype(np.uint8)
    if blob.sum() < 0.25 * (marked & opening).sum():
        blob = (marked & opening).astype(np.uint8)
    disc = _disc(_filled(blob, max(3, round(0.12 * chart.pixels))))
    wide = cv2.dilate(disc, np.ones((2 * size + 1, 2 * size + 1), np.uint8)) > 0
    clean = cv2.erode((shown & pale).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    known = (clean & ~wide).astype(np.float32)
    usual = np.array([244.0, 242.0, 244.0])
    if (shown & pale).sum() > 8:
        whites = chart.rgb[shown & pale]
        usual = np.median(whites[luma(whites) >= np.median(luma(whites))], axis=0)
    white = carried_on(chart.rgb, known, usual, chart.pixels, ((0.03, 1.0), (0.1, 0.03)))
    return _iris_sprite(disc, chart.rgb, opening), white


def _filled(blob: NDArray[np.uint8], gap: int) -> NDArray[np.uint8]:
    """Return the blob without holes or notches: highlights belong to the iris."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * gap + 1, 2 * gap + 1))
    padded = cv2.copyMakeBorder(blob, gap, gap, gap, gap, cv2.BORDER_CONSTANT)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)[gap:-gap, gap:-gap]
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(blob)
    if contours:
        hull = np.asarray(cv2.convexHull(max(contours, key=cv2.contourArea)), np.int32)
        cv2.fillConvexPoly(filled, hull, (1,))
    return filled


def _disc(seen: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the seen part of an iris with the cap that the lash line hides: as round above as it is below."""
    rows = np.flatnonzero(seen.any(axis=1))
    if len(rows) == 0:
        return seen
    widths = seen.sum(axis=1)
    widest = int(rows[np.argmax(widths[rows])])
    columns = np.flatnonzero(seen[widest])
    middle, half = float(columns.mean()), max(float(np.ptp(columns)) / 2, 1.0)
    below = max(float(rows[-1] - widest), 1.0)
    tall = max(below, half)
    y, x = np.mgrid[: seen.shape[0], : seen.shape[1]]
    cap = ((x - middle) / half) ** 2 + ((y - widest) / tall) ** 2 <= 1
    return np.asarray(seen | (cap & (y <= widest)), np.uint8)


def _iris_sprite(
    disc: NDArray[np.uint8], rgb: NDArray[np.float32], shown: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Return the iris (H, W, 4): its colours where they show, elsewhere the topmost shown ones carried upwards."""
    height, width = disc.shape
    seen = (disc > 0) & cv2.erode(shown.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    has = seen.any(axis=0)
    if not has.any():
        return np.dstack([rgb, np.zeros((height, width))]).astype(np.float32)
    columns = np.flatnonzero(has)
    nearest = columns[np.abs(np.arange(width)[:, None] - columns[None]).argmin(axis=1)]
    first = seen.argmax(axis=0)[nearest]
    rows = np.arange(height)[:, None]
    smooth = cv2.GaussianBlur(rgb, (0, 0), max(0.8, width / 100))
    hidden = rows < first[None] + 1
    carried = smooth[
        np.minimum(first + 2, height - 1)[None].repeat(height, 0), nearest[None].repeat(height, 0)
    ]
    colour = np.where(hidden[..., None], carried, rgb)
    alpha = cv2.GaussianBlur(disc.astype(np.float32), (0, 0), 0.8)
    return np.dstack([colour, alpha]).astype(np.float32)
