from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from app.tracking.matte import _cleaned, person_matte
from app.tracking.portrait import find_faces

from .conftest import Picture


@pytest.fixture(scope="module")
def landmarks(portrait: Picture) -> np.ndarray:
    return find_faces(portrait)[0].landmarks


def test_the_person_is_inside_and_the_background_is_not(portrait: Picture, landmarks: np.ndarray) -> None:
    matte = person_matte(portrait, landmarks)
    assert (matte.shape, matte.dtype) == ((512, 512), np.uint8)
    hull = cv2.convexHull(landmarks[:468, :2].astype(np.int32))
    face = cv2.fillConvexPoly(np.zeros((512, 512), np.uint8), hull, 1) > 0
    well_inside = cv2.erode(face.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert matte[well_inside].min() >= 250
    assert matte[:40, :40].max() < 20
    assert matte[:40, -40:].max() < 20
    assert 0.2 < (matte > 127).mean() < 0.7
    # Soft only at the edge.
    assert ((matte > 10) & (matte < 245)).mean() < 0.08


def test_a_face_the_network_denies_is_inside_all_the_same(
    rng: np.random.Generator, landmarks: np.ndarray
) -> None:
    matte = person_matte(rng.integers(0, 256, (512, 512, 3), dtype=np.uint8), landmarks)
    x, y = landmarks[:468, :2].mean(axis=0).astype(int)
    assert matte[y, x] == 255


def test_scraps_and_holes_go() -> None:
    mask, face = np.zeros((200, 200), np.float32), np.zeros((200, 200), np.float32)
    mask[50:180, 60:140] = 0.95
    face[70:110, 80:120] = 1
    mask[10:18, 10:18] = 0.9
    mask[120:126, 90:96] = 0
    cleaned = _cleaned(mask, face)
    assert cleaned[10:18, 10:18].max() < 0.1
    assert cleaned[120:126, 90:96].min() == 1
    assert cleaned[60, 65] == pytest.approx(0.95)


@pytest.mark.parametrize("size", [(64, 64), (300, 900), (900, 300), (3000, 2200)])
def test_any_size(portrait: Picture, landmarks: np.ndarray, size: tuple[int, int]) -> None:
    scale = np.array(size) / 512
    picture = np.asarray(cv2.resize(portrait, size, interpolation=cv2.INTER_AREA), np.uint8)
    points = landmarks.copy()
    points[:, :2] *= scale
    begun = time.process_time()
    matte = person_matte(picture, points)
    assert time.process_time() - begun < 60  # bounded: no step grows faster than the picture
    assert matte.shape == (size[1], size[0])
    x, y = points[:468, :2].mean(axis=0).astype(int)
    assert matte[y, x] == 255


def test_a_large_matte_agrees_with_a_small_one(portrait: Picture, landmarks: np.ndarray) -> None:
    small = person_matte(portrait, landmarks)
    large = np.asarray(cv2.resize(portrait, (2048, 2048), interpolation=cv2.INTER_CUBIC), np.uint8)
    points = landmarks.copy()
    points[:, :2] *= 4
    shrunk = cv2.resize(person_matte(large, points), (512, 512), interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk.astype(float) - small).mean() < 4
