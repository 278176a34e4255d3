"""A driver that never returns from being opened: one thread waits for it, however often it is asked."""

from __future__ import annotations

import pytest

from app.devices import opencv_camera
from app.devices.camera import CameraInfo, CameraLost
from app.devices.opencv_camera import OpenCVCamera
from app.settings import CameraSettings
from tests.fakes.capture import FakeCapture
from tests.fakes.stage import until


class CountingCapture(FakeCapture):
    """Counts how often it was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.devices: list[str] = []

    def open(self, device: str, settings: CameraSettings) -> FakeCapture:
        self.devices.append(device)
        return super().open(device, settings)


def opens(camera: OpenCVCamera) -> bool:
    """Whether it can be opened; it is open then."""
    try:
        camera.open()
    except CameraLost:
        return False
    return True


def test_an_opening_that_hangs_costs_one_thread_however_often_it_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opencv_camera, "_CLOSE_TIMEOUT_S", 0.05)
    capture, plugged = CountingCapture(), [CameraInfo("0", "Fake")]
    capture.flows.clear()
    camera = OpenCVCamera(
        plugged[0], CameraSettings(), cameras=lambda: plugged, open_capture=capture.open, open_timeout_s=0.05
    )
    for _ in range(3):
        with pytest.raises(CameraLost, match=r"does not answer.*plug it in again"):
            camera.open()
    assert capture.devices == ["0"]

    plugged[0] = CameraInfo("1", "Fake")  # plugged in again, it has another number
    with pytest.raises(CameraLost):
        camera.open()
    assert capture.devices == ["0", "1"]

    capture.flows.set()
    camera._open_timeout_s = 20
    until(lambda: opens(camera))
    camera.read()
    camera.close()
