"""The avatar shelf at the left: choose, add, rename, reorder, remove."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QColor, QDragMoveEvent, QDropEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from app.ui.shelf.card import CardPainter
from app.ui.shelf.model import ShelfModel
from app.ui.tokens import Space, colours
from app.ui.widgets.buttons import Button
from app.ui.widgets.texts import label

if TYPE_CHECKING:
    from app.avatars.entry import AvatarEntry

EDGE = 92
WIDTH, NARROW_WIDTH = 236, 136


class ShelfView(QListView):
    """Two columns of cards that can be dragged into another order.

    Signals:
        moved(str, int): an avatar was dropped at another position.
        remove_wanted(): Delete was pressed on a card.
    """

    moved = Signal(str, int)
    remove_wanted = Signal()

    def __init__(self, model: ShelfModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shelf = model
        self._gap = -1
        self.setModel(model)
        self.setItemDelegate(CardPainter(EDGE, self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName("Avatars")

    def position_at(self, point: QPoint) -> int:
        """Return the place in the order a card dropped at that point of the viewport would take."""
        entries = len(self._shelf.entries)
        for row in range(entries):
            box = self.visualRect(self._shelf.index(row))
            if point.y() <= box.bottom() and point.x() < box.center().x():
                return row
            if point.y() < box.top():
                return row
        return entries

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's: show where the card would go."""
        super().dragMoveEvent(event)
        if event.source() is self:
            self._gap = self.position_at(event.position().toPoint())
            self.viewport().update()
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's: say where it was dropped; the list follows the library."""
        row, gap = self.currentIndex().row(), self.position_at(event.position().toPoint())
        self._gap = -1
        self.viewport().update()
        event.setDropAction(Qt.DropAction.IgnoreAction)  # the view must not take the row away itself
        event.accept()
        if event.source() is self and row >= 0:
            position = gap - 1 if gap > row else gap
            if position != row:
                self.moved.emit(self._shelf.entries[row].id, position)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        if event.key() == Qt.Key.Key_Delete:
            if not event.isAutoRepeat():  # a key held too long must not empty the shelf
                self.remove_wanted.emit()
        elif (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
            and self.currentIndex().isValid()
        ):
            self.clicked.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802 - Qt's name
        """Qt's: letters are the window's keys here."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's: the cards, then the line where a dragged one would go."""
        super().paintEvent(event)
        if self._gap < 0 or not self._shelf.entries:
            return
        last = self._gap >= len(self._shelf.entries)
        box = self.visualRect(self._shelf.index(self._gap - 1 if last else self._gap))
        x = box.right() - 1 if last else box.left() + 1
        painter = QPainter(self.viewport())
        painter.setPen(QPen(QColor(colours().accent_text), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(x, box.top() + 8, x, box.bottom() - 26)


class _NameField(QLineEdit):
    """A name being typed.

    Signals:
        given_up(): Esc was pressed.
    """

    given_up = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)


class AvatarShelf(QFrame):
    """The shelf with its title and its button.

    Signals:
        chosen(str): an avatar was picked, by id.
        renamed(str, str): an avatar got a name.
        moved(str, int): an avatar was dropped at a position.
        remove_wanted(str): an avatar is to go.
        add_wanted(): the button was pressed.
        menu_wanted(str, QPoint): right click on a card, at a point of the screen.
    """

    chosen = Signal(str)
    renamed = Signal(str, str)
    moved = Signal(str, int)
    remove_wanted = Signal(str)
    add_wanted = Signal()
    menu_wanted = Signal(str, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.model = ShelfModel()
        self.view = ShelfView(self.model)
        self.add_button = Button("Add", glyph="add")
        self.add_button.setAccessibleName("Add pictures")
        self.add_button.setToolTip("Add pictures to animate (or drop them anywhere, or paste one).")
        self._editor: QLineEdit | None = None
        head = QHBoxLayout()
        head.setContentsMargins(18, Space.M, Space.M, Space.S)
        self._title = label("Avatars", "lead")
        self._hint = label("Drop pictures or characters anywhere, or paste a picture.", "caption", wrap=True)
        self._hint.setContentsMargins(18, Space.S, Space.M, Space.M)
        head.addWidget(self._title, 1)
        head.addWidget(self.add_button)
        self.set_narrow(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        listed = QHBoxLayout()
        listed.setContentsMargins(14, 0, 0, 0)
        listed.addWidget(self.view)
        layout.addLayout(listed, 1)
        layout.addWidget(self._hint)
        self.add_button.clicked.connect(self.add_wanted)
        self.view.clicked.connect(self._clicked)
        self.view.moved.connect(self.moved)
        self.view.remove_wanted.connect(self._remove_selected)
        self.view.customContextMenuRequested.connect(self._menu_asked)

    def set_narrow(self, narrow: bool) -> None:
        """Show one column rather than two."""
        self.setFixedWidth(NARROW_WIDTH if narrow else WIDTH)
        self._title.setVisible(not narrow)
        self._hint.setVisible(not narrow)

    @property
    def editor(self) -> QLineEdit | None:
        """The name being edited, if any."""
        return self._editor

    def show_entries(self, entries: Sequence[AvatarEntry], current: str, loading: str = "") -> None:
        """Show these avatars and mark the one on stage; the cursor goes there when another one has come on."""
        kept = self.selected() if current == self.model.current else ""
        self.model.mark(current, loading)
        self.model.show(entries)
        row = self.model.row_of(kept)
        if row < 0:
            row = self.model.row_of(current)
        if row >= 0:
            self.view.setCurrentIndex(self.model.index(row))

    def selected(self) -> str:
        """Return the id of the card with the cursor, or ""."""
        row = self.view.currentIndex().row()
        return self.model.entries[row].id if 0 <= row < len(self.model.entries) else ""

    def edit_name(self, avatar_id: str) -> None:
        """Let the user type another name, right on the card."""
        row = self.model.row_of(avatar_id)
        if row < 0:
            return
        index = self.model.index(row)
        self.view.scrollTo(index)
        box = self.view.visualRect(index)
        editor = _NameField(self.model.entries[row].name, self.view.viewport())
        editor.setAccessibleName("Name of the avatar")
        editor.setMaxLength(60)
        editor.setGeometry(box.left() + 2, box.bottom() - 30, box.width() - 4, 30)
        editor.selectAll()
        editor.show()
        editor.setFocus()
        editor.given_up.connect(self.cancel_name)
        editor.editingFinished.connect(lambda: self._named(avatar_id))
        self._editor = editor

    def _named(self, avatar_id: str) -> None:
        editor, self._editor = self._editor, None
        if editor is None:
            return
        name = editor.text().strip()
        editor.hide()
        editor.deleteLater()
        self.view.setFocus()
        row = self.model.row_of(avatar_id)
        if row >= 0 and name and name != self.model.entries[row].name:
            self.renamed.emit(avatar_id, name)

    def cancel_name(self) -> None:
        """Leave the name as it was."""
        editor, self._editor = self._editor, None
        if editor is not None:
            editor.hide()
            editor.deleteLater()
            self.view.setFocus()

    @Slot(QModelIndex)
    def _clicked(self, index: QModelIndex) -> None:
        self.chosen.emit(self.model.entries[index.row()].id)

    @Slot()
    def _remove_selected(self) -> None:
        if self.selected():
            self.remove_wanted.emit(self.selected())

    @Slot(QPoint)
    def _menu_asked(self, point: QPoint) -> None:
        index = self.view.indexAt(point)
        avatar_id = self.model.entries[index.row()].id if index.isValid() else ""
        self.menu_wanted.emit(avatar_id, self.view.viewport().mapToGlobal(point))
