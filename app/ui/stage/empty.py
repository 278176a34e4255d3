"""What stands in the middle when there is nothing to show: why, and the button that helps."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui.icons import icon_pixmap
from app.ui.tokens import Radius, Space, colours
from app.ui.widgets.buttons import Button
from app.ui.widgets.texts import label


class EmptyState(QWidget):
    """A centred card over the preview. Hidden until it says something."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._glyph = "info"
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = label("", "title", wrap=True)
        self._hint = label("", "muted", wrap=True)
        for text in (self._title, self._hint):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(Space.S)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.XL)
        layout.setSpacing(Space.S)
        layout.addWidget(self._icon)
        layout.addWidget(self._title)
        layout.addWidget(self._hint)
        layout.addSpacing(Space.S)
        layout.addLayout(self._buttons)
        self._said: tuple[object, ...] = ()
        self.hide()

    @property
    def text(self) -> str:
        """What it says, "" while hidden."""
        return "" if self.isHidden() else f"{self._title.text()} {self._hint.text()}".strip()

    def buttons(self) -> list[Button]:
        """Return its buttons."""
        items = (self._buttons.itemAt(i) for i in range(self._buttons.count()))
        found = (item.widget() for item in items if item is not None)
        return [widget for widget in found if isinstance(widget, Button)]

    def say(
        self, glyph: str, title: str, hint: str, buttons: tuple[tuple[str, Callable[[], object]], ...] = ()
    ) -> None:
        """Show a message; the first button is the way out."""
        said = (glyph, title, hint, tuple(text for text, _ in buttons))
        if said == self._said and not self.isHidden():
            return
        self._said, self._glyph = said, glyph
        self._title.setText(title)
        self._hint.setText(hint)
        self._clear()
        self._buttons.addStretch(1)
        for index, (text, action) in enumerate(buttons):
            button = Button(text, "primary" if index == 0 else "")
            button.clicked.connect(lambda _=False, act=action: act())
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)
        self._draw()
        self.show()
        self.raise_()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        scheme = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(scheme.border), 1))
        painter.setBrush(QColor(scheme.surface))
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), Radius.STAGE, Radius.STAGE
        )

    def _draw(self) -> None:
        self._icon.setPixmap(icon_pixmap(self._glyph, colours().muted, 40, self.devicePixelRatioF()))

    def _clear(self) -> None:
        while self._buttons.count():
            item = self._buttons.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
