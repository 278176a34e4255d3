"""The composed original, on a small model."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")


from engines.fomm.reference import Reference
from tests.engines.fomm.rules import driving_picture, small_config, small_state, source_picture


@pytest.fixture(scope="module")
def reference() -> Reference:
    made = Reference(small_config(), small_state("generator"), small_state("kp_detector"))
    made.prepare(source_picture())
    return made


def controls(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32)


def test_absolute_motion_takes_the_drivers_keypoints_as_they_are(reference: Reference) -> None:
    neutral = reference.keypoints(driving_picture(0))

    plain = reference.step(driving_picture(1))
    asked = reference.step(driving_picture(1), neutral, controls(0, 1, 3, 2))

    np.testing.assert_array_equal(plain.prediction, asked.prediction)


def test_a_step_says_what_it_saw(reference: Reference) -> None:
    found = reference.keypoints(driving_picture(1))

    result = reference.step(driving_picture(1))

    assert result.prediction.shape == (256, 256, 3)
    assert 0 <= result.prediction.min() < result.prediction.max() <= 1
    np.testing.assert_array_equal(result.value, found.value.numpy())
    np.testing.assert_array_equal(result.jacobian, found.jacobian.numpy())
    assert result.occlusion.shape == (1, 1, 64, 64)


def test_every_control_matters(reference: Reference) -> None:
    neutral = reference.keypoints(driving_picture(0))
    base = (1, 1, 1, 1)
    others = [(0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 1.4, 1), (1, 1, 1, 0.5)]

    predictions = [
        reference.step(driving_picture(2), neutral, controls(*numbers)).prediction
        for numbers in (base, *others)
    ]

    for numbers, other in zip(others, predictions[1:], strict=True):
        assert np.abs(other - predictions[0]).max() > 1e-3, numbers


def test_relative_motion_from_the_neutral_itself_stays_where_the_source_is(reference: Reference) -> None:
    neutral = reference.keypoints(driving_picture(0))
    still = Reference(small_config(), small_state("generator"), small_state("kp_detector"))
    still.prepare(source_picture())

    moved = reference.step(driving_picture(0), neutral, controls(1, 1, 1.4, 1))
    own = still.step(source_picture())

    np.testing.assert_allclose(moved.prediction, own.prediction, atol=2e-4)


def test_a_source_comes_first() -> None:
    empty = Reference(small_config(), small_state("generator"), small_state("kp_detector"))

    with pytest.raises(ValueError, match="prepare"):
        empty.step(driving_picture(0))


def test_relative_motion_wants_a_neutral(reference: Reference) -> None:
    with pytest.raises(ValueError, match="neutral"):
        reference.step(driving_picture(0), None, controls(1, 1, 1, 1))


def test_weights_that_do_not_fit_are_refused() -> None:
    state = dict(small_state("generator"))
    state.pop("final.bias")

    with pytest.raises(RuntimeError, match=r"final\.bias"):
        Reference(small_config(), state, small_state("kp_detector"))
