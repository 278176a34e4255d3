"""What to install, and whether it is there."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from app.devices import driver_help
from app.devices.driver_help import MODPROBE, check_driver, install_hint, module_installed
from app.devices.v4l2 import VideoNode

LOOPBACK = "v4l2 loopback"


@pytest.mark.parametrize(
    ("distribution", "words"),
    [
        ("debian ", "apt install v4l2loopback-dkms"),
        ("linuxmint ubuntu debian", "apt install v4l2loopback-dkms"),
        ("fedora", "akmod-v4l2loopback"),
        ("manjaro arch", "pacman -S v4l2loopback-dkms"),
        ("opensuse-tumbleweed opensuse suse", "zypper install"),
        ("gentoo", "install the package v4l2loopback"),
    ],
)
def test_each_distribution_has_its_line(distribution: str, words: str) -> None:
    hint = install_hint("linux", distribution, module_there=False)
    assert words in hint
    assert MODPROBE in hint


def test_a_module_that_is_there_needs_loading_only() -> None:
    assert install_hint("linux", "debian", module_there=True) == f"Run: {MODPROBE}"
    assert "exclusive_caps=1" in MODPROBE
    assert "card_label=Guise" in MODPROBE


def test_other_systems() -> None:
    assert "OBS Studio 28" in install_hint("win32")
    assert "Unity Capture" in install_hint("win32")
    assert "Start Virtual Camera" in install_hint("darwin")
    assert install_hint("sunos5")


def test_the_module_is_looked_for_on_disk(tmp_path: Path) -> None:
    assert not module_installed(tmp_path)
    folder = tmp_path / platform.release()
    folder.mkdir()
    (folder / "modules.dep").write_text("kernel/fs/ext4.ko:\n")
    assert not module_installed(tmp_path)
    (folder / "modules.dep").write_text("updates/dkms/v4l2loopback.ko.xz:\n")
    assert module_installed(tmp_path)


@pytest.mark.parametrize(
    ("nodes", "state", "words"),
    [
        ([], "missing_driver", "needs a driver"),
        (
            [VideoNode("/dev/video0", "BRIO", "uvcvideo", can_capture=True)],
            "missing_driver",
            "needs a driver",
        ),
        (
            [VideoNode("/dev/video9", "Guise", LOOPBACK, can_output=True)],
            "off",
            r"Ready: Guise \(/dev/video9\)",
        ),
        ([VideoNode("/dev/video9", "OBS", LOOPBACK, can_capture=True)], "busy", "Another program"),
        ([VideoNode("/dev/video9", "Guise", problem="EACCES")], "failed", "may not use"),
    ],
)
def test_linux_tells_its_state(
    monkeypatch: pytest.MonkeyPatch, nodes: list[VideoNode], state: str, words: str
) -> None:
    monkeypatch.setattr(driver_help.sys, "platform", "linux")
    monkeypatch.setattr(driver_help, "video_nodes", lambda: nodes)
    status = check_driver()
    assert status.state == state
    import re

    assert re.search(words, status.message)
    assert status.install_hint or state == "off"


def test_the_label_guise_and_exclusive_capabilities_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = [
        VideoNode("/dev/video0", "Both", LOOPBACK, can_capture=True, can_output=True),
        VideoNode("/dev/video1", "Plain", LOOPBACK, can_output=True),
        VideoNode("/dev/video2", "guise", LOOPBACK, can_capture=True, can_output=True),
    ]
    monkeypatch.setattr(driver_help.sys, "platform", "linux")
    monkeypatch.setattr(driver_help, "video_nodes", lambda: nodes)
    found = []
    for _ in range(3):
        found.append(check_driver().device)
        nodes[:] = [node for node in nodes if node.path != found[-1]]
    assert found == ["/dev/video2", "/dev/video1", "/dev/video0"]


def test_a_device_without_exclusive_capabilities_comes_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    node = VideoNode("/dev/video0", "Both", LOOPBACK, can_capture=True, can_output=True)
    monkeypatch.setattr(driver_help.sys, "platform", "linux")
    monkeypatch.setattr(driver_help, "video_nodes", lambda: [node])
    assert "Browsers may not list it" in check_driver().install_hint


@pytest.mark.parametrize(("system", "looker"), [("win32", "windows_drivers"), ("darwin", "mac_drivers")])
def test_windows_and_macos(monkeypatch: pytest.MonkeyPatch, system: str, looker: str) -> None:
    monkeypatch.setattr(driver_help.sys, "platform", system)
    monkeypatch.setattr(driver_help, looker, list)
    assert check_driver().state == "missing_driver"
    assert "OBS" in check_driver().message
    monkeypatch.setattr(driver_help, looker, lambda: ["OBS Virtual Camera"])
    assert check_driver().message == "Ready: OBS Virtual Camera."


def test_lookers_of_other_systems_find_nothing_here() -> None:
    assert driver_help.windows_drivers() == []
    assert driver_help.mac_drivers() == []
