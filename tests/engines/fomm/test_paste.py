from __future__ import annotations

import cv2
import numpy as np
import pytest

from engines.base import Avatar, View
from engines.errors import EngineError
from engines.fomm.paste import Paste, backdrop_of
from engines.fomm.sharpness import unsharp_amount
from engines.fomm.source import CALM, Source, framed, whole
from engines.fomm.tone import tone_of
from tests.engines.fomm.rules import picture
from tests.fakes.faces import made_face
from tests.fakes.sitter import made_avatar

_SIDE = 256
_SIZE = (500, 640)
_VIEW = View(*_SIZE, 1.0)


@pytest.fixture(scope="module")
def source() -> Source:
    return framed(made_avatar(_SIZE, share=0.35), _SIDE)


def _paste(source: Source, view: View, rest: np.ndarray | None = None) -> Paste:
    return Paste(source, tone_of(source, source.crop if rest is None else rest), view)


def _composed(
    source: Source, view: View, result: np.ndarray, matte: np.ndarray, **given: np.ndarray
) -> np.ndarray:
    person = _paste(source, view, **given)(result, matte).astype(float)
    return person[..., :3] + backdrop_of(source, view) * (255 - person[..., 3:]) / 255


def _square_in(source: Source, view: View) -> tuple[slice, slice]:
    left, top = (
        source.square.left * view.scale + view.offset[0],
        source.square.top * view.scale + view.offset[1],
    )
    side = source.square.side * view.scale
    return slice(round(top), round(top + side)), slice(round(left), round(left + side))


def test_the_hair_has_room_to_move(source: Source) -> None:
    rows = np.flatnonzero((source.matte > 127).any(axis=1))
    assert rows[0] >= 0.08 * _SIDE
    landmarks = source.as_avatar().landmarks
    assert 0.45 < np.ptp(landmarks[:468, 1]) / _SIDE < 0.65


def test_at_rest_the_picture_comes_back(source: Source) -> None:
    out, own = _composed(source, _VIEW, source.crop, source.matte), source.avatar.rgb
    inside = np.zeros(own.shape[:2], bool)
    inside[_square_in(source, _VIEW)] = True
    assert np.abs(out - own)[~inside].max() <= 2
    off = out.astype(np.float32) - own
    assert np.abs(cv2.GaussianBlur(off, (0, 0), 3)).max() < 25  # fine edges are softer, nothing is elsewhere
    assert np.abs(off).mean() < 2.5


def test_no_border_shows_however_wrong_the_colours_are(source: Source) -> None:
    tinted = np.clip(source.crop.astype(float) * (1.05, 0.95, 0.9) + (8, -6, 12), 0, 255)
    tinted[112:144, 112:144] = 255 - tinted[112:144, 112:144]
    rest = tinted.astype(np.uint8)
    out = _composed(source, _VIEW, rest, source.matte, rest=rest)
    off = cv2.GaussianBlur((out - source.avatar.rgb).astype(np.float32), (0, 0), 4)
    rows, columns = _square_in(source, _VIEW)
    for line in (
        off[rows.start + 4],
        off[rows.stop - 5],
        off[:, columns.start + 4],
        off[:, columns.stop - 5],
    ):
        assert np.abs(line).max() < 4
    assert (
        np.abs(off[rows, columns]).max() > 50
    )  # in the middle a picture that differs is the network's affair


def test_a_head_that_moves_leaves_background_and_border_alone(source: Source) -> None:
    slid = np.roll(source.crop, (14, 20), axis=(0, 1)), np.roll(source.matte, (14, 20), axis=(0, 1))
    out, own = _composed(source, _VIEW, *slid), source.avatar.rgb
    behind = backdrop_of(source, _VIEW)
    assert np.abs(out - own)[:10].max() <= 2
    rows, columns = _square_in(source, _VIEW)
    for line in (
        (rows.start, columns),
        (rows.stop - 1, columns),
        (rows, columns.start),
        (rows, columns.stop - 1),
    ):
        assert np.abs(out - own)[line].max() <= 4
    corner = out[rows, columns][20:40, 20:40]
    assert np.abs(corner - behind[rows, columns][20:40, 20:40]).max() <= 1


@pytest.mark.parametrize(
    "view",
    [View(640, 480, 0.9, (40, -60)), View(300, 200, 0.35, (-20.4, -7.7)), View(900, 700, 1.8, (0, -300))],
)
def test_a_mirrored_view_is_the_view_mirrored(source: Source, view: View) -> None:
    mirrored = View(view.width, view.height, view.scale, view.offset, mirror=True)
    plain = _paste(source, view)(source.crop, source.matte).astype(int)
    assert np.abs(plain[:, ::-1] - _paste(source, mirrored)(source.crop, source.matte)).max() <= 3


@pytest.mark.parametrize("scale", [0.05, 0.3, 1.0, 2.5, 6.0])
@pytest.mark.parametrize("offset", [(0.0, 0.0), (-333.3, 70.0), (2000.0, 0.0), (-5000.0, -5000.0)])
def test_any_view_can_be_asked_for(source: Source, scale: float, offset: tuple[float, float]) -> None:
    person = _paste(source, View(120, 90, scale, offset))(source.crop, source.matte)
    assert person.shape == (90, 120, 4)
    assert (person[..., :3] <= person[..., 3:]).all()


