"""A library of avatars that needs no disk."""

from __future__ import annotations

from pathlib import Path

from app.avatars.avatar_store import AvatarLibrary
from app.avatars.entry import AvatarEntry
from app.errors import UnknownNameError
from engines.base import Avatar, Style
from tests.fakes.engine import made_avatar

COLOURS = {"blue": (40, 90, 220), "green": (40, 200, 90), "sand": (210, 180, 120), "grey": (130, 130, 130)}


class FakeLibrary(AvatarLibrary):
    """Holds four avatars named after their colours."""

    def __init__(self) -> None:
        self.avatars = {name: made_avatar(colour) for name, colour in COLOURS.items()}

    def list(self) -> list[AvatarEntry]:
        return [
            AvatarEntry(name, name.title(), Path(), True, Style.PHOTO, False, Path()) for name in self.avatars
        ]

    def load(self, avatar_id: str) -> Avatar:
        if avatar_id not in self.avatars:
            raise UnknownNameError("avatar", avatar_id, self.avatars)
        return self.avatars[avatar_id]
