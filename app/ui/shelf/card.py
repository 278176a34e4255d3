"""How an avatar looks on the shelf: its picture, name, number, and whether it is on stage."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.ui.icons import icon_pixmap
from app.ui.shelf.model import ShelfRole
from app.ui.tokens import Radius, Type, colours

_NAME_HEIGHT = 24


class CardPainter(QStyledItemDelegate):
    """Paints cards of one size."""

    def __init__(self, edge: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edge = edge

    def sizeHint(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Qt's."""
        return QSize(self._edge + 8, self._edge + _NAME_HEIGHT + 8)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Qt's."""
        scheme = colours()
        state: QStyle.StateFlag = option.state
        box: QRect = option.rect
        current = bool(index.data(ShelfRole.CURRENT))
        picture = QRectF(box.left() + 4, box.top() + 4, self._edge, self._edge)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_picture(painter, picture, index)
        self._paint_edge(painter, picture, state, current=current)
        if index.row() < 9:
            _paint_number(painter, picture.topLeft().toPoint() + QPoint(6, 6), index.row() + 1)
        if index.data(ShelfRole.LOADING):
            _paint_veil(painter, picture, "Loading…")
        elif index.data(ShelfRole.ENTRY).needs_landmarks:
            _paint_veil(painter, picture, "Place face")
        font = QFont(painter.font())
        font.setPixelSize(Type.CAPTION)
        font.setWeight(QFont.Weight.DemiBold if current else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(QColor(scheme.text if current else scheme.muted))
        line = QRectF(picture.left(), picture.bottom() + 3, picture.width(), _NAME_HEIGHT - 4)
        name = painter.fontMetrics().elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, int(line.width())
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, name)
        painter.restore()

    def _paint_picture(
        self, painter: QPainter, box: QRectF, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        scheme = colours()
        path = QPainterPath()
        path.addRoundedRect(box, Radius.CARD - 2, Radius.CARD - 2)
        painter.save()
        painter.setClipPath(path)
        painter.fillRect(box, QColor(scheme.raised))
        thumbnail: QPixmap = index.data(ShelfRole.THUMBNAIL)
        if thumbnail.isNull():
            picture = icon_pixmap("picture", scheme.muted, 28, painter.device().devicePixelRatioF())
            painter.drawPixmap(box.center() - QRectF(0, 0, 28, 28).center(), picture)
        else:
            scale = max(box.width() / thumbnail.width(), box.height() / thumbnail.height())
            wide, high = box.width() / scale, box.height() / scale
            source = QRectF((thumbnail.width() - wide) / 2, (thumbnail.height() - high) / 2, wide, high)
            painter.drawPixmap(box, thumbnail, source)
        painter.restore()

    def _paint_edge(self, painter: QPainter, box: QRectF, state: QStyle.StateFlag, *, current: bool) -> None:
        scheme = colours()
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if current:
            painter.setPen(QPen(QColor(scheme.accent_text), 2.5))
            painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), Radius.CARD - 1, Radius.CARD - 1)
        elif focused or hovered:
            painter.setPen(QPen(QColor(scheme.outline), 1.5))
            painter.drawRoundedRect(box, Radius.CARD - 2, Radius.CARD - 2)
        if focused and current:
            painter.setPen(QPen(QColor(scheme.text), 1, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(box.adjusted(3, 3, -3, -3), Radius.CARD - 5, Radius.CARD - 5)


def _paint_number(painter: QPainter, corner: QPoint, number: int) -> None:
    box = QRectF(corner.x(), corner.y(), 18, 18)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(12, 13, 17, 190))
    painter.drawRoundedRect(box, 6, 6)
    font = QFont(QApplication.font())
    font.setPixelSize(Type.CAPTION - 1)
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(number))


def _paint_veil(painter: QPainter, box: QRectF, text: str) -> None:
    bar = QRectF(box.left() + 6, box.bottom() - 26, box.width() - 12, 20)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(12, 13, 17, 205))
    painter.drawRoundedRect(bar, 6, 6)
    font = QFont(QApplication.font())
    font.setPixelSize(Type.CAPTION - 1)
    painter.setFont(font)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(bar, Qt.AlignmentFlag.AlignCenter, text)
