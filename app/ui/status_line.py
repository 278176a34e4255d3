"""The line at the foot of the window: rates, latency, skipped frames, what runs where."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from app.live.status import SessionStatus
from app.ui.tokens import Space
from app.ui.widgets.texts import ElidedLabel, label
from app.ui.wording import status_words


class StatusLine(QFrame):
    """Name and value pairs, and a sentence when something is not as it should be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "status")
        self._values: dict[str, QLabel] = {}
        self.note = ElidedLabel("", "caption")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 5, Space.M, 6)
        layout.setSpacing(Space.XS)
        for name, value, tip in status_words(SessionStatus()):
            shown = label(value, "caption")
            font = shown.font()
            font.setBold(True)
            shown.setFont(font)
            caption = label(name, "caption")
            for widget in (caption, shown):
                widget.setToolTip(tip)
            self._values[name] = shown
            layout.addWidget(caption)
            layout.addWidget(shown)
            layout.addSpacing(Space.M)
        layout.addWidget(self.note, 1)

    def show_status(self, status: SessionStatus) -> None:
        """Show these figures."""
        for name, value, _ in status_words(status):
            shown = self._values[name]
            if shown.text() != value:
                shown.setText(value)
                shown.setAccessibleName(f"{name}: {value}")
        if self.note.full != status.note:
            self.note.set_full(status.note)

    def value(self, name: str) -> str:
        """Return the value shown under a name."""
        return self._values[name].text()
