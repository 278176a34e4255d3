"""The preview: the newest picture, whole, sharp on any screen. It drops pictures and never queues them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.live.latest import Closed, Latest
from app.ui.stage.images import fitted_size, resized, to_image
from app.ui.tokens import Radius, colours

if TYPE_CHECKING:
    from app.live.picture import Picture

_CHECKER = 10


class Preview(QWidget):
    """Paints the newest picture of a slot.

    Threads: the GUI thread; the slot may be filled by any.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slot: Latest[Picture] | None = None
        self._picture: Picture | None = None
        self._image: QImage | None = None
        self._mirror = False
        self.setAccessibleName("Preview: what the call sees")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 160)

    @property
    def picture(self) -> Picture | None:
        """The picture shown, if any."""
        return self._picture

    def watch(self, slot: Latest[Picture]) -> None:
        """Take pictures from this slot from now on."""
        self._slot = slot

    def set_mirror(self, mirror: bool) -> None:
        """Flip what is shown, here alone."""
        if mirror != self._mirror:
            self._mirror = mirror
            self._prepare()

    def image(self) -> QImage | None:
        """Return what is painted, at the screen's own pixels."""
        return self._image

    def picture_rect(self) -> QRect:
        """Return where the picture is painted; the whole widget while there is none."""
        if self._picture is None:
            return self.rect()
        width, height = fitted_size(self._picture.size, self.size())
        return QRect((self.width() - width) // 2, (self.height() - height) // 2, width, height)

    @Slot()
    def show_newest(self) -> None:
        """Show the newest picture, if there is a new one."""
        if self._slot is None:
            return
        try:
            self._picture = self._slot.take(timeout_s=0)
        except (Closed, TimeoutError):
            return
        if self.isVisible():
            self._prepare()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        super().resizeEvent(event)
        self._prepare()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        painter = QPainter(self)
        if self._image is None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours().stage))
            painter.drawRoundedRect(self.rect(), Radius.STAGE, Radius.STAGE)
            painter.setPen(QColor(colours().muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Getting ready…")
            return
        rect = self.picture_rect()
        if self._image.hasAlphaChannel():
            _paint_checker(painter, rect)
        painter.drawImage(rect.topLeft(), self._image)
        _round_corners(painter, rect)

    def _prepare(self) -> None:
        """Resize the picture once, to the pixels it will take on this screen."""
        if self._picture is None or self.width() < 2 or self.height() < 2:
            return
        rect, ratio = self.picture_rect(), self.devicePixelRatioF()
        size = max(1, round(rect.width() * ratio)), max(1, round(rect.height() * ratio))
        image = to_image(resized(self._picture.pixels, size, mirror=self._mirror))
        image.setDevicePixelRatio(ratio)
        self._image = image
        self.update()


def _paint_checker(painter: QPainter, rect: QRect) -> None:
    """Paint the pattern that stands for "nothing here"."""
    scheme = colours()
    painter.fillRect(rect, QColor(scheme.raised))
    painter.setClipRect(rect)
    for row, y in enumerate(range(rect.top(), rect.bottom() + 1, _CHECKER)):
        for x in range(rect.left() + _CHECKER * (row % 2), rect.right() + 1, 2 * _CHECKER):
            painter.fillRect(QRect(x, y, _CHECKER, _CHECKER), QColor(scheme.pressed))
    painter.setClipping(False)


def _round_corners(painter: QPainter, rect: QRect) -> None:
    """Cover the corners with the window's colour: far cheaper than clipping every picture."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    outside, inside = QPainterPath(), QPainterPath()
    outside.addRect(QRectF(rect).adjusted(-0.5, -0.5, 0.5, 0.5))
    inside.addRoundedRect(QRectF(rect), Radius.STAGE, Radius.STAGE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours().window))
    painter.drawPath(outside.subtracted(inside))
