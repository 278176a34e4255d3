from __future__ import annotations

import numpy as np
import pytest

from engines.rig.limits import (
    KNEE,
    TURN,
    FoldGuard,
    angles_of,
    limit_turn,
    soft_limit,
    soft_limit_length,
    turn,
)
from tests.fakes.faces import made_face


@pytest.mark.parametrize("value", [-0.69, 0.0, 0.3, 0.7])
def test_small_numbers_pass_unchanged(value: float) -> None:
    assert float(soft_limit(value, 1.0)) == value


@pytest.mark.parametrize("value", [0.8, 3.0, 1e12, np.inf])
def test_large_numbers_stay_below_the_limit_in_both_directions(value: float) -> None:
    assert KNEE < float(soft_limit(value, 1.0)) <= 1.0
    assert float(soft_limit(-value, 1.0)) == -float(soft_limit(value, 1.0))


def test_the_limit_grows_steadily() -> None:
    out = soft_limit(np.linspace(0, 3, 200), 1.0)
    assert (np.diff(out) >= 0).all()
    assert np.diff(out).max() <= 3 / 199 + 1e-9


def test_not_a_number_becomes_nothing() -> None:
    assert float(soft_limit(np.nan, 2.0)) == 0.0


def test_vectors_keep_their_direction() -> None:
    vectors = np.array([[3.0, 4.0, 0.0], [0.1, 0.0, 0.0]])
    limited = soft_limit_length(vectors, np.array([2.0, 2.0]))
    assert np.linalg.norm(limited[0]) <= 2.0
    assert np.allclose(limited[0] / np.linalg.norm(limited[0]), [0.6, 0.8, 0])
    assert (limited[1] == vectors[1]).all()


def test_turn_and_angles_are_inverse() -> None:
    angles = np.radians([20.0, -12.0, 31.0])
    assert np.allclose(angles_of(turn(angles)), angles)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("sign", [-1, 1])
def test_no_turn_passes_its_limit(axis: int, sign: int) -> None:
    wanted = np.zeros(3)
    wanted[axis] = sign * np.radians(80)
    angles = np.degrees(angles_of(limit_turn(turn(wanted), np.eye(3), 2.0)))
    assert abs(angles[axis]) <= TURN[axis] + 1e-6
    assert abs(angles[axis]) > 0.7 * TURN[axis]


def test_a_picture_already_turned_turns_further_only_a_little() -> None:
    own = turn(np.radians([35.0, 0.0, 0.0]))
    away = np.degrees(angles_of(limit_turn(turn(np.radians([30.0, 0, 0])), own, 1.0)))[0]
    back = np.degrees(angles_of(limit_turn(turn(np.radians([-30.0, 0, 0])), own, 1.0)))[0]
    assert 0 < away < 10
    assert back < -20


def test_an_ordinary_face_is_not_touched_by_the_guard() -> None:
    rest, moved = made_face().local[:468], made_face(mouth_open=1.0).local[:468]
    assert FoldGuard().unfold(rest, moved) is moved


def test_garbage_is_pulled_back_until_hardly_any_skin_is_folded(rng: np.random.Generator) -> None:
    guard, rest = FoldGuard(), made_face().local[:468]
    moved = rest + rng.normal(0, 1.5, rest.shape)
    own = guard.areas(rest)
    folded = lambda local: int(((own > 0.06) & (guard.areas(local) < 0)).sum())  # noqa: E731
    assert folded(moved) > 100
    assert folded(guard.unfold(rest, moved)) <= 72
