"""What every group of controls agrees on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.settings import Settings
from app.ui.tokens import Space


class Panel(QWidget):
    """Shows settings and says what was edited; whoever owns the settings shows them again.

    Signals:
        edited(Settings): the user changed something; the whole settings with the change in them.
    """

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = Settings()
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(Space.M)

    def show_settings(self, settings: Settings) -> None:
        """Show these settings, silently."""
        self._settings = settings

    def _change(self, part: str = "", **changes: Any) -> None:
        """Say that the user changed fields of the settings, or of one part of them."""
        if part:
            changes = {part: replace(getattr(self._settings, part), **changes)}
        self._settings = replace(self._settings, **changes)
        self.edited.emit(self._settings)
