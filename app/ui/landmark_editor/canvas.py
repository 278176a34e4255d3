"""The picture with its anchors: drag, nudge, zoom, pan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.face_lines import FACE_LINES
from app.ui.landmark_editor.placing import Placing, words_of
from app.ui.stage.images import resized, to_image
from app.ui.tokens import Type, colours

_HANDLE = 5.0
_REACH = 14.0  # how near a click must be, in pixels of the screen
_MOST_ZOOM, _WHEEL_STEP = 16.0, 1.15
_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}
_MESH, _MESH_FAINT = QColor(110, 255, 214, 215), QColor(110, 255, 214, 90)


class Canvas(QWidget):
    """Shows the picture, the mesh and the anchors.

    Signals:
        edited(): an anchor moved or was placed.
        selection_changed(str): another anchor is in hand, "" for none.
    """

    edited = Signal()
    selection_changed = Signal(str)

    def __init__(self, rgb: NDArray[np.uint8], placing: Placing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rgb, self._placing = rgb, placing
        self._selected = ""
        self._scale, self._offset = 1.0, QPointF()
        self._fit_wanted = True
        self._grabbed: str | None = None
        self._panned_from: QPointF | None = None
        self._mesh = True
        self._shown: tuple[float, QImage] | None = None
        self.setMinimumSize(320, 300)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Picture with the points of the face")
        self.setCursor(Qt.CursorShape.CrossCursor)

    @property
    def selected(self) -> str:
        """The anchor in hand, "" for none."""
        return self._selected

    @property
    def zoom(self) -> float:
        """Screen pixels a picture pixel takes."""
        return self._scale

    def select(self, name: str) -> None:
        """Take an anchor in hand."""
        if name != self._selected:
            self._selected = name
            self.setAccessibleDescription(words_of(name) if name else "")
            self.selection_changed.emit(name)
        self.update()

    def set_mesh(self, shown: bool) -> None:
        """Draw the mesh or only the anchors."""
        self._mesh = shown
        self.update()

    def fit(self) -> None:
        """Show the face, or the whole picture while there is none."""
        left, top, right, bottom = self._interesting()
        wide, high = max(right - left, 1.0), max(bottom - top, 1.0)
        self._scale = min(self.width() / wide, self.height() / high, _MOST_ZOOM)
        self._offset = QPointF(
            self.width() / 2 - self._scale * (left + right) / 2,
            self.height() / 2 - self._scale * (top + bottom) / 2,
        )
        self._fit_wanted = True
        self.update()

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """Zoom, keeping a point of the widget in place."""
        middle = around or QPointF(self.width() / 2, self.height() / 2)
        least = 0.5 * min(self.width() / self._rgb.shape[1], self.height() / self._rgb.shape[0])
        scale = min(max(self._scale * factor, least), _MOST_ZOOM)
        self._offset = middle - (middle - self._offset) * (scale / self._scale)
        self._scale = scale
        self._fit_wanted = False
        self.update()

    def to_screen(self, point: tuple[float, float]) -> QPointF:
        """Return where a point of the picture is in the widget."""
        return QPointF(point[0], point[1]) * self._scale + self._offset

    def to_picture(self, point: QPointF) -> tuple[float, float]:
        """Return where a point of the widget is in the picture."""
        at = (point - self._offset) / self._scale
        return at.x(), at.y()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        self.setFocus()
        point = self.to_picture(event.position())
        if event.button() != Qt.MouseButton.LeftButton:
            self._panned_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        name = self._placing.nearest(point, _REACH / self._scale)
        if name is None and self._placing.next_name is not None:
            self._placing.place_next(point)
            self.select("")
            self.edited.emit()
        elif name is None:
            self._panned_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            self._grabbed = name
            self._placing.begin_drag()
            self.select(name)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        if self._grabbed is not None:
            self._placing.move(self._grabbed, self.to_picture(event.position()), dragging=True)
            self.edited.emit()
        elif self._panned_from is not None:
            self._offset += event.position() - self._panned_from
            self._panned_from = event.position()
            self._fit_wanted = False
        else:
            near = self._placing.nearest(self.to_picture(event.position()), _REACH / self._scale)
            placing = self._placing.next_name is not None
            away = Qt.CursorShape.CrossCursor if placing else Qt.CursorShape.OpenHandCursor
            self.setCursor(Qt.CursorShape.SizeAllCursor if near else away)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        self._placing.end_drag()
        self._grabbed = self._panned_from = None
        self.setCursor(Qt.CursorShape.CrossCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        self.zoom_by(_WHEEL_STEP ** (event.angleDelta().y() / 120), event.position())

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's name
        """Qt's: Tab goes from point to point, then on to the buttons."""
        names = self._placing.names()
        if not names:
            return super().focusNextPrevChild(forward)
        row = names.index(self._selected) if self._selected in names else (-1 if forward else len(names))
        row += 1 if forward else -1
        if 0 <= row < len(names):
            self.select(names[row])
            return True
        self.select("")
        return super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        key = Qt.Key(event.key())
        if key in _ARROWS and self._selected:
            fast = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            x, y = _ARROWS[key]
            step = (10.0 if fast else 1.0) / min(self._scale, 1.0)
            self._placing.nudge(self._selected, (x * step, y * step))
            self.edited.emit()
            self.update()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(1.25)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(0.8)
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        super().resizeEvent(event)
        if self._fit_wanted:
            self.fit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(colours().stage))
        height, width = self._rgb.shape[:2]
        target = QRectF(self._offset.x(), self._offset.y(), width * self._scale, height * self._scale)
        painter.drawImage(target, self._picture())
        landmarks = self._placing.landmarks()
        if self._mesh and landmarks is not None:
            self._paint_mesh(painter, landmarks)
        for name, point in self._placing.anchors.items():
            self._paint_anchor(painter, self.to_screen(point), selected=name == self._selected)
        if self._selected in self._placing.anchors:
            self._paint_name(painter, self.to_screen(self._placing.anchors[self._selected]))
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours().accent_text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _picture(self) -> QImage:
        """Return the picture at the screen's size where it is shrunk, so that it stays smooth."""
        wanted = min(1.0, self._scale * self.devicePixelRatioF())
        if self._shown is None or abs(self._shown[0] - wanted) > 0.01 * wanted:
            height, width = self._rgb.shape[:2]
            size = max(1, round(width * wanted)), max(1, round(height * wanted))
            self._shown = wanted, to_image(resized(self._rgb, size))
        return self._shown[1]

    def _paint_mesh(self, painter: QPainter, landmarks: NDArray[np.float32]) -> None:
        points = [self.to_screen((float(x), float(y))) for x, y in landmarks[:, :2]]
        painter.setPen(QPen(_MESH_FAINT, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints(QPolygonF(points[:468:2]))
        for width, colour in ((3.0, QColor(0, 0, 0, 90)), (1.3, _MESH)):
            painter.setPen(QPen(colour, width))
            for chain in FACE_LINES:
                painter.drawPolyline(QPolygonF([points[index] for index in chain]))

    def _paint_anchor(self, painter: QPainter, at: QPointF, *, selected: bool) -> None:
        radius = _HANDLE + 2 if selected else _HANDLE
        painter.setPen(QPen(QColor(0, 0, 0, 190), 2.5))
        painter.setBrush(QColor(colours().accent) if selected else QColor("#ffffff"))
        painter.drawEllipse(at, radius, radius)
        if selected:
            painter.setPen(QPen(QColor("#ffffff"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, radius + 2.5, radius + 2.5)

    def _paint_name(self, painter: QPainter, at: QPointF) -> None:
        font = painter.font()
        font.setPixelSize(Type.CAPTION)
        painter.setFont(font)
        text = words_of(self._selected).capitalize()
        width = painter.fontMetrics().horizontalAdvance(text) + 18
        x = min(max(at.x() + 14, 6.0), max(6.0, self.width() - width - 6))
        box = QRectF(x, max(6.0, at.y() - 38), width, 24)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(12, 13, 17, 215))
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _interesting(self) -> tuple[float, float, float, float]:
        """Return the box to show: the face with room around it, or the whole picture."""
        height, width = self._rgb.shape[:2]
        if not self._placing.complete:
            return 0.0, 0.0, float(width), float(height)
        points = np.array(list(self._placing.anchors.values()))
        low, high = points.min(axis=0), points.max(axis=0)
        room = 0.35 * float((high - low).max())
        return (
            max(0.0, float(low[0]) - room),
            max(0.0, float(low[1]) - room),
            min(float(width), float(high[0]) + room),
            min(float(height), float(high[1]) + room),
        )
