"""Hulls of keypoints and the scale of movement."""

from __future__ import annotations

import numpy as np
import pytest

from engines.fomm.hull import hull_area, movement_scale


def test_the_hull_of_a_square_with_points_inside_and_on_its_sides() -> None:
    points = np.array([(0, 0), (2, 0), (2, 2), (0, 2), (1, 1), (1, 0), (2, 1), (0.5, 1.5), (0, 0)], float)

    assert hull_area(points) == pytest.approx(4)


def test_a_hull_is_the_same_from_everywhere(rng: np.random.Generator) -> None:
    points = rng.normal(0, 1, (10, 2))
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    assert hull_area(3 * points @ turn.T + 5) == pytest.approx(9 * hull_area(points))
    assert hull_area(points[::-1]) == pytest.approx(hull_area(points))


@pytest.mark.parametrize("points", [np.zeros((10, 2)), np.ones((1, 2)), np.outer(np.arange(10), (0.1, 0.2))])
def test_keypoints_on_a_line_have_no_area_and_no_say(points: np.ndarray, rng: np.random.Generator) -> None:
    assert hull_area(points) == pytest.approx(0, abs=1e-12)
    assert movement_scale(rng.normal(0, 1, (1, 10, 2)), points[None]) == 1.0


def test_the_scale_is_that_of_lengths(rng: np.random.Generator) -> None:
    driver = rng.normal(0, 0.3, (1, 10, 2)).astype(np.float32)

    assert movement_scale(1.5 * driver, driver) == pytest.approx(1.5, rel=1e-6)


def test_keypoints_that_are_no_numbers_have_no_say() -> None:
    lost, seen = np.full((1, 10, 2), np.nan), np.array([[(0, 0), (1, 0), (0, 1)]], float)

    assert movement_scale(lost, seen) == movement_scale(seen, lost) == 1.0
