import pytest

torch = pytest.importorskip("torch", reason="needs the extra 'neural'")

from engines.fomm.transferring import head_motion, transferred  # noqa: E402


def keypoints(seed, count=10):
    drawn = torch.Generator().manual_seed(seed)
    value = torch.rand(1, count, 2, generator=drawn, dtype=torch.float64) - 0.5
    jacobian = torch.eye(2) + 0.3 * torch.randn(1, count, 2, 2, generator=drawn, dtype=torch.float64)
    return value, jacobian


def controls(relative=1.0, jacobian=1.0, scale=1.0, gain=1.0):
    return torch.tensor([relative, jacobian, scale, gain], dtype=torch.float64)


def moved_by(value, linear, shift):
    return value @ torch.tensor(linear, dtype=value.dtype).T + torch.tensor(shift, dtype=value.dtype)


NEUTRAL, SOURCE = keypoints(1), keypoints(2)
TURN = [[0.9, -0.2], [0.15, 1.1]], [0.1, -0.05]


def test_absolute_motion_is_the_drivers_own():
    driving = keypoints(3)
    value, jacobian = transferred(driving, NEUTRAL, SOURCE, controls(relative=0, scale=3, gain=2))
    assert torch.equal(value, driving[0])
    assert torch.equal(jacobian, driving[1])


def test_absolute_motion_needs_no_neutral():
    driving, nothing = keypoints(3), (torch.zeros(1, 10, 2).double(), torch.zeros(1, 10, 2, 2).double())
    value, jacobian = transferred(driving, nothing, SOURCE, controls(relative=0))
    assert torch.equal(value, driving[0])
    assert torch.equal(jacobian, driving[1])


def test_at_rest_the_avatar_is_as_it_was():
    value, jacobian = transferred(NEUTRAL, NEUTRAL, SOURCE, controls(gain=0.3))
    torch.testing.assert_close(value, SOURCE[0], rtol=0, atol=1e-12)
    torch.testing.assert_close(jacobian, SOURCE[1], rtol=0, atol=1e-12)


def test_a_gain_of_one_is_the_published_formula():
    driving = keypoints(3)
    value, jacobian = transferred(driving, NEUTRAL, SOURCE, controls(scale=1.4))
    torch.testing.assert_close(value, SOURCE[0] + 1.4 * (driving[0] - NEUTRAL[0]), rtol=0, atol=1e-15)
    wanted = driving[1] @ torch.linalg.inv(NEUTRAL[1]) @ SOURCE[1]
    torch.testing.assert_close(jacobian, wanted, rtol=0, atol=1e-12)


def test_without_jacobians_those_of_the_driver_are_used():
    driving = keypoints(3)
    _, jacobian = transferred(driving, NEUTRAL, SOURCE, controls(jacobian=0, gain=0.5))
    assert torch.equal(jacobian, driving[1])


@pytest.mark.parametrize("gain", [0.0, 0.5, 2.0])
def test_a_head_that_only_turns_is_turned_by_the_gain(gain):
    driving = (moved_by(NEUTRAL[0], *TURN), NEUTRAL[1])
    value, jacobian = transferred(driving, NEUTRAL, SOURCE, controls(gain=gain))
    torch.testing.assert_close(value - SOURCE[0], gain * (driving[0] - NEUTRAL[0]), rtol=0, atol=1e-11)
    linear = torch.tensor(TURN[0], dtype=torch.float64) - torch.eye(2)
    wanted = (torch.eye(2) + (gain - 1) * linear) @ SOURCE[1]
    torch.testing.assert_close(jacobian, wanted, rtol=0, atol=1e-11)


def test_what_is_not_the_heads_stays_as_it_is():
    """A mouth that opens while the head turns: with a gain of 0 the head is still and the mouth is not."""
    mouth = torch.zeros_like(NEUTRAL[0])
    mouth[0, 4] = torch.tensor([0.02, 0.1])
    _, shared = head_motion(NEUTRAL[0] + mouth, NEUTRAL[0])
    own = mouth - shared  # what no single affine map explains
    driving = (moved_by(NEUTRAL[0], *TURN) + own, NEUTRAL[1])
    value, _ = transferred(driving, NEUTRAL, SOURCE, controls(gain=0))
    torch.testing.assert_close(value - SOURCE[0], own, rtol=0, atol=1e-11)


def test_the_fit_is_least_squares():
    driving, _ = keypoints(3)
    stretch, shared = head_motion(driving, NEUTRAL[0])
    places = torch.nn.functional.pad(NEUTRAL[0][0], (0, 1), value=1.0)
    best = torch.linalg.lstsq(places, driving[0]).solution
    torch.testing.assert_close(shared[0], places @ best - NEUTRAL[0][0], rtol=0, atol=1e-11)
    torch.testing.assert_close(stretch[0, 0], best[:2].T - torch.eye(2), rtol=0, atol=1e-11)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("squash", [[0.0, 0.0], [1.0, 0.0], [1.0, 1e-7]])
def test_keypoints_on_a_line_or_in_a_point_give_no_wild_heads(dtype, squash):
    neutral = (NEUTRAL[0] * torch.tensor(squash)).to(dtype)
    driving = neutral + torch.tensor([0.1, 0.2], dtype=dtype)
    stretch, shared = head_motion(driving, neutral)
    assert stretch.abs().max() < 0.01
    torch.testing.assert_close(shared, (driving - neutral), rtol=0, atol=1e-3)
