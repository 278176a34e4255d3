"""Labels, state lines, and rows of a form."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.ui.tokens import Space, Tone, tone_colour


def label(text: str, role: str = "", *, wrap: bool = False) -> QLabel:
    """Return a label of a role of the style sheet: title, lead, muted, caption, heading, key."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        result.setProperty("role", role)
    if wrap:
        result.setWordWrap(True)
        result.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        # A wrapping label asks for its full height only with this policy.
        result.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.MinimumExpanding)
    return result


def line() -> QFrame:
    """Return a hairline."""
    result = QFrame()
    result.setProperty("role", "line")
    return result


def field(text: str, control: QWidget, parent: QWidget | None = None) -> QWidget:
    """Return a control under its label."""
    result = QWidget(parent)
    layout = QVBoxLayout(result)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(Space.XS)
    name = label(text, "caption")
    name.setBuddy(control)
    layout.addWidget(name)
    layout.addWidget(control)
    return result


def row(*widgets: QWidget, spacing: int = Space.S, stretch: bool = False) -> QWidget:
    """Return widgets side by side; with stretch they keep left."""
    result = QWidget()
    layout = QHBoxLayout(result)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for widget in widgets:
        layout.addWidget(widget)
    if stretch:
        layout.addStretch(1)
    return result


class ElidedLabel(QLabel):
    """One line that ends in an ellipsis where there is no room; the tooltip has all of it."""

    def __init__(self, text: str = "", role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._full = ""
        if role:
            self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.set_full(text)

    @property
    def full(self) -> str:
        """All of the text."""
        return self._full

    def set_full(self, text: str) -> None:
        """Show a text."""
        self._full = text
        self.setAccessibleName(text)
        self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Qt's: wide enough for all of it."""
        return QSize(self.fontMetrics().horizontalAdvance(self._full) + 2, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, max(0, self.width()))
        self.setText(shown)
        self.setToolTip(self._full if shown != self._full else "")


class Dot(QWidget):
    """A small round light."""

    def __init__(self, tone: Tone = Tone.OFF, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = tone
        self.setFixedSize(10, 16)

    def set_tone(self, tone: Tone) -> None:
        """Change its colour."""
        if tone is not self._tone:
            self._tone = tone
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone_colour(self._tone))
        painter.drawEllipse(QRectF(1, self.height() / 2 - 4, 8, 8))


class StateLine(QWidget):
    """A light and a sentence: how something is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dot = Dot()
        self._text = label("", "muted", wrap=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.S)
        layout.addWidget(self._dot, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._text, 1)

    @property
    def text(self) -> str:
        """The sentence."""
        return self._text.text()

    def say(self, tone: Tone, text: str) -> None:
        """Show how it is."""
        self._dot.set_tone(tone)
        if text != self._text.text():
            self._text.setText(text)
            self.setAccessibleName(text)
