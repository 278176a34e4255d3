"""The square a network is given: the face in its place, the person alone, edges without the old background."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engines.base import View
from engines.errors import EngineError
from engines.face.topology import CHIN, FACE_OVAL
from engines.rig.layers import split
from engines.tha.screen import Screen
from engines.tha.square import framed, still_of, whole
from tests.fakes.characters import made_character
from tests.fakes.sitter import made_avatar


@pytest.mark.parametrize("side", [512, 256])
@pytest.mark.parametrize("share", [0.2, 0.6])
def test_the_face_comes_to_lie_where_networks_look_for_it(side, share):
    avatar = made_avatar((400, 500), share=share, shift=(30, 20))
    square = framed(avatar, split(avatar), side)
    seen = square.as_avatar(avatar)
    assert np.abs(seen.landmarks[CHIN, :2] - (side / 2, 191)).max() < 1
    assert 60 < np.ptp(seen.landmarks[list(FACE_OVAL), 0]) < 85
    eye = seen.landmarks[468, :2]
    assert np.abs(square.matrix @ (*eye, 1) - avatar.landmarks[468, :2]).max() < 0.01
    skin = seen.rgb[int(eye[1]) + 12, int(eye[0])].astype(int)
    assert np.abs(skin - (215, 170, 145)).max() < 30


def test_a_body_cut_off_below_goes_on_and_the_old_background_is_gone():
    avatar = made_avatar((400, 500), share=0.5)
    green = np.where(avatar.matte[..., None] > 0, avatar.rgb, np.array([0, 255, 0], np.uint8))
    avatar = replace(avatar, rgb=green)
    square = framed(avatar, split(avatar), 512)
    assert square.rgba[-1, 256, 3] == 255
    assert not square.rgba[0, 0].any()
    rim = (square.rgba[..., 3] > 40) & (square.rgba[..., 3] < 215)
    rim[200:] = False  # one row, over and over
    straight = square.rgba[rim][:, :3].astype(int)
    assert rim.sum() > 50
    assert np.median(straight[:, 1] - straight[:, [0, 2]].max(1)) < 40  # no green wall in it


def test_a_characters_own_picture_is_taken_as_it_is(tmp_path):
    character = made_character(tmp_path)
    square = whole(character)
    assert (square.rgba[..., :3] == character.rgb).all()
    assert (square.rgba[..., 3] == character.matte).all()
    assert (square.matrix == np.eye(2, 3)).all()


def test_without_a_face_there_is_no_square():
    avatar = made_avatar()
    bare = replace(avatar, landmarks=np.zeros_like(avatar.landmarks))
    with pytest.raises(EngineError, match="is not marked"):
        framed(bare, split(avatar), 512)


def test_what_lies_beyond_the_square_stands_still_around_it():
    avatar = made_avatar((300, 380), share=0.3, has_alpha=True)
    legs = ((0, 900), (0, 0))
    long = replace(
        avatar,
        rgb=np.pad(avatar.rgb, (*legs, (0, 0)), mode="edge"),
        matte=np.pad(avatar.matte, legs, mode="edge"),
    )
    view = View(300, 1280, 1.0)
    shown = []
    for each in (avatar, long):
        layers = split(each)
        square = framed(each, layers, 512)
        still = still_of(each, layers, square, view)
        assert (still is None) == (each is avatar)
        straight = square.rgba.astype(np.float32)
        straight[..., :3] *= straight[..., 3:] / 255
        shown.append(Screen(square.matrix, 512, view, still=still)(np.rint(straight).astype(np.uint8)))
    assert (shown[1][:380, :, 3] == shown[0][:380, :, 3]).mean() > 0.97
    wanted = long.rgb * (long.matte[..., None] / 255)
    assert np.abs(shown[1][..., :3] - wanted).mean() < 3
    assert shown[1][-1, 150, 3] == 255
