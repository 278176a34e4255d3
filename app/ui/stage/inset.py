"""The camera inset: the driver's own picture with the tracked mesh, for the driver's eyes only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from app.live.latest import Closed, Latest
from app.ui.face_lines import FACE_LINES
from app.ui.stage.images import resized, to_image
from app.ui.tokens import Radius, Type, colours, with_alpha
from engines.face import topology

if TYPE_CHECKING:
    from app.live.status import InsetFrame

_DOTS = np.arange(0, topology.SKIN_COUNT, 2)


class Inset(QWidget):
    """Paints the newest camera frame, mirrored as one is used to, and the tracked points.

    Threads: the GUI thread; the slot may be filled by any. Nothing it shows goes anywhere else.

    Signals:
        shape_changed(): the camera's pictures have another shape now.
    """

    shape_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shape = (16, 9)
        self._slot: Latest[InsetFrame] | None = None
        self._image: QImage | None = None
        self._points: NDArray[np.float64] | None = None
        self._mesh = True
        self._drawn: QPixmap | None = None
        self.setAccessibleName("Your camera, seen by you alone")
        self.setToolTip("Your camera. Only you see this; the call never does.")

    def watch(self, slot: Latest[InsetFrame]) -> None:
        """Take frames from this slot from now on."""
        self._slot = slot

    def set_mesh(self, shown: bool) -> None:
        """Draw the tracked mesh or not."""
        self._mesh = shown
        self._redraw()

    def clear(self) -> None:
        """Forget the last frame."""
        self._image = self._points = None
        self._redraw()

    @property
    def shape(self) -> tuple[int, int]:
        """Width and height of the camera's pictures, or a shape like theirs."""
        return self._shape

    @property
    def has_frame(self) -> bool:
        """Whether there is anything to show."""
        return self._image is not None

    @property
    def mesh_shown(self) -> bool:
        """Whether the mesh is drawn where a face is tracked."""
        return self._mesh

    @Slot()
    def show_newest(self) -> None:
        """Show the newest frame, if there is a new one."""
        if self._slot is None:
            return
        try:
            frame = self._slot.take(timeout_s=0)
        except (Closed, TimeoutError):
            return
        self._take(frame)
        self._redraw()

    def _take(self, frame: InsetFrame) -> None:
        ratio = self.devicePixelRatioF()
        height, width = frame.rgb.shape[:2]
        if (width, height) != self._shape:
            self._shape = width, height
            self.shape_changed.emit()
        room = QSize(self.width(), self.height())
        scale = max(room.width() / width, room.height() / height)  # covers the inset; the sides may be cut
        size = max(1, round(width * scale * ratio)), max(1, round(height * scale * ratio))
        self._image = to_image(resized(frame.rgb, size, mirror=True))
        self._image.setDevicePixelRatio(ratio)
        self._points = None
        if frame.face is not None:
            points = np.asarray(frame.face.landmarks[:, :2], np.float64) * (width / frame.face.size[0])
            shift = np.array([room.width() - width * scale, room.height() - height * scale]) / 2
            points[:, 0] = width - points[:, 0]
            self._points = points * scale + shift

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        super().resizeEvent(event)
        self._redraw()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's: the preview below is painted anew all the time, and this with it; so it is drawn once per frame."""
        if self._drawn is None:
            ratio = self.devicePixelRatioF()
            self._drawn = QPixmap(self.size() * ratio)
            self._drawn.setDevicePixelRatio(ratio)
            self._drawn.fill(Qt.GlobalColor.transparent)
            self._draw(self._drawn)
        QPainter(self).drawPixmap(0, 0, self._drawn)

    def _redraw(self) -> None:
        self._drawn = None
        self.update()

    def _draw(self, onto: QPixmap) -> None:
        scheme = colours()
        painter = QPainter(onto)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        path = QPainterPath()
        path.addRoundedRect(frame, Radius.CARD, Radius.CARD)
        painter.setClipPath(path)
        painter.fillRect(self.rect(), QColor("#101216"))
        if self._image is not None:
            size = self._image.deviceIndependentSize()
            painter.drawImage(
                QPointF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2), self._image
            )
            if self._mesh and self._points is not None:
                self._paint_mesh(painter, self._points)
        self._paint_caption(painter)
        painter.setClipping(False)
        painter.setPen(QPen(with_alpha(scheme.text, 90), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame, Radius.CARD, Radius.CARD)
        painter.end()

    def _paint_mesh(self, painter: QPainter, points: NDArray[np.float64]) -> None:
        painter.setPen(QPen(QColor(120, 255, 214, 110), 1.4))
        painter.drawPoints(QPolygonF([QPointF(x, y) for x, y in points[_DOTS]]))
        painter.setPen(QPen(QColor(120, 255, 214, 230), 1.2))
        for chain in FACE_LINES:
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points[list(chain)]]))

    def _paint_caption(self, painter: QPainter) -> None:
        font = painter.font()
        font.setPixelSize(Type.CAPTION - 1)
        painter.setFont(font)
        text = "Only you see this" if self._image is not None else "No camera picture"
        width = painter.fontMetrics().horizontalAdvance(text) + 14
        box = QRectF(6, self.height() - 24, width, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 165))
        painter.drawRoundedRect(box, 9, 9)
        painter.setPen(QColor("#f2f3f5"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
