"""What the window remembers that is nobody else's business: its place, folded groups, hints already given."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QWidget

_FILE = "window.ini"


class WindowState:
    """A small file beside the settings. Damaged or missing, everything has its default."""

    def __init__(self, folder: Path) -> None:
        self._store = QSettings(str(folder / _FILE), QSettings.Format.IniFormat)

    def restore(self, window: QWidget) -> bool:
        """Put a window where it was; False when that is not known."""
        geometry = self._store.value("geometry")
        return isinstance(geometry, QByteArray) and window.restoreGeometry(geometry)

    def remember(self, window: QWidget) -> None:
        """Remember where a window is."""
        self._store.setValue("geometry", window.saveGeometry())

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a remembered yes or no."""
        return str(self._store.value(f"flags/{name}", default)).lower() == "true"

    def set_flag(self, name: str, value: bool = True) -> None:
        """Remember a yes or no."""
        self._store.setValue(f"flags/{name}", value)

    def folder(self, name: str, default: Path) -> Path:
        """Return the folder last used for something, if it is still there."""
        stored = Path(str(self._store.value(f"folders/{name}", default)))
        return stored if stored.is_dir() else default

    def set_folder(self, name: str, folder: Path) -> None:
        """Remember the folder used for something."""
        self._store.setValue(f"folders/{name}", str(folder))

    def save(self) -> None:
        """Write it now."""
        self._store.sync()
