"""The shelf's list: entries in order, which one is shown, and their thumbnails."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

if TYPE_CHECKING:
    from app.avatars.entry import AvatarEntry

Index = QModelIndex | QPersistentModelIndex


class ShelfRole(IntEnum):
    """What a card needs beside the name."""

    ENTRY = Qt.ItemDataRole.UserRole + 1
    THUMBNAIL = Qt.ItemDataRole.UserRole + 2
    CURRENT = Qt.ItemDataRole.UserRole + 3
    LOADING = Qt.ItemDataRole.UserRole + 4


class ShelfModel(QAbstractListModel):
    """Avatar entries for a list view."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[AvatarEntry] = []
        self._thumbnails: dict[tuple[str, int], QPixmap] = {}
        self._current = self._loading = ""

    @property
    def entries(self) -> list[AvatarEntry]:
        """The entries, in order."""
        return list(self._entries)

    def show(self, entries: Sequence[AvatarEntry]) -> None:
        """Show these entries."""
        if list(entries) == self._entries:
            self._thumbnails.clear()
            self._tell()
            return
        self.beginResetModel()
        self._entries = list(entries)
        self._thumbnails.clear()
        self.endResetModel()

    def mark(self, current: str, loading: str = "") -> None:
        """Mark the avatar shown, and the one on its way."""
        if (current, loading) != (self._current, self._loading):
            self._current, self._loading = current, loading
            self._tell()

    @property
    def current(self) -> str:
        """Id of the avatar shown."""
        return self._current

    def row_of(self, avatar_id: str) -> int:
        """Return the row of an avatar, or -1."""
        return next((row for row, entry in enumerate(self._entries) if entry.id == avatar_id), -1)

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: N802 - Qt's name
        """Qt's."""
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Qt's."""
        if not index.isValid() or index.row() >= len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.name}, shown now" if entry.id == self._current else entry.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(entry, index.row())
        if role == ShelfRole.ENTRY:
            return entry
        if role == ShelfRole.THUMBNAIL:
            return self._thumbnail(entry.id, entry.thumbnail)
        if role == ShelfRole.CURRENT:
            return entry.id == self._current
        if role == ShelfRole.LOADING:
            return entry.id == self._loading
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Qt's."""
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled

    def supportedDropActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        """Qt's."""
        return Qt.DropAction.MoveAction

    def _thumbnail(self, avatar_id: str, path: Path) -> QPixmap:
        try:
            changed = path.stat().st_mtime_ns
        except OSError:
            changed = 0
        if (avatar_id, changed) not in self._thumbnails:
            self._thumbnails[avatar_id, changed] = QPixmap(str(path))
        return self._thumbnails[avatar_id, changed]

    def _tell(self) -> None:
        if self._entries:
            self.dataChanged.emit(self.index(0), self.index(len(self._entries) - 1))


def _tip(entry: AvatarEntry, row: int) -> str:
    lines = [entry.name]
    if entry.needs_landmarks:
        lines.append("Its face still has to be placed: choose it to open the landmark editor.")
    if entry.character:
        lines.append("A character with networks made for it.")
    lines += entry.notes
    if row < 9:
        lines.append(f"Key {row + 1}. Drag to reorder, right-click for more.")
    else:
        lines.append("Drag to reorder, right-click for more.")
    return "\n".join(lines)
