from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.base import Avatar, Style
from engines.face.topology import EYES
from engines.rig.drawn_eyes import DrawnEyePainter
from engines.rig.motion import Motion
from tests.fakes.features import WHITE, canvas_of, featured_avatar, inside, mirrored, moved, points_of

_SCALE = 2.0


@pytest.fixture(scope="module")
def avatar() -> Avatar:
    return featured_avatar(Style.DRAWN)


@pytest.fixture(scope="module")
def painters(avatar: Avatar) -> tuple[DrawnEyePainter, ...]:
    return tuple(DrawnEyePainter(avatar, eye) for eye in EYES)


def _still(motion: Motion, avatar: Avatar) -> Motion:
    """The motion over a face whose lids the mesh leaves alone, as drawings have it."""
    return replace(motion, local=avatar.face.local, landmarks=motion.pose.to_image(avatar.face.local))


def _painted(
    painters: tuple[DrawnEyePainter, ...], avatar: Avatar, motion: Motion, scale: float = _SCALE
) -> NDArray[np.uint8]:
    still = _still(motion, avatar)
    canvas = canvas_of(avatar, scale)
    for painter in painters:
        painter.paint(canvas, points_of(still, scale), still, scale)
    return canvas


def _blue(colours: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which colours are the iris'."""
    return colours[..., 2].astype(int) > colours[..., 0].astype(int) + 30


def test_the_neutral_is_left_alone_bit_for_bit(avatar: Avatar, painters: tuple[DrawnEyePainter, ...]) -> None:
    assert np.array_equal(_painted(painters, avatar, moved(avatar)), canvas_of(avatar, _SCALE))


def test_a_closed_eye_has_neither_iris_nor_white(
    avatar: Avatar, painters: tuple[DrawnEyePainter, ...]
) -> None:
    canvas = _painted(painters, avatar, moved(avatar, openness=0.0))
    for eye in EYES:
        hole = canvas[inside(canvas, points_of(moved(avatar), _SCALE), eye.outline)][:, :3]
        assert _blue(hole).mean() < 0.02
        assert (hole.min(axis=1) > 200).mean() < 0.02
        assert (np.abs(hole.astype(int) - (205, 160, 135)).max(axis=1) < 25).mean() > 0.5


def test_the_lash_line_comes_down(avatar: Avatar, painters: tuple[DrawnEyePainter, ...]) -> None:
    def darkest_row(openness: float) -> int:
        canvas = _painted(painters, avatar, moved(avatar, openness=openness))
        eye, marks = EYES[0], points_of(moved(avatar), _SCALE)
        x = int((marks[eye.outer, 0] + marks[eye.inner, 0]) / 2)
        top, bottom = int(marks[eye.upper[3], 1]) - 8, int(marks[eye.lower[3], 1]) + 6
        column = canvas[top:bottom, x - 24, :3].astype(int).sum(axis=1)
        return top + int(column.argmin())

    assert darkest_row(0.0) > darkest_row(0.97) + 4


def test_the_iris_moves_in_the_white(avatar: Avatar, painters: tuple[DrawnEyePainter, ...]) -> None:
    def middle(look: float) -> float:
        canvas = _painted(painters, avatar, moved(avatar, gaze=(look, 0.0)))
        hole = inside(canvas, points_of(moved(avatar), _SCALE), EYES[0].outline)
        return float(np.nonzero(_blue(canvas) & hole)[1].mean())

    assert middle(0.12) > middle(-0.12) + 6


def test_skin_far_from_the_eyes_is_never_touched(
    avatar: Avatar, painters: tuple[DrawnEyePainter, ...]
) -> None:
    canvas = _painted(painters, avatar, moved(avatar, openness=0.2, gaze=(0.1, 0.1)))
    changed = (canvas != canvas_of(avatar, _SCALE)).any(axis=2)
    marks = points_of(moved(avatar), _SCALE)
    ids = [i for eye in EYES for i in eye.outline]
    (_, y0), (_, y1) = marks[ids].min(axis=0), marks[ids].max(axis=0)
    assert changed.any()
    assert not changed[: int(y0) - 30].any()
    assert not changed[int(y1) + 30 :].any()


def test_a_mirrored_view_is_the_view_mirrored(avatar: Avatar, painters: tuple[DrawnEyePainter, ...]) -> None:
    motion = _still(moved(avatar, openness=0.5, gaze=(0.1, -0.05)), avatar)
    plain = _painted(painters, avatar, motion)
    canvas = np.ascontiguousarray(canvas_of(avatar, _SCALE)[:, ::-1])
    for painter in painters:
        painter.paint(canvas, mirrored(points_of(motion, _SCALE), canvas.shape[1]), motion, _SCALE)
    assert np.abs(canvas[:, ::-1].astype(int) - plain).mean() < 0.2


@pytest.mark.parametrize("off", [-6.0, 6.0])
def test_landmarks_a_little_off_still_close_the_eye(off: float) -> None:
    avatar = featured_avatar(Style.DRAWN)
    marks = avatar.landmarks.copy()
    for eye in EYES:
        marks[list(eye.upper + eye.lower), 1] += off / 2
    askew = replace(avatar, landmarks=marks)
    canvas = _painted(tuple(DrawnEyePainter(askew, eye) for eye in EYES), askew, moved(askew, openness=0.0))
    hole = canvas[inside(canvas, points_of(moved(avatar), _SCALE), EYES[0].outline)][:, :3]
    assert _blue(hole).mean() < 0.08


@pytest.mark.parametrize("shift", [(-150, 0), (0, -190), (5000, 0)])
def test_eyes_partly_outside_are_painted_as_far_as_they_show(
    avatar: Avatar, painters: tuple[DrawnEyePainter, ...], shift: tuple[int, int]
) -> None:
    motion = _still(moved(avatar, openness=0.3), avatar)
    canvas = canvas_of(avatar)
    for painter in painters:
        painter.paint(canvas, points_of(motion) + np.float32(shift), motion, 1.0)
    assert (canvas[..., 3] == 255).all()


def test_garbage_does_no_harm(
    avatar: Avatar, painters: tuple[DrawnEyePainter, ...], rng: np.random.Generator
) -> None:
    good = _still(moved(avatar, openness=0.4), avatar)
    canvas = canvas_of(avatar)
    for bad in (
        replace(good, openness=(float("nan"),) * 2),
        replace(good, gaze=np.full((2, 2), np.nan)),
    ):
        for painter in painters:
            painter.paint(canvas, points_of(good), bad, 1.0)
    assert np.array_equal(canvas, canvas_of(avatar))
    for _ in range(20):
        points = points_of(good) + rng.normal(0, 10 ** rng.uniform(0, 4), (478, 2)).astype(np.float32)
        for painter in painters:
            painter.paint(canvas, points, good, 1.0)
    assert (canvas[..., 3] == 255).all()


@pytest.fixture(scope="module")
def goggling(avatar: Avatar) -> Avatar:
    """Eyeballs drawn wider than the lids' landmarks tell."""
    rgb = avatar.rgb.copy()
    for eye in EYES:
        corners = avatar.landmarks[[eye.outer, eye.inner], :2]
        middle, half = corners.mean(axis=0), float(np.linalg.norm(corners[0] - corners[1])) / 2
        ball = np.zeros(rgb.shape[:2], np.uint8)
        axes = round(half * 1.25), round(half * 0.36)
        cv2.ellipse(ball, tuple(np.rint(middle).astype(int).tolist()), axes, 0, 0, 360, 255, -1)
        lids = np.rint(avatar.landmarks[list(eye.outline), :2]).astype(np.int32)
        cv2.fillPoly(ball, [lids], 0)
        rgb[ball > 0] = WHITE
    return replace(avatar, rgb=rgb)


def _white_beside(canvas: NDArray[np.uint8], avatar: Avatar) -> float:
    """The share of white between an eye's outer corner and its eyeball's end."""
    marks, shares = points_of(moved(avatar), _SCALE), []
    for eye in EYES:
        outward = marks[eye.outer, :2] - marks[eye.inner, :2]
        places = [marks[eye.outer, :2] + outward * share for share in (0.03, 0.05, 0.07)]
        shares += [canvas[round(float(y)), round(float(x)), 2] > 170 for x, y in places]
    return float(np.mean(shares))


def test_an_eyeball_wider_than_its_lids_closes_with_them(goggling: Avatar) -> None:
    painters = tuple(DrawnEyePainter(goggling, eye) for eye in EYES)
    looking = _painted(painters, goggling, moved(goggling, gaze=(0.1, 0.0)))
    closed = _painted(painters, goggling, moved(goggling, openness=0.0))
    assert _white_beside(looking, goggling) == 1.0
    assert _white_beside(closed, goggling) == 0.0
