"""What can go wrong with avatars, in words for the user and with what the window needs to help."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import GuiseError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.avatars.picture import LoadedPicture
    from app.tracking.portrait import FoundFace


class NoFaceFound(GuiseError):  # noqa: N818 - the window reads it as an outcome
    """No face was found in a picture; place its landmarks by hand and add it again with them.

    Attributes:
        picture: the loaded picture; AvatarLibrary.add takes it as it is.
        name: what the avatar would be called.
    """

    def __init__(self, picture: LoadedPicture, name: str) -> None:
        super().__init__(
            f"No face was found in '{name}'.",
            "Add it in the window, where its eyes, mouth and outline can be placed by hand.",
        )
        self.picture = picture
        self.name = name


class SeveralFaces(GuiseError):  # noqa: N818 - the window reads it as an outcome
    """A picture shows several faces; choose one and add it again with its index or landmarks.

    Attributes:
        picture: the loaded picture; AvatarLibrary.add takes it as it is.
        name: what the avatar would be called.
        faces: what was found, best first; the index into it is `face_index`.
    """

    def __init__(self, picture: LoadedPicture, name: str, faces: Sequence[FoundFace]) -> None:
        super().__init__(f"'{name}' shows {len(faces)} faces.", "Choose which one to animate.")
        self.picture = picture
        self.name = name
        self.faces = tuple(faces)


class CharacterError(GuiseError):
    """A character's folder cannot be used, and why."""


class AvatarDamaged(GuiseError):  # noqa: N818 - names the state of the thing
    """An avatar's files cannot be used any more."""


class StorageError(GuiseError):
    """The avatars' folder cannot be read or written."""


def storage_error(error: OSError, folder: Path, doing: str) -> StorageError:
    """Return the sentences for a failed read or write. doing: "save the avatar", "remove the avatar", ..."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC):
        return StorageError(f"The disk is full: Guise could not {doing}.", f"Free some space for {folder}.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StorageError(
            f"Guise may not read and write its folder {folder} and could not {doing}.",
            "Try again; if that fails too, make it writable, or set GUISE_HOME to another folder.",
        )
    return StorageError(
        f"Guise could not {doing} in {folder}: {error.strerror or error}.", "Check the disk and try again."
    )
