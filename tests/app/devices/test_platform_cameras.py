"""Names of Windows' and macOS's cameras, as far as they can be tried elsewhere."""

from __future__ import annotations

import sys

import pytest

from app.devices import platform_cameras
from app.devices.platform_cameras import camera_names, is_virtual, mac_names, parse_profiler

PROFILER = b"""{"SPCameraDataType": [
  {"_name": "FaceTime HD Camera", "spcamera_unique-id": "3F45E80A"},
  {"_name": "Studio Display", "spcamera_unique-id": "0x1100000"}]}"""


def test_macos_order_is_that_of_the_ids() -> None:
    assert parse_profiler(PROFILER) == ["Studio Display", "FaceTime HD Camera"]
    assert parse_profiler(b"{}") == []


def test_macos_is_asked_through_a_command() -> None:
    command = (sys.executable, "-c", f"print({PROFILER.decode()!r})")
    assert mac_names(command) == ["Studio Display", "FaceTime HD Camera"]


@pytest.mark.parametrize("failure", [OSError("no"), ValueError("junk"), AttributeError("no WinDLL")])
def test_a_system_that_will_not_say_gives_none(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def fail() -> list[str]:
        raise failure

    monkeypatch.setattr(platform_cameras.sys, "platform", "win32")
    monkeypatch.setattr(platform_cameras, "directshow_names", fail)
    assert camera_names() is None


def test_cameras_fed_by_programs_are_known() -> None:
    assert is_virtual("OBS Virtual Camera")
    assert is_virtual("Unity Video Capture")
    assert not is_virtual("Logitech BRIO")
