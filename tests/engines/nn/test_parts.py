"""The parts networks are made of: coordinates, filters, levels."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")

import torch

from engines.nn.antialias import AntiAlias
from engines.nn.coordinates import coordinate_grid, expectation, gaussians, sample
from engines.nn.hourglass import Hourglass


def test_outermost_pixels_lie_at_one() -> None:
    grid = coordinate_grid(3, 5, torch.zeros(1, dtype=torch.float64))

    assert grid.dtype == torch.float64
    assert grid[0, 0].tolist() == [-1, -1]
    assert grid[2, 4].tolist() == [1, 1]
    assert grid[1, 3].tolist() == [0.5, 0]


def test_sampling_at_every_pixels_own_place_changes_nothing() -> None:
    images = torch.rand(2, 3, 9, 13)

    taken = sample(images, coordinate_grid(9, 13, images).expand(2, -1, -1, -1))

    torch.testing.assert_close(taken, images)


def test_outside_there_is_nothing() -> None:
    taken = sample(torch.ones(1, 1, 4, 4), torch.full((1, 1, 1, 2), 2.0))

    assert taken.item() == 0


def test_the_expectation_under_a_gaussian_is_its_centre() -> None:
    centres = torch.tensor([[0.2, -0.1], [-0.3, 0.25]], dtype=torch.float64)
    maps = gaussians(centres, 65, 49, 0.01)

    assert maps.max() <= 1
    torch.testing.assert_close(expectation(maps / maps.sum((1, 2), keepdim=True)), centres, atol=1e-3, rtol=0)


@pytest.mark.parametrize(("scale", "taps"), [(0.5, 5), (0.25, 13), (0.125, 29)])
def test_the_filter_keeps_plain_areas_and_darkens_borders(scale: float, taps: int) -> None:
    smaller = AntiAlias(3, scale)

    made = smaller(torch.full((1, 3, 64, 64), 0.8))

    assert smaller.weight.shape == (3, 1, taps, taps)
    size = round(64 * scale)
    assert made.shape == (1, 3, size, size)
    assert made[0, 0, size // 2, size // 2].item() == pytest.approx(0.8, abs=1e-6)
    assert made[0, 0, 0, 0].item() < 0.7


def test_an_hourglass_returns_the_input_beside_what_it_found() -> None:
    network = Hourglass(3, [4, 8, 16, 16]).eval()
    features = torch.rand(2, 3, 32, 24)

    with torch.inference_mode():
        found = network(features)

    assert network.out_channels == 7
    assert found.shape == (2, 7, 32, 24)
    torch.testing.assert_close(found[:, 4:], features)
