"""The list of stored models: name, what was recognised, size, and how far it is on this computer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.models.workshop import ModelCard
from app.ui.models.words import model_state, size_words
from app.ui.tokens import Radius, Space, Type, colours, tone_colour

Index = QModelIndex | QPersistentModelIndex

_CARD = Qt.ItemDataRole.UserRole + 1
_CURRENT = Qt.ItemDataRole.UserRole + 2
_ROW_HEIGHT = 76


class _Rows(QAbstractListModel):
    """Models for a list view."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[ModelCard] = []
        self.current = ""

    def show(self, cards: Sequence[ModelCard], current: str) -> None:
        """Show these, and mark the one in use."""
        if [card.id for card in cards] == [card.id for card in self.cards]:
            self.cards, self.current = list(cards), current
            if self.cards:
                self.dataChanged.emit(self.index(0), self.index(len(self.cards) - 1))
            return
        self.beginResetModel()
        self.cards, self.current = list(cards), current
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: N802 - Qt's name
        """Qt's."""
        return 0 if parent is not None and parent.isValid() else len(self.cards)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Qt's."""
        if not index.isValid() or index.row() >= len(self.cards):
            return None
        card = self.cards[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return card.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{card.name}, {_facts(card)}, {model_state(card, self.current)[1]}"
        if role == _CARD:
            return card
        if role == _CURRENT:
            return self.current
        return None


class _RowPainter(QStyledItemDelegate):
    """Paints a model as three lines."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        """Qt's."""
        return QSize(120, _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Qt's."""
        scheme = colours()
        state: QStyle.StateFlag = option.state
        rect: QRect = option.rect
        box = QRectF(rect).adjusted(1, 2, -Space.XS, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(scheme.accent_soft))
            painter.drawRoundedRect(box, Radius.CONTROL, Radius.CONTROL)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(scheme.hover))
            painter.drawRoundedRect(box, Radius.CONTROL, Radius.CONTROL)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(scheme.accent_text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), Radius.CONTROL, Radius.CONTROL)
        card: ModelCard = index.data(_CARD)
        tone, words = model_state(card, str(index.data(_CURRENT)))
        text = box.adjusted(Space.M, Space.S, -Space.M, -Space.S)
        third = text.height() / 3
        _line(painter, text, 0, card.name, scheme.text, Type.BODY, QFont.Weight.DemiBold)
        _line(painter, text, third, _facts(card), scheme.muted, Type.CAPTION)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone_colour(tone))
        painter.drawEllipse(QRectF(text.left() + 1, text.top() + 2.5 * third - 4, 8, 8))
        _line(painter, text.adjusted(Space.L, 0, 0, 0), 2 * third, words, scheme.muted, Type.CAPTION)
        painter.restore()


class ModelList(QListView):
    """The stored models.

    Signals:
        chosen(str): the cursor is on the model of that id; "" where there is none.
        remove_wanted(): Delete was pressed on a model.
    """

    chosen = Signal(str)
    remove_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = _Rows()
        self.setModel(self._rows)
        self.setItemDelegate(_RowPainter(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName("Models")
        self.selectionModel().currentChanged.connect(lambda *_: self.chosen.emit(self.selected()))

    def show_models(self, cards: Sequence[ModelCard], current: str) -> None:
        """Show these models and mark the one in use; the cursor stays on its model while that is there."""
        before = self.selected()
        self._rows.show(cards, current)
        self.select(before if any(card.id == before for card in cards) else "")

    def select(self, model_id: str) -> None:
        """Put the cursor on a model; on the one in use, or the first, where the id is ""."""
        ids = [card.id for card in self._rows.cards]
        wanted = next((each for each in (model_id, self._rows.current) if each in ids), "")
        row = ids.index(wanted) if wanted else (0 if ids else -1)
        self.setCurrentIndex(self._rows.index(row) if row >= 0 else QModelIndex())
        self.chosen.emit(self.selected())

    def selected(self) -> str:
        """Return the id of the model with the cursor, or ""."""
        row = self.currentIndex().row()
        return self._rows.cards[row].id if 0 <= row < len(self._rows.cards) else ""

    def set_marked(self, marked: bool) -> None:
        """Mark the model with the cursor, or none while something else is shown beside the list."""
        if marked:
            self.selectionModel().select(
                self.currentIndex(), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
        else:
            self.selectionModel().clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        if event.key() == Qt.Key.Key_Delete and self.selected():
            self.remove_wanted.emit()
        else:
            super().keyPressEvent(event)


def _facts(card: ModelCard) -> str:
    return f"{card.configuration} · {size_words(card.size)}"


def _line(
    painter: QPainter,
    box: QRectF,
    top: float,
    text: str,
    colour: str,
    size: int,
    weight: QFont.Weight = QFont.Weight.Normal,
) -> None:
    font = QFont(painter.font())
    font.setPixelSize(size)
    font.setWeight(weight)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
    line = QRectF(box.left(), box.top() + top, box.width(), box.height() / 3)
    painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
