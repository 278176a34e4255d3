"""Webcams: what they give, and everything a driver can do wrong."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from app.devices import opencv_driver
from app.devices.camera import Camera, CameraBusy, CameraInfo, CameraLost, CameraNotFound
from app.devices.opencv_camera import OpenCVCamera
from app.devices.opencv_driver import open_with_opencv, to_rgb
from app.settings import CameraSettings
from tests.fakes.capture import FakeCapture, bgr
from tests.fakes.waits import once_waiting

INFO = CameraInfo("0", "Fake")
SETTINGS = CameraSettings(width=96, height=64, fps=30)
PATIENCE_S = 5.0


@pytest.fixture
def capture() -> Iterator[FakeCapture]:
    fake = FakeCapture()
    yield fake
    fake.flows.set()


def camera_of(capture: FakeCapture, **options: object) -> OpenCVCamera:
    return OpenCVCamera(INFO, SETTINGS, open_capture=capture.open, read_timeout_s=PATIENCE_S, **options)  # type: ignore[arg-type]


def read_on(camera: Camera) -> None:
    """Read more frames than a test leaves waiting."""
    for _ in range(6):
        camera.read()


def test_frames_are_rgb_with_rising_times(capture: FakeCapture) -> None:
    with camera_of(capture) as camera:
        frames = [camera.read() for _ in range(5)]
    first = frames[0].rgb
    assert first.shape == (64, 96, 3)
    assert first.dtype == np.uint8
    assert int(first[0, 0, 0]) == int(first[0, 0, 2]) + 2  # red comes first
    assert all(a.time_s < b.time_s and a.index < b.index for a, b in pairwise(frames))


def test_the_driver_is_used_from_one_thread_and_let_go_of(capture: FakeCapture) -> None:
    with camera_of(capture) as camera:
        camera.read()
    assert capture.released.wait(2)
    assert capture.threads == {"camera Fake"}


def test_what_was_granted_is_told(capture: FakeCapture) -> None:
    camera = OpenCVCamera(INFO, CameraSettings(width=1280, height=720), open_capture=capture.open)
    assert camera.size == (0, 0)
    with camera:
        assert camera.size == (96, 64)
        assert camera.fps == 30
        assert camera.note == "Fake gives 96x64 instead of 1280x720."
    with camera_of(capture) as camera:
        assert camera.note == ""


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), 1e9])
def test_a_senseless_rate_is_no_rate(rate: float) -> None:
    with camera_of(FakeCapture(fps=rate)) as camera:
        assert camera.fps == 0


def test_a_driver_that_hangs_is_noticed_and_can_be_opened_again(capture: FakeCapture) -> None:
    camera = camera_of(capture)
    camera.open()
    camera.read()
    capture.flows.clear()
    camera._read_timeout_s = 0.2
    with pytest.raises(CameraLost, match="gave no picture"):
        read_on(camera)
    camera.close()
    another = FakeCapture()
    camera._open_capture, camera._read_timeout_s = another.open, PATIENCE_S
    with camera:
        camera.read()
    assert not capture.released.is_set()
    capture.flows.set()
    assert capture.released.wait(2)


def test_an_opening_that_hangs_is_bounded(capture: FakeCapture) -> None:
    capture.flows.clear()
    camera = camera_of(capture, open_timeout_s=0.1)
    with pytest.raises(CameraLost, match="does not answer"):
        camera.open()
    capture.flows.set()
    assert capture.released.wait(2)


GARBAGE = [
    None,
    "no array",
    np.zeros((0, 0, 3), np.uint8),
    np.zeros((64, 96, 3), np.float32),
    np.zeros((64, 96, 2), np.uint8),
    np.zeros((4, 4, 3), np.uint8),
    np.zeros(5000, np.uint8),
]


@pytest.mark.parametrize("junk", GARBAGE, ids=repr)
def test_garbage_between_frames_is_left_out(junk: object) -> None:
    fake = FakeCapture(lambda index: junk if index % 2 else bgr(50))
    with camera_of(fake) as camera:
        assert {camera.read().rgb.shape for _ in range(3)} == {(64, 96, 3)}


def test_garbage_alone_is_a_lost_camera() -> None:
    fake = FakeCapture(lambda _index: None)
    with pytest.raises(CameraLost, match="no usable pictures"):
        camera_of(fake).open()


def test_a_driver_that_raises_is_a_lost_camera() -> None:
    is_open = threading.Event()

    def frame(index: int) -> object:
        if index > 2:
            assert is_open.wait(PATIENCE_S)
            raise RuntimeError("the driver's own words")
        return bgr(index)

    camera = camera_of(FakeCapture(frame))
    camera.open()
    is_open.set()
    with pytest.raises(CameraLost, match="the driver's own words"):
        read_on(camera)
    camera.close()


def test_a_change_of_size_goes_through() -> None:
    fake = FakeCapture(lambda index: bgr(9, (96, 64) if index < 3 else (128, 96)))
    with camera_of(fake) as camera:
        shapes = [camera.read().rgb.shape for _ in range(20)]
        assert shapes[-1] == (96, 128, 3)
        assert camera.size == (128, 96)


@pytest.mark.parametrize("shape", [(64, 96), (64, 96, 1), (64, 96, 4)])
def test_grey_and_four_channels_become_rgb(shape: tuple[int, ...]) -> None:
    rgb = to_rgb(np.full(shape, 77, np.uint8))
    assert rgb is not None
    assert rgb.shape == (64, 96, 3)
    assert (rgb == 77).all()


def test_closing_ends_a_read_and_may_be_repeated(capture: FakeCapture) -> None:
    def only_frame(_index: int) -> object:
        capture.flows.clear()
        return bgr(50)

    capture.frame = only_frame
    camera = OpenCVCamera(INFO, SETTINGS, open_capture=capture.open, read_timeout_s=30)
    camera.open()
    camera.read()
    with once_waiting(camera.close):
        with pytest.raises(CameraLost, match="closed"):
            camera.read()
        capture.flows.set()
    camera.close()
    with pytest.raises(CameraLost, match="not open"):
        camera.read()


def test_it_is_found_by_name_though_its_number_changed(capture: FakeCapture) -> None:
    plugged = [CameraInfo("0", "Other"), CameraInfo("7", "Fake")]
    with camera_of(capture, cameras=lambda: plugged) as camera:
        assert capture.device == "7"
        assert camera.info.id == "7"


def test_another_camera_at_its_place_is_not_taken_for_it(capture: FakeCapture) -> None:
    camera = OpenCVCamera(
        CameraInfo("/dev/null", "Fake"), SETTINGS, cameras=lambda: [CameraInfo("/dev/null", "Other")]
    )
    with pytest.raises(CameraNotFound):
        camera.open()


def test_one_asked_for_by_its_path_needs_no_listing(capture: FakeCapture) -> None:
    by_path = CameraInfo("/dev/video7", "/dev/video7")
    with OpenCVCamera(by_path, SETTINGS, cameras=list, open_capture=capture.open) as camera:
        camera.read()


def test_one_that_is_not_plugged_in_is_named(capture: FakeCapture) -> None:
    camera = camera_of(capture, cameras=lambda: [CameraInfo("0", "Other")])
    with pytest.raises(CameraNotFound, match=r"no camera 'Fake'.*Available: Other"):
        camera.open()


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.ENOENT, CameraNotFound, "no camera"),
        (errno.EACCES, CameraBusy, "usermod -aG video"),
        (errno.EBUSY, CameraBusy, "another program"),
        (errno.EIO, CameraLost, "Plug the camera in again"),
    ],
)
def test_linux_says_why_a_camera_cannot_be_opened(
    monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception], words: str
) -> None:
    def refuse(*_arguments: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(opencv_driver.os, "open", refuse)
    with pytest.raises(kind, match=words):
        open_with_opencv("/dev/video97", SETTINGS)


def test_a_file_that_is_no_camera_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenCV itself says no here: the number leads to no device."""
    monkeypatch.setattr(opencv_driver, "_check_access", lambda _device: None)
    with pytest.raises(CameraBusy, match="cannot be opened"):
        open_with_opencv("/dev/video97", SETTINGS)
