"""A choice among a few, all of them visible."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QHBoxLayout, QSizePolicy, QWidget

from app.ui.widgets.buttons import Button


class Segmented(QFrame):
    """Buttons side by side of which one is down; arrow keys move the choice.

    Signals:
        chosen(object): the value the user picked.
    """

    chosen = Signal(object)

    def __init__(
        self, name: str, options: Sequence[tuple[object, str, str]], parent: QWidget | None = None
    ) -> None:
        """Take the accessible name and (value, label, tooltip) per button."""
        super().__init__(parent)
        self.setProperty("role", "segments")
        self.setAccessibleName(name)
        self._values = [value for value, _, _ in options]
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(2)
        for index, (_, label, hint) in enumerate(options):
            button = Button(label, "segment")
            button.setCheckable(True)
            button.setToolTip(hint)
            button.setAccessibleName(f"{name}: {label}")
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._group.addButton(button, index)
            layout.addWidget(button)
        self._group.buttonToggled.connect(self._toggled)
        self._shown: object = None

    def show_value(self, value: object) -> None:
        """Put the button of that value down, silently."""
        self._shown = value
        if value in self._values:
            self._group.button(self._values.index(value)).setChecked(True)

    def button(self, value: object) -> QAbstractButton:
        """Return the button of a value."""
        return self._group.button(self._values.index(value))

    @Slot(QAbstractButton, bool)
    def _toggled(self, button: QAbstractButton, down: bool) -> None:
        value = self._values[self._group.id(button)]
        if down and value != self._shown:
            self._shown = value
            self.chosen.emit(value)
