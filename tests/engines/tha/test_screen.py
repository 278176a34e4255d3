"""What is laid into a view keeps its place and its outline, whatever is behind it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.base import View
from engines.tha.screen import Screen

SIDE = 128
OWN = np.eye(2, 3)


def disc(colour: tuple[int, int, int], middle: tuple[float, float] = (64, 64), radius: float = 40) -> NDArray:
    """A disc of one colour with a soft rim, premultiplied; middle x and y."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    alpha = np.clip(radius - np.hypot(x - middle[0], y - middle[1]) + 0.5, 0, 1)[..., None]
    return np.rint(alpha * np.array([*colour, 255.0])).astype(np.uint8)


def over(person: NDArray, behind: tuple[int, int, int]) -> NDArray:
    clear = 1 - person[..., 3:].astype(float) / 255
    return np.asarray(person[..., :3] + clear * np.array(behind))


@pytest.mark.parametrize("scale", [0.4, 0.9, 1.41, 2.0, 8.0])
@pytest.mark.parametrize("colour", [(250, 250, 250), (20, 20, 20), (20, 200, 40), (130, 90, 200)])
def test_on_its_own_colour_an_outline_is_invisible(scale, colour):
    shown = Screen(OWN, SIDE, View(200, 180, scale, (7.3, -4.6)))(disc(colour))
    assert np.abs(over(shown, colour) - colour).max() <= 2


@pytest.mark.parametrize("behind", [(0, 0, 0), (255, 255, 255), (0, 255, 0)])
@pytest.mark.parametrize("scale", [0.5, 1.41, 2.0])
def test_between_a_character_and_what_is_behind_there_is_nothing_else(behind, scale):
    colour = (200, 120, 60)
    shown = over(Screen(OWN, SIDE, View(260, 260, scale))(disc(colour)), behind)
    low, high = np.minimum(colour, behind), np.maximum(colour, behind)
    assert (shown >= low - 2).all()
    assert (shown <= high + 2).all()


def middle_of(shown: NDArray) -> NDArray:
    y, x = np.mgrid[0 : shown.shape[0], 0 : shown.shape[1]] + 0.5
    weight = shown[..., 3].astype(float)
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize(
    ("scale", "offset"), [(0.5, (20.2, 3.0)), (1.3, (-20.7, 9.4)), (4.0, (-80.0, -90.3))]
)
def test_it_stands_where_the_view_puts_it(mirror, scale, offset):
    matrix = np.array([[0.5, 0, 10], [0, 0.5, 20]])  # the square is half as large in the avatar's picture
    view = View(220, 200, scale, offset, mirror)
    shown = Screen(matrix, SIDE, view)(disc((9, 9, 9), (70, 50), 25))
    x, y = matrix @ (70, 50, 1)
    assert np.abs(middle_of(shown) - view.matrix @ (x, y, 1)).max() < 1.0
    assert (shown[..., 3] > 127).sum() == pytest.approx(np.pi * (25 * 0.5 * scale) ** 2, rel=0.06)


def test_beyond_the_view_nothing_is_drawn_and_the_next_picture_takes_the_place():
    away = Screen(OWN, SIDE, View(50, 50, 1.0, (60, 0)))
    assert not away(disc((9, 9, 9))).any()
    screen = Screen(OWN, SIDE, View(128, 128, 1.0))
    screen(disc((9, 9, 9)))
    assert not screen(np.zeros((SIDE, SIDE, 4), np.uint8)).any()
