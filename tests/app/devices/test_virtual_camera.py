"""The virtual camera and its process, the whole of it but for the device: that one is a fake that keeps a log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.devices.picture_ring import devices_fed
from app.devices.virtual_camera import VirtualCameraSink, VirtualCameraStatus
from app.errors import GuiseError
from tests.fakes.virtual_device_log import BACKEND, PATIENCE_S, DeviceFolder, alive, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills processes the POSIX way")

SLATE = 7
SIZE = (128, 72)

MakeSink = Callable[..., VirtualCameraSink]


@pytest.fixture
def device(tmp_path: Path) -> DeviceFolder:
    return DeviceFolder(tmp_path / "device")


@pytest.fixture
def make_sink(device: DeviceFolder) -> Iterator[MakeSink]:
    sinks: list[VirtualCameraSink] = []

    def make(*extra: str, **options: object) -> VirtualCameraSink:
        slate = np.full((SIZE[1], SIZE[0], 3), SLATE, np.uint8)
        sinks.append(
            VirtualCameraSink(slate, device=str(device.path), extra_arguments=[*BACKEND, *extra], **options)  # type: ignore[arg-type]
        )
        return sinks[-1]

    yield make
    for sink in sinks:
        sink.close()


def picture(value: int, size: tuple[int, int] = SIZE, channels: int = 3) -> np.ndarray:
    return np.full((size[1], size[0], channels), value, np.uint8)


def send_until_shown(sink: VirtualCameraSink, device: DeviceFolder, value: int) -> int:
    """Send a picture again and again, as Guise does, until it is shown; return its number among those shown."""

    def found() -> list[int]:
        sink.send(picture(value), 0.0)
        return [number for number, shown in enumerate(device.shown) if shown.low == shown.high == value]

    wait_until(found, f"{value} is shown")
    return found()[0]


def test_pictures_arrive_whole_and_the_slate_comes_first(make_sink: MakeSink, device: DeviceFolder) -> None:
    sink = make_sink()
    sink.open(*SIZE, 60)
    assert sink.wait_until_on(PATIENCE_S).state == "on"
    device.wait_for_value(SLATE)
    for value in (100, 101, 102):
        sink.send(picture(value), 0.0)
        device.wait_for_value(value)
    assert {shown.size for shown in device.shown} == {SIZE}
    assert {shown.low for shown in device.shown} <= {SLATE, 100, 101, 102}


def test_a_late_guise_has_its_last_picture_repeated(make_sink: MakeSink, device: DeviceFolder) -> None:
    sink = make_sink()
    sink.open(*SIZE, 60)
    sink.send(picture(100), 0.0)
    first = device.wait_for_value(100)
    wait_until(lambda: len(device.shown) > first + 20, "repetitions")
    assert {shown.low for shown in device.shown[first : first + 20]} == {100}


def test_a_stalled_guise_has_the_slate_shown_until_it_goes_on(
    make_sink: MakeSink, device: DeviceFolder
) -> None:
    sink = make_sink("--stall", "0.3")
    sink.open(*SIZE, 60)
    shown = send_until_shown(sink, device, 100)
    slate = device.wait_for_value(SLATE, after=shown)
    send_until_shown(sink, device, 120)
    assert 120 not in {each.low for each in device.shown[:slate]}
    assert sink.status().state == "on"


def test_no_picture_is_torn(make_sink: MakeSink, device: DeviceFolder) -> None:
    size = (1280, 720)
    sink = make_sink()
    sink.open(*size, 120)
    assert sink.wait_until_on(PATIENCE_S).state == "on"
    value, shown = 0, device.shown
    while len(shown) < 60 or len({each.low for each in shown}) <= 20:
        assert value < 100_000, "hardly one of them arrives"
        value += 1
        sink.send(picture(value % 200 + 20, size), 0.0)
        shown = device.shown
    assert all(each.low == each.high for each in shown if each.size == size)


def test_a_hasty_guise_is_held_to_the_rate(make_sink: MakeSink, device: DeviceFolder) -> None:
    """Pictures that come at four times the rate must not make the device faster than it says it is."""
    sink = make_sink()
    sink.open(*SIZE, 30)
    assert sink.wait_until_on(PATIENCE_S).state == "on"
    device.wait_for_value(SLATE)
    first = len(device.shown)
    while len(device.shown) < first + 60:
        sink.send(picture(100), 0.0)
        time.sleep(1 / 120)
    shown = device.shown[first:]
    assert (shown[-1].time_s - shown[0].time_s) / (len(shown) - 1) > 0.93 / 30


def test_stopping_is_clean(make_sink: MakeSink, device: DeviceFolder, guise_home: Path) -> None:
    sink = make_sink()
    sink.open(*SIZE, 30)
    assert sink.wait_until_on(PATIENCE_S).state == "on"
    pid = device.pid
    sink.close()
    assert not alive(pid)
    assert list((guise_home / "run").iterdir()) == []
    assert sink.status() == VirtualCameraStatus("off", message="The virtual camera is off.")
    with pytest.raises(GuiseError, match="off"):
        sink.send(picture(1), 0.0)


def test_it_can_be_switched_on_again(make_sink: MakeSink, device: DeviceFolder) -> None:
    sink = make_sink()
    for value in (50, 60):
        sink.open(*SIZE, 60)
        sink.send(picture(value), 0.0)
        device.wait_for_value(value)
        sink.close()


def test_the_shared_memory_is_its_users_alone(make_sink: MakeSink, guise_home: Path) -> None:
    sink = make_sink()
    sink.open(*SIZE, 30)
    assert (guise_home / "run").stat().st_mode & 0o777 == 0o700
    assert [file.stat().st_mode & 0o777 for file in (guise_home / "run").iterdir()] == [0o600]


def test_the_device_it_feeds_is_known(make_sink: MakeSink, device: DeviceFolder) -> None:
    sink = make_sink()
    sink.open(*SIZE, 30)
    assert sink.wait_until_on(PATIENCE_S).state == "on"
    assert devices_fed() == {str(device.path)}
    sink.close()
    assert devices_fed() == set()


def test_a_new_size_reopens_the_device(make_sink: MakeSink, device: DeviceFolder) -> None:
    sink = make_sink()
    sink.open(*SIZE, 60)
    sink.send(picture(100), 0.0)
    device.wait_for_value(100)
    pid = device.pid
    sink.open(64, 48, 60)
    sink.send(picture(110, (64, 48)), 0.0)
    found = device.wait_for_value(110)
    assert device.shown[found].size == (64, 48)
    assert device.pid == pid
    wait_until(lambda: (sink.status().width, sink.status().height) == (64, 48), "the status tells the size")


def test_a_new_size_in_a_call_keeps_the_devices(make_sink: MakeSink, device: DeviceFolder) -> None:
    device.tell("readers", "1")
    sink = make_sink()
    sink.open(*SIZE, 60)
    wait_until(lambda: sink.status().readers == 1, "somebody watches")
    assert "One program watches it" in sink.status().message
    sink.open(64, 64, 60)
    sink.send(picture(110, (64, 64)), 0.0)
    found = device.wait_for(lambda shown: shown.high == 110)
    assert device.shown[found].size == SIZE
    assert device.shown[found].low == 0


def test_odd_sizes_lose_a_pixel(make_sink: MakeSink, device: DeviceFolder) -> None:
    sink = make_sink()
    sink.open(65, 49, 60)
    sink.send(picture(90, (65, 49)), 0.0)
    found = device.wait_for_value(90)
    assert device.shown[found].size == (64, 48)


def test_transparency_becomes_black_where_it_cannot_be_shown(
    make_sink: MakeSink, device: DeviceFolder
) -> None:
    sink = make_sink()
    assert not sink.wants_alpha
    sink.open(*SIZE, 60)
    clear = picture(200, channels=4)
    clear[..., 3] = 0
    sink.send(clear, 0.0)
    device.wait_for_value(0)


def test_a_picture_of_another_size_is_refused(make_sink: MakeSink) -> None:
    sink = make_sink()
    sink.open(*SIZE, 60)
    with pytest.raises(GuiseError, match="128x72"):
        sink.send(picture(1, (64, 48)), 0.0)


def test_a_process_that_dies_is_replaced(make_sink: MakeSink, device: DeviceFolder) -> None:
    states: list[VirtualCameraStatus] = []
    sink = make_sink(on_change=states.append)
    sink.open(*SIZE, 60)
    sink.send(picture(100), 0.0)
    device.wait_for_value(100)
    first = device.pid
    device.tell("crash")
    wait_until(lambda: device.pid != first and sink.status().state == "on", "another process")
    count = len(device.shown)
    sink.send(picture(130), 0.0)
    device.wait_for_value(130, after=count - 1)
    assert [status.state for status in states if status.state != "on"] == ["starting", "starting"]
    assert "starting it again" in [status.message for status in states if status.state == "starting"][1]


def test_a_missing_driver_is_named_and_looked_for_again(make_sink: MakeSink, device: DeviceFolder) -> None:
    device.tell("refuse", "missing_driver")
    sink = make_sink()
    sink.open(*SIZE, 60)
    status = sink.wait_until_on(PATIENCE_S)
    assert status.state == "missing_driver"
    assert "needs a driver" in status.message
    assert status.install_hint
    sink.send(picture(1), 0.0)
    device.untell("refuse")
    sink.recheck()
    wait_until(lambda: sink.status().state == "on", "found after looking again")


def test_a_busy_device_is_tried_again_by_itself(make_sink: MakeSink, device: DeviceFolder) -> None:
    device.tell("refuse", "busy")
    sink = make_sink()
    sink.open(*SIZE, 60)
    assert sink.wait_until_on(PATIENCE_S).state == "busy"
    device.untell("refuse")
    wait_until(lambda: sink.status().state == "on", "free again")


def test_a_process_that_cannot_start_is_a_failure_in_words(make_sink: MakeSink, tmp_path: Path) -> None:
    sink = make_sink(command=[str(tmp_path / "nothing")])
    sink.open(*SIZE, 60)
    status = sink.wait_until_on(PATIENCE_S)
    assert status.state == "failed"
    assert "cannot be started" in status.message


def test_ctrl_c_and_a_closed_terminal_are_not_the_process_s_business(
    make_sink: MakeSink, device: DeviceFolder
) -> None:
    sink = make_sink()
    sink.open(*SIZE, 60)
    assert sink.wait_until_on(PATIENCE_S).state == "on"
    device.wait_for_value(SLATE)
    os.kill(device.pid, signal.SIGINT)
    os.kill(device.pid, signal.SIGHUP)
    sink.send(picture(140), 0.0)
    device.wait_for_value(140)
    assert os.getsid(device.pid) != os.getsid(0)


# What happens when Guise is killed. ------------------------------------------------------------------------------


class KilledGuise:
    """A Guise in a process of its own that shows one grey level and can be killed."""

    def __init__(self, device: DeviceFolder, *extra: str) -> None:
        arguments = [str(device.path), *BACKEND, *extra]
        self.process = subprocess.Popen([sys.executable, "-c", _GUISE, *arguments])

    def kill(self, number: int = signal.SIGKILL) -> None:
        self.process.send_signal(number)
        if number == signal.SIGKILL:
            self.process.wait()


_GUISE = textwrap.dedent("""
    import sys, time
    import numpy as np
    from app.devices.virtual_camera import VirtualCameraSink
    sink = VirtualCameraSink(np.full((72, 128, 3), 7, np.uint8), device=sys.argv[1], extra_arguments=sys.argv[2:])
    sink.open(128, 72, 60)
    while True:
        sink.send(np.full((72, 128, 3), 99, np.uint8), time.perf_counter())
        time.sleep(1 / 60)
