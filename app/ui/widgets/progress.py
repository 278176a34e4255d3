"""How far something is: a thin bar."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.tokens import colours

_HEIGHT = 6


class ProgressBar(QWidget):
    """A bar that fills from the left; empty while nobody knows how much there is to do."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fraction: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    @property
    def fraction(self) -> float | None:
        """How much is done, 0 to 1; None while that is not known."""
        return self._fraction

    def show_fraction(self, fraction: float | None) -> None:
        """Show how much is done."""
        if fraction != self._fraction:
            self._fraction = fraction
            self.setAccessibleDescription("" if fraction is None else f"{fraction:.0%}")
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Qt's."""
        return QSize(120, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        scheme = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(0, (self.height() - _HEIGHT) / 2, self.width(), _HEIGHT)
        painter.setBrush(QColor(scheme.pressed))
        painter.drawRoundedRect(box, _HEIGHT / 2, _HEIGHT / 2)
        if self._fraction:
            box.setWidth(max(_HEIGHT, self.width() * min(self._fraction, 1.0)))
            painter.setBrush(QColor(scheme.accent_text))
            painter.drawRoundedRect(box, _HEIGHT / 2, _HEIGHT / 2)
