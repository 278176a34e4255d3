from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.topology import EYES
from engines.rig.eyes import EyePainter, limited_gaze
from engines.rig.motion import Motion
from tests.fakes.features import canvas_of, featured_avatar, inside, mirrored, moved, points_of


@pytest.fixture(scope="module")
def avatar() -> Avatar:
    return featured_avatar()


@pytest.fixture(scope="module")
def painters(avatar: Avatar) -> tuple[EyePainter, ...]:
    return tuple(EyePainter(avatar, eye) for eye in EYES)


def _painted(
    painters: tuple[EyePainter, ...], avatar: Avatar, motion: Motion, scale: float = 1.0
) -> NDArray[np.uint8]:
    canvas = canvas_of(avatar, scale)
    for painter in painters:
        painter.paint(canvas, points_of(motion, scale), motion, scale)
    return canvas


def _dark_middle(canvas: NDArray[np.uint8], motion: Motion, index: int, scale: float) -> NDArray[np.float64]:
    """Centre of the iris' darkness inside the lids, pixels."""
    within = inside(canvas, points_of(motion, scale), EYES[index].outline)
    weight = np.where(within, np.clip(170.0 - canvas[..., 0], 0, None), 0)
    rows, columns = np.mgrid[: canvas.shape[0], : canvas.shape[1]]
    return np.array([(columns * weight).sum(), (rows * weight).sum()]) / weight.sum()


def test_the_neutral_is_left_alone_bit_for_bit(avatar: Avatar, painters: tuple[EyePainter, ...]) -> None:
    assert np.array_equal(_painted(painters, avatar, moved(avatar)), canvas_of(avatar))


@pytest.mark.parametrize("look", [0.1, -0.1])
def test_the_iris_goes_where_the_gaze_says(
    avatar: Avatar, painters: tuple[EyePainter, ...], look: float
) -> None:
    scale = 2.0
    motion, rest = moved(avatar, gaze=(look, 0.0)), moved(avatar)
    canvas = _painted(painters, avatar, motion, scale)
    for index, eye in enumerate(EYES):
        went = _dark_middle(canvas, motion, index, scale) - _dark_middle(
            canvas_of(avatar, scale), rest, index, scale
        )
        width = np.linalg.norm(points_of(rest, scale)[eye.outer] - points_of(rest, scale)[eye.inner])
        assert went[0] == pytest.approx(look * width, abs=0.25 * abs(look) * width)
        assert abs(went[1]) < 0.05 * width


def test_only_the_eyes_are_touched_by_a_gaze(avatar: Avatar, painters: tuple[EyePainter, ...]) -> None:
    motion = moved(avatar, gaze=(0.12, 0.05))
    canvas = _painted(painters, avatar, motion)
    changed = (canvas != canvas_of(avatar)).any(axis=2)
    near = np.zeros_like(changed)
    for eye in EYES:
        x0, y0 = points_of(motion)[list(eye.outline)].min(axis=0).astype(int) - 3
        x1, y1 = points_of(motion)[list(eye.outline)].max(axis=0).astype(int) + 4
        near[y0:y1, x0:x1] = True
    assert changed.any()
    assert not (changed & ~near).any()


def test_a_closed_eye_shows_skin_and_a_dark_line(avatar: Avatar, painters: tuple[EyePainter, ...]) -> None:
    scale = 2.0
    motion = moved(avatar, openness=0.0)
    canvas = _painted(painters, avatar, motion, scale)
    for eye in EYES:
        was = inside(canvas, points_of(moved(avatar), scale), eye.outline)
        lid = points_of(motion, scale)[eye.upper[3]]
        above = canvas[: int(lid[1]) - 3][was[: int(lid[1]) - 3]]
        assert np.percentile(np.abs(above[:, :3].astype(int) - (205, 160, 135)).max(axis=1), 60) < 40
        line = canvas[int(lid[1]) - 2 : int(lid[1]) + 3, int(lid[0]), :3].astype(int).sum(axis=1).min()
        assert line < 400


