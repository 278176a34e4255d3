"""A button that puts a text on the clipboard and shows that it did."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.ui.widgets.buttons import IconButton


class CopyButton(IconButton):
    """Copies a text; a tick stands in its place until it has another text."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__("copy", name, parent)
        self._text = ""
        self.clicked.connect(self._copy)

    def set_text(self, text: str) -> None:
        """Copy this text from now on; without one there is nothing to press."""
        if text != self._text:
            self._text = text
            self.set_glyph("copy")
        self.setEnabled(bool(text))

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
        self.set_glyph("check")
