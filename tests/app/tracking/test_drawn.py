"""A face of a few flat shapes, drawn here, so that where its eyes and mouth are is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.tracking.anchors import anchors_of, fit_anchors
from app.tracking.drawn import fit_drawn
from engines.face.topology import LEFT_EYE, RIGHT_EYE

from .conftest import Picture

SIZE = (600, 600)
SKIN, HAIR, IRIS, LINE = (255, 224, 204), (60, 60, 120), (60, 110, 200), (50, 30, 40)
EYE_Y, EYE_TALL, EYE_WIDE, MOUTH_Y, CHIN_Y = 300, 60, 70, 400, 450


def drawing(*, mouth_tall: int = 26, hair_in_eyes: bool = False) -> Picture:
    picture = np.full((600, 600, 3), (200, 200, 200), np.uint8)
    cv2.ellipse(picture, (300, 280), (190, 200), 0, 0, 360, HAIR, -1)
    cv2.ellipse(picture, (300, 300), (130, CHIN_Y - 300), 0, 0, 360, SKIN, -1)
    cv2.ellipse(picture, (300, 300), (130, CHIN_Y - 300), 0, 0, 180, LINE, 2, cv2.LINE_AA)
    for x in (230, 370):
        cv2.ellipse(picture, (x, EYE_Y), (EYE_WIDE // 2, EYE_TALL // 2), 0, 0, 360, (255, 255, 255), -1)
        cv2.ellipse(picture, (x, EYE_Y), (20, 27), 0, 0, 360, IRIS, -1)
        cv2.ellipse(picture, (x, EYE_Y), (9, 12), 0, 0, 360, (20, 30, 60), -1)
        cv2.ellipse(picture, (x, EYE_Y), (EYE_WIDE // 2, EYE_TALL // 2), 0, 0, 360, LINE, 2, cv2.LINE_AA)
        cv2.ellipse(
            picture, (x, EYE_Y), (EYE_WIDE // 2 + 2, EYE_TALL // 2 + 2), 0, 190, 350, LINE, 8, cv2.LINE_AA
        )
    cv2.line(picture, (300, 350), (298, 358), (220, 180, 160), 2, cv2.LINE_AA)
    if mouth_tall:
        cv2.ellipse(picture, (300, MOUTH_Y), (24, mouth_tall // 2), 0, 0, 360, (200, 90, 90), -1)
    else:
        cv2.line(picture, (276, MOUTH_Y), (324, MOUTH_Y), LINE, 3, cv2.LINE_AA)
    if hair_in_eyes:
        cv2.rectangle(picture, (215, 120), (245, EYE_Y - EYE_TALL // 2), HAIR, -1)
    return picture


def rough() -> np.ndarray:
    """Where a network that knows only photographs puts such a face: eyes too small, mouth and chin too low."""
    return fit_anchors(
        None,
        SIZE,
        {"right_iris": (232, 292), "left_iris": (367, 292), "chin": (300, 500), "forehead": (300, 190)},
    )


def check_eyes(landmarks: np.ndarray) -> None:
    for eye, x in ((RIGHT_EYE, 230), (LEFT_EYE, 370)):
        assert landmarks[eye.iris, :2] == pytest.approx((x, EYE_Y), abs=8)
        assert landmarks[eye.upper[3], 1] == pytest.approx(EYE_Y - EYE_TALL / 2, abs=9)
        assert landmarks[eye.lower[3], 1] == pytest.approx(EYE_Y + EYE_TALL / 2, abs=8)
        width = abs(landmarks[eye.outer, 0] - landmarks[eye.inner, 0])
        assert width == pytest.approx(EYE_WIDE, abs=16)


def test_eyes_mouth_and_chin_are_found() -> None:
    landmarks, sure = fit_drawn(drawing(), rough())
    assert sure > 0.9
    check_eyes(landmarks)
    places = anchors_of(landmarks)
    assert places["mouth_right"][0] == pytest.approx(276, abs=5)
    assert places["mouth_left"][0] == pytest.approx(324, abs=5)
    assert places["upper_lip_bottom"][1] == pytest.approx(MOUTH_Y - 13, abs=5)
    assert places["lower_lip_top"][1] == pytest.approx(MOUTH_Y + 13, abs=5)
    assert places["chin"] == pytest.approx((300, CHIN_Y), abs=6)


def test_a_mouth_of_one_line_is_closed() -> None:
    landmarks, _ = fit_drawn(drawing(mouth_tall=0), rough())
    places = anchors_of(landmarks)
    assert places["lower_lip_top"][1] - places["upper_lip_bottom"][1] < 3
    assert places["lower_lip_top"][1] == pytest.approx(MOUTH_Y, abs=5)


def test_hair_that_hangs_into_an_eye_does_not_stretch_it() -> None:
    landmarks, sure = fit_drawn(drawing(hair_in_eyes=True), rough())
    assert sure > 0.5
    check_eyes(landmarks)


def test_a_blank_face_keeps_the_networks_landmarks_and_says_it_is_unsure() -> None:
    start = rough()
    landmarks, sure = fit_drawn(np.full((600, 600, 3), SKIN, np.uint8), start)
    assert sure < 0.5
    assert landmarks == pytest.approx(start, abs=0.01)


def test_noise_never_gives_nonsense(rng: np.random.Generator) -> None:
    for _ in range(5):
        noise = rng.integers(0, 256, (600, 600, 3), dtype=np.uint8)
        landmarks, _ = fit_drawn(noise, rough())
        assert np.isfinite(landmarks).all()
        assert np.abs(landmarks).max() < 2000
