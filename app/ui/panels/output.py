"""What the call and the recording get: size, rate, mirror."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from app.settings import Settings
from app.ui.panels.panel import Panel
from app.ui.tokens import Space
from app.ui.widgets.choice import Choice
from app.ui.widgets.switch import Switch
from app.ui.widgets.texts import field, row

SIZES = (
    ((640, 360), "640 × 360"),
    ((640, 480), "640 × 480"),
    ((1280, 720), "1280 × 720"),
    ((1920, 1080), "1920 × 1080"),
    ((512, 512), "512 × 512"),
    ((1024, 1024), "1024 × 1024"),
    ((720, 1280), "720 × 1280"),
)
RATES = (15.0, 20.0, 24.0, 25.0, 30.0, 50.0, 60.0)


class OutputPanel(Panel):
    """Size, rate and mirror of the output."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture_size = Choice(
            "Output size", "What calls and recordings get. 1280 × 720 suits every call."
        )
        self.rate = Choice("Output rate", "Frames a second of calls and recordings.")
        self.mirror = Switch("Mirror the output")
        self.mirror.setToolTip("Flip what the call and the recording get, left to right.")
        self.picture_size.offer(list(SIZES))
        self.rate.offer([(rate, f"{rate:.0f} fps") for rate in RATES])
        self._rows.setSpacing(Space.S)
        self._rows.addWidget(row(field("Size", self.picture_size), field("Rate", self.rate)))
        self._rows.addWidget(self.mirror)
        self.picture_size.chosen.connect(self._size_chosen)
        self.rate.chosen.connect(self._rate_chosen)
        self.mirror.clicked.connect(self._mirror_clicked)

    def show_settings(self, settings: Settings) -> None:
        """Show these settings, silently."""
        super().show_settings(settings)
        output = settings.output
        self.picture_size.show_value((output.width, output.height), f"{output.width} × {output.height}")
        self.rate.show_value(output.fps, f"{output.fps:g} fps")
        self.mirror.setChecked(output.mirror)

    @Slot(object)
    def _size_chosen(self, value: tuple[int, int]) -> None:
        self._change("output", width=value[0], height=value[1])

    @Slot(object)
    def _rate_chosen(self, value: float) -> None:
        self._change("output", fps=value)

    @Slot(bool)
    def _mirror_clicked(self, on: bool) -> None:
        self._change("output", mirror=on)
