"""A titled group of controls that can be folded away."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.tokens import Space, colours
from app.ui.widgets.buttons import Button


class _Header(Button):
    """The title with its chevron at the right."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(colours().muted), 1.6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        box = QRectF(self.width() - 22, self.height() / 2 - 6, 12, 12)
        x, y = box.center().x(), box.center().y()
        tip = 2.5 if self.isChecked() else -2.5
        painter.drawPolyline(
            [QPointF(x - 4.5, y - tip / 1.2), QPointF(x, y + tip), QPointF(x + 4.5, y - tip / 1.2)]
        )


class Section(QWidget):
    """A header that folds its body.

    Signals:
        folded(bool): whether the body is open now.
    """

    folded = Signal(bool)

    def __init__(self, title: str, body: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._body = body
        self._header = _Header(title, "section")
        self._header.setCheckable(True)
        self._header.setChecked(True)
        self._header.setToolTip(f"Fold or unfold {title}")
        self._header.toggled.connect(self._toggled)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.S, Space.XS, Space.S, Space.XS)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        inset = QVBoxLayout()
        inset.setContentsMargins(6, 2, 6, Space.S)
        inset.addWidget(body)
        layout.addLayout(inset)

    @property
    def header(self) -> Button:
        """The title's button."""
        return self._header

    def set_open(self, is_open: bool) -> None:
        """Open or fold it."""
        self._header.setChecked(is_open)

    def is_open(self) -> bool:
        """Tell whether the body shows."""
        return self._header.isChecked()

    @Slot(bool)
    def _toggled(self, is_open: bool) -> None:
        self._body.setVisible(is_open)
        self.folded.emit(is_open)
