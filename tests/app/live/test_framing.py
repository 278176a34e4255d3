from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.live.framing import face_box, frame_avatar, frame_picture, whole_picture
from app.settings import OutputSettings
from engines.base import View
from tests.fakes.characters import made_character
from tests.fakes.engine import made_avatar

WIDE = OutputSettings(width=1280, height=720)
SHAPES = [(512, 512), (600, 900), (1600, 900), (720, 1280), (3000, 400), (64, 64)]


def placed(size: tuple[int, int], share: float, x: float = 0.5, y: float = 0.45) -> tuple[float, ...]:
    """A face box, share of the picture's height high."""
    half = share * size[1] / 2
    return size[0] * x - 0.8 * half, size[1] * y - half, size[0] * x + 0.8 * half, size[1] * y + half


def on_screen(view: View, box: tuple[float, ...]) -> np.ndarray:
    return np.array(box) * view.scale + [*view.offset, *view.offset]


@pytest.mark.parametrize("side", [64, 256, 512, 1024])
def test_a_picture_of_the_outputs_own_size_is_shown_as_it_is(side):
    view = frame_picture((side, side), placed((side, side), 0.5), OutputSettings(width=side, height=side))
    assert view == View(side, side, 1.0, (0.0, 0.0))


@pytest.mark.parametrize("size", SHAPES)
@pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.9])
def test_the_face_is_in_the_output_and_of_a_good_size(size, share):
    box = placed(size, share)
    view = frame_picture(size, box, WIDE)
    left, top, right, bottom = on_screen(view, box)
    assert left >= -1
    assert right <= 1281
    assert top >= -1
    assert bottom <= 721 + 0.1 * 720
    contain, cover = sorted((1280 / size[0], 720 / size[1]))
    assert contain <= view.scale <= cover


@pytest.mark.parametrize("size", SHAPES)
@pytest.mark.parametrize("zoom", [0.5, 0.75, 1.5, 2.0, 3.0])
@pytest.mark.parametrize("x", [0.2, 0.5, 0.8])
def test_the_zoomed_face_stays_in_the_output(size, zoom, x):
    box = placed(size, 0.25, x=x)
    view = frame_picture(size, box, WIDE, zoom)
    left, top, right, bottom = on_screen(view, box)
    middle = (left + right) / 2, (top + bottom) / 2
    assert 0 <= middle[0] <= 1280
    assert 0 <= middle[1] <= 720
    if (bottom - top) < 700 and box[0] >= 0 and box[2] <= size[0]:
        assert left >= -1
        assert right <= 1281
        assert top >= -1
        assert bottom <= 721


def test_zooming_is_even_and_has_no_dead_range():
    box = placed((512, 512), 0.5)
    scales = [frame_picture((512, 512), box, WIDE, zoom).scale for zoom in np.linspace(0.5, 3, 26)]
    assert (np.diff(scales) > 0).all()


def test_a_bust_never_floats():
    for zoom in (0.5, 0.7, 1.0):
        for size in ((512, 512), (600, 900)):
            view = frame_picture(size, placed(size, 0.3), WIDE, zoom)
            assert view.offset[1] + view.scale * size[1] >= 719.5


def test_a_cut_out_bust_above_the_pictures_edge_never_floats_either():
    avatar = made_avatar(size=(200, 200), has_alpha=True)
    avatar.matte[150:] = 0
    for output in (WIDE, OutputSettings(width=720, height=720)):
        view = frame_avatar(avatar, output, 0.6)
        assert view.offset[1] + view.scale * 150 >= output.height - 1


def test_the_mirror_is_handed_on():
    assert frame_picture((64, 64), (10, 10, 50, 50), OutputSettings(mirror=True)).mirror


def test_offsets_are_whole_pixels():
    view = frame_picture((613, 517), placed((613, 517), 0.37), WIDE, 0.83)
    assert all(offset == round(offset) for offset in view.offset)


def test_the_whole_picture_is_centred():
    assert whole_picture((256, 256), (256, 256)) == View(256, 256, 1.0, (0.0, 0.0))
    assert whole_picture((100, 200), (400, 400)) == View(400, 400, 2.0, (100.0, 0.0))


def test_the_face_box_holds_the_landmarks():
    assert face_box(np.array([[1.0, 5.0, 0], [3.0, 2.0, 9.0]])) == (1.0, 2.0, 3.0, 5.0)


def test_a_character_is_framed_from_head_to_waist(tmp_path):
    character = made_character(tmp_path)
    near = frame_avatar(replace(character, character=None), OutputSettings())
    view = frame_avatar(character, OutputSettings())
    assert view.scale < 0.7 * near.scale
    top, bottom = (view.scale * y + view.offset[1] for y in (70, 512))  # of the head, of the picture
    assert 0 <= top < 0.15 * view.height
    assert bottom >= view.height
