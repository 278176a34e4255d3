from __future__ import annotations

from dataclasses import replace

import numpy as np

from engines.rig.room import SHIFT_CM, room_of
from tests.fakes.sitter import made_avatar


def test_with_room_all_around_only_the_bottom_holds() -> None:
    room = room_of(made_avatar())
    assert (room.left_down == SHIFT_CM).all()
    assert room.right_up[0] == SHIFT_CM[0]
    assert 1.5 <= room.right_up[1] <= SHIFT_CM[1]


def test_a_tight_crop_leaves_little_room() -> None:
    avatar = made_avatar(share=0.9)
    full = room_of(replace(avatar, matte=np.full_like(avatar.matte, 255)))
    assert (full.right_up < SHIFT_CM).all()
    assert (full.left_down < SHIFT_CM).all()
    assert full.shrinking < room_of(made_avatar()).shrinking


def test_the_limit_is_that_of_the_direction() -> None:
    avatar = made_avatar(share=0.9)
    room = room_of(avatar)
    assert (room.limit(np.array([1.0, 1.0])) == room.right_up).all()
    assert (room.limit(np.array([-1.0, -1.0])) == room.left_down).all()
