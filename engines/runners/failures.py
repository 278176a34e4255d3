"""What can go wrong when a graph is built or run, in words for the user."""

from __future__ import annotations

import errno
from pathlib import Path

from engines.errors import EngineError

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FORBIDDEN = {errno.EROFS, errno.EACCES, errno.EPERM}
_MEMORY = ("out of memory", "not enough memory", "can't allocate memory", "failed to allocate", "bad_alloc")
_LOST = (
    "device lost", "device removed", "device-side", "illegal memory access", "unspecified launch failure",
    "has fallen off the bus", "ecc error", "device hung", "driver shutting down", "context is destroyed",
)  # fmt: skip


class BuildError(EngineError):
    """A graph could not be built or stored. The message names the cause and the way out."""


class CardError(EngineError):
    """A graphics card that is there cannot be used after all. The message names what is missing and the way out."""


class BuildCancelledError(BuildError):
    """The user stopped the build."""

    def __init__(self) -> None:
        super().__init__("The build was stopped. Start it again to go on where it stood.")


class DamagedBuildError(BuildError):
    """A stored file is not the one that was built."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path.name} in {path.parent} is missing or not what Guise built. Build the model again."
        )


class StorageError(BuildError):
    """The folder for builds cannot be written to."""

    def __init__(self, folder: Path, error: OSError) -> None:
        if error.errno in _FULL:
            text = f"The disk of {folder} is full. Free some space, then try again."
        elif error.errno in _FORBIDDEN:
            text = (
                f"Guise may not write in {folder}, or something in it is in use. Make the folder writable or close "
                "what uses it, then try again."
            )
        else:
            text = f"Nothing can be stored in {folder} ({error.strerror or error}). Check the disk, then try again."
        super().__init__(text)


def is_lost(error: Exception) -> bool:
    """Tell whether an error says that the device is gone: nothing works on it any more, whoever tries."""
    text = str(error).lower()
    return any(sign in text for sign in _LOST)


def run_error(where: str, error: Exception) -> EngineError:
    """Return what to tell the user when a graph failed on a device.

    Libraries raise their own types with pages of text; only the cause is worth reading.

    Args:
        where: the device, in words: "NVIDIA H200".
        error: as the library raised it.
    """
    text = str(error).lower()
    who = "This computer" if where == "CPU" else where
    if isinstance(error, MemoryError) or any(sign in text for sign in _MEMORY):
        return EngineError(f"{who} ran out of memory. Close what else uses it, or choose another runner.")
    if is_lost(error):
        return EngineError(
            f"{who} stopped answering. Start Guise again; if it happens again, update the driver "
            "or choose another runner."
        )
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return EngineError(
        f"The graph failed on {who.replace('This', 'this')} ({first[:200]}). Choose another runner."
    )
