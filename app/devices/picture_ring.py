"""Pictures handed to the process that feeds the virtual camera: a small file in memory, mapped by both.

Only finished pictures and the slate are ever written here, so a camera's frame cannot leave by this way. The
writer goes round three places and stamps each with the picture's number before and after; a reader that sees
two different stamps throws its copy away, so no picture is ever torn. The file belongs to its user alone and
goes when the last of the two processes does; what a crash leaves behind is swept up at the next start.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.errors import GuiseError
from app.paths import one_folder

logger = logging.getLogger(__name__)

_MAGIC = 0x4755_4953_4543_0001  # "GUISEC" and the layout's version
_PLACES = 3
_HEADER_BYTES = 4096
_NUMBERS = 64  # 8-byte numbers at the file's start, then texts
_TEXT_AT, _TEXT_BYTES = 1024, 512
_WIDTH, _HEIGHT, _CHANNELS, _NEWEST, _LEAVE, _ORPHAN, _STAMPS = 1, 2, 3, 4, 5, 6, 16
_SUFFIX = ".ring"

_fence_lock = threading.Lock()


class RingError(GuiseError):
    """The shared memory cannot be had, and why."""


class PictureRing:
    """The shared memory, from either side.

    Threads: one writes and one reads, in different processes as a rule.

    Attributes:
        path: of the file.
        width: of the pictures, pixels.
        height: of the pictures, pixels.
        channels: 3 or 4.
    """

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._file = file
        self._map = mmap.mmap(file.fileno(), 0)
        self._numbers = np.frombuffer(self._map, np.uint64, _NUMBERS)
        if int(self._numbers[0]) != _MAGIC:
            self.close()
            raise RingError("The memory shared with the virtual camera is of another version of Guise.")
        self.width, self.height, self.channels = (
            int(number) for number in self._numbers[_WIDTH : _CHANNELS + 1]
        )
        shape = (_PLACES + 1, self.height, self.width, self.channels)
        self._pictures = np.frombuffer(self._map, np.uint8, int(np.prod(shape)), _HEADER_BYTES).reshape(shape)

    @classmethod
    def create(cls, slate: NDArray[np.uint8], folder: Path | None = None) -> PictureRing:
        """Make the memory for pictures of the slate's shape, (H, W, 3) or (H, W, 4) uint8.

        Raises:
            RingError: there is no room for it.
        """
        height, width, channels = slate.shape
        size = _HEADER_BYTES + (_PLACES + 1) * slate.size
        path, file = _reserve(size, [folder] if folder else _folders())
        header = np.zeros(_NUMBERS, np.uint64)
        header[: _CHANNELS + 1] = (_MAGIC, width, height, channels)
        file.seek(0)
        file.write(header.tobytes())
        file.flush()
        ring = cls(path, file)
        np.copyto(ring._pictures[_PLACES], slate)
        return ring

    @classmethod
    def attach(cls, path: Path) -> PictureRing:
        """Open memory that another process made.

        Raises:
            RingError: it is not there.
        """
        try:
            file = open(path, "r+b", buffering=0)  # noqa: SIM115 - kept until close
        except OSError as error:
            raise RingError("The memory shared with the virtual camera is gone.") from error
        try:
            _lock(file)
            return cls(path, file)
        except (OSError, ValueError) as error:
            file.close()
            raise RingError("The memory shared with the virtual camera is damaged.") from error

    @property
    def slate(self) -> NDArray[np.uint8]:
        """A copy of the slate."""
        return np.array(self._pictures[_PLACES], np.uint8)

    @property
    def newest(self) -> int:
        """Number of the newest picture, from 1; 0 before the first."""
        return int(self._numbers[_NEWEST])

    def write(self, picture: NDArray[np.uint8]) -> None:
        """Publish a picture of this ring's shape."""
        number = self.newest + 1
        place = number % _PLACES
        self._numbers[_STAMPS + place] = 2 * number - 1
        _fence()
        np.copyto(self._pictures[place], picture)
        _fence()
        self._numbers[_STAMPS + place] = 2 * number
        self._numbers[_NEWEST] = number

    def read_newer(self, than: int, into: NDArray[np.uint8]) -> int:
        """Copy the newest picture if its number is higher; return its number, or `than` when there is none.

        `into` may hold a torn picture when there is none: keep what is shown elsewhere.
        """
        for _ in range(_PLACES):
            number = self.newest
            if number <= than:
                return than
            place = number % _PLACES
            _fence()
            np.copyto(into, self._pictures[place])
            _fence()
            if int(self._numbers[_STAMPS + place]) == 2 * number:
                return number
        return than

    def ask_to_leave(self) -> None:
        """Tell a process that still feeds the device though its Guise is gone to let go of it."""
        self._numbers[_LEAVE] = 1

    @property
    def asked_to_leave(self) -> bool:
        """Another Guise wants the device."""
        return bool(self._numbers[_LEAVE])

    @property
    def orphan(self) -> bool:
        """The Guise that made this is gone; its virtual camera still shows the slate."""
        return bool(self._numbers[_ORPHAN])

    def set_orphan(self) -> None:
        """Note that the Guise that made this is gone."""
        self._numbers[_ORPHAN] = 1

    @property
    def device(self) -> str:
        """The device that is fed from here, as the system calls it; nothing before it is open."""
        raw = bytes(self._map[_TEXT_AT : _TEXT_AT + _TEXT_BYTES])
        return raw.split(b"\0", 1)[0].decode("utf-8", "replace")

    @device.setter
    def device(self, name: str) -> None:
        raw = name.encode()[: _TEXT_BYTES - 1]
        self._map[_TEXT_AT : _TEXT_AT + _TEXT_BYTES] = raw.ljust(_TEXT_BYTES, b"\0")

    def close(self, remove: bool = False) -> None:
        """Let go of the memory; safe to call twice.

        Args:
            remove: delete the file too, where the system lets that be.
        """
        self._numbers = self._pictures = np.zeros(_NUMBERS, np.uint64).view(np.uint8)  # type: ignore[assignment]
        with contextlib.suppress(BufferError):
            self._map.close()
        self._file.close()
        if remove:
            with contextlib.suppress(OSError):
                self.path.unlink()


