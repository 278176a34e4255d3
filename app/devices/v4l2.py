"""Linux's video devices: what they are called, what they can do, and who has them open.

Asks the kernel (one ioctl on each node) instead of opening a stream, so nothing starts and no light goes on.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_QUERYCAP = 0x80685600
_CAPABILITY = struct.Struct("<16s32s32sIIIIII")
_CAPTURE = 0x00000001
_OUTPUT = 0x00000002
_CAPTURE_PLANES = 0x00001000
_DEVICE_CAPS = 0x80000000
_LOOPBACK_DRIVER = "v4l2 loopback"


@dataclass(frozen=True)
class VideoNode:
    """One /dev/video*.

    Attributes:
        path: such as /dev/video0.
        name: as the driver calls it.
        driver: name of the kernel's driver; empty where the node could not be asked.
        can_capture: gives pictures now.
        can_output: takes pictures now; loopback devices only.
        problem: errno name of why it could not be asked, or nothing.
    """

    path: str
    name: str
    driver: str = ""
    can_capture: bool = False
    can_output: bool = False
    problem: str = ""

    @property
    def loopback(self) -> bool:
        """Made by v4l2loopback: a program feeds it."""
        return self.driver == _LOOPBACK_DRIVER

    @property
    def index(self) -> int:
        """The number at the end of the path."""
        return int("".join(letter for letter in Path(self.path).name if letter.isdigit()) or -1)


def video_nodes(
    sys_folder: Path = Path("/sys/class/video4linux"), dev: Path = Path("/dev")
) -> list[VideoNode]:
    """Return all video devices, lowest number first; none on a system that has no such folder."""
    try:
        entries = [entry for entry in sys_folder.iterdir() if entry.name.startswith("video")]
    except OSError:
        return []
    nodes = [_ask(dev / entry.name, _sys_name(entry)) for entry in entries]
    return sorted(nodes, key=lambda node: node.index)


def parse_capability(raw: bytes) -> tuple[str, str, bool, bool]:
    """Return driver, card, can capture, can output from the kernel's answer."""
    driver, card, _bus, _version, whole, mine, *_ = _CAPABILITY.unpack(raw)
    flags = mine if whole & _DEVICE_CAPS else whole
    return (
        _text(driver),
        _text(card),
        bool(flags & (_CAPTURE | _CAPTURE_PLANES)),
        bool(flags & _OUTPUT),
    )


def _ask(path: Path, name: str) -> VideoNode:
    import fcntl

    try:
        handle = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        return VideoNode(str(path), name, problem=errno.errorcode.get(error.errno or 0, "EIO"))
    try:
        answer = fcntl.ioctl(handle, _QUERYCAP, bytes(_CAPABILITY.size))
    except OSError as error:
        return VideoNode(str(path), name, problem=errno.errorcode.get(error.errno or 0, "EIO"))
    finally:
        os.close(handle)
    driver, card, capture, output = parse_capability(answer)
    return VideoNode(str(path), card or name, driver, capture, output)


def _sys_name(entry: Path) -> str:
    try:
        return (entry / "name").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return entry.name


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace").strip()


def users_of(device: str, but: Iterable[int] = (), proc: Path = Path("/proc")) -> dict[int, str]:
    """Return who has the device open, process id to program name, as far as this user may see.

    Args:
        device: path of the node.
        but: processes that do not count.
        proc: where the kernel lists processes.
    """
    try:
        target = os.stat(device).st_rdev
    except OSError:
        return {}
    ignored = {str(pid) for pid in but}
    found = {}
    for folder in proc.iterdir():
        if folder.name.isdigit() and folder.name not in ignored and _holds(folder / "fd", target):
            found[int(folder.name)] = _program(folder)
    return found


def _holds(folder: Path, target: int) -> bool:
    try:
        names = os.listdir(folder)
    except OSError:  # another user's process, or it has just ended
        return False
    return any(_is_device(f"{folder}/{name}", target) for name in names)


def _is_device(path: str, target: int) -> bool:
    try:
        return os.readlink(path).startswith("/dev/") and os.stat(path).st_rdev == target
    except OSError:
        return False


def _program(folder: Path) -> str:
    try:
        return (folder / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "another program"
