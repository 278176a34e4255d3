"""The sink that keeps nothing, and fitting."""

from __future__ import annotations

import numpy as np
import pytest

from app.devices.fitting import fit
from app.devices.sink import NullSink


def test_the_null_sink_counts() -> None:
    with NullSink() as sink:
        sink.open(64, 48, 30)
        for _ in range(3):
            sink.send(np.zeros((48, 64, 3), np.uint8), 0.0)
    assert sink.sent == 3


def test_fitting_leaves_alone_crops_a_pixel_or_adds_bars() -> None:
    picture = np.full((49, 65, 3), 200, np.uint8)
    assert fit(picture, (65, 49)) is picture
    assert fit(picture, (64, 48)).shape == (48, 64, 3)
    wide = fit(picture, (200, 49))
    assert wide.shape == (49, 200, 3)
    assert wide[:, :60].max() == 0
    assert wide[:, 70:130].min() == 200


@pytest.mark.parametrize("size", [(10, 400), (400, 10), (2, 2)])
def test_fitting_keeps_the_shape_inside(size: tuple[int, int]) -> None:
    picture = np.full((100, 100, 4), 255, np.uint8)
    result = fit(picture, size)
    assert result.shape == (size[1], size[0], 4)
    lit = result[..., 0] > 128
    assert lit.any(axis=0).sum() == lit.any(axis=1).sum() == min(size)
    assert (result[..., 3] == 255).all()
