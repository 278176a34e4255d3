"""How the avatar follows: relative or absolute, gains, smoothing, mirroring."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from app.settings import ControlSettings, Settings
from app.ui.panels.panel import Panel
from app.ui.tokens import Space
from app.ui.widgets.buttons import Button
from app.ui.widgets.segmented import Segmented
from app.ui.widgets.slider import LabelledSlider
from app.ui.widgets.switch import Switch
from app.ui.widgets.texts import label, row
from engines.registry import engine_info, engine_names

_GAINS = (
    ("head", "Head", "How far the head turns and moves."),
    ("mouth", "Mouth", "How far lips and jaw move."),
    ("eyes", "Eyes", "How far lids and gaze move."),
    ("brows", "Brows", "How far the brows move."),
    ("gaze", "Gaze", "How far the irises move, besides the eyes' gain."),
    ("body", "Body", "How far the body follows the head."),
    ("breathing", "Breathing", "How deep the avatar breathes."),
)
_RARE = ("gaze", "body", "breathing")  # shown where the engine follows them, and never missed


class MotionPanel(Panel):
    """The gains and their friends.

    Signals:
        mapping_wanted(): the user wants to edit the table that turns a face into a character's pose.
        mapping_unwanted(): the user wants the default table back.
    """

    mapping_wanted = Signal()
    mapping_unwanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        default = ControlSettings()
        self.mode = Segmented(
            "Motion",
            [
                (True, "Relative", "Motion is measured from your neutral. The avatar keeps its own face."),
                (False, "Absolute", "Your pose and expression are taken as they are."),
            ],
        )
        self.gains = {
            name: LabelledSlider(text, 0.0, 2.0, getattr(default, name), hint) for name, text, hint in _GAINS
        }
        self.smoothing = LabelledSlider(
            "Smoothing",
            0.0,
            1.0,
            default.smoothing,
            "Calms a nervous picture. Blinks and speech stay quick.",
            percent=True,
        )
        self.unfollowed = label("", "caption", wrap=True)
        self.unfollowed.hide()
        self.mirror = Switch("Mirror my movements")
        self.mirror.setToolTip("Move as a mirror would: your left is the avatar's right.")
        self.reset = Button("Reset motion", "quiet", "undo")
        self.reset.setToolTip("Set all of these back.")
        self.edit_mapping = Button("Edit mapping…", "quiet", "edit")
        self.edit_mapping.setToolTip(
            "Open the table that says which of your movements moves what of a character."
        )
        self.reset_mapping = Button("Reset mapping", "quiet", "undo")
        self.reset_mapping.setToolTip("Go back to the table that comes with Guise.")
        self.mapping_row = row(self.edit_mapping, self.reset_mapping)
        self._rows.setSpacing(Space.S)
        self._rows.addWidget(self.mode)
        for slider in self.gains.values():
            self._rows.addWidget(slider)
        self._rows.addWidget(self.unfollowed)
        self._rows.addWidget(self.smoothing)
        self._rows.addWidget(self.mirror)
        self._rows.addWidget(self.reset)
        self._rows.addWidget(self.mapping_row)
        self.edit_mapping.clicked.connect(self.mapping_wanted)
        self.reset_mapping.clicked.connect(self.mapping_unwanted)
        self.mode.chosen.connect(partial(self._set, "relative"))
        for name, slider in self.gains.items():
            slider.changed.connect(partial(self._set, name))
        self.smoothing.changed.connect(partial(self._set, "smoothing"))
        self.mirror.clicked.connect(self._mirror_clicked)
        self.reset.clicked.connect(self._reset)

    def show_settings(self, settings: Settings) -> None:
        """Show these settings, silently."""
        super().show_settings(settings)
        controls = settings.controls
        self.mode.show_value(controls.relative)
        for name, slider in self.gains.items():
            slider.show_value(getattr(controls, name))
        self._show_gains(settings.engine)
        self.smoothing.show_value(controls.smoothing)
        self.mirror.setChecked(controls.mirror_motion)
        self.reset.setEnabled(controls != ControlSettings())

    def _show_gains(self, engine: str) -> None:
        """Show what the engine follows; of the usual gains the others too, with why they cannot be turned."""
        if engine not in engine_names():
            return
        info = engine_info(engine)
        self.mapping_row.setVisible(info.characters)
        usual = [(name, text) for name, text, _ in _GAINS if name not in _RARE]
        missing = [text.lower() for name, text in usual if name not in info.gains]
        reason = f"{info.title} has no gain for {_listed(missing)}: they move as yours do." if missing else ""
        for name, slider in self.gains.items():
            slider.setVisible(name in info.gains or name not in _RARE)
            slider.set_reason("" if name in info.gains else reason)
        self.unfollowed.setText(reason)
        self.unfollowed.setVisible(bool(reason))

    def _set(self, name: str, value: object) -> None:
        self._change("controls", **{name: value})

    @Slot(bool)
    def _mirror_clicked(self, on: bool) -> None:
        self._set("mirror_motion", on)

    @Slot()
    def _reset(self) -> None:
        self._change(controls=ControlSettings())


def _listed(words: list[str]) -> str:
    """Return a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
