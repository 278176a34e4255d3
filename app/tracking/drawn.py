"""Fitting the mesh to a drawn face by its colours.

The landmark network learned from photographs: on a drawing it finds the head, but takes the eyes for smaller and the
mouth for lower than they are drawn. Here the face is looked at again in its own frame (eyes level, 100 pixels apart):
what is not skin around an iris is the eye, what is not skin below the nose is the mouth, and where the skin ends below
the mouth is the chin. What was found becomes anchors, and the mesh follows (anchors.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.tracking.anchors import ANCHORS, fit_anchors
from app.tracking.drawn_eyes import EyeBox, EyeFit, find_eyes
from app.tracking.drawn_mouth import MouthFit, find_mouth
from engines.face.topology import EYES, LEFT_EYE, RIGHT_EYE

D = 100.0  # distance of the eyes in the patch, pixels
LEFT, UP, WIDTH, HEIGHT = 160, 140, 320, 340  # of the patch around the middle of the eyes


@dataclass(frozen=True)
class Patch:
    """A face brought to its own frame.

    Attributes:
        lab: (HEIGHT, WIDTH, 3) float32, OpenCV's 8 bit Lab.
        unlike: (HEIGHT, WIDTH) float32, how unlike the skin a pixel is.
        matrix: (2, 3) patch to picture.
        start: (478, 2) the network's landmarks in the patch.
    """

    lab: NDArray[np.float32]
    unlike: NDArray[np.float32]
    matrix: NDArray[np.float64]
    start: NDArray[np.float64]


def fit_drawn(rgb: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """Return better landmarks for a drawn face, (478, 3), and how sure they are, 0..1.

    Args:
        rgb: (H, W, 3) uint8.
        landmarks: (478, 3) what the network found.
    """
    patch = make_patch(rgb, landmarks)
    eyes = find_eyes(patch.lab, patch.unlike, patch.start)
    mouth = find_mouth(patch.lab, patch.unlike, patch.start, eyes)
    places = _places(patch, eyes, mouth)
    anchors = {name: _to_picture(patch.matrix, point) for name, point in places.items()}
    fitted = fit_anchors(landmarks, (rgb.shape[1], rgb.shape[0]), anchors)
    if eyes.sureness > 0:
        _round_irises(fitted, eyes, patch.matrix)
    lower = 0.5 if mouth is None else 1.0 if mouth.chin_seen else 0.8
    return fitted, (0.25 + 0.75 * eyes.sureness) * lower


def make_patch(rgb: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> Patch:
    """Bring a face to its own frame."""
    right, left = (landmarks[eye.iris, :2].astype(np.float64) for eye in EYES)
    across = (left - right) / D
    turn = np.array([[across[0], -across[1]], [across[1], across[0]]])
    matrix = np.column_stack([turn, (right + left) / 2 - turn @ (LEFT, UP)])
    shifted = matrix.copy()
    shifted[:, 2] += shifted[:, :2] @ (0.5, 0.5) - 0.5
    scale = float(np.linalg.norm(across))
    if scale > 1.5:  # a large picture: no aliasing
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.45 * scale), dtype=np.uint8)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    face = cv2.warpAffine(rgb, shifted, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    lab = cv2.cvtColor(face, cv2.COLOR_RGB2LAB).astype(np.float32)
    start = (landmarks[:, :2] - matrix[:, 2]) @ np.linalg.inv(turn).T
    return Patch(lab, _unlike_skin(lab), matrix, start)


def _unlike_skin(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how unlike the skin every pixel is. Skin is what most of the cheeks and the nose is."""
    middle = lab[UP + 25 : UP + 70, LEFT - 55 : LEFT + 55].reshape(-1, 3)
    skin = np.median(middle, axis=0)
    for reach in (40.0, 25.0, 15.0):
        skin = np.median(middle[np.linalg.norm(middle - skin, axis=1) < reach], axis=0)
    # Blush and shade are skin still: less weight on light, and on what is only a little redder.
    off = (lab - skin) * np.array([0.7, 1.0, 1.0], np.float32)
    off[..., 1] = np.where(off[..., 1] > 0, np.maximum(off[..., 1] - 8, 0), off[..., 1])
    return np.asarray(np.linalg.norm(off, axis=2), dtype=np.float32)


def _places(patch: Patch, eyes: EyeFit, mouth: MouthFit | None) -> dict[str, tuple[float, float]]:
    """Return where the anchors lie in the patch. Eyes that were not made out stay as the network saw them."""
    middle = (eyes.right.x + eyes.left.x) / 2
    level = (eyes.right.bottom + eyes.left.bottom + eyes.right.top + eyes.left.top) / 4
    places: dict[str, tuple[float, float]] = {}
    if eyes.sureness > 0:
        places |= _eye_places("right", patch, eyes.right, middle) | _eye_places(
            "left", patch, eyes.left, middle
        )
        places["forehead"] = (middle, min(eyes.right.top, eyes.left.top) - 62)
    if mouth is not None:
        places |= mouth.anchors()
        centre = (mouth.left + mouth.right) / 2
        places["nose_tip"] = (middle + 0.6 * (centre - middle), level + 0.6 * (mouth.top - level))
    return places


def _eye_places(side: str, patch: Patch, box: EyeBox, middle: float) -> dict[str, tuple[float, float]]:
    outer, inner = (box.left, box.right) if side == "right" else (box.right, box.left)
    level = box.top + 0.55 * (box.bottom - box.top)
    places = {
        f"{side}_eye_outer": (outer, level),
        f"{side}_eye_inner": (inner, level),
        f"{side}_eye_top": (box.x, box.top),
        f"{side}_eye_bottom": (box.x, box.bottom),
        f"{side}_iris": (box.x, (box.top + box.bottom) / 2),
    }
    for part in ("outer", "middle", "inner"):  # drawn eyes reach up to where the network puts the brows
        x, y = patch.start[ANCHORS[f"{side}_brow_{part}"]]
        places[f"{side}_brow_{part}"] = (float(x), min(float(y), box.top - (10 if part == "outer" else 14)))
    aside = float(np.clip(abs(outer - middle) + 9, 86, 104))
    places[f"{side}_temple"] = (middle + (-aside if side == "right" else aside), level)
    return places


def _to_picture(matrix: NDArray[np.float64], point: tuple[float, float]) -> tuple[float, float]:
    x, y = matrix[:, :2] @ point + matrix[:, 2]
    return float(x), float(y)


def _round_irises(landmarks: NDArray[np.float32], eyes: EyeFit, matrix: NDArray[np.float64]) -> None:
    """Give the irises the size they are drawn: most of the opening's height."""
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    for eye, box in ((RIGHT_EYE, eyes.right), (LEFT_EYE, eyes.left)):
        rim = landmarks[list(eye.iris_rim), :2] - landmarks[eye.iris, :2]
        now = float(np.linalg.norm(rim, axis=1).mean())
        wanted = box.iris * scale
        landmarks[list(eye.iris_rim), :2] = landmarks[eye.iris, :2] + rim * (wanted / max(now, 1e-3))
