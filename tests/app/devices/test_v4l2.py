"""What Linux says about video devices."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

import pytest

from app.devices.v4l2 import VideoNode, parse_capability, users_of, video_nodes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux's own")

CAPTURE, OUTPUT, META, DEVICE = 0x1, 0x2, 0x00800000, 0x80000000


def capability(whole: int, mine: int, driver: bytes = b"uvcvideo", card: bytes = b"BRIO") -> bytes:
    return struct.pack("<16s32s32sIIIIII", driver, card, b"usb-1", 0x060100, whole, mine, 0, 0, 0)


@pytest.mark.parametrize(
    ("whole", "mine", "capture", "output"),
    [
        (CAPTURE | META | DEVICE, CAPTURE, True, False),
        (CAPTURE | META | DEVICE, META, False, False),  # a webcam's second node: metadata alone
        (CAPTURE, 0, True, False),  # old drivers say it once for all
        (OUTPUT | DEVICE, OUTPUT, False, True),
        (CAPTURE | OUTPUT | DEVICE, CAPTURE | OUTPUT, True, True),
        (0x1000 | DEVICE, 0x1000, True, False),
    ],
)
def test_a_nodes_own_capabilities_count(whole: int, mine: int, capture: bool, output: bool) -> None:
    assert parse_capability(capability(whole, mine)) == ("uvcvideo", "BRIO", capture, output)


def test_names_beyond_ascii_and_damaged_ones() -> None:
    raw = capability(CAPTURE, 0, card="Kamera Größe".encode())
    assert parse_capability(raw)[1] == "Kamera Größe"
    assert parse_capability(capability(CAPTURE, 0, card=b"\xff\xfe\0rest"))[1] == "\ufffd\ufffd"


def test_nodes_that_cannot_be_asked_keep_their_name_and_reason(tmp_path: Path) -> None:
    for name in ("video10", "video2", "media0"):
        (tmp_path / "sys" / name).mkdir(parents=True)
        (tmp_path / "sys" / name / "name").write_text(f"Cam {name}\n")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "video2").write_text("an ordinary file")
    nodes = video_nodes(tmp_path / "sys", tmp_path / "dev")
    assert [(node.index, node.name, node.problem) for node in nodes] == [
        (2, "Cam video2", "ENOTTY"),
        (10, "Cam video10", "ENOENT"),
    ]


def test_a_system_without_video_devices_has_none(tmp_path: Path) -> None:
    assert video_nodes(tmp_path / "nothing") == []


def test_loopbacks_are_known_by_their_driver() -> None:
    assert VideoNode("/dev/video0", "x", "v4l2 loopback").loopback
    assert not VideoNode("/dev/video0", "v4l2 loopback", "uvcvideo").loopback


def test_who_has_a_device_open() -> None:
    with open("/dev/null") as _device:
        assert os.getpid() in users_of("/dev/null")
        assert os.getpid() not in users_of("/dev/null", but=[os.getpid()])
    assert users_of("/dev/video_nothing") == {}
