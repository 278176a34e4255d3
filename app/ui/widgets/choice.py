"""A choice among many: a drop-down list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QListView, QSizePolicy, QStyledItemDelegate, QWidget

from app.ui.widgets.slider import WheelGuard

_MOST_ROWS = 12
_POPUP_EDGE = 2 * (4 + 1)  # padding and border of the list, as the style sheet has them


class Choice(QComboBox):
    """A drop-down list of (value, label).

    Signals:
        chosen(object): the value the user picked.
    """

    chosen = Signal(object)

    def __init__(self, name: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: list[object] = []
        self.setAccessibleName(name)
        self.setToolTip(hint)
        self.setView(QListView(self))  # the style sheet reaches the rows of a view of ours only
        self.setItemDelegate(QStyledItemDelegate(self))
        self.setMaxVisibleItems(_MOST_ROWS)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.installEventFilter(WheelGuard(self))
        self.activated.connect(self._picked)

    def showPopup(self) -> None:  # noqa: N802 - Qt's name
        """Qt's: it reckons the list's height without the style sheet, so it is told."""
        view = self.view()
        view.ensurePolished()
        rows = min(self.count(), _MOST_ROWS)
        view.setMinimumHeight(sum(view.sizeHintForRow(row) for row in range(rows)) + _POPUP_EDGE)
        super().showPopup()

    def offer(self, options: Sequence[tuple[object, str]]) -> None:
        """Offer these, silently; the value shown stays where it is still offered."""
        shown = self.value()
        with QSignalBlocker(self):
            self._values = [value for value, _ in options]
            self.clear()
            self.addItems([label for _, label in options])
            for index, (_, label) in enumerate(options):
                self.setItemData(index, label, Qt.ItemDataRole.ToolTipRole)
        self.show_value(shown)

    def show_value(self, value: object, label: str | None = None) -> None:
        """Show a value, silently; one that is not offered is added under its label."""
        if value not in self._values and label is not None:
            with QSignalBlocker(self):
                self._values.append(value)
                self.addItem(label)
        with QSignalBlocker(self):
            self.setCurrentIndex(self._values.index(value) if value in self._values else -1)

    def value(self) -> object:
        """Return the value shown, or None."""
        index = self.currentIndex()
        return self._values[index] if 0 <= index < len(self._values) else None

    def values(self) -> list[object]:
        """Return all values offered."""
        return list(self._values)

    @Slot(int)
    def _picked(self, index: int) -> None:
        self.chosen.emit(self._values[index])
