"""A clip as a webcam."""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from app.devices.camera import CameraLost
from app.devices.file_camera import FileCamera
from app.settings import CameraSettings
from tests.fakes.clips import index_of, make_clip
from tests.fakes.waits import once_waiting


def test_every_frame_comes_when_read_as_fast_as_possible(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "ä film.mp4", frames=12)
    with FileCamera(path, as_fast_as_read=True, loop=False) as camera:
        frames = [camera.read() for _ in range(12)]
        with pytest.raises(CameraLost, match="at its end"):
            camera.read()
    assert [index_of(frame.rgb) for frame in frames] == list(range(12))
    assert [frame.time_s for frame in frames] == pytest.approx([i / 25 for i in range(12)])
    assert [frame.index for frame in frames] == list(range(12))


def test_it_loops_with_times_that_go_on(tmp_path: Path) -> None:
    with FileCamera(make_clip(tmp_path / "a.mp4", frames=4), as_fast_as_read=True) as camera:
        frames = [camera.read() for _ in range(10)]
    assert [index_of(frame.rgb) for frame in frames] == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert [frame.time_s for frame in frames] == pytest.approx([i / 25 for i in range(10)])


def test_it_plays_in_real_time(tmp_path: Path) -> None:
    """Ten frames at 25 a second cannot be over in less than nine twenty-fifths; how much later, the machine decides."""
    with FileCamera(make_clip(tmp_path / "a.mp4", frames=28)) as camera:
        began = time.perf_counter()
        frames = [camera.read() for _ in range(10)]
        assert time.perf_counter() - began >= 9 / 25 - 0.05
    assert all(a.time_s < b.time_s for a, b in pairwise(frames))


def test_a_late_reader_misses_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [50.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    with FileCamera(make_clip(tmp_path / "a.mp4", frames=28)) as camera:
        assert index_of(camera.read().rgb) == 0
        now[0] += 10.5 / 25
        assert index_of(camera.read().rgb) == 10


def test_large_clips_are_scaled_to_what_was_asked_for(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", frames=2, size=(640, 320))
    with FileCamera(path, CameraSettings(width=320, height=320), as_fast_as_read=True) as camera:
        assert camera.read().rgb.shape == (160, 320, 3)
        assert camera.size == (320, 160)


def test_its_card_and_rate(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", fps=Fraction(30))
    camera = FileCamera(path)
    assert (camera.info.name, camera.info.kind) == ("a.mp4", "file")
    assert camera.fps == 0
    with camera:
        assert camera.fps == 30
        assert camera.size == (64, 48)


@pytest.mark.parametrize("content", [b"", b"not a film"])
def test_a_damaged_file_is_a_camera_that_is_lost(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged.mp4"
    path.write_bytes(content)
    with pytest.raises(CameraLost, match=r"damaged\.mp4"):
        FileCamera(path).open()


def test_a_file_that_goes_away_is_lost_and_can_return(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", frames=2)
    camera = FileCamera(path, as_fast_as_read=True)
    camera.open()
    aside = path.rename(tmp_path / "b.mp4")
    with pytest.raises(CameraLost):
        [camera.read() for _ in range(5)]
    aside.rename(path)
    camera.close()
    with camera:
        camera.read()


def test_closing_ends_a_wait(tmp_path: Path) -> None:
    camera = FileCamera(make_clip(tmp_path / "slow.mp4", frames=4, fps=Fraction(1, 20)))
    camera.open()
    camera.read()
    with once_waiting(camera.close), pytest.raises(CameraLost, match="closed"):
        [camera.read() for _ in range(100)]  # the first picture comes again and again
