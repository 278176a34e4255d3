"""A handful of named points that carry the whole mesh: what the landmark editor drags.

The mesh follows through a fixed map (anchor_map): smooth, exact at the anchors, and never degenerate, however the
anchors are placed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.tracking.anchor_map import anchor_layout, follow_map
from engines.face.topology import LEFT_EYE, RIGHT_EYE

ANCHORS: dict[str, int] = {
    "right_eye_outer": 33,
    "right_eye_top": 159,
    "right_eye_inner": 133,
    "right_eye_bottom": 145,
    "right_iris": 468,
    "left_eye_inner": 362,
    "left_eye_top": 386,
    "left_eye_outer": 263,
    "left_eye_bottom": 374,
    "left_iris": 473,
    "right_brow_outer": 70,
    "right_brow_middle": 105,
    "right_brow_inner": 107,
    "left_brow_inner": 336,
    "left_brow_middle": 334,
    "left_brow_outer": 300,
    "nose_tip": 4,
    "mouth_right": 61,
    "upper_lip_top": 0,
    "upper_lip_bottom": 13,
    "mouth_left": 291,
    "lower_lip_top": 14,
    "lower_lip_bottom": 17,
    "forehead": 10,
    "right_temple": 127,
    "right_jaw": 172,
    "chin": 152,
    "left_jaw": 397,
    "left_temple": 356,
}
"""The anchors in drawing order and the landmark each is. Right and left are the person's own."""

_FACE_SHARE = 0.45  # of the picture's short side: a head placed without any hint

Points = Mapping[str, tuple[float, float]]
_Array = NDArray[np.float64]


def anchors_of(landmarks: NDArray[np.floating[Any]]) -> dict[str, tuple[float, float]]:
    """Return where each anchor lies on (478, 2+) landmarks, in their pixels."""
    return {name: (float(landmarks[index, 0]), float(landmarks[index, 1])) for name, index in ANCHORS.items()}


def fit_anchors(
    landmarks: NDArray[np.floating[Any]] | None, size: tuple[int, int], anchors: Points
) -> NDArray[np.float32]:
    """Return (478, 3) landmarks that pass through the anchors; what lies between them follows smoothly.

    Args:
        landmarks: (478, 3) to start from; None places the canonical head.
        size: width and height of the picture, pixels.
        anchors: name to (x, y) pixels; any of ANCHORS, those left out follow. Wild values are brought to the picture.

    Raises:
        ValueError: an anchor's name is unknown.
    """
    unknown = sorted(set(anchors) - set(ANCHORS))
    if unknown:
        raise ValueError(f"no anchor is called {unknown[0]!r}")
    names = [name for name in ANCHORS if name in anchors]
    ids = [ANCHORS[name] for name in names]
    targets = _inside(np.array([anchors[name] for name in names], dtype=np.float64).reshape(-1, 2), size)
    start = _placed_head(ids, targets, size) if landmarks is None else np.asarray(landmarks, dtype=np.float64)
    if not ids:
        return start.astype(np.float32)
    moved = _carried(start, ids, targets)
    moved[:, :2] += follow_map(tuple(ids)) @ (targets - moved[ids, :2])
    moved[ids, :2] = targets
    _rims_follow(start, moved)
    return moved.astype(np.float32)


def _inside(points: _Array, size: tuple[int, int]) -> _Array:
    """Bring points to at most a picture's size outside of the picture; what is no number goes to the middle."""
    limits = np.array(size, dtype=np.float64)
    points = np.where(np.isfinite(points), points, limits / 2)
    return np.clip(points, -limits, 2 * limits)


def _placed_head(ids: list[int], targets: _Array, size: tuple[int, int]) -> _Array:
    """Return the canonical head laid under the anchors by a similarity; in the middle where they say too little."""
    layout = anchor_layout(0.0)
    width, height = size
    if len(ids) < 2 or float(np.ptp(targets, axis=0).max()) < 2:
        scale = _FACE_SHARE * min(size) / float(np.ptp(layout[:, 1]))
        middle = (
            targets.mean(axis=0) - scale * layout[ids, :2].mean(axis=0)
            if ids
            else np.array([width, height]) / 2
        )
        turn = np.eye(2) * scale
    else:
        turn, middle = _similarity(layout[ids, :2], targets, np.ones(len(ids)))
    placed = np.empty_like(layout)
    placed[:, :2] = layout[:, :2] @ turn.T + middle
    placed[:, 2] = layout[:, 2] * float(np.sqrt(abs(np.linalg.det(turn))))
    return placed


def _carried(start: _Array, ids: list[int], targets: _Array) -> _Array:
    """Move the whole face as most anchors moved (by least distances: one dragged anchor alone moves nothing else)."""
    moved = start.copy()
    if len(ids) < 3:
        moved[:, :2] += np.median(targets - start[ids, :2], axis=0) if len(ids) == 1 else 0.0
        return moved
    source, weights = start[ids, :2], np.ones(len(ids))
    extent = max(float(np.ptp(source, axis=0).max()), 1e-3)
    turn, shift = np.eye(2), np.zeros(2)
    for _ in range(25):
        turn, shift = _similarity(source, targets, weights)
        off = np.linalg.norm(source @ turn.T + shift - targets, axis=1)
        weights = 1 / np.maximum(off, 1e-4 * extent)
    still = np.linalg.norm(source - targets, axis=1) < 1e-3 * extent
    if still.sum() > 0.5 * len(ids):
        return moved
    moved[:, :2] = start[:, :2] @ turn.T + shift
    moved[:, 2] *= float(np.sqrt(abs(np.linalg.det(turn))))
    return moved


def _similarity(source: _Array, target: _Array, weights: _Array) -> tuple[_Array, _Array]:
    """Return the 2 x 2 turn-and-scale and the shift that carry source onto target, weighted least squares."""
    weights = weights / weights.sum()
    source_mean, target_mean = weights @ source, weights @ target
    s, t = source - source_mean, target - target_mean
    power = float(weights @ (s**2).sum(axis=1))
    along = float(weights @ (s * t).sum(axis=1))
    across = float(weights @ (s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0]))
    size = float(np.hypot(along, across))
    if power < 1e-9 or size < 1e-3 * power:  # all on one spot: keep the size, move only
        return np.eye(2), target_mean - source_mean
    turn = np.array([[along, -across], [across, along]]) / power
    return turn, target_mean - turn @ source_mean


def _rims_follow(start: _Array, moved: _Array) -> None:
    """Keep the irises round: their rims go with the centre and grow with the eye's width."""
    for eye in (RIGHT_EYE, LEFT_EYE):
        before, after = (float(np.linalg.norm(p[eye.outer, :2] - p[eye.inner, :2])) for p in (start, moved))
        growth = np.clip(after / max(before, 1e-6), 0.3, 3.0)
        rim = list(eye.iris_rim)
        moved[rim, :2] = moved[eye.iris, :2] + growth * (start[rim, :2] - start[eye.iris, :2])
