from __future__ import annotations

import numpy as np
import pytest

from app.live.slate import slate, slate_picture


@pytest.mark.parametrize("size", [(1280, 720), (256, 256), (720, 1280), (64, 48), (16, 16), (3, 2)])
def test_it_fits_any_size(size):
    card = slate(*size)
    assert card.shape == (size[1], size[0], 3)
    assert card.dtype == np.uint8


def test_it_is_the_same_every_time_and_cannot_be_changed():
    card = slate(320, 180)
    assert slate(320, 180) is card
    with pytest.raises(ValueError, match="read-only"):
        card[0, 0] = 0


def test_the_mask_is_bright_in_the_middle_and_the_corners_are_dark():
    card = slate(640, 360)
    assert card[130:200, 270:310].max() > 200, "the mask"
    assert card[255:285, 260:380].max() > 200, "the name"
    assert card[:20, :20].max() < 60


def test_it_becomes_a_picture():
    picture = slate_picture(64, 48, 5.0)
    assert picture.slate
    assert not picture.driven
    assert picture.size == (64, 48)
    assert picture.time_s == 5.0
