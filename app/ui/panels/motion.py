"""How the avatar follows: relative or absolute, gains, smoothing, mirroring."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from app.settings import ControlSettings, Settings
from app.ui.panels.panel import Panel
from app.ui.tokens import Space
from app.ui.widgets.buttons import Button
from app.ui.widgets.segmented import Segmented
from app.ui.widgets.slider import LabelledSlider
from app.ui.widgets.switch import Switch
from app.ui.widgets.texts import label
from engines.registry import engine_info, engine_names

_GAINS = (
    ("head", "Head", "How far the head turns and moves."),
    ("mouth", "Mouth", "How far lips and jaw move."),
    ("eyes", "Eyes", "How far lids and gaze move."),
    ("brows", "Brows", "How far the brows move."),
)


class MotionPanel(Panel):
    """The gains and their friends."""

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
        self._rows.setSpacing(Space.S)
        self._rows.addWidget(self.mode)
        for slider in self.gains.values():
            self._rows.addWidget(slider)
        self._rows.addWidget(self.unfollowed)
        self._rows.addWidget(self.smoothing)
        self._rows.addWidget(self.mirror)
        self._rows.addWidget(self.reset)
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
        """Let those gains be turned that the engine follows, and say why the others cannot."""
        if engine not in engine_names():
            return
        info = engine_info(engine)
        missing = [text.lower() for name, text, _ in _GAINS if name not in info.gains]
        reason = f"{info.title} has no gain for {_listed(missing)}: they move as yours do." if missing else ""
        for name, slider in self.gains.items():
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
