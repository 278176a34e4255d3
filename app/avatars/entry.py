"""An avatar as the shelf shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engines.base import Style

_LOOK = "Its face could not be made out for sure: look at it in the window's landmark editor."
_HAND = "A hand is before its face and moves as if it were part of it; a picture without one looks better."


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
        face_guessed: its landmarks deserve a look: the face was hard to make out, or a character's picture shows none
            and they lie where faces usually do.
        hand_before_face: as in Avatar.
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
    hand_before_face: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know, a sentence each."""
        notes = ((self.face_guessed, _LOOK), (self.hand_before_face, _HAND))
        return tuple(note for holds, note in notes if holds)
