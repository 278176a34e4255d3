"""Which cameras there are, and which one is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.devices import discovery
from app.devices.camera import CameraInfo, CameraLost, CameraNotFound
from app.devices.discovery import find, list_cameras, open_camera, unique_names
from app.devices.file_camera import FileCamera
from app.devices.idle_camera import IdleCamera
from app.devices.opencv_camera import OpenCVCamera
from app.devices.v4l2 import VideoNode
from app.settings import CameraSettings
from tests.fakes.clips import make_clip

BRIO = CameraInfo("/dev/video0", "Logitech BRIO")
BUILT_IN = CameraInfo("/dev/video2", "Integrated Camera")
KNOWN = [BRIO, BUILT_IN]


def on_linux(monkeypatch: pytest.MonkeyPatch, nodes: list[VideoNode], fed: set[str] | None = None) -> None:
    monkeypatch.setattr(discovery.sys, "platform", "linux")
    monkeypatch.setattr(discovery, "video_nodes", lambda: nodes)
    monkeypatch.setattr(discovery, "devices_fed", lambda: fed or set())


def test_linux_lists_lenses_first_and_leaves_out_what_gives_no_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loopback = "v4l2 loopback"
    on_linux(
        monkeypatch,
        [
            VideoNode("/dev/video0", "OBS", loopback, can_capture=True),
            VideoNode("/dev/video1", "Guise", loopback, can_capture=True, can_output=True),
            VideoNode("/dev/video2", "BRIO", "uvcvideo", can_capture=True),
            VideoNode("/dev/video3", "BRIO", "uvcvideo"),  # metadata
            VideoNode("/dev/video4", "Empty", loopback, can_output=True),
            VideoNode("/dev/video5", "BRIO", "uvcvideo", can_capture=True),
            VideoNode("/dev/video6", "Locked", problem="EACCES"),
            VideoNode("/dev/video7", "Gone", problem="ENODEV"),
        ],
    )
    assert [(info.id, info.name, info.virtual) for info in list_cameras()] == [
        ("/dev/video2", "BRIO", False),
        ("/dev/video5", "BRIO (2)", False),
        ("/dev/video6", "Locked", False),
        ("/dev/video0", "OBS", True),
    ]


def test_what_guise_feeds_itself_is_never_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    node = VideoNode("/dev/video9", "VirtualCam", "v4l2 loopback", can_capture=True)
    on_linux(monkeypatch, [node], fed={"/dev/video9"})
    assert list_cameras() == []


def test_other_systems_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery.sys, "platform", "win32")
    monkeypatch.setattr(discovery, "camera_names", lambda: ["OBS Virtual Camera", "Webcam"])
    assert list_cameras() == [CameraInfo("1", "Webcam"), CameraInfo("0", "OBS Virtual Camera", virtual=True)]
    monkeypatch.setattr(discovery, "camera_names", list)
    assert list_cameras() == []
    monkeypatch.setattr(discovery, "camera_names", lambda: None)
    assert [info.id for info in list_cameras()] == ["0", "1", "2"]


def test_a_camera_is_found_by_all_its_names() -> None:
    for spec in ("/dev/video2", "Integrated Camera", "integrated camera", "2"):
        assert find(spec, KNOWN) is BUILT_IN
    assert find("", KNOWN) is BRIO


def test_an_unknown_name_lists_the_known_and_guesses() -> None:
    with pytest.raises(CameraNotFound) as failure:
        find("logitec brio", KNOWN)
    assert "Did you mean 'Logitech BRIO'?" in str(failure.value)
    assert "Integrated Camera" in str(failure.value)


def test_no_camera_at_all_has_words_of_its_own() -> None:
    with pytest.raises(CameraNotFound, match=r"No camera was found\..*idle motion"):
        find("", [])


def test_names_are_made_unique() -> None:
    same = [CameraInfo("0", "Cam"), CameraInfo("1", "Cam"), CameraInfo("2", "Other"), CameraInfo("3", "Cam")]
    assert [info.name for info in unique_names(same)] == ["Cam", "Cam (2)", "Other", "Cam (3)"]


def test_opening_chooses_the_kind(tmp_path: Path) -> None:
    settings = CameraSettings()
    clip = make_clip(tmp_path / "mein clip.mp4", frames=2)
    assert isinstance(open_camera("idle", settings, lambda: KNOWN), IdleCamera)
    assert isinstance(open_camera(str(clip), settings, lambda: KNOWN), FileCamera)
    assert isinstance(open_camera(str(tmp_path), settings, lambda: KNOWN), FileCamera)
    webcam = open_camera("", settings, lambda: KNOWN)
    assert isinstance(webcam, OpenCVCamera)
    assert webcam.info is BRIO


def test_a_file_that_is_not_there_is_called_a_file(tmp_path: Path) -> None:
    with pytest.raises(CameraLost, match="There is no file"):
        open_camera(str(tmp_path / "gone.mp4"), CameraSettings(), lambda: KNOWN)


def test_idle_motion_opens_and_has_no_frames() -> None:
    with IdleCamera() as camera:
        assert camera.info.kind == "idle"
        assert (camera.size, camera.fps) == ((0, 0), 0)
        with pytest.raises(CameraLost):
            camera.read()


def test_this_machine_can_be_asked() -> None:
    assert all(info.kind == "webcam" for info in list_cameras())
