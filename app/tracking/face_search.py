"""Where in a picture there are faces: the whole picture first, then closer, then with less and less demanded."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from app.tracking.graphs import Detector, LandmarkNet
from app.tracking.region import Region, place_landmarks

_SIDE = 320  # what the detector is given, at most; it looks at 128 pixels
_MOST_FACES = 12
# Bounds for pictures without a face, where a lax detector sees ghosts everywhere.
_MOST_WINDOWS, _FEW_WINDOWS, _PER_WINDOW = 48, 9, 5
_LARGE = 0.3  # of the short side: a picture with such a face needs no closest look
_FACE = 0.5  # least score of the landmark network for a region to be a face
_LOOSE = 0.3  # likewise where nothing better was found
_APART = 0.12  # two looks at one face may differ by this share of the region

_Window = tuple[float, float, float]  # left, top, side: pixels


def search_faces(net: LandmarkNet, rgb: NDArray[np.uint8]) -> list[Region]:
    """Return the regions of the faces in a picture, largest first.

    Args:
        net: to check what the detector says.
        rgb: (H, W, 3) uint8 contiguous.
    """
    for threshold, demand in ((0.5, _FACE), (0.3, _FACE), (0.1, _FACE), (0.02, _LOOSE)):
        detector = Detector(threshold)
        try:
            found: list[tuple[float, Region]] = []
            for number, windows in enumerate(_passes(rgb.shape[1], rgb.shape[0])):
                for window in windows[: _MOST_WINDOWS if threshold >= 0.3 else _FEW_WINDOWS]:
                    found += _checked(net, rgb, _detect(detector, rgb, window)[:_PER_WINDOW], demand)
                # The widest look misses small faces beside a large one, and errs about faces that are all small.
                if number > 0 and any(region.side > _LARGE * min(rgb.shape[:2]) for _, region in found):
                    break
        finally:
            detector.close()
        if found:
            return sorted(_distinct(found), key=lambda region: -region.side)[:_MOST_FACES]
    return []


def _passes(width: int, height: int) -> Iterator[list[_Window]]:
    """Yield windows: the whole picture with and without room around it, then two finer grids."""
    long, short = float(max(width, height)), float(min(width, height))
    middle = (width / 2, height / 2)
    yield [(middle[0] - side / 2, middle[1] - side / 2, side) for side in (long, 1.5 * long, 2.2 * long)]
    for share in (0.75, 0.5):
        side = max(share * short, min(64.0, short))
        lefts = _steps(width, side)
        tops = _steps(height, side)
        yield [(left, top, side) for top in tops for left in lefts]


def _steps(extent: float, side: float) -> list[float]:
    count = max(1, int(np.ceil((extent - side) / (0.5 * side))) + 1)
    return [float(value) for value in np.linspace(0, max(extent - side, 0), count)]


def _detect(detector: Detector, rgb: NDArray[np.uint8], window: _Window) -> list[tuple[float, Region]]:
    """Return score and region of the faces in a square window, which may reach beyond the picture."""
    left, top, side = window
    scale = side / _SIDE
    matrix = np.array([[scale, 0, left + scale / 2 - 0.5], [0, scale, top + scale / 2 - 0.5]])
    source = rgb
    if scale > 2:  # shrink first, so that nothing is skipped
        half = 1 / int(scale)
        source = np.asarray(
            cv2.resize(rgb, None, fx=half, fy=half, interpolation=cv2.INTER_AREA), dtype=np.uint8
        )
        matrix = matrix * (source.shape[1] / rgb.shape[1])
    border = tuple(float(value) for value in rgb.reshape(-1, 3)[:: max(1, rgb.size // 30000)].mean(axis=0))
    view = cv2.warpAffine(
        source, matrix, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=border
    )
    found = []
    for seen in detector(np.asarray(view, dtype=np.uint8)):
        r = Region.from_detection(seen)
        found.append((seen.score, Region(r.x * scale + left, r.y * scale + top, r.side * scale, r.angle)))
    return found


def _checked(
    net: LandmarkNet, rgb: NDArray[np.uint8], found: list[tuple[float, Region]], demand: float
) -> list[tuple[float, Region]]:
    """Keep the regions the landmark network takes for faces, moved to where it sees them, with how sure both are."""
    kept = []
    for sure, region in found:
        first, _ = place_landmarks(net, rgb, region)
        moved = Region.from_landmarks(first)
        # Of a face, a second look from a little elsewhere says the same.
        points, score = place_landmarks(net, rgb, moved)
        inside = (points[:, :2] >= 0).all(axis=1) & (points[:, :2] < (rgb.shape[1], rgb.shape[0])).all(axis=1)
        apart = float(np.linalg.norm(points[:, :2] - first[:, :2], axis=1).mean()) / max(region.side, 1)
        if score >= demand and inside.mean() > 0.5 and region.side >= 12 and apart < _APART:
            kept.append((sure * score * (1 - apart / _APART), Region.from_landmarks(points)))
    return kept


def _distinct(found: list[tuple[float, Region]]) -> list[Region]:
    """Drop what was found twice; the surest stays."""
    kept: list[Region] = []
    for _, region in sorted(found, key=lambda pair: -pair[0]):
        reach = 0.35 * region.side
        if all(
            abs(region.x - o.x) > max(reach, 0.35 * o.side) or abs(region.y - o.y) > max(reach, 0.35 * o.side)
            for o in kept
        ):
            kept.append(region)
    return kept
