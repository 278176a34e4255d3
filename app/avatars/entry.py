"""An avatar as the shelf shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engines.base import Style


@dataclass(frozen=True)
class AvatarEntry:
    """An avatar on the shelf.

    Attributes:
        id: never changes; also the name of its folder.
        name: for the user, who may change it.
        thumbnail: a small square picture, PNG.
        builtin: it ships with Guise; removing hides it.
        style: photo or drawn.
        needs_landmarks: it cannot be animated until its landmarks are placed.
        folder: where its files are.
        character: it brings networks of its own, which Talking Head Anime animates it with.
        face_guessed: no face was found in a character's picture, so its landmarks lie where faces usually do.
    """

    id: str
    name: str
    thumbnail: Path
    builtin: bool
    style: Style
    needs_landmarks: bool
    folder: Path
    character: bool = False
    face_guessed: bool = False
