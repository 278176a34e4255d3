from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from app.tracking.graphs import Detection
from app.tracking.region import Region, to_picture
from tests.fakes.faces import made_face


def test_a_region_maps_its_crop_onto_the_picture() -> None:
    region = Region(100, 80, 50, math.pi / 2)
    corners = np.array([[0, 0, 0], [1, 0, 0], [0.5, 0.5, 0.1]])
    placed = to_picture(corners, region)
    # Turned by a quarter: the crop's x axis points down the picture.
    assert placed == pytest.approx(np.array([[125, 55, 0], [125, 105, 0], [100, 80, 5]]), abs=1e-4)


@pytest.mark.parametrize("side", [96.0, 192.0, 1000.0])
def test_a_crop_shows_what_the_matrix_says(side: float) -> None:
    ys, xs = np.mgrid[0:1400, 0:1600]
    ramp = np.stack([xs / 8, ys / 8, np.zeros_like(xs)], axis=2).astype(np.uint8)
    region = Region(820, 690, side, 0.3)
    crop = region.crop(ramp).astype(np.float64)
    where = region.matrix()
    for u, v in ((20, 30), (96, 96), (170, 150)):
        x, y = where[:, :2] @ (u + 0.5, v + 0.5) + where[:, 2] - 0.5
        assert crop[v, u, :2] == pytest.approx([x / 8, y / 8], abs=1.2)


def test_large_faces_are_shrunk_without_aliasing() -> None:
    stripes = np.zeros((1200, 1200, 3), np.uint8)
    stripes[:, ::2] = 255
    crop = Region(600, 600, 1100, 0).crop(stripes)
    assert crop[20:-20, 20:-20].std() < 25  # unshrunk: over 100


def test_outside_of_the_picture_is_black_and_allowed() -> None:
    white = np.full((40, 40, 3), 255, np.uint8)
    crop = Region(0, 0, 60, 0).crop(white)
    assert crop[10, 10].max() == 0
    assert crop[150, 150].min() == 255
    assert Region(-5000, 9000, 900, 1).crop(white).max() == 0


def test_detection_and_landmarks_ask_for_about_the_same_region() -> None:
    face = made_face((640, 480))
    eyes = face.landmarks[[468, 473], :2].astype(float)
    low, high = face.landmarks[:, :2].min(axis=0), face.landmarks[:, :2].max(axis=0)
    middle, side = (low + high) / 2, 0.9 * float((high - low).max())
    box = np.array([middle[0] - side / 2, middle[1] - side / 2, side, side])
    one, other = Region.from_detection(Detection(1.0, box, eyes)), Region.from_landmarks(face.landmarks)
    assert (one.x, one.y) == pytest.approx((other.x, other.y), abs=0.06 * side)
    assert one.side == pytest.approx(other.side, rel=0.1)
    assert one.angle == pytest.approx(other.angle, abs=0.02)


def test_the_angle_follows_the_eyes() -> None:
    face = made_face((640, 480))
    turn = cv2.getRotationMatrix2D((320, 240), -20, 1)
    turned = face.landmarks.copy()
    turned[:, :2] = face.landmarks[:, :2] @ turn[:, :2].T + turn[:, 2]
    assert math.degrees(Region.from_landmarks(turned).angle) == pytest.approx(20, abs=1)
