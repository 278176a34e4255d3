"""What is written over the preview: state, on air, recording, the countdown, statistics. Painted, never interactive."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.ui.tokens import Radius, Space, Tone, Type, colours, with_alpha

_INK = "#f4f5f7"
_SHADE = QColor(12, 13, 17, 205)
_LIGHTS = {
    Tone.OFF: "#9aa1ad",
    Tone.INFO: "#a9a8ff",
    Tone.GOOD: "#4ad295",
    Tone.WARN: "#f4b942",
    Tone.BAD: "#ff5f66",
}


@dataclass(frozen=True)
class Badge:
    """A pill with a light.

    Attributes:
        text: what it says.
        tone: the colour of its light.
    """

    text: str
    tone: Tone


@dataclass(frozen=True)
class OverlayContent:
    """Everything the overlay shows.

    Attributes:
        left: badges at the upper left: how the picture is driven.
        right: badges at the upper right: who sees it.
        countdown: seconds left before calibrating, 0 for none.
        stats: rows of name and value, empty for none.
        drop: a file hangs over the window.
        drop_model: it is called like a model.
    """

    left: tuple[Badge, ...] = ()
    right: tuple[Badge, ...] = ()
    countdown: int = 0
    stats: tuple[tuple[str, str], ...] = field(default=())
    drop: bool = False
    drop_model: bool = False


class Overlay(QWidget):
    """A transparent sheet over the preview that mouse and keys pass through."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._content = OverlayContent()
        self._area = QRect()
        self._flash = 0.0

    @property
    def content(self) -> OverlayContent:
        """What it shows."""
        return self._content

    def show_content(self, content: OverlayContent) -> None:
        """Show other things."""
        if content != self._content:
            self._content = content
            words = [badge.text for badge in (*content.left, *content.right)]
            self.setAccessibleName(", ".join(words))
            self.update()

    def set_area(self, area: QRect) -> None:
        """Say where the picture is."""
        if area != self._area:
            self._area = area
            self.update()

    def set_flash(self, strength: float) -> None:
        """Whiten the picture, 0 not at all to 1: a snapshot or a calibration was taken."""
        self._flash = strength
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._flash > 0:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(255, 255, 255, round(150 * self._flash)))
            painter.drawRoundedRect(self._area, Radius.STAGE, Radius.STAGE)
        self._paint_badges(painter)
        if self._content.stats:
            self._paint_stats(painter)
        if self._content.countdown:
            self._paint_countdown(painter)
        if self._content.drop:
            self._paint_drop(painter)

    def _paint_badges(self, painter: QPainter) -> None:
        painter.setFont(_font(self.font(), Type.CAPTION, QFont.Weight.DemiBold))
        x = self._area.left() + Space.M
        for badge in self._content.left:
            x += self._paint_badge(painter, badge, x, from_right=False) + Space.S
        x = self._area.right() - Space.M
        for badge in reversed(self._content.right):
            x -= self._paint_badge(painter, badge, x, from_right=True) + Space.S

    def _paint_badge(self, painter: QPainter, badge: Badge, x: int, *, from_right: bool) -> int:
        width = painter.fontMetrics().horizontalAdvance(badge.text) + 36
        box = QRectF(x - width if from_right else x, self._area.top() + Space.M, width, 26)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_SHADE)
        painter.drawRoundedRect(box, 13, 13)
        painter.setBrush(QColor(_LIGHTS[badge.tone]))
        painter.drawEllipse(QRectF(box.left() + 11, box.center().y() - 4, 8, 8))
        painter.setPen(QColor(_INK))
        painter.drawText(box.adjusted(26, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter, badge.text)
        return int(width)

    def _paint_stats(self, painter: QPainter) -> None:
        painter.setFont(_font(self.font(), Type.CAPTION, QFont.Weight.Normal))
        metrics = painter.fontMetrics()
        names = max(metrics.horizontalAdvance(name) for name, _ in self._content.stats)
        values = max(metrics.horizontalAdvance(value) for _, value in self._content.stats)
        step = metrics.height() + 3
        width, height = names + values + 20 + 24, step * len(self._content.stats) + 17
        box = QRectF(self._area.left() + Space.M, self._area.top() + Space.M + 26 + Space.S, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_SHADE)
        painter.drawRoundedRect(box, Radius.CONTROL, Radius.CONTROL)
        for index, (name, value) in enumerate(self._content.stats):
            line = QRectF(box.left() + 12, box.top() + 10 + index * step, width - 24, step)
            painter.setPen(QColor("#b6bcc8"))
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft, name)
            painter.setPen(QColor(_INK))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight, value)

    def _paint_countdown(self, painter: QPainter) -> None:
        centre = QRectF(self._area).center()
        radius = min(76.0, self._area.height() / 4)
        box = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
        painter.setPen(QPen(with_alpha(_INK, 235), 4))
        painter.setBrush(_SHADE)
        painter.drawEllipse(box)
        painter.setPen(QColor(_INK))
        painter.setFont(_font(self.font(), round(radius), QFont.Weight.DemiBold))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(self._content.countdown))
        painter.setFont(_font(self.font(), Type.LEAD, QFont.Weight.DemiBold))
        text = "Look at the camera: eyes open, mouth closed"
        pill = QRectF(0, 0, painter.fontMetrics().horizontalAdvance(text) + 32, 32)
        pill.moveCenter(centre)
        pill.moveTop(box.bottom() + Space.M)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(pill, 16, 16)
        painter.setPen(QColor(_INK))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_drop(self, painter: QPainter) -> None:
        scheme = colours()
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        pen = QPen(QColor(scheme.accent_text), 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(with_alpha(scheme.window, 215))
        painter.drawRoundedRect(box, Radius.STAGE, Radius.STAGE)
        painter.setPen(QColor(scheme.text))
        painter.setFont(_font(self.font(), Type.TITLE, QFont.Weight.DemiBold))
        title = "Drop to add as a model" if self._content.drop_model else "Drop to add as an avatar"
        painter.drawText(box.adjusted(0, -14, 0, -14), Qt.AlignmentFlag.AlignCenter, title)
        painter.setPen(QColor(scheme.muted))
        painter.setFont(_font(self.font(), Type.BODY, QFont.Weight.Normal))
        hint = "Any picture with a face. Use only pictures of people who agree."
        if self._content.drop_model:
            hint = "Weights an engine animates with. Nothing in the file is run."
        painter.drawText(box.adjusted(0, 16, 0, 16), Qt.AlignmentFlag.AlignCenter, hint)


def _font(base: QFont, size: int, weight: QFont.Weight) -> QFont:
    font = QFont(base)
    font.setPixelSize(size)
    font.setWeight(weight)
    return font
