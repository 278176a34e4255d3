"""What can go wrong with models, in words for the user."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import GuiseError

if TYPE_CHECKING:
    from engines.weights.model import Model


class ModelError(GuiseError):
    """A model cannot be stored, found or used."""


class ModelKnown(ModelError):  # noqa: N818 - whoever adds reads it as an outcome
    """The model is stored already, and nothing was added.

    Attributes:
        model: as it is stored.
    """

    def __init__(self, model: Model) -> None:
        super().__init__(f"This model is stored already, as '{model.name}'.", "Nothing was added.")
        self.model = model


class Stopped(GuiseError):  # noqa: N818 - names the outcome
    """The user stopped it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)


class DownloadError(GuiseError):
    """A file could not be fetched."""


def storage_error(error: OSError, folder: Path, doing: str) -> ModelError:
    """Return the sentence for a failed write. doing: "store the model", "remove the model", ..."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return ModelError(f"The disk is full: Guise could not {doing}.", f"Free some space for {folder}.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ModelError(
            f"Guise may not write to its folder {folder} and could not {doing}.",
            "Make it writable, or set GUISE_HOME to another folder.",
        )
    return ModelError(
        f"Guise could not {doing} in {folder}: {error.strerror or error}.", "Check the disk and try again."
    )


def no_room(needed: int, free: int, folder: Path, doing: str) -> ModelError:
    """Return the sentence for a disk on which something will not fit. Sizes in bytes."""
    return ModelError(
        f"Guise needs {needed / 1e6:.0f} MB to {doing}, and the disk has {free / 1e6:.0f} MB left.",
        f"Free some space for {folder}.",
    )
