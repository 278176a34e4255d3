"""What breaks around a session must not break the session: the call gets pictures whatever happens."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.devices.camera import CameraLost, Frame
from app.devices.recorder import Recorder
from app.live.status import CameraState
from engines.errors import EngineError
from tests.fakes.camera import one_colour
from tests.fakes.stage import REAL_FACE, Stage, WatchingSink, until

if TYPE_CHECKING:
    from av.packet import Packet

GAP_S = 0.5


@pytest.fixture(autouse=True)
def expects_logged_errors(caplog):
    """Failures here are meant."""


def test_the_camera_vanishes_and_returns(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        stage.wait_live()
        for _ in range(3):
            stage.camera.pull()
            until(lambda: stage.session.status.camera_state in (CameraState.LOST, CameraState.NOT_FOUND))
            assert stage.session.status.camera_problem
            stage.wait_pictures(20)
            stage.camera.plug()
            until(lambda: stage.session.status.camera_state is CameraState.LIVE)
            stage.wait_live()
        assert stage.longest_gap_s() < GAP_S
    assert stage.events.named("failed") == [], "an absent camera is a state, not a failure"


def test_the_camera_hangs_in_read(tmp_path):
    stage = Stage(tmp_path)
    stage.camera._read_timeout_s = 60
    with stage:
        stage.wait_live()
        stage.camera.freeze()
        driven = stage.driven()
        stage.wait_pictures(60)
        assert stage.driven() <= driven + 2
        stage.camera.thaw()
        stage.wait_live()
        stage.camera.freeze()
        stage.wait_pictures(5)
        assert stage.longest_gap_s() < GAP_S
    assert stage.late == [], "a read that hangs is freed by closing the camera"


def test_a_camera_that_even_closing_does_not_free_is_named(tmp_path):
    stage, inside, leave = Stage(tmp_path), threading.Event(), threading.Event()

    def hang() -> Frame:
        inside.set()
        leave.wait(30)
        raise CameraLost("free at last")

    stage.camera.read = hang  # type: ignore[method-assign]
    stage.session.start()
    assert inside.wait(5)
    began = time.monotonic()
    assert stage.session.stop(timeout_s=0.5) == ["capture"]
    assert time.monotonic() - began < 3
    leave.set()


def test_the_camera_changes_size_midway(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        stage.tracker.moving = False
        for size in ((64, 48), (160, 90), (48, 64), (640, 480)):
            stage.camera.picture = lambda _index, size=size: one_colour(REAL_FACE, size)
            until(lambda size=size: stage.session.inset.take(5).rgb.shape[:2] == size[::-1])
            stage.wait_live()
            puppet = stage.session._scenes.shown.puppet
            until(lambda size=size, puppet=puppet: puppet.seen[-1][0].size == size == puppet.seen[-1][1].size)
        stage.wait_shown("blue")
    assert stage.events.named("failed") == []


def test_the_camera_gives_garbage(tmp_path):
    odd: list[Any] = [
        None,
        np.zeros((48, 64), np.uint8),
        np.zeros((48, 64, 4), np.uint8),
        np.zeros((48, 64, 3), np.float64),
        np.zeros((0, 0, 3), np.uint8),
        "frame",
    ]
    with Stage(tmp_path) as stage:
        stage.wait_live()
        read = stage.camera.read
        count = [0]

        def garbled() -> Any:
            frame = read()
            count[0] += 1
            if count[0] % 3:
                return Frame(odd[count[0] % len(odd)], frame.time_s, frame.index)
            return frame

        stage.camera.read = garbled  # type: ignore[method-assign]
        until(lambda: count[0] > 30)
        stage.wait_live()
        assert stage.longest_gap_s() < GAP_S
    assert stage.events.named("failed") == []


def test_the_tracker_fails_for_a_while(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_live()
        stage.tracker.fail = True
        until(lambda: stage.events.named("failed"))
        assert stage.events.named("failed")[0][0] == "track"
        stage.wait_pictures(20)
        stage.tracker.fail = False
        stage.wait_live()
        assert stage.longest_gap_s() < GAP_S


def test_a_tracker_that_cannot_be_loaded_leaves_idle_motion(tmp_path):
    tries: list[int] = []

    def refuse() -> Any:
        tries.append(1)
        raise ImportError("mediapipe is broken")

    with Stage(tmp_path, make_tracker=refuse) as stage:
        stage.wait_shown("blue")
        until(lambda: len(tries) > 1)
        assert stage.events.named("failed")[0][0] == "track"


@pytest.mark.parametrize("every", [2, 3, 7])
def test_the_engine_fails_every_nth_frame(tmp_path, every):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        stage.engine.fail_every = every
        calls = stage.engine.calls
        until(lambda: stage.engine.calls > calls + 40)
        assert not stage.session._publisher.last.slate, "single failures only hold the picture"
        assert stage.longest_gap_s() < GAP_S
        failures = stage.events.named("failed")
        assert len(failures) == 1, "the same failure is told once in a while, not for every frame"
        assert failures[0][0] == "engine"
        assert isinstance(failures[0][1], EngineError)


def test_an_engine_that_keeps_failing_ends_in_the_slate_and_comes_back(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        stage.engine.fail_every = 1
        until(lambda: stage.session._publisher.last.slate)
        assert stage.session.status.note
        stage.wait_pictures(10)
        stage.engine.fail_every = 0
        stage.wait_shown("blue")
        until(lambda: not stage.session.status.note)
        assert stage.longest_gap_s() < GAP_S


def test_another_avatar_ends_the_trouble_at_once(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        stage.engine.fail_every = 1
        until(lambda: stage.session._publisher.last.slate)
        stage.session.show_avatar("green")
        until(lambda: stage.events.named("avatar_failed"))
        stage.engine.fail_every = 0
        stage.session.show_avatar("green")
        stage.wait_shown("green")


def test_an_engine_that_gives_odd_layers_is_a_failing_engine(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        puppet = stage.session._scenes.shown.puppet
        puppet.animate = lambda *_: np.zeros((3, 3, 4), np.uint8)
        until(lambda: stage.session._publisher.last.slate)
        assert "layer" in str(stage.events.named("failed")[0][1])


def test_an_engine_that_cannot_be_loaded_leaves_the_slate(tmp_path):
    def refuse(name: str, _options: object) -> Any:
        raise EngineError(f"{name} is not installed")

    with Stage(tmp_path, load_engine=refuse) as stage:
        until(lambda: stage.events.named("avatar_failed"))
        stage.wait_pictures(10)
        assert stage.session._publisher.last.slate


def test_an_engine_slower_than_the_output_leaves_no_gap(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        stage.engine.frame_s = 0.2
        stage.wait_pictures(20)
        until(lambda: stage.session.status.output_fps > 10)  # the last picture is repeated meanwhile
        assert stage.longest_gap_s() < GAP_S
        until(lambda: stage.session.status.frames_skipped > 0)


def test_a_sink_that_dies_is_opened_again_and_harms_no_other(tmp_path):
    with Stage(tmp_path) as stage:
        stage.apply(output={"virtual_camera": True})
        until(lambda: stage.virtual and stage.virtual[0].count > 2)
        stage.virtual[0].fail_after = stage.virtual[0].count
        until(lambda: stage.events.named("failed"))
        assert stage.events.named("failed")[0][0] == "sink virtual"
        before = stage.sink.count
        until(lambda: stage.sink.count > before + 10)
        stage.virtual[0].fail_after = None
        sent = stage.virtual[0].count
        until(lambda: stage.virtual[0].count > sent + 5)
        assert stage.longest_gap_s() < GAP_S


class SlowSink(WatchingSink):
    """Takes as long for its first picture as it is made to."""

    def __init__(self) -> None:
        super().__init__("slow")
        self.gate = threading.Event()

    def send(self, picture: NDArray[np.uint8], time_s: float) -> None:
        assert self.gate.wait(30)
        super().send(picture, time_s)


def test_a_slow_sink_slows_nobody(tmp_path):
    stage, slow = Stage(tmp_path), SlowSink()
    stage.session.add_sink(slow)
    with stage:
        stage.wait_shown("blue")
        stage.wait_pictures(60)
        assert slow.count == 0
        slow.gate.set()
        until(lambda: slow.count > 3)
        assert stage.longest_gap_s() < GAP_S


class FullDisk(Recorder):
    """A recorder whose disk is full after a second."""

    def _encoded(self, picture: NDArray[np.uint8], tick: int) -> list[Packet]:
        if self.frames >= 20:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super()._encoded(picture, tick)


def test_the_disk_fills_up_while_recording(tmp_path):
    from app.devices.clips import read_clip

    with Stage(tmp_path, make_recorder=FullDisk) as stage:
        stage.wait_shown("blue")
        path = stage.session.start_recording(tmp_path / "film.mp4")
        until(lambda: stage.events.named("recording_stopped"))
        told, error = stage.events.named("recording_stopped")[0]
        assert told == path
        assert "disk is full" in str(error)
        assert stage.session.status.recording is None
        before = stage.sink.count
        until(lambda: stage.sink.count > before + 10)
    assert len(list(read_clip(path))) > 0, "what was written can be played"


def test_a_recording_that_cannot_begin(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        stage.session.start_recording(tmp_path / "file" / "film.mp4")
        until(lambda: stage.events.named("recording_stopped"))
        assert stage.events.named("recording_stopped")[0][1] is not None
        good = stage.session.start_recording(tmp_path / "film.mp4")
        stage.wait_pictures(5)
        stage.session.stop_recording()
        until(lambda: len(stage.events.named("recording_stopped")) == 2)
        assert stage.events.named("recording_stopped")[1] == (good, None)


def test_a_background_picture_that_is_gone(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        stage.apply(background={"kind": "picture", "picture": str(tmp_path / "gone.png")})
        until(lambda: stage.events.named("failed"))
        assert stage.events.named("failed")[0][0] == "background"
        stage.wait_pictures(10)
        stage.wait_shown("blue")


def test_stopping_in_any_state_is_quick_and_clean(tmp_path):
    for wait_s in (0.0, 0.02, 0.1, 0.3):
        stage = Stage(tmp_path / str(wait_s))
        stage.engine.prepare_s = 0.2
        stage.session.add_sink(stage.sink)
        stage.session.start()
        time.sleep(wait_s)
        assert stage.session.stop() == []
        assert Path(tmp_path).exists()