""")


@pytest.fixture
def start_guise(device: DeviceFolder) -> Iterator[Callable[..., KilledGuise]]:
    started: list[KilledGuise] = []

    def start(*extra: str) -> KilledGuise:
        started.append(KilledGuise(device, *extra))
        return started[-1]

    yield start
    for guise in started:
        if guise.process.poll() is None:
            guise.process.send_signal(signal.SIGCONT)
            guise.kill()
    if (device.path / "pid").exists():
        wait_until(lambda: _gone_or_killed(device.pid), "the process ends")


def _gone_or_killed(pid: int) -> bool:
    if alive(pid):
        os.kill(pid, signal.SIGKILL)
    return not alive(pid)


def test_a_killed_guise_leaves_the_slate_while_somebody_watches(
    start_guise: Callable[..., KilledGuise], device: DeviceFolder, guise_home: Path
) -> None:
    device.tell("readers", "1")
    guise = start_guise()
    device.wait_for_value(99)
    pid = device.pid
    guise.kill()
    killed = len(device.shown)
    slate = device.wait_for_value(SLATE, after=killed)
    wait_until(lambda: len(device.shown) > slate + 100, "the slate stays")
    assert {shown.low for shown in device.shown[slate:]} == {SLATE}
    assert alive(pid)
    device.tell("readers", "0")
    wait_until(lambda: not alive(pid), "the process ends when nobody watches")
    assert list((guise_home / "run").iterdir()) == []


def test_the_slate_ends_in_any_case(start_guise: Callable[..., KilledGuise], device: DeviceFolder) -> None:
    device.tell("readers", "1")
    guise = start_guise("--linger", "0.5")
    lively = device.wait_for_value(99)
    guise.kill()
    device.wait_for_value(SLATE, after=lively)
    wait_until(lambda: not alive(device.pid), "the process ends after its time")


def test_a_guise_that_hangs_has_the_slate_and_can_come_back(
    start_guise: Callable[..., KilledGuise], device: DeviceFolder
) -> None:
    guise = start_guise("--stall", "0.3")
    device.wait_for_value(99)
    guise.kill(signal.SIGSTOP)
    slate = device.wait_for_value(SLATE, after=len(device.shown))
    guise.kill(signal.SIGCONT)
    device.wait_for_value(99, after=slate)


def test_the_next_guise_takes_the_device_over(
    start_guise: Callable[..., KilledGuise], make_sink: MakeSink, device: DeviceFolder, guise_home: Path
) -> None:
    device.tell("readers", "1")
    guise = start_guise()
    device.wait_for_value(99)
    guise.kill()
    device.wait_for_value(SLATE, after=len(device.shown))
    old = device.pid
    sink = make_sink()
    sink.open(*SIZE, 60)
    wait_until(lambda: not alive(old), "the old process lets go")
    sink.send(picture(150), 0.0)
    device.wait_for_value(150)
    assert len(list((guise_home / "run").iterdir())) == 1
