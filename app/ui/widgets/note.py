"""A short message inside a panel: what happened, what to do, and a button that does it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui.icons import icon_pixmap
from app.ui.tokens import Radius, Space, Tone, colours, tone_colour, with_alpha
from app.ui.widgets.buttons import Button
from app.ui.widgets.texts import label

_INDENT = 18 + Space.S - 7  # the text of a quiet button stands 7 in: its words stand under the title's
_GLYPHS = {Tone.OFF: "info", Tone.INFO: "info", Tone.GOOD: "check", Tone.WARN: "warn", Tone.BAD: "error"}


class Note(QWidget):
    """A tinted box with an icon, one sentence in strong, a hint, and buttons. Hidden until it says something."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = Tone.INFO
        self._icon = QLabel()
        self._title = label("", wrap=True)
        self._hint = label("", "muted", wrap=True)
        self._hint.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
        )  # commands are copied
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(Space.XS)
        self._buttons.setContentsMargins(_INDENT, 3, 0, 0)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._hint)
        told = QHBoxLayout()
        told.setSpacing(Space.S)
        told.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        told.addLayout(words, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.M, 10, Space.M, Space.S)
        layout.setSpacing(0)
        layout.addLayout(told)
        layout.addLayout(self._buttons)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return f"{self._title.text()} {self._hint.text()}".strip()

    @property
    def tone(self) -> Tone:
        """How it feels."""
        return self._tone

    def say(
        self,
        tone: Tone,
        title: str,
        hint: str = "",
        buttons: tuple[tuple[str, Callable[[], object]], ...] = (),
    ) -> None:
        """Show a message with buttons (text, what to do)."""
        self._tone = tone
        self._title.setText(title)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.setAccessibleName(self.text)
        self._clear_buttons()
        for text, action in buttons:
            button = Button(text, "quiet")
            button.clicked.connect(lambda _=False, act=action: act())
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)
        self._draw()
        self.show()

    def buttons(self) -> list[Button]:
        """Return the buttons shown."""
        items = (self._buttons.itemAt(i) for i in range(self._buttons.count()))
        found = (item.widget() for item in items if item is not None)
        return [widget for widget in found if isinstance(widget, Button)]

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        tint = tone_colour(self._tone)
        painter.setBrush(QColor(colours().raised))
        painter.setPen(with_alpha(tint.name(), 110))
        painter.drawRoundedRect(box, Radius.CONTROL, Radius.CONTROL)

    def _clear_buttons(self) -> None:
        while self._buttons.count():
            item = self._buttons.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _draw(self) -> None:
        colour = tone_colour(self._tone).name()
        self._icon.setPixmap(icon_pixmap(_GLYPHS[self._tone], colour, 18, self.devicePixelRatioF()))
        self.update()
