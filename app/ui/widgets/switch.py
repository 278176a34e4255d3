"""A labelled on/off switch."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from app.ui.tokens import Space, colours

_TRACK = QSize(34, 20)


class Switch(QCheckBox):
    """Text at the left, a switch at the right; the whole row can be clicked, Space toggles."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Qt's."""
        text = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self.text())
        gap = Space.M if self.text() else 0
        return QSize(text.width() + gap + _TRACK.width() + 6, max(28, text.height() + 8))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Qt's."""
        return QSize(_TRACK.width() + 6, self.sizeHint().height())

    def hitButton(self, pos: QPoint) -> bool:  # noqa: N802 - Qt's name
        """Qt's: a click anywhere in the row counts."""
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        scheme = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(self.width() - _TRACK.width() - 3, (self.height() - _TRACK.height()) / 2, 34, 20)
        painter.setPen(QColor(scheme.text if self.isEnabled() else scheme.faint))
        room = self.rect().adjusted(0, 0, -_TRACK.width() - Space.M, 0)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        self._paint_track(painter, track)
        if self.hasFocus():
            painter.setPen(QPen(QColor(scheme.accent_text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(track.adjusted(-2, -2, 2, 2), 12, 12)

    def _paint_track(self, painter: QPainter, track: QRectF) -> None:
        scheme = colours()
        on, enabled = self.isChecked(), self.isEnabled()
        fill = scheme.accent if on else scheme.raised
        if not enabled:
            fill = scheme.raised
        elif self.underMouse():
            fill = scheme.accent_hover if on else scheme.hover
        painter.setPen(QPen(QColor(fill if on and enabled else scheme.outline), 1))
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(track.adjusted(0.5, 0.5, -0.5, -0.5), 9.5, 9.5)
        knob = scheme.on_accent if on and enabled else scheme.outline
        centre_x = track.right() - 10 if on else track.left() + 10
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(knob))
        radius = 7 if on else 6
        painter.drawEllipse(QRectF(centre_x - radius, track.center().y() - radius, 2 * radius, 2 * radius))
