from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from app.devices.camera import Camera, CameraInfo, CameraNotFound, Frame
from app.devices.idle_camera import IdleCamera
from app.live.capture import Capture, CheckedCamera, Shot
from app.live.latest import Latest
from app.live.status import CameraState
from app.settings import CameraSettings
from tests.fakes.camera import FakeCamera, one_colour
from tests.fakes.stage import until


class Harness:
    """Makes captures and stops them."""

    def __init__(self) -> None:
        self.shots: Latest[Shot] = Latest()
        self.failures: list[Exception] = []
        self.states: list[CameraState] = []
        self.clock: Callable[[], float] = time.perf_counter
        self.captures: list[Capture] = []

    def start(
        self, open_camera: Callable[[str, CameraSettings], Camera], before: Capture | None = None
    ) -> Capture:
        capture = Capture(
            len(self.captures),
            CameraSettings(name="Fake"),
            open_camera,
            self.shots,
            lambda: self.states.append(self.captures[-1].state),
            lambda _name, error: self.failures.append(error),
            lambda: self.clock(),
            before,
        )
        self.captures.append(capture)
        capture.start()
        return capture

    def stop(self) -> None:
        for capture in self.captures:
            capture.request_stop()
            capture.close()
            assert capture.join(5)


@pytest.fixture
def harness() -> Iterator[Harness]:
    made = Harness()
    yield made
    made.stop()


def test_frames_come_with_the_cameras_name_and_epoch(harness):
    camera = FakeCamera(fps=30)
    capture = harness.start(lambda _spec, _settings: camera)
    shot = harness.shots.take(5)
    assert (shot.camera, shot.epoch) == ("Fake", 0)
    assert capture.info == camera.info
    until(lambda: capture.rate.per_second() > 15)
    assert capture.state is CameraState.LIVE


def test_a_camera_that_is_not_there_is_looked_for(harness):
    camera, there = FakeCamera(fps=30), []

    def find(spec: str, _settings: CameraSettings) -> Camera:
        if not there:
            raise CameraNotFound(spec, ["Other"])
        return camera

    capture = harness.start(find)
    until(lambda: capture.state is CameraState.NOT_FOUND)
    assert "Fake" in capture.problem
    assert "Other" in capture.problem
    there.append(True)
    assert harness.shots.take(5)
    assert capture.state is CameraState.LIVE
    assert capture.problem == ""


def test_a_busy_camera_is_waited_for(harness):
    camera = FakeCamera(fps=30)
    camera.busy = True
    capture = harness.start(lambda _spec, _settings: camera)
    until(lambda: capture.state is CameraState.BUSY)
    camera.busy = False
    assert harness.shots.take(5)


def test_a_pulled_camera_comes_back(harness):
    camera = FakeCamera(fps=30)
    capture = harness.start(lambda _spec, _settings: camera)
    harness.shots.take(5)
    camera.pull()
    until(lambda: capture.state in (CameraState.LOST, CameraState.NOT_FOUND))
    camera.plug()
    until(lambda: capture.state is CameraState.LIVE)
    harness.shots.clear()
    assert harness.shots.take(5)


def test_idle_is_a_choice_and_no_failure(harness):
    capture = harness.start(lambda _spec, _settings: IdleCamera())
    until(lambda: capture.state is CameraState.IDLE)
    assert harness.failures == []


def test_the_camera_before_is_let_go_of_first(harness):
    camera = FakeCamera(fps=30)
    first = harness.start(lambda _spec, _settings: camera)
    harness.shots.take(5)
    harness.start(lambda _spec, _settings: camera, before=first)
    until(lambda: harness.shots.take(5).epoch == 1)
    assert first.join(0)
    assert camera.opened == 2
    assert camera.is_open


def test_a_silent_camera_is_noticed_and_opened_again(harness):
    camera, now = FakeCamera(fps=30, read_timeout_s=60), [100.0]
    harness.clock = lambda: now[0]
    capture = harness.start(lambda _spec, _settings: camera)
    harness.shots.take(5)
    camera.freeze()
    assert camera.hangs.wait(5)
    now[0] += 3
    capture.watch()
    assert capture.state is CameraState.SILENT
    assert "answer" in capture.problem
    now[0] += 4
    capture.watch()
    until(lambda: capture.state in (CameraState.LOST, CameraState.LIVE))
    camera.thaw()
    until(lambda: capture.state is CameraState.LIVE)
    assert camera.opened >= 2


def test_a_driver_that_raises_anything_is_reported_and_tried_again(harness, caplog):
    camera = FakeCamera(fps=30)
    errors: list[Exception] = [RuntimeError("driver"), OSError("driver")]
    good = camera.picture

    def picture(index: int) -> Any:
        if errors:
            raise errors.pop()
        return good(index)

    camera.picture = picture
    harness.start(lambda _spec, _settings: camera)
    assert harness.shots.take(5)
    assert [type(error) for error in harness.failures] == [OSError, RuntimeError]


class OddCamera(FakeCamera):
    """Gives whatever it was handed."""

    def __init__(self, frames: list[Any]) -> None:
        super().__init__()
        self.frames = frames

    def read(self) -> Any:
        return self.frames.pop(0) if len(self.frames) > 1 else self.frames[0]


GOOD = Frame(one_colour(), 1.0, 0)
GARBAGE = [
    None,
    "frame",
    Frame(None, 1.0, 0),  # type: ignore[arg-type]
    Frame(np.zeros((48, 64), np.uint8), 1.0, 0),
    Frame(np.zeros((48, 64, 4), np.uint8), 1.0, 0),
    Frame(np.zeros((48, 64, 3), np.float32), 1.0, 0),  # type: ignore[arg-type]
    Frame(np.zeros((0, 0, 3), np.uint8), 1.0, 0),
    Frame(np.zeros((2, 2, 3), np.uint8), 1.0, 0),
]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_is_left_out(garbage):
    camera = CheckedCamera(OddCamera([garbage, garbage, GOOD]))
    assert camera.read() is GOOD


def test_nothing_but_garbage_is_a_lost_camera(harness):
    capture = harness.start(lambda _spec, _settings: OddCamera([None]))
    until(lambda: capture.state is CameraState.LOST)
    assert "usable" in capture.problem
    assert harness.failures == []


def test_a_checked_camera_is_its_camera():
    inner = FakeCamera(fps=25)
    with CheckedCamera(inner) as camera:
        frame = camera.read()
        assert camera.size == (frame.rgb.shape[1], frame.rgb.shape[0])
        assert (camera.fps, camera.note, camera.info) == (25, "", CameraInfo("fake0", "Fake"))
    assert not inner.is_open
