"""A camera that comes and goes."""

from __future__ import annotations

import itertools
import threading

from app.devices.reconnect import Reconnector
from tests.fakes.camera import FakeCamera, one_colour


class Waits:
    """Stands for Event.wait: notes how long it was asked to wait, and does not."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.asked: list[float] = []
        self._stop_after = stop_after

    def __call__(self, seconds: float) -> bool:
        if seconds:
            self.asked.append(seconds)
        return self._stop_after is not None and len(self.asked) >= self._stop_after


def test_frames_flow() -> None:
    camera = FakeCamera()
    camera.open()
    reader = Reconnector(camera, Waits())
    assert [reader.read().index for _ in range(3)] == [0, 1, 2]  # type: ignore[union-attr]
    assert reader.failure is None


def test_it_opens_a_camera_that_was_never_open() -> None:
    reader = Reconnector(FakeCamera(), Waits())
    assert reader.read() is not None


def test_a_pulled_camera_returns_by_itself() -> None:
    camera = FakeCamera()
    changes: list[Exception | None] = []
    waits = Waits()

    def wait_and_plug(seconds: float) -> bool:
        if len(waits.asked) == 4:
            camera.plug()
        return waits(seconds)

    camera.open()
    reader = Reconnector(camera, wait_and_plug, changes.append)
    assert reader.read() is not None
    camera.pull()
    assert reader.read() is not None
    assert camera.opened == 2
    assert waits.asked == [0.1, 0.2, 0.4, 0.8, 1.6][: len(waits.asked)]
    assert [str(change).split(".")[0] for change in changes] == [
        "The camera Fake was unplugged",
        "There is no camera 'Fake'",
        "None",
    ]


def test_waits_grow_to_five_seconds_and_end_when_stopped() -> None:
    camera = FakeCamera()
    camera.pull()
    waits = Waits(stop_after=10)
    reader = Reconnector(camera, waits)
    assert reader.read() is None
    assert waits.asked == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0, 5.0]


def test_a_camera_that_opens_and_dies_at_once_is_not_hammered() -> None:
    class Dying(FakeCamera):
        def open(self) -> None:
            super().open()
            self._closed.set()

    waits = Waits(stop_after=5)
    assert Reconnector(Dying(), waits).read() is None
    assert waits.asked == [0.1, 0.2, 0.4, 0.8, 1.6]


def test_a_busy_camera_is_waited_for() -> None:
    camera = FakeCamera()
    camera.busy = True
    failures: list[Exception | None] = []
    waits = Waits()

    def wait_and_free(seconds: float) -> bool:
        camera.busy = len(waits.asked) < 3
        return waits(seconds)

    assert Reconnector(camera, wait_and_free, failures.append).read() is not None
    assert "used by a test" in str(failures[-2])
    assert failures[-1] is None


def test_frames_that_go_back_in_time_are_left_out() -> None:
    camera = FakeCamera()
    times = iter([1.0, 2.0, 1.5, 2.0, 3.0])
    camera.clock = lambda: next(times)
    camera.open()
    reader = Reconnector(camera, Waits())
    assert [reader.read().time_s for _ in range(3)] == [1.0, 2.0, 3.0]  # type: ignore[union-attr]


def test_a_stop_is_obeyed_at_once_though_frames_flow() -> None:
    stop = threading.Event()
    camera = FakeCamera()
    camera.open()
    stop.set()
    assert Reconnector(camera, stop.wait).read() is None


def test_a_hanging_camera_is_lost_and_found() -> None:
    camera = FakeCamera(lambda index: one_colour((index, 0, 0)), read_timeout_s=0.05)
    camera.open()
    waits = Waits()

    def wait_and_thaw(seconds: float) -> bool:
        if seconds:
            camera.thaw()
        return waits(seconds)

    reader = Reconnector(camera, wait_and_thaw)
    for _ in itertools.repeat(None, 3):
        reader.read()
    camera.freeze()
    frame = reader.read()
    assert frame is not None
    assert frame.index == 0
    assert camera.opened == 2
