"""One lock that processes share, kept by the operating system: it ends with the process that holds it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engines.runners.build_files import storing

_LOOK_AGAIN_S = 0.1

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _unlock(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


@contextmanager
def locked(path: Path, give_up: Callable[[], bool]) -> Iterator[bool]:
    """Hold the lock of that file while the block runs; threads of one process exclude each other too.

    Args:
        path: the lock's file; made when absent, never removed.
        give_up: asked while somebody else holds it, ten times a second.

    Yields:
        Whether the lock is held; False when give_up said so.

    Raises:
        StorageError: the file cannot be made or locked.
    """
    with storing(path.parent):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        held = _lock(handle, path.parent, give_up)
        try:
            yield held
        finally:
            if held:
                _unlock(handle)
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path, give_up: Callable[[], bool]) -> bool:
    with storing(folder):  # some network folders know no locks
        while not _try_lock(handle):
            if give_up():
                return False
            time.sleep(_LOOK_AGAIN_S)
    return True
