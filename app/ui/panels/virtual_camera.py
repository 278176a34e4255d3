"""The virtual camera: one switch, its state in words, and help where its driver is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.settings import Settings
from app.ui.panels.panel import Panel
from app.ui.tokens import Space, Tone
from app.ui.widgets.note import Note
from app.ui.widgets.switch import Switch
from app.ui.widgets.texts import StateLine

if TYPE_CHECKING:
    from app.devices.virtual_camera import VirtualCameraStatus

_TONES = {
    "off": Tone.OFF,
    "starting": Tone.INFO,
    "on": Tone.GOOD,
    "missing_driver": Tone.WARN,
    "busy": Tone.WARN,
    "failed": Tone.BAD,
}
_TROUBLE = ("missing_driver", "busy", "failed")


class VirtualCameraPanel(Panel):
    """The switch that puts the avatar into calls.

    Signals:
        recheck_wanted(): look for the driver again.
    """

    recheck_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows.setSpacing(Space.XS)
        self._hint = ""
        self.switch = Switch("Virtual camera")
        font = self.switch.font()
        font.setBold(True)
        self.switch.setFont(font)
        self.state = StateLine()
        self.help = Note()
        self._rows.addWidget(self.switch)
        self._rows.addWidget(self.state)
        self._rows.addWidget(self.help)
        self.switch.clicked.connect(self._switched)
        self.state.say(Tone.OFF, "Off. Calls cannot see the avatar.")

    def show_settings(self, settings: Settings) -> None:
        """Show these settings, silently."""
        super().show_settings(settings)
        self.switch.setChecked(settings.output.virtual_camera)

    def show_status(self, status: VirtualCameraStatus) -> None:
        """Say how the virtual camera is doing."""
        state = status.state
        self.state.say(_TONES[state], status.message or _words(state, status.name or status.device))
        if state not in _TROUBLE:
            self._hint = ""
            self.help.hide()
        elif status.install_hint != self._hint or self.help.isHidden():
            self._hint = status.install_hint
            title = "How to install it:" if state == "missing_driver" else "What to do:"
            copy = (("Copy", self._copy),) if state == "missing_driver" and self._hint else ()
            self.help.say(Tone.WARN, title, self._hint, (("Check again", self.recheck_wanted.emit), *copy))

    def show_off(self) -> None:
        """Say that it is off."""
        self.state.say(Tone.OFF, _words("off", ""))
        self.help.hide()

    @Slot(bool)
    def _switched(self, on: bool) -> None:
        self._change("output", virtual_camera=on)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._hint)


def _words(state: str, device: str) -> str:
    """Return a sentence where the status brings none."""
    if state == "on":
        return f"On. Choose {device or 'it'} as the camera in your call."
    if state == "starting":
        return "Starting…"
    return "Off. Calls cannot see the avatar."
