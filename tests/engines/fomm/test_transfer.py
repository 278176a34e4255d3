"""Relative transfer and the head's gain."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")

import torch

from engines.fomm.dense_motion import DenseMotion
from engines.fomm.keypoints import Keypoints
from engines.fomm.transfer import relative
from tests.engines.fomm.rules import small_config


def keypoints(rng: np.random.Generator) -> Keypoints:
    """Keypoints scattered over a face, with Jacobians near the identity."""
    value = rng.uniform(-0.6, 0.6, (1, 10, 2))
    jacobian = np.eye(2) + rng.normal(0, 0.2, (1, 10, 2, 2))
    return Keypoints(torch.tensor(value), torch.tensor(jacobian))


def turned(neutral: Keypoints, linear: torch.Tensor, offset: torch.Tensor) -> Keypoints:
    """Keypoints as one affine map moves them."""
    assert neutral.jacobian is not None
    return Keypoints(neutral.value @ linear.T + offset, linear @ neutral.jacobian)


LINEAR = torch.tensor([[0.9, -0.3], [0.3, 0.9]], dtype=torch.float64)
OFFSET = torch.tensor([0.1, -0.05], dtype=torch.float64)


def test_the_neutral_leaves_the_avatar_alone(rng: np.random.Generator) -> None:
    source, neutral = keypoints(rng), keypoints(rng)

    moved = relative(source, neutral, neutral, movement_scale=1.7, head_gain=2.0)

    torch.testing.assert_close(moved.value, source.value)
    torch.testing.assert_close(moved.jacobian, source.jacobian)


def test_without_jacobians_the_drivers_own_are_taken(rng: np.random.Generator) -> None:
    source, driving, neutral = keypoints(rng), keypoints(rng), keypoints(rng)

    moved = relative(source, driving, neutral, movement_scale=0.5, use_jacobian=False)

    torch.testing.assert_close(moved.value, source.value + 0.5 * (driving.value - neutral.value))
    assert moved.jacobian is driving.jacobian


def test_a_model_of_order_zero_moves_places_only(rng: np.random.Generator) -> None:
    source, driving, neutral = (Keypoints(keypoints(rng).value, None) for _ in range(3))

    moved = relative(source, driving, neutral, head_gain=2.0)

    assert moved.jacobian is None


@pytest.mark.parametrize("gain", [0.0, 0.5, 1.0, 2.0])
def test_the_gain_scales_a_motion_of_the_whole_head(rng: np.random.Generator, gain: float) -> None:
    source, neutral = keypoints(rng), keypoints(rng)
    driving = turned(neutral, LINEAR, OFFSET)

    moved = relative(source, driving, neutral, movement_scale=1.3, head_gain=gain)

    eye = torch.eye(2, dtype=torch.float64)
    torch.testing.assert_close(moved.value, source.value + 1.3 * gain * (driving.value - neutral.value))
    torch.testing.assert_close(moved.jacobian, (eye + gain * (LINEAR - eye)) @ source.jacobian)


def test_the_gain_leaves_a_single_keypoints_motion_alone(rng: np.random.Generator) -> None:
    """What is left after the best affine map is untouched: a gain of 0 removes that map and nothing else."""
    source, neutral = keypoints(rng), keypoints(rng)
    head = turned(neutral, LINEAR, OFFSET)
    places = torch.cat((neutral.value[0], torch.ones(10, 1, dtype=torch.float64)), dim=1)
    chance = torch.tensor(rng.normal(0, 0.05, (10, 2)))
    expression = chance - places @ torch.linalg.pinv(places) @ chance  # no affine map explains any of it
    driving = Keypoints(head.value + expression, head.jacobian)

    still = relative(source, driving, neutral, head_gain=0.0)
    twice = relative(source, driving, neutral, head_gain=2.0)

    torch.testing.assert_close(still.value[0], source.value[0] + expression)
    torch.testing.assert_close(
        twice.value[0], source.value[0] + 2 * (head.value - neutral.value)[0] + expression
    )


def test_a_gain_of_one_is_the_published_formula_whether_or_not_the_head_is_fitted(
    rng: np.random.Generator,
) -> None:
    source, driving, neutral = keypoints(rng), keypoints(rng), keypoints(rng)

    plain = relative(source, driving, neutral, movement_scale=0.8)
    fitted = relative(source, driving, neutral, movement_scale=0.8, head_gain=1 + 1e-12)

    torch.testing.assert_close(plain.value, fitted.value)
    torch.testing.assert_close(plain.jacobian, fitted.jacobian)


def test_keypoints_in_half_precision_move_as_others_do(rng: np.random.Generator) -> None:
    """Autocast makes halves of products of Jacobians on a card; PyTorch inverts none."""
    source, driving, neutral = (keypoints(rng) for _ in range(3))
    halves = [Keypoints(value.half(), jacobian.half()) for value, jacobian in (source, driving, neutral)]
    motion = DenseMotion(small_config())

    moved, moved_half = relative(source, driving, neutral), relative(*halves)
    places, places_half = (
        motion.candidates(to, of, 5, 5) for to, of in ((moved, source), (moved_half, halves[0]))
    )

    assert moved_half.jacobian is not None
    assert moved_half.jacobian.dtype is torch.float16
    torch.testing.assert_close(moved_half.jacobian.double(), moved.jacobian, atol=0.02, rtol=0.02)
    torch.testing.assert_close(places_half.double(), places, atol=0.05, rtol=0.05)
