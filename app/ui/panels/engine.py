"""Which engine animates."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from app.settings import Settings
from app.ui.panels.panel import Panel
from app.ui.tokens import Space
from app.ui.widgets.choice import Choice
from app.ui.widgets.texts import label
from engines.registry import engine_info, engine_names


class EnginePanel(Panel):
    """Engine, what it is good for, and how fast it runs here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows.setSpacing(Space.S)
        self.engine = Choice("Engine", "What animates the picture.")
        self.engine.offer([(name, engine_info(name).title) for name in engine_names()])
        self.summary = label("", "caption", wrap=True)
        self.note = label("", "caption", wrap=True)
        for widget in (self.engine, self.summary, self.note):
            self._rows.addWidget(widget)
        self.note.hide()
        self.engine.chosen.connect(self._chosen)

    def show_settings(self, settings: Settings) -> None:
        """Show these settings, silently."""
        super().show_settings(settings)
        self.engine.show_value(settings.engine, settings.engine)
        known = settings.engine in engine_names()
        self.summary.setText(
            engine_info(settings.engine).summary if known else "This engine is not installed."
        )

    def show_note(self, text: str) -> None:
        """Say how fast it runs, or nothing."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    @Slot(object)
    def _chosen(self, name: str) -> None:
        self._change(engine=name)
