"""The strip under the preview: zoom and mirrors at the left, record and snapshot in the middle, views at the right."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.live.status import SessionStatus
from app.settings import Settings
from app.ui.tokens import Space
from app.ui.widgets.buttons import Button, IconButton
from app.ui.widgets.texts import label
from app.ui.wording import clock_words

_LEFT = (("zoom_out", "zoom_out"), ("zoom_in", "zoom_in"), ("mirror_preview", "mirror"))
_RIGHT = (("inset", "camera"), ("landmarks", "landmarks"), ("stats", "stats"))


_ROOMY = 520


class Toolbar(QWidget):
    """Buttons for actions of the table.

    Signals:
        wanted(str): the action of that id is wanted.
    """

    wanted = Signal(str)

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, IconButton] = {}
        self.record = Button("Record", glyph="record")
        self.snapshot = Button("Snapshot", glyph="snapshot")
        self.snapshot.setAccessibleName("Snapshot")
        self.zoom = label("100 %", "caption")
        self.zoom.setMinimumWidth(44)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.XS)
        for name, glyph in _LEFT:
            layout.addWidget(self._icon_button(actions, name, glyph))
            if name == "zoom_in":
                layout.insertWidget(1, self.zoom)
        layout.addStretch(1)
        layout.addWidget(self.record)
        layout.addWidget(self.snapshot)
        layout.addStretch(1)
        for name, glyph in _RIGHT:
            layout.addWidget(self._icon_button(actions, name, glyph))
        for name, button in (("record", self.record), ("snapshot", self.snapshot)):
            button.setToolTip(actions[name].toolTip())
            button.clicked.connect(lambda _=False, wanted=name: self.wanted.emit(wanted))

    def _icon_button(self, actions: Mapping[str, QAction], name: str, glyph: str) -> IconButton:
        action = actions[name]
        button = IconButton(glyph, action.text(), checkable=action.isCheckable())
        button.setToolTip(action.toolTip())
        button.clicked.connect(lambda _=False, wanted=name: self.wanted.emit(wanted))
        self.buttons[name] = button
        return button

    def show_settings(self, settings: Settings) -> None:
        """Show these settings, silently."""
        self.zoom.setText(f"{settings.framing.zoom:.0%}".replace("%", " %"))
        self.buttons["mirror_preview"].setChecked(settings.preview.mirror)
        self.buttons["inset"].setChecked(settings.preview.inset)
        self.buttons["landmarks"].setChecked(settings.preview.landmarks)
        self.buttons["stats"].setChecked(settings.preview.stats)
        self.buttons["landmarks"].setEnabled(settings.preview.inset)

    def show_status(self, status: SessionStatus) -> None:
        """Show whether it records, and how long."""
        recording = status.recording is not None
        self.record.setText(f"Stop  {clock_words(status.recording_s)}" if recording else "Record")
        self.record.set_glyph("stop" if recording else "record")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's: where there is little room the camera alone says Snapshot."""
        super().resizeEvent(event)
        self.snapshot.setText("Snapshot" if self.width() > _ROOMY else "")

    def show_tips(self, actions: Mapping[str, QAction]) -> None:
        """Show the tooltips of the actions, whose keys may have changed."""
        for name, button in self.buttons.items():
            button.setToolTip(actions[name].toolTip())
        self.record.setToolTip(actions["record"].toolTip())
        self.snapshot.setToolTip(actions["snapshot"].toolTip())
