"""Pictures written to disk: snapshots, and the frames of `render` into a folder."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.errors import GuiseError

_MOST_TRIES = 10_000


class WriteError(GuiseError):
    """A file cannot be written, and why."""


def write_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture; the file is there whole or not at all.

    Args:
        path: of the file, replaced if it exists; its folder is made.
        picture: (H, W, 3) RGB or (H, W, 4) RGBA with straight alpha, uint8.

    Raises:
        WriteError: it cannot be written, and why.
    """
    code = cv2.COLOR_RGBA2BGRA if picture.shape[2] == 4 else cv2.COLOR_RGB2BGR
    _done, png = cv2.imencode(".png", cv2.cvtColor(picture, code), [cv2.IMWRITE_PNG_COMPRESSION, 3])
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".png", dir=path.parent)
        with open(handle, "wb") as file:
            file.write(png.tobytes())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise write_error(path, error) from None


def write_error(path: Path, error: OSError) -> WriteError:
    """Return the error that says why a file cannot be written.

    Args:
        path: of the file.
        error: as the system or the encoder raised it.
    """
    import errno

    number = error.errno
    if number in (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return WriteError(
            f"The disk is full, so {path.name} could not be written to its end.", "Free some space."
        )
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return WriteError(f"The folder {path.parent} may not be written to.", "Choose another folder.")
    if number in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST):
        return WriteError(f"{path} is no place for a file.", "Choose another folder or name.")
    return WriteError(f"{path} could not be written: {error.strerror or error}.", "Choose another folder.")


def unique_path(folder: Path, suffix: str, stem: str = "Guise") -> Path:
    """Return a name in the folder that no file has: the stem, date and time, and a number if need be.

    Args:
        folder: need not exist.
        suffix: such as ".mp4".
        stem: begins the name.
    """
    for name in _names(f"{stem} {time.strftime('%Y-%m-%d %H-%M-%S')}"):
        path = folder / f"{name}{suffix}"
        if not path.exists():
            return path
    raise WriteError(f"The folder {folder} holds too many files of one name.", "Choose another folder.")


def _names(name: str) -> Iterator[str]:
    yield name
    for number in range(2, _MOST_TRIES):
        yield f"{name} ({number})"


def _umask() -> int:
    """Return the process's umask; there is no way to read it but to set it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
