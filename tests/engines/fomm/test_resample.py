from __future__ import annotations

import cv2
import numpy as np
import pytest

from engines.fomm.resample import resampled, taps

_PICTURE = np.random.default_rng(3).integers(0, 256, (40, 48, 4), np.uint8)


def test_nothing_to_do_copies() -> None:
    out = resampled(_PICTURE, taps(1, 0, 48, 0, 48), taps(1, 0, 40, 0, 40))
    assert (out == _PICTURE).all()


def test_whole_pixels_are_moved_and_mirrored_exactly() -> None:
    out = resampled(_PICTURE, taps(-1, 50, 48, 2, 50), taps(1, -3, 40, 0, 37))
    assert (out == _PICTURE[3:, ::-1]).all()


def test_enlarging_is_the_cubic_everybody_knows() -> None:
    out = resampled(_PICTURE, taps(2, 0, 48, 0, 96), taps(2, 0, 40, 0, 80))
    wanted = cv2.resize(_PICTURE, (96, 80), interpolation=cv2.INTER_CUBIC)
    assert np.abs(out.astype(int) - wanted)[4:-4, 4:-4].max() <= 1


@pytest.mark.parametrize("scale", [0.02, 0.37, 1.0, 2.6, 90.0])
@pytest.mark.parametrize("offset", [-7.3, 0.0, 11.9])
def test_one_colour_stays_one_colour_within_and_beyond(scale: float, offset: float) -> None:
    flat = np.full((9, 9, 3), 77, np.uint8)
    each = taps(scale, offset, 9, -20, 60)
    assert (resampled(flat, each, each) == 77).all()
    assert each.first.min() >= 0
    assert (each.first + each.weights.shape[1]).max() <= 9


def test_a_ramp_stays_where_it_is() -> None:
    ramp = np.repeat(np.arange(0, 200, 4, dtype=np.uint8)[None, :, None], 3, axis=0)
    for scale, offset in ((1.7, 3.2), (0.6, -2.4)):
        out = resampled(ramp, taps(scale, offset, 50, 20, 26), taps(1, 0, 3, 0, 3))
        wanted = 4 * ((np.arange(20, 26) + 0.5 - offset) / scale - 0.5)
        assert np.abs(out[1, :, 0] - wanted).max() <= 0.6


def test_shrinking_averages() -> None:
    checks = (np.indices((300, 300)).sum(axis=0) % 2 * 254).astype(np.uint8)[..., None]
    small = taps(0.2, 0, 300, 0, 60)
    assert np.abs(resampled(checks, small, small).astype(int) - 127).max() < 12
