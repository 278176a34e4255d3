"""The table of actions made into QActions, menus, keys and tooltips."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.live.status import SessionStatus
from app.settings import Settings, Theme
from app.ui.actions import ACTIONS, AVATAR_SLOTS, GROUPS, keys_of, tooltip

# A line above these in the menus.
_LINED = ("relative", "models", "previous_avatar", "rename_avatar", "mirror_preview", "theme_system",
          "mirror_output", "record", "open_recordings", "about", "quit")  # fmt: skip
_HIDDEN = ("menu", *(f"avatar_{n}" for n in range(1, AVATAR_SLOTS + 1)))


class WindowActions(QObject):
    """All actions of the window.

    Signals:
        wanted(str): the action of that id was triggered, by key or menu.
    """

    wanted = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.by_id: dict[str, QAction] = {}
        for spec in ACTIONS:
            action = QAction(spec.text, window)
            action.setObjectName(spec.id)
            action.setCheckable(spec.checkable)
            action.setAutoRepeat(spec.repeats)
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.triggered.connect(lambda _=False, wanted=spec.id: self.wanted.emit(wanted))
            window.addAction(action)
            self.by_id[spec.id] = action
        themes = QActionGroup(self)
        for theme in Theme:
            themes.addAction(self.by_id[f"theme_{theme.value}"])
        self.set_keys({})

    def set_keys(self, overrides: Mapping[str, str]) -> None:
        """Give every action its keys and a tooltip that shows them."""
        for name, action in self.by_id.items():
            action.setShortcuts(keys_of(name, overrides))
            action.setToolTip(tooltip(name, overrides))

    def build_menus(self, parent: QWidget) -> list[QMenu]:
        """Return one menu per group."""
        menus = []
        for group in GROUPS:
            menu = QMenu(group, parent)
            for spec in ACTIONS:
                if spec.group != group or spec.id in _HIDDEN:
                    continue
                if spec.id in _LINED and not menu.isEmpty():
                    menu.addSeparator()
                menu.addAction(self.by_id[spec.id])
            menus.append(menu)
        return menus

    def show_settings(self, settings: Settings) -> None:
        """Check what is on."""
        states = {
            "relative": settings.controls.relative,
            "mirror_motion": settings.controls.mirror_motion,
            "mirror_preview": settings.preview.mirror,
            "inset": settings.preview.inset,
            "landmarks": settings.preview.landmarks,
            "stats": settings.preview.stats,
            "virtual_camera": settings.output.virtual_camera,
            "mirror_output": settings.output.mirror,
            f"theme_{settings.theme.value}": True,
        }
        for name, on in states.items():
            self.by_id[name].setChecked(on)

    def show_status(self, status: SessionStatus) -> None:
        """Check and enable what the session's state asks for."""
        self.by_id["record"].setChecked(status.recording is not None)
        self.by_id["record"].setText("Stop recording" if status.recording else "Record")
        self.by_id["undo_calibration"].setEnabled(status.can_undo)
