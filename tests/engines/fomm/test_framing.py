from __future__ import annotations

import numpy as np
import pytest

from engines.fomm.framing import SIDE, Square, square_of
from tests.fakes.faces import made_face


def _ramp(width: int = 400, height: int = 300) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return np.clip(np.rint(0.5 * x + 0.15 * y), 0, 255).astype(np.uint8)


def test_the_head_takes_its_share_of_the_square() -> None:
    face = made_face((640, 480), share=0.4)
    square = square_of(face.landmarks)
    inside = square.to_square(face.landmarks)
    assert np.ptp(inside[:468, 1]) / SIDE == pytest.approx(0.6, abs=0.01)
    assert (inside[:468, 0].min() + inside[:468, 0].max()) / 2 / SIDE == pytest.approx(0.5, abs=0.01)
    assert (inside[:468, 1].min() + inside[:468, 1].max()) / 2 / SIDE == pytest.approx(0.54, abs=0.01)


def test_expressions_do_not_move_the_square() -> None:
    calm, shouting = square_of(made_face().landmarks), square_of(made_face(mouth_open=3, closed=1).landmarks)
    assert shouting.x == pytest.approx(calm.x, abs=1)
    assert shouting.y == pytest.approx(calm.y, abs=1)
    assert shouting.side == pytest.approx(calm.side, rel=0.01)


def test_the_square_goes_with_the_face() -> None:
    here, there = square_of(made_face().landmarks), square_of(made_face(shift=(40, -25)).landmarks)
    assert (there.x - here.x, there.y - here.y) == pytest.approx((40, -25), abs=0.1)


@pytest.mark.parametrize("landmarks", [np.full((478, 3), np.nan), np.zeros((478, 3))])
def test_what_is_no_face_has_no_square(landmarks: np.ndarray) -> None:
    with pytest.raises(ValueError, match="landmarks"):
        square_of(landmarks)


@pytest.mark.parametrize(
    "square",
    [Square(95.3, 105.6, 150), Square(138.25, 128.5, 256), Square(148.7, 147.2, 290), Square(150, 150, 300)],
)
def test_cutting_is_exact_to_fractions_of_a_pixel(square: Square) -> None:
    cut = square.cut(_ramp()).astype(float)
    step = square.side / SIDE
    places = (np.arange(SIDE) + 0.5) * step - 0.5
    wanted = 0.5 * (square.left + places) + 0.15 * (square.top + places)[:, None]
    inner = slice(3, -3)
    assert np.abs(cut - np.clip(wanted, 0, 255))[inner, inner].max() <= 1.1


def test_shrinking_averages() -> None:
    checks = np.indices((1200, 1200)).sum(axis=0) % 2 * np.uint8(254)
    cut = Square(550.5, 550.25, 1100).cut(checks.astype(np.uint8))
    assert np.abs(cut.astype(int) - 127).max() < 30


def test_a_square_of_the_right_size_is_copied() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (300, 310, 3), np.uint8)
    assert (
        Square(7 + SIDE / 2, 12 + SIDE / 2, SIDE).cut(picture) == picture[12 : 12 + SIDE, 7 : 7 + SIDE]
    ).all()


def test_beyond_the_picture_its_border_goes_on() -> None:
    picture = np.full((100, 100, 3), 9, np.uint8)
    picture[:, 0] = 200
    for square in (Square(72, 78, 256), Square(71.65, 78.15, 256.3)):
        cut = square.cut(picture)
        assert (cut[:, :54] == 200).all()
        assert (cut[:, 60:] == 9).all()
