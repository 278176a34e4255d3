"""The page of keys: every action with its key, each to be changed, conflicts seen before they are made."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.ui.actions import (
    ACTIONS,
    GROUPS,
    ActionSpec,
    conflict,
    keys_of,
    keys_text,
    spec_of,
    with_keys,
    without_override,
)
from app.ui.tokens import Space, Tone
from app.ui.widgets.buttons import Button, IconButton
from app.ui.widgets.note import Note
from app.ui.widgets.texts import label

_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)


class KeyButton(Button):
    """Shows a key; pressed, it waits for another one. Esc leaves it, Backspace takes the key away.

    Signals:
        captured(QKeySequence): keys were pressed; empty for none.
    """

    captured = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__("", parent=parent)
        self._name = name
        self._shown = ""
        self._listening = False
        self.setMinimumWidth(132)
        self.setToolTip("Press to choose another key. Backspace takes it away, Esc leaves it.")
        self.clicked.connect(self._listen)

    @property
    def listening(self) -> bool:
        """Whether it waits for a key."""
        return self._listening

    def show_keys(self, text: str) -> None:
        """Show a key."""
        self._shown = text
        self._listening = False
        self.setText(text or "none")
        self.setAccessibleName(f"{self._name}: {text or 'no key'}")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        if not self._listening:
            super().keyPressEvent(event)
        elif event.key() in _MODIFIERS:
            event.accept()
        else:
            self._listening = False
            self.setText(self._shown or "none")
            if event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
                self.captured.emit(QKeySequence())
            elif event.key() != Qt.Key.Key_Escape:
                self.captured.emit(_pressed(event))

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's: looking elsewhere leaves the key as it was."""
        if self._listening:
            self.show_keys(self._shown)
        super().focusOutEvent(event)

    @Slot()
    def _listen(self) -> None:
        self._listening = True
        self.setText("Press a key…")


