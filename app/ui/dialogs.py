"""The few dialogs that ask for a decision. One object, so that tests can answer in its place."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QFileDialog, QMessageBox, QWidget

from app.ui.application import window_icon
from app.ui.system import (
    CHARACTER_SUFFIXES,
    MODEL_SUFFIXES,
    PICTURE_SUFFIXES,
    VIDEO_SUFFIXES,
    name_filter,
)
from app.ui.window_state import WindowState

CONSENT = "Use only pictures of people who agree to it."


class Dialogs:
    """Asks for files and colours.

    Args:
        parent: the window the dialogs belong to.
        state: remembers the folders used last.
    """

    def __init__(self, parent: QWidget, state: WindowState) -> None:
        self._parent, self._state = parent, state

    def pictures(self) -> list[Path]:
        """Return the pictures to add, none where the user thought better of it."""
        names, _ = QFileDialog.getOpenFileNames(
            self._parent,
            f"Add pictures and characters. {CONSENT}",
            str(self._state.folder("pictures", Path.home())),
            name_filter("Pictures and characters", (*PICTURE_SUFFIXES, *CHARACTER_SUFFIXES)),
        )
        return self._remembered("pictures", names)

    def background(self) -> Path | None:
        """Return the picture for the background."""
        name, _ = QFileDialog.getOpenFileName(
            self._parent,
            "Background picture",
            str(self._state.folder("background", Path.home())),
            name_filter("Pictures", PICTURE_SUFFIXES),
        )
        return next(iter(self._remembered("background", [name] if name else [])), None)

    def video(self) -> Path | None:
        """Return the video file to drive with."""
        name, _ = QFileDialog.getOpenFileName(
            self._parent,
            "Video file that drives the avatar",
            str(self._state.folder("video", Path.home())),
            name_filter("Videos", VIDEO_SUFFIXES),
        )
        return next(iter(self._remembered("video", [name] if name else [])), None)

    def models(self) -> list[Path]:
        """Return the model files to add."""
        names, _ = QFileDialog.getOpenFileNames(
            self._parent,
            "Add model files",
            str(self._state.folder("models", Path.home())),
            name_filter("Model files", MODEL_SUFFIXES),
        )
        return self._remembered("models", names)

    def model_folder(self) -> list[Path]:
        """Return the folder of a model of several files, none where the user thought better of it."""
        start = str(self._state.folder("models", Path.home()))
        name = QFileDialog.getExistingDirectory(self._parent, "Add a model's folder", start)
        return self._remembered("models", [name] if name else [])

    def colour(self, start: str) -> str | None:
        """Return a colour, "#rrggbb"."""
        chosen = QColorDialog.getColor(QColor(start), self._parent, "Background colour")
        return chosen.name() if chosen.isValid() else None

    def about(self, text: str) -> None:
        """Show what Guise is."""
        box = QMessageBox(self._parent)
        box.setWindowTitle("About Guise")
        box.setIconPixmap(window_icon().pixmap(QSize(72, 72), self._parent.devicePixelRatioF()))
        box.setTextFormat(Qt.TextFormat.RichText)
        box.setText(text)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _remembered(self, what: str, names: list[str]) -> list[Path]:
        paths = [Path(name) for name in names]
        if paths:
            self._state.set_folder(what, paths[0].parent)
        return paths
