"""A library of avatars in memory, with drawn thumbnails: what the window's tests put on the shelf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from app.avatars.entry import AvatarEntry
from app.avatars.picture import LoadedPicture
from engines.base import Style
from tests.fakes.session import fake_face


class FakeShelf:
    """Stands in for app.avatars.avatar_store.AvatarLibrary.

    Attributes:
        calls: what was asked of it.
        on_add: called instead of adding, where set.
    """

    def __init__(self, folder: Path, names: tuple[str, ...] = ("Mona", "Fox", "Robo")) -> None:
        self.folder = folder
        self.calls: list[tuple[object, ...]] = []
        self.on_add: Callable[..., AvatarEntry] | None = None
        self._entries = [self._entry(name, row) for row, name in enumerate(names)]
        self._hidden: list[AvatarEntry] = []

    def list(self) -> list[AvatarEntry]:
        return list(self._entries)

    def hidden(self) -> tuple[AvatarEntry, ...]:
        return tuple(self._hidden)

    def get(self, avatar_id: str) -> AvatarEntry:
        return self._entries[self._row(avatar_id)]

    def add(
        self, source: object, name: str | None = None, face_index: int | None = None, landmarks: object = None
    ) -> AvatarEntry:
        self.calls.append(("add", source, name, face_index, landmarks))
        if self.on_add is not None and landmarks is None and face_index is None:
            return self.on_add(source)
        entry = self._entry(name or f"New {len(self._entries)}", len(self._entries))
        self._entries.append(entry)
        return entry

    def rename(self, avatar_id: str, name: str) -> AvatarEntry:
        self.calls.append(("rename", avatar_id, name))
        row = self._row(avatar_id)
        self._entries[row] = replace(self._entries[row], name=name)
        return self._entries[row]

    def remove(self, avatar_id: str) -> None:
        self.calls.append(("remove", avatar_id))
        entry = self._entries.pop(self._row(avatar_id))
        if entry.builtin:
            self._hidden.append(entry)

    def restore(self) -> None:
        self.calls.append(("restore",))
        self._entries += self._hidden
        self._hidden = []

    def move(self, avatar_id: str, position: int) -> None:
        self.calls.append(("move", avatar_id, position))
        self._entries.insert(position, self._entries.pop(self._row(avatar_id)))

    def set_landmarks(self, avatar_id: str, landmarks: np.ndarray) -> AvatarEntry:
        self.calls.append(("set_landmarks", avatar_id, landmarks))
        row = self._row(avatar_id)
        self._entries[row] = replace(self._entries[row], needs_landmarks=False)
        return self._entries[row]

    def landmarks(self, avatar_id: str) -> np.ndarray | None:
        if self._entries[self._row(avatar_id)].needs_landmarks:
            return None
        return fake_face((320, 320), 11).landmarks

    def picture(self, avatar_id: str) -> LoadedPicture:
        return plain_picture(self.get(avatar_id).name)

    def need_landmarks(self, avatar_id: str) -> None:
        """Let an avatar ask for its landmarks."""
        row = self._row(avatar_id)
        self._entries[row] = replace(self._entries[row], needs_landmarks=True)

    def _row(self, avatar_id: str) -> int:
        return next(row for row, entry in enumerate(self._entries) if entry.id == avatar_id)

    def _entry(self, name: str, row: int) -> AvatarEntry:
        thumbnail = self.folder / f"{row}.png"
        Image.new("RGB", (96, 96), ((90 + 60 * row) % 255, 120, (200 - 50 * row) % 255)).save(thumbnail)
        return AvatarEntry(name.lower(), name, thumbnail, row == 0, Style.PHOTO, False, self.folder)


def plain_picture(name: str = "plain") -> LoadedPicture:
    """Return a grey picture of 320 x 320."""
    rgb = np.full((320, 320, 3), 150, np.uint8)
    rgb[80:240, 90:230] = (222, 190, 170)
    return LoadedPicture(rgb=rgb, alpha=None, name=name)