class ShortcutsPage(QDialog):
    """All actions and their keys.

    Signals:
        edited(dict): the overrides, action to keys, as settings keep them.
    """

    edited = Signal(object)

    def __init__(self, overrides: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts – Guise")
        self.resize(620, 640)
        self.setMinimumSize(460, 360)
        self._overrides = dict(overrides)
        self.keys: dict[str, KeyButton] = {}
        self.resets: dict[str, IconButton] = {}
        self._rows: dict[str, list[QWidget]] = {}
        self._headings: dict[str, QWidget] = {}
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search actions or keys")
        self.search.setAccessibleName("Search actions or keys")
        self.search.setClearButtonEnabled(True)
        self.note = Note()
        self.reset_all = Button("Reset all keys", glyph="undo")
        self.finish = Button("Done", "primary")
        self._nothing = label("No action is called that.", "muted")
        self._nothing.hide()
        self._lay_out()
        self.search.textChanged.connect(self._filter)
        self.reset_all.clicked.connect(self._reset_everything)
        self.finish.clicked.connect(self.accept)
        self._show()

    @property
    def overrides(self) -> dict[str, str]:
        """The keys the user changed."""
        return dict(self._overrides)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's: Enter in the search field must not press Done."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
            return
        super().keyPressEvent(event)

    def _lay_out(self) -> None:
        head = QVBoxLayout()
        head.setContentsMargins(Space.XL, Space.L, Space.XL, Space.M)
        head.setSpacing(Space.S)
        head.addWidget(label("Keyboard shortcuts", "title"))
        head.addWidget(
            label("Keys work while no text is being typed. Press a key's button to change it.", "muted")
        )
        head.addWidget(self.search)
        head.addWidget(self.note)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._table())
        foot = QHBoxLayout()
        foot.setContentsMargins(Space.XL, Space.M, Space.XL, Space.L)
        foot.addWidget(self.reset_all)
        foot.addStretch(1)
        foot.addWidget(self.finish)
        for button in (self.reset_all, self.finish):
            button.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(area, 1)
        layout.addLayout(foot)

    def _table(self) -> QWidget:
        table = QFrame()
        table.setProperty("role", "panel")
        grid = QGridLayout(table)
        grid.setContentsMargins(Space.XL, Space.S, Space.XL, Space.L)
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        row = 0
        for group in GROUPS:
            heading = label(group, "heading")
            heading.setContentsMargins(0, Space.M, 0, 2)
            self._headings[group] = heading
            grid.addWidget(heading, row, 0, 1, 3)
            row += 1
            for spec in (spec for spec in ACTIONS if spec.group == group):
                self._add_row(grid, row, spec)
                row += 1
        grid.addWidget(self._nothing, row, 0)
        grid.setRowStretch(row + 1, 1)
        return table

    def _add_row(self, grid: QGridLayout, row: int, spec: ActionSpec) -> None:
        name = label(spec.text.rstrip("…"))
        name.setToolTip(spec.hint)
        key = KeyButton(spec.text.rstrip("…"))
        key.setAutoDefault(False)
        reset = IconButton("undo", f"Give {spec.text.rstrip('…')} its own key back")
        kept = reset.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        reset.setSizePolicy(kept)
        key.captured.connect(lambda keys, wanted=spec.id: self._captured(wanted, keys))
        reset.clicked.connect(lambda _=False, wanted=spec.id: self._reset_one(wanted))
        self.keys[spec.id], self.resets[spec.id] = key, reset
        self._rows[spec.id] = [name, key, reset]
        for column, widget in enumerate(self._rows[spec.id]):
            grid.addWidget(widget, row, column)

    def _captured(self, action_id: str, keys: QKeySequence) -> None:
        taken = None if keys.isEmpty() else conflict(action_id, keys, self._overrides)
        if taken is None:
            self._use(with_keys(action_id, keys, self._overrides))
            return
        shown = keys.toString(QKeySequence.SequenceFormat.NativeText)
        wanted = spec_of(action_id).text.rstrip("…")
        self.note.say(
            Tone.WARN,
            f"{shown} is the key of “{taken.text.rstrip('…')}”.",
            f"Give it to “{wanted}” instead?",
            (
                ("Use it here", lambda: self._use(with_keys(action_id, keys, self._overrides))),
                ("Leave it", self.note.hide),
            ),
        )

    def _reset_one(self, action_id: str) -> None:
        self._use(without_override(action_id, self._overrides))

    @Slot()
    def _reset_everything(self) -> None:
        self._use({})

    def _use(self, overrides: dict[str, str]) -> None:
        self.note.hide()
        changed = overrides != self._overrides
        self._overrides = overrides
        self._show()
        if changed:
            self.edited.emit(dict(overrides))

    def _show(self) -> None:
        for name, button in self.keys.items():
            texts = [
                keys.toString(QKeySequence.SequenceFormat.NativeText)
                for keys in keys_of(name, self._overrides)
            ]
            button.show_keys("  or  ".join(texts))
        for name, reset in self.resets.items():
            reset.setVisible(name in self._overrides and self._matches(spec_of(name)))
        self.reset_all.setEnabled(bool(self._overrides))

    def _matches(self, spec: ActionSpec) -> bool:
        wanted = self.search.text().strip().casefold()
        texts = (spec.text, spec.hint, spec.group, keys_text(spec.id, self._overrides))
        return not wanted or any(wanted in text.casefold() for text in texts)

    @Slot()
    def _filter(self) -> None:
        shown = {spec.id for spec in ACTIONS if self._matches(spec)}
        for spec in ACTIONS:
            for widget in self._rows[spec.id][:2]:
                widget.setVisible(spec.id in shown)
        for group, heading in self._headings.items():
            heading.setVisible(any(spec.id in shown for spec in ACTIONS if spec.group == group))
        self._nothing.setVisible(not shown)
        self._show()


def _pressed(event: QKeyEvent) -> QKeySequence:
    """Return the keys of an event as a shortcut; Shift is left out where it only made the character ("?")."""
    combination = event.keyCombination()
    text = event.text()
    printable = len(text) == 1 and text.isprintable() and not text.isspace() and not text.isalnum()
    if printable and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
        return QKeySequence(text)
    return QKeySequence(combination)