def test_a_mirrored_view_is_the_view_mirrored(avatar: Avatar, painters: tuple[EyePainter, ...]) -> None:
    motion = moved(avatar, openness=0.55, gaze=(0.1, -0.04))
    plain = _painted(painters, avatar, motion)
    canvas = np.ascontiguousarray(canvas_of(avatar)[:, ::-1])
    for painter in painters:
        painter.paint(canvas, mirrored(points_of(motion), canvas.shape[1]), motion, 1.0)
    assert np.abs(canvas[:, ::-1].astype(int) - plain).mean() < 0.1


def test_transparent_pixels_stay_transparent(avatar: Avatar, painters: tuple[EyePainter, ...]) -> None:
    motion = moved(avatar, openness=0.3, gaze=(0.1, 0.1))
    canvas = np.zeros_like(canvas_of(avatar))
    for painter in painters:
        painter.paint(canvas, points_of(motion), motion, 1.0)
    assert not canvas.any()


def test_black_glasses_hold_no_eyes_brighter_than_skin() -> None:
    hidden = featured_avatar(eyes=False)
    motion = moved(hidden, gaze=(0.15, 0.0))
    canvas = _painted(tuple(EyePainter(hidden, eye) for eye in EYES), hidden, motion)
    assert canvas[..., :3].astype(int).sum(axis=2).max() <= 205 + 160 + 135 + 60


@pytest.mark.parametrize("shift", [(-150, 0), (0, -190), (400, 0), (10_000, 10_000)])
def test_eyes_partly_or_wholly_outside_are_painted_as_far_as_they_show(
    avatar: Avatar, painters: tuple[EyePainter, ...], shift: tuple[int, int]
) -> None:
    motion = moved(avatar, openness=0.4, gaze=(0.1, 0.1))
    canvas = canvas_of(avatar)
    for painter in painters:
        painter.paint(canvas, points_of(motion) + np.float32(shift), motion, 1.0)
    assert canvas.shape == canvas_of(avatar).shape


@pytest.mark.parametrize(
    ("openness", "gaze"), [(float("nan"), (0.1, 0.1)), (0.5, (float("nan"), 0.0)), (float("inf"), (9e9, 0.0))]
)
def test_numbers_that_are_none_leave_the_picture_alone(
    avatar: Avatar, painters: tuple[EyePainter, ...], openness: float, gaze: tuple[float, float]
) -> None:
    good = moved(avatar)
    bad = replace(good, openness=(openness, openness), gaze=np.array([gaze, gaze]))
    assert np.array_equal(_painted(painters, avatar, bad), canvas_of(avatar))


def test_garbage_landmarks_do_no_harm(
    avatar: Avatar, painters: tuple[EyePainter, ...], rng: np.random.Generator
) -> None:
    good = moved(avatar, openness=0.5, gaze=(0.1, 0.0))
    for _ in range(20):
        noise = rng.normal(0, 10 ** rng.uniform(0, 4), (478, 3))
        motion = replace(good, landmarks=good.landmarks + noise)
        canvas = canvas_of(avatar)
        for painter in painters:
            painter.paint(canvas, points_of(motion), motion, 1.0)
        assert (canvas[..., 3] == 255).all()


def test_small_gazes_pass_and_great_ones_end() -> None:
    rest = np.zeros(2)
    assert np.allclose(limited_gaze(np.array([0.15, -0.1]), rest), (0.15, -0.1))
    far = limited_gaze(np.array([5.0, 5.0]), rest)
    assert far[0] < 0.34
    assert far[1] < 0.24


def test_an_eye_photographed_shut_stays_as_it_is() -> None:
    avatar = featured_avatar()
    shut = moved(avatar, openness=0.02)
    asleep = replace(avatar, landmarks=shut.landmarks.astype(np.float32))
    painter = EyePainter(asleep, EYES[0])
    canvas = canvas_of(asleep)
    painter.paint(canvas, points_of(moved(asleep)), moved(asleep, openness=1.5), 1.0)
    assert np.array_equal(canvas, canvas_of(asleep))
