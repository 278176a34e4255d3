from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.base import Avatar, Style
from engines.face.topology import LIP_INNER_UPPER, MOUTH_HOLE
from engines.rig.drawn_mouth import DrawnMouthPainter
from engines.rig.motion import Motion
from tests.fakes.features import SKIN, canvas_of, featured_avatar, inside, mirrored, moved, points_of

_SCALE = 2.0


@pytest.fixture(scope="module")
def avatar() -> Avatar:
    """A drawn face whose mouth is nothing but a line."""
    plain = featured_avatar(Style.DRAWN)
    rgb = plain.rgb.copy()
    marks = plain.landmarks[:, :2]
    y0, y1 = int(marks[0, 1]) - 8, int(marks[17, 1]) + 8
    rgb[y0:y1] = SKIN
    line = np.round((marks[list(LIP_INNER_UPPER)] - 0.5) * 16).astype(np.int32)
    cv2.polylines(rgb, [line], False, (90, 40, 45), 3, cv2.LINE_AA, 4)
    return replace(plain, rgb=rgb)


@pytest.fixture(scope="module")
def painter(avatar: Avatar) -> DrawnMouthPainter:
    return DrawnMouthPainter(avatar)


def _painted(painter: DrawnMouthPainter, avatar: Avatar, motion: Motion) -> NDArray[np.uint8]:
    canvas = canvas_of(avatar, _SCALE)
    painter.paint(canvas, points_of(motion, _SCALE), motion, _SCALE)
    return canvas


def test_a_resting_mouth_keeps_the_pictures_own_line(avatar: Avatar, painter: DrawnMouthPainter) -> None:
    assert np.array_equal(_painted(painter, avatar, moved(avatar)), canvas_of(avatar, _SCALE))


def test_an_open_mouth_is_flat_colour_in_an_outline(avatar: Avatar, painter: DrawnMouthPainter) -> None:
    motion = moved(avatar, gap_cm=1.5)
    canvas = _painted(painter, avatar, motion)
    hole = canvas[inside(canvas, points_of(motion, _SCALE), MOUTH_HOLE)][:, :3].astype(int)
    assert (np.abs(hole - SKIN).max(axis=1) > 25).mean() > 0.9
    assert len(np.unique(hole // 16, axis=0)) < 60
    x, y = points_of(motion, _SCALE)[13].astype(int)
    outline = canvas[y - 3 : y + 4, x, :3].astype(int).sum(axis=1).min()
    assert outline < 300


def test_the_old_line_is_wiped_when_the_mouth_opens(avatar: Avatar, painter: DrawnMouthPainter) -> None:
    motion = moved(avatar, gap_cm=1.5)
    points = points_of(motion, _SCALE)
    canvas = canvas_of(avatar, _SCALE)
    # The line as the bent mesh would leave it: along the lower lip as well, a little outside.
    x, y = points[14].astype(int)
    canvas[y + 6 : y + 9, x - 20 : x + 20, :3] = (90, 40, 45)
    painter.paint(canvas, points, motion, _SCALE)
    assert np.abs(canvas[y + 7, x - 15 : x + 15, :3].astype(int) - SKIN).max() < 30


def test_a_broad_mouth_shows_teeth(avatar: Avatar, painter: DrawnMouthPainter) -> None:
    def bright(wide: float) -> int:
        motion = moved(avatar, gap_cm=1.2, wide=wide)
        canvas = _painted(painter, avatar, motion)
        hole = canvas[inside(canvas, points_of(motion, _SCALE), MOUTH_HOLE)][:, :3]
        return int((hole.min(axis=1) > 195).sum())

    assert bright(1.25) > bright(1.0) + 50


def test_a_mouth_drawn_open_closes_to_a_line() -> None:
    opened = _drawn_open()
    painter = DrawnMouthPainter(opened)
    shut = moved(opened, gap_cm=-1.55)
    canvas = _painted(painter, opened, shut)
    line = points_of(shut, _SCALE)[13]
    assert canvas[int(line[1]) - 3 : int(line[1]) + 4, int(line[0]), 0].min() < 190
    assert np.array_equal(_painted(painter, opened, moved(opened)), canvas_of(opened, _SCALE))


def _drawn_open() -> Avatar:
    plain = featured_avatar(Style.DRAWN)
    motion = moved(plain, gap_cm=1.6)
    rgb = plain.rgb.copy()
    marks = motion.landmarks[:, :2].astype(np.float32)
    rgb[int(marks[0, 1]) - 8 : int(marks[17, 1]) + 8] = SKIN
    cv2.fillPoly(
        rgb, [np.round((marks[list(MOUTH_HOLE)] - 0.5) * 16).astype(np.int32)], (150, 50, 60), cv2.LINE_AA, 4
    )
    return replace(plain, rgb=rgb, landmarks=motion.landmarks.astype(np.float32))


def test_a_mirrored_view_is_the_view_mirrored(avatar: Avatar, painter: DrawnMouthPainter) -> None:
    motion = moved(avatar, gap_cm=1.1, yaw_deg=10)
    plain = _painted(painter, avatar, motion)
    canvas = np.ascontiguousarray(canvas_of(avatar, _SCALE)[:, ::-1])
    painter.paint(canvas, mirrored(points_of(motion, _SCALE), canvas.shape[1]), motion, _SCALE)
    assert np.abs(canvas[:, ::-1].astype(int) - plain).mean() < 0.2


def test_garbage_does_no_harm(avatar: Avatar, painter: DrawnMouthPainter, rng: np.random.Generator) -> None:
    good = moved(avatar, gap_cm=1.0)
    canvas = canvas_of(avatar)
    for _ in range(20):
        noise = rng.normal(0, 10 ** rng.uniform(-1, 3), (478, 3))
        motion = replace(good, local=good.local + noise, landmarks=good.landmarks + noise)
        painter.paint(canvas, points_of(motion), motion, 1.0)
    assert (canvas[..., 3] == 255).all()
    before = canvas.copy()
    painter.paint(canvas, points_of(good), replace(good, local=np.full_like(good.local, np.nan)), 1.0)
    assert np.array_equal(canvas, before)
