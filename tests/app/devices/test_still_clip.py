"""A clip whose pictures are shown for long: a slide show, an animation, a recording of a screen."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from app.devices.file_camera import FileCamera
from tests.fakes.clips import index_of, make_clip


def test_a_picture_that_stays_comes_again_until_the_next_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [50.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    frames = []
    with FileCamera(make_clip(tmp_path / "slides.mp4", frames=2, fps=Fraction(1, 8))) as camera:
        for pause_s in (0, 4, 3.5, 1, 7, 1.5):
            now[0] += pause_s
            frames.append(camera.read())
    assert [index_of(frame.rgb) for frame in frames] == [0, 0, 0, 1, 1, 0]
    assert [frame.index for frame in frames] == list(range(6))
    assert all(after.time_s > before.time_s for before, after in pairwise(frames))


def test_each_picture_comes_once_when_read_as_fast_as_possible(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "slides.mp4", frames=3, fps=Fraction(1, 8))
    with FileCamera(path, as_fast_as_read=True) as camera:
        frames = [camera.read() for _ in range(4)]
    assert [index_of(frame.rgb) for frame in frames] == [0, 1, 2, 0]
    assert [frame.time_s for frame in frames] == pytest.approx([0, 8, 16, 24])
