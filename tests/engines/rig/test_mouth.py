from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.topology import MOUTH_HOLE
from engines.rig.motion import Motion
from engines.rig.mouth import MouthPainter
from tests.fakes.features import canvas_of, featured_avatar, inside, mirrored, moved, points_of

_SCALE = 2.0


@pytest.fixture(scope="module")
def avatar() -> Avatar:
    return featured_avatar()


@pytest.fixture(scope="module")
def painter(avatar: Avatar) -> MouthPainter:
    return MouthPainter(avatar)


def _painted(painter: MouthPainter, avatar: Avatar, motion: Motion) -> NDArray[np.uint8]:
    canvas = canvas_of(avatar, _SCALE)
    painter.paint(canvas, points_of(motion, _SCALE), motion, _SCALE)
    return canvas


def _hole(canvas: NDArray[np.uint8], motion: Motion) -> NDArray[np.uint8]:
    """The colours between the lips."""
    return canvas[inside(canvas, points_of(motion, _SCALE), MOUTH_HOLE)][:, :3]


@pytest.mark.parametrize("gap", [0.0, -0.2])
def test_a_mouth_that_does_not_open_is_left_alone(avatar: Avatar, painter: MouthPainter, gap: float) -> None:
    motion = moved(avatar, gap_cm=gap)
    assert np.array_equal(_painted(painter, avatar, motion), canvas_of(avatar, _SCALE))


def test_an_open_mouth_holds_bright_teeth_and_a_dark_throat(avatar: Avatar, painter: MouthPainter) -> None:
    motion = moved(avatar, gap_cm=2.0)
    bright = _hole(_painted(painter, avatar, motion), motion).mean(axis=1)
    assert np.percentile(bright, 99) > 130
    assert np.percentile(bright, 10) < 45


def test_nothing_beyond_the_lips_is_touched(avatar: Avatar, painter: MouthPainter) -> None:
    motion = moved(avatar, gap_cm=1.5)
    canvas = _painted(painter, avatar, motion)
    changed = (canvas != canvas_of(avatar, _SCALE)).any(axis=2)
    marks = points_of(motion, _SCALE)[list(MOUTH_HOLE)]
    (x0, y0), (x1, y1) = marks.min(axis=0) - 14, marks.max(axis=0) + 14
    rows, columns = np.nonzero(changed)
    assert len(rows) > 500
    assert columns.min() > x0
    assert columns.max() < x1
    assert rows.min() > y0
    assert rows.max() < y1


def test_a_smile_shows_more_teeth_than_an_o(avatar: Avatar, painter: MouthPainter) -> None:
    shares = []
    for wide in (1.25, 0.7):
        motion = moved(avatar, gap_cm=0.7, wide=wide)
        shares.append((_hole(_painted(painter, avatar, motion), motion).mean(axis=1) > 110).mean())
    assert shares[0] > shares[1] + 0.1


def test_teeth_lie_behind_the_lips_when_the_head_turns(avatar: Avatar, painter: MouthPainter) -> None:
    def middle(yaw: float) -> float:
        motion = moved(avatar, gap_cm=1.4, yaw_deg=yaw)
        points = points_of(motion, _SCALE)
        canvas = _painted(painter, avatar, motion)
        bright = np.where(inside(canvas, points, MOUTH_HOLE), canvas[..., :3].mean(axis=2), 0)
        weight = np.clip(bright - 110, 0, None)
        column = (np.arange(canvas.shape[1]) * weight).sum() / weight.sum()
        return float(column - points[list(MOUTH_HOLE), 0].mean())

    # What lies deeper goes less far to the side the head turns to.
    assert middle(18) < middle(0) < middle(-18)


def test_a_picture_without_colours_gets_a_mouth_without_colours() -> None:
    grey = featured_avatar(grey=True)
    motion = moved(grey, gap_cm=1.8)
    hole = _hole(_painted(MouthPainter(grey), grey, motion), motion).astype(int)
    assert np.ptp(hole, axis=1).max() <= 2


def test_a_dark_picture_gets_dark_teeth(avatar: Avatar) -> None:
    dark = replace(avatar, rgb=(avatar.rgb * 0.3).astype(np.uint8))
    motion = moved(dark, gap_cm=1.8)
    assert _hole(_painted(MouthPainter(dark), dark, motion), motion).mean(axis=1).max() < 120


def test_the_dark_line_of_closed_lips_goes_from_their_edges(avatar: Avatar, painter: MouthPainter) -> None:
    motion = moved(avatar, gap_cm=1.5)
    points = points_of(motion, _SCALE)
    canvas = canvas_of(avatar, _SCALE)
    x, y = points[13].astype(int)
    canvas[y - 5 : y + 1, x - 20 : x + 20, :3] = (60, 30, 30)
    painter.paint(canvas, points, motion, _SCALE)
    assert canvas[y - 4 : y - 2, x - 10 : x + 10, 0].mean() > 80


def test_a_mirrored_view_is_the_view_mirrored(avatar: Avatar, painter: MouthPainter) -> None:
    motion = moved(avatar, gap_cm=1.2, yaw_deg=12)
    plain = _painted(painter, avatar, motion)
    canvas = np.ascontiguousarray(canvas_of(avatar, _SCALE)[:, ::-1])
    painter.paint(canvas, mirrored(points_of(motion, _SCALE), canvas.shape[1]), motion, _SCALE)
    assert np.abs(canvas[:, ::-1].astype(int) - plain).mean() < 0.2


def test_transparent_pixels_stay_transparent(avatar: Avatar, painter: MouthPainter) -> None:
    canvas = np.zeros_like(canvas_of(avatar))
    motion = moved(avatar, gap_cm=1.5)
    painter.paint(canvas, points_of(motion), motion, 1.0)
    assert not canvas.any()


@pytest.mark.parametrize("shift", [(-180, 0), (0, -280), (900, 0)])
def test_a_mouth_partly_outside_is_painted_as_far_as_it_shows(
    avatar: Avatar, painter: MouthPainter, shift: tuple[int, int]
) -> None:
    motion = moved(avatar, gap_cm=1.5)
    canvas = canvas_of(avatar)
    painter.paint(canvas, points_of(motion) + np.float32(shift), motion, 1.0)
    assert (canvas[..., 3] == 255).all()


def test_garbage_does_no_harm(avatar: Avatar, painter: MouthPainter, rng: np.random.Generator) -> None:
    good = moved(avatar, gap_cm=1.0)
    for _ in range(20):
        noise = rng.normal(0, 10 ** rng.uniform(-1, 3), (478, 3))
        motion = replace(good, local=good.local + noise, landmarks=good.landmarks + noise)
        canvas = canvas_of(avatar)
        painter.paint(canvas, points_of(motion), motion, 1.0)
        assert (canvas[..., 3] == 255).all()
    lost = replace(good, local=np.full_like(good.local, np.nan))
    canvas = canvas_of(avatar)
    painter.paint(canvas, points_of(good), lost, 1.0)
    assert np.array_equal(canvas, canvas_of(avatar))
