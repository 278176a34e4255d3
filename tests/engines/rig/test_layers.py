from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engines.rig.fill import fill_hole, spread
from engines.rig.layers import split
from tests.fakes.sitter import made_avatar


def test_the_layers_give_the_picture_back() -> None:
    avatar = made_avatar()
    layers = split(avatar)
    inside = layers.person[layers.margin : -layers.margin, layers.margin : -layers.margin].astype(float)
    whole = inside[..., :3] + layers.backdrop * (255 - inside[..., 3:]) / 255
    assert np.abs(whole - avatar.rgb).max() <= 2


def test_the_person_is_gone_from_the_backdrop() -> None:
    avatar = made_avatar()
    backdrop = split(avatar).backdrop.astype(int)
    hair = np.array([70, 45, 35])
    assert np.abs(backdrop - hair).max(axis=2).min() > 20
    left, right = backdrop[60:140, 45:75].mean(axis=(0, 1)), backdrop[60:140, 95:115].mean(axis=(0, 1))
    assert left[0] < right[0]


def test_background_far_from_the_person_is_the_pictures_own() -> None:
    avatar = made_avatar()
    layers = split(avatar)
    assert (layers.backdrop[:20, :10] == avatar.rgb[:20, :10]).all()
    assert not layers.person[layers.margin : layers.margin + 20, layers.margin : layers.margin + 10].any()


def test_colours_are_premultiplied_and_the_margin_carries_the_person_on_below() -> None:
    layers = split(made_avatar())
    assert (layers.person[..., :3] <= layers.person[..., 3:]).all()
    below = layers.person[-layers.margin + 5, layers.person.shape[1] // 2]
    assert below[3] == 255


def test_a_hair_the_matte_missed_goes_with_the_person() -> None:
    avatar = made_avatar()
    rgb = avatar.rgb.copy()
    top = int(np.flatnonzero(avatar.matte[:, 80])[0])
    rgb[top - 4 : top, 78:83] = (70, 45, 35)
    layers = split(replace(avatar, rgb=rgb))
    assert layers.backdrop[top - 4 : top, 78:83].astype(int).min(axis=2).mean() > 70
    assert layers.person[layers.margin + top - 2, layers.margin + 80, 3] > 200


def test_a_cut_out_character_keeps_its_alpha() -> None:
    avatar = made_avatar(has_alpha=True)
    layers = split(avatar)
    alpha = layers.person[layers.margin : -layers.margin, layers.margin : -layers.margin, 3]
    assert (alpha == avatar.matte).all()
    assert np.ptp(layers.backdrop.reshape(-1, 3), axis=0).max() == 0


@pytest.mark.parametrize("value", [0, 255])
def test_an_empty_or_full_matte_is_no_trouble(value: int) -> None:
    avatar = made_avatar()
    layers = split(replace(avatar, matte=np.full_like(avatar.matte, value)))
    assert layers.backdrop.shape == avatar.rgb.shape


def test_the_fill_carries_colours_and_grain_on(rng: np.random.Generator) -> None:
    picture = (rng.normal(0, 8, (120, 120, 1)) + np.array([90, 120, 150])).astype(np.float32)
    hole = np.zeros((120, 120), np.bool_)
    hole[40:80, 40:80] = True
    spoilt = picture.copy()
    spoilt[hole] = 0
    filled = fill_hole(spoilt, hole)
    assert np.abs(filled[hole].mean(axis=0) - (90, 120, 150)).max() < 4
    assert filled[42:46, 42:78, 0].std() > 4
    assert (filled[~hole] == picture[~hole]).all()


def test_spreading_covers_everything_with_known_colours() -> None:
    picture = np.zeros((64, 64, 3), np.float32)
    known = np.zeros((64, 64), np.bool_)
    picture[30:34, 30:34], known[30:34, 30:34] = 100, True
    assert np.abs(spread(picture, known) - 100).max() < 3
