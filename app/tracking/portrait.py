"""Finding faces in any picture: photos, paintings, drawings, large and small."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.tracking.drawn import fit_drawn
from app.tracking.face_search import search_faces
from app.tracking.graphs import LandmarkNet
from app.tracking.region import Region, place_landmarks
from engines.base import Style
from engines.face.canonical import mirror_order

_CROPS = 14  # as is and mirrored, so many views are averaged
_BEHIND = (200, 200, 200)  # what shows through a transparent picture while it is looked at
# Style: see _drawness.
_SPREAD, _EDGES, _FLAT = 0.0092, 7.0, 0.2
_DRAWN = -0.4
# Beyond, what was found is no face after all.
_LEAST_SCORE, _MOST_SPREAD, _LEAST_CONFIDENCE = 0.3, 0.05, 0.2
_SURE = 0.5


@dataclass(frozen=True)
class FoundFace:
    """A face in a picture.

    Attributes:
        landmarks: (478, 3) float32, pixels of the picture.
        confidence: 0..1.
        style: photo or drawn.
    """

    landmarks: NDArray[np.float32]
    confidence: float
    style: Style

    @property
    def is_sure(self) -> bool:
        """Whether the landmarks may be relied on; otherwise they deserve a look in the editor."""
        return self.confidence > _SURE


def find_faces(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None) -> list[FoundFace]:
    """Return the faces in a picture, best first: the surest and largest. Takes up to about a second.

    Args:
        rgb: (H, W, 3) uint8.
        alpha: (H, W) uint8, or None where the picture has none.

    Raises:
        ValueError: rgb is no RGB picture.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise ValueError(f"expected (H, W, 3) uint8, not {rgb.shape} {rgb.dtype}")
    if min(rgb.shape[:2]) < 16:
        return []
    rgb = np.ascontiguousarray(rgb) if alpha is None else laid_on_grey(rgb, alpha)
    net = LandmarkNet()
    try:
        looked = [_looked_at_closely(net, rgb, region) for region in search_faces(net, rgb)]
        faces = [face for face in looked if face is not None and face.confidence >= _LEAST_CONFIDENCE]
    finally:
        net.close()
    return sorted(faces, key=lambda face: -face.confidence * float(np.ptp(face.landmarks[:, 1])))


def laid_on_grey(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture as the networks look at it, (H, W, 3): without transparency, which they do not know."""
    opaque = alpha[..., None].astype(np.float32) / 255
    return np.asarray(rgb * opaque + np.array(_BEHIND, np.float32) * (1 - opaque) + 0.5, dtype=np.uint8)


def _looked_at_closely(net: LandmarkNet, rgb: NDArray[np.uint8], region: Region) -> FoundFace | None:
    landmarks, score, spread = average_landmarks(net, rgb, region)
    if score < _LEAST_SCORE or spread > _MOST_SPREAD:
        return None
    if _drawness(rgb, landmarks, spread) > _DRAWN:
        landmarks, sure = fit_drawn(rgb, landmarks)
        return FoundFace(landmarks, sure, Style.DRAWN)
    return FoundFace(landmarks, score * float(np.clip(1.25 - 45 * spread, 0.2, 1)), Style.PHOTO)


def average_landmarks(
    net: LandmarkNet, rgb: NDArray[np.uint8], region: Region
) -> tuple[NDArray[np.float32], float, float]:
    """Return landmarks averaged over many crops, the mean score, and how far the crops disagree (in region sides)."""
    points = place_landmarks(net, rgb, region)[0]
    region = Region.from_landmarks(points)
    mirrored = np.ascontiguousarray(rgb[:, ::-1])
    random = np.random.default_rng(0)  # the same picture gives the same landmarks
    views, scores = [], []
    for _ in range(_CROPS):
        dx, dy = random.uniform(-0.04, 0.04, 2) * region.side
        side, turn = region.side * random.uniform(0.93, 1.18), random.uniform(-0.1, 0.1)
        view = Region(region.x + dx, region.y + dy, side, region.angle + turn)
        for flip in (False, True):
            if flip:
                other = Region(rgb.shape[1] - view.x, view.y, view.side, -view.angle)
                placed, score = place_landmarks(net, mirrored, other)
                placed = placed[mirror_order()]
                placed[:, 0] = rgb.shape[1] - placed[:, 0]
            else:
                placed, score = place_landmarks(net, rgb, view)
            views.append(placed)
            scores.append(score)
    middle = np.median(views, axis=0)
    off = np.linalg.norm((np.array(views) - middle)[:, :, :2], axis=2).mean(axis=1) / region.side
    near = off <= 2 * np.median(off) + 1e-6
    mean = np.mean([view for view, keep in zip(views, near, strict=True) if keep], axis=0)
    return mean.astype(np.float32), float(np.mean(scores)), float(off.mean())


def _drawness(rgb: NDArray[np.uint8], landmarks: NDArray[np.float32], spread: float) -> float:
    """Return above 0 for a drawn face, below for a photo or a painting.

    A drawing confuses the landmark network (its crops disagree), has flat areas, and few but hard edges.
    """
    region = Region.from_landmarks(landmarks)
    crop = Region(region.x, region.y, 0.8 * region.side, region.angle).crop(rgb)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    slope = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)) / 4
    edges = float(np.percentile(slope, 90)) / max(float(np.median(slope)), 0.5)
    confusion = float(np.clip(np.log(max(spread, 1e-4) / _SPREAD), -1, 0.7))
    return (
        2 * confusion
        + 0.6 * float(np.log(max(edges, 0.1) / _EDGES))
        + 2 * (float((slope < 1).mean()) - _FLAT)
    )
