"""How to install a virtual camera's driver on this system, and whether one is there. Never opens a device."""

from __future__ import annotations

import contextlib
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.devices.v4l2 import video_nodes
from app.devices.virtual_device import DeviceError, free_loopbacks

VirtualCameraState = Literal["off", "starting", "on", "missing_driver", "busy", "failed"]

MODPROBE = "sudo modprobe v4l2loopback exclusive_caps=1 card_label=Guise"
_EXTENSIONS_TIMEOUT_S = 5.0
_OBS_CLASS = "{A3FCE0F5-3493-419F-958A-ABA1250EC20B}"
_UNITY_CLASS = "{5C2CD55C-92AD-4999-8666-912BD3E70010}"
_LINUX_PACKAGES = {
    "debian": "sudo apt install v4l2loopback-dkms",
    "ubuntu": "sudo apt install v4l2loopback-dkms",
    "fedora": "sudo dnf install akmod-v4l2loopback (from RPM Fusion)",
    "arch": "sudo pacman -S v4l2loopback-dkms linux-headers",
    "suse": "sudo zypper install v4l2loopback-kmp-default",
}


@dataclass(frozen=True)
class VirtualCameraStatus:
    """How the virtual camera is.

    Attributes:
        state: off (and could be on), starting, on, missing_driver, busy (another program feeds it), or
            failed.
        device: as the system calls it, such as /dev/video9.
        name: as a video call lists it.
        width: of the pictures it gives, pixels.
        height: of the pictures it gives, pixels.
        fps: pictures a second.
        pixels: its own pixel format.
        readers: how many programs watch it; None where that cannot be known.
        message: all that in words.
        install_hint: what to do where something is missing.
    """

    state: VirtualCameraState
    device: str = ""
    name: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    pixels: str = ""
    readers: int | None = None
    message: str = ""
    install_hint: str = ""


def check_driver() -> VirtualCameraStatus:
    """Return whether a virtual camera could be switched on now; for the doctor and for looking again."""
    system: str = sys.platform
    if system == "linux":
        return _check_linux()
    found = windows_drivers() if system == "win32" else mac_drivers()
    if not found:
        return missing_driver()
    return VirtualCameraStatus("off", name=found[0], message=f"Ready: {found[0]}.")


def missing_driver() -> VirtualCameraStatus:
    """Return the status that tells how to install a driver."""
    driver = {"linux": "v4l2loopback", "win32": "OBS Studio's virtual camera or Unity Capture"}
    name = driver.get(sys.platform, "OBS Studio's virtual camera")
    return VirtualCameraStatus(
        "missing_driver",
        message=f"The virtual camera needs a driver: {name}.",
        install_hint=install_hint(),
    )


def install_hint(
    system: str = sys.platform, distribution: str | None = None, module_there: bool | None = None
) -> str:
    """Return how to install the driver.

    Args:
        system: as sys.platform.
        distribution: id of the Linux distribution and those it is like; this one's when None.
        module_there: the kernel module is installed, only not loaded; looked up when None.
    """
    if system == "win32":
        return "Install OBS Studio 28 or newer (obsproject.com), or Unity Capture, and restart Guise."
    if system == "darwin":
        return (
            "Install OBS Studio 30 or newer from obsproject.com (macOS 13 or newer), click Start Virtual Camera "
            "in it once, allow the extension in System Settings, then stop it there."
        )
    if system != "linux":
        return "No virtual camera is known for this system."
    if module_installed() if module_there is None else module_there:
        return f"Run: {MODPROBE}"
    known = _distribution() if distribution is None else distribution
    return f"Run: {_package_line(known)}, then: {MODPROBE}"


def windows_drivers() -> list[str]:
    """Return the virtual cameras that Windows' registry knows. Not tried on Windows."""
    found: list[str] = []
    if sys.platform == "win32":
        import winreg

        for name, class_id in (("OBS Virtual Camera", _OBS_CLASS), ("Unity Video Capture", _UNITY_CLASS)):
            with contextlib.suppress(OSError):
                winreg.CloseKey(winreg.OpenKey(winreg.HKEY_CLASSES_ROOT, rf"CLSID\{class_id}"))
                found.append(name)
    return found


def mac_drivers() -> list[str]:
    """Return OBS's camera where macOS lists its extension as active, or OBS is there. Not tried on macOS."""
    try:
        answer = subprocess.run(
            ["/usr/bin/systemextensionsctl", "list"],
            capture_output=True,
            timeout=_EXTENSIONS_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ["OBS Virtual Camera"] if Path("/Applications/OBS.app").exists() else []
    lines = answer.stdout.decode("utf-8", "replace").splitlines()
    active = any("mac-camera-extension" in line and "activated enabled" in line for line in lines)
    return ["OBS Virtual Camera"] if active else []


def module_installed(modules: Path = Path("/lib/modules")) -> bool:
    """Whether the running kernel has v4l2loopback on disk."""
    try:
        return "v4l2loopback.ko" in (modules / platform.release() / "modules.dep").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False


def _check_linux() -> VirtualCameraStatus:
    try:
        node = free_loopbacks(video_nodes())[0]
    except DeviceError as error:
        if error.state == "missing_driver":
            return missing_driver()
        return VirtualCameraStatus(error.state, message=error.message, install_hint=error.hint)
    return VirtualCameraStatus(
        "off",
        device=node.path,
        name=node.name,
        message=f"Ready: {node.name} ({node.path}).",
        install_hint="" if not node.can_capture else f"Browsers may not list it; reload it with: {MODPROBE}",
    )


def _distribution() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ""
    return f"{release.get('ID', '')} {release.get('ID_LIKE', '')}".lower()


def _package_line(distribution: str) -> str:
    for name, line in _LINUX_PACKAGES.items():
        if name in distribution:
            return line
    return "install the package v4l2loopback (often v4l2loopback-dkms)"