def sweep(folder: Path | None = None) -> list[PictureRing]:
    """Delete what crashes left behind; return the memory of processes whose Guise is gone."""
    orphans = []
    for ring in _living([folder] if folder else None):
        if ring.orphan:
            orphans.append(ring)
        else:
            ring.close()
    return orphans


def devices_fed() -> set[str]:
    """Return the devices that Guise itself feeds now, in this process or another of this user."""
    devices = set()
    for ring in _living(None):
        devices.add(ring.device)
        ring.close()
    return devices - {""}


def _living(folders: list[Path] | None) -> Iterator[PictureRing]:
    for folder in folders or [folder for folder in _folders() if folder.is_dir()]:
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            if _abandoned(path):
                with contextlib.suppress(OSError):
                    path.unlink()
                    logger.info("removed what a crash left behind: %s", path.name)
                continue
            with contextlib.suppress(RingError):
                yield PictureRing.attach(path)


def _abandoned(path: Path) -> bool:
    """Whether no process has the file open any more."""
    try:
        if sys.platform == "win32":
            path.unlink()  # refused while it is open
            return False
        else:  # noqa: RET505 - for the type checker's knowledge of platforms
            import fcntl

            with open(path, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except OSError:
        return False


def _lock(file: BinaryIO) -> None:
    """Mark the file as in use; the mark goes with the process."""
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_SH)


def _fence() -> None:
    """Keep the processor from moving memory accesses across: two rounds of a lock, for ARM's sake."""
    with _fence_lock:
        pass
    with _fence_lock:
        pass


def _folders() -> list[Path]:
    """Return where the memory may lie, the best first."""
    home = one_folder()
    if home is not None:
        return [home / "run"]
    mine = f"guise-{os.getuid()}" if sys.platform != "win32" else "guise"
    memory = Path("/dev/shm")
    places = [memory] if sys.platform == "linux" and os.access(memory, os.W_OK) else []
    return [place / mine for place in (*places, Path(tempfile.gettempdir()))]


def _reserve(size: int, folders: list[Path]) -> tuple[Path, BinaryIO]:
    """Make a file of that size, every byte really there: a hole in a full disk kills who maps it."""
    problem: OSError | None = None
    for folder in folders:
        try:
            _make_private(folder)
            handle, name = tempfile.mkstemp(suffix=_SUFFIX, dir=folder)
            file: BinaryIO = os.fdopen(handle, "r+b", buffering=0)
        except OSError as error:
            problem = error
            continue
        try:
            _lock(file)
            _fill(file, size)
            return Path(name), file
        except OSError as error:
            problem = error
            file.close()
            os.unlink(name)
    reason = problem.strerror if problem else "no place"
    raise RingError(
        f"There is no memory to share with the virtual camera ({reason}).", "Free some disk space."
    )


def _fill(file: BinaryIO, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
        return
    block = bytes(1 << 20)
    for start in range(0, size, len(block)):
        file.write(block[: size - start])


def _make_private(folder: Path) -> None:
    """Make the folder for this user alone; refuse one that somebody else put there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform == "win32":
        return
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(0, f"{folder} belongs to somebody else")
    if found.st_mode & 0o077:
        folder.chmod(0o700)