def test_what_the_network_draws_beyond_the_picture_is_hidden() -> None:
    source = framed(made_avatar((200, 160), share=0.9), _SIDE)
    assert source.square.left < 0 or source.square.top < 0
    view = View(300, 260, 1.0, (50, 50))
    white = np.full_like(source.crop, 255)
    person = _paste(source, view)(white, np.full_like(source.matte, 255))
    assert not person[:50].any()
    assert not person[210:].any()
    assert not person[:, :50].any()
    assert (person[100:150, 100:200] == 255).all()


def test_a_cut_out_character_may_lean_out_of_its_picture() -> None:
    avatar = made_avatar((300, 300), share=0.5, has_alpha=True)
    source = framed(avatar, _SIDE)
    view = View(400, 400, 1.0, (50, 50))
    high = np.roll(source.matte, -40, axis=0)
    person = _paste(source, view)(np.roll(source.crop, -40, axis=0), high)
    assert person[:50, :, 3].any() == (source.square.top < -5)
    assert not person[350:].any()  # the bust is cut off there
    assert (person[..., :3] <= person[..., 3:]).all()


def test_a_cut_out_character_is_laid_on_calm_grey_and_keeps_none_of_it() -> None:
    avatar = made_avatar((300, 300), share=0.5, has_alpha=True)
    avatar.rgb[avatar.matte == 0] = (255, 0, 255)
    avatar.rgb[avatar.matte > 0] = (250, 240, 30)
    source = framed(avatar, _SIDE)
    away = cv2.dilate(source.matte, np.ones((9, 9))) == 0
    assert (source.crop[away] == CALM).all()
    person = _paste(source, View(300, 300, 1.0))(source.crop, source.matte).astype(int)
    shown = person[..., 3] > 100
    straight = person[shown][:, :3] * 255 / person[shown][:, 3:]
    assert np.abs(straight - (250, 240, 30)).max() < 30


def test_a_square_as_it_is_comes_back_bit_for_bit() -> None:
    rgb = picture(13, _SIDE, _SIDE)
    avatar = Avatar("square", rgb, np.zeros((_SIDE, _SIDE), np.uint8), np.zeros((478, 3), np.float32))
    source = whole(avatar, _SIDE)
    assert (source.crop == rgb).all()
    result = np.random.default_rng(2).integers(0, 256, rgb.shape, np.uint8)
    person = _paste(source, View(_SIDE, _SIDE, 1.0))(result, source.matte)
    assert (person[..., :3] == result).all()
    assert (person[..., 3] == 255).all()


def test_a_square_of_another_size_is_fitted() -> None:
    avatar = Avatar(
        "large", picture(13, 512, 512), np.zeros((512, 512), np.uint8), made_face((512, 512)).landmarks
    )
    source = whole(avatar, _SIDE)
    result = picture(18, _SIDE, _SIDE)
    assert (_paste(source, View(_SIDE, _SIDE, 0.5))(result, source.matte)[..., :3] == result).all()
    assert _paste(source, View(512, 512, 1.0))(result, source.matte)[..., 3].min() == 255


def test_only_squares_can_be_taken_as_they_are() -> None:
    with pytest.raises(EngineError, match="not square"):
        whole(made_avatar((200, 160)), _SIDE)


def _sharp_avatar(blur: float) -> Avatar:
    avatar = made_avatar((900, 900), share=0.55)
    avatar.rgb[:] = cv2.GaussianBlur(picture(13, 900, 900), (0, 0), blur)
    return avatar


def test_sharpening_follows_the_pictures_own_sharpness() -> None:
    sharp, soft = (framed(_sharp_avatar(blur), _SIDE) for blur in (1.3, 6.0))
    assert unsharp_amount(sharp, 1.0) > unsharp_amount(soft, 1.0)
    assert unsharp_amount(soft, 1.0) < 0.3
    assert unsharp_amount(sharp, 0.2) == 0


def test_the_enlarged_square_is_nearer_to_the_picture_than_a_plain_enlargement() -> None:
    source = framed(_sharp_avatar(1.3), _SIDE)
    rows, columns = _square_in(source, View(900, 900, 1.0))
    middle = slice(rows.start + 150, rows.stop - 150), slice(columns.start + 100, columns.stop - 100)
    ours = _paste(source, View(900, 900, 1.0))(source.crop, np.full_like(source.matte, 255))[..., :3]
    step = source.square.side / _SIDE
    matrix = np.array(
        [[step, 0, source.square.left + step / 2 - 0.5], [0, step, source.square.top + step / 2 - 0.5]]
    )
    plain = cv2.warpAffine(source.crop, matrix, (900, 900), flags=cv2.INTER_LINEAR)
    off = [np.abs(each.astype(float) - source.avatar.rgb)[middle].mean() for each in (ours, plain)]
    assert off[0] < 0.9 * off[1]
