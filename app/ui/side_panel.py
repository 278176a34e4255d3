"""The right side: Calibrate on top, always there; groups that scroll; the virtual camera at the foot, always there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.settings import Settings
from app.ui.panels.background import BackgroundPanel
from app.ui.panels.calibrate import CalibratePanel
from app.ui.panels.camera import CameraPanel
from app.ui.panels.engine import EnginePanel
from app.ui.panels.motion import MotionPanel
from app.ui.panels.output import OutputPanel
from app.ui.panels.panel import Panel
from app.ui.panels.virtual_camera import VirtualCameraPanel
from app.ui.tokens import Space
from app.ui.widgets.section import Section
from app.ui.widgets.texts import line

WIDTH = 324


class SidePanel(QFrame):
    """All panels.

    Signals:
        edited(Settings): the user changed something on one of them.
    """

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setFixedWidth(WIDTH)
        self.calibrate = CalibratePanel()
        self.camera = CameraPanel()
        self.motion = MotionPanel()
        self.background = BackgroundPanel()
        self.output = OutputPanel()
        self.engine = EnginePanel()
        self.virtual_camera = VirtualCameraPanel()
        self.sections = {
            "camera": Section("Camera", self.camera),
            "calibration": Section("Calibration", self.calibrate.options),
            "motion": Section("Motion", self.motion),
            "background": Section("Background", self.background),
            "output": Section("Output", self.output),
            "engine": Section("Engine", self.engine),
        }
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(_padded(self.calibrate))
        layout.addWidget(line())
        layout.addWidget(self._scrolled(), 1)
        layout.addWidget(line())
        layout.addWidget(_padded(self.virtual_camera))
        for panel in self.panels():
            panel.edited.connect(self.edited)

    def panels(self) -> tuple[Panel, ...]:
        """Return all panels."""
        return (
            self.calibrate,
            self.camera,
            self.motion,
            self.background,
            self.output,
            self.engine,
            self.virtual_camera,
        )

    def show_settings(self, settings: Settings) -> None:
        """Show these settings on all panels, silently."""
        for panel in self.panels():
            panel.show_settings(settings)

    def _scrolled(self) -> QScrollArea:
        inside = QWidget()
        inside.setProperty("role", "scrolled")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, Space.XS, 0, Space.S)
        column.setSpacing(0)
        for index, section in enumerate(self.sections.values()):
            if index:
                column.addWidget(line())
            column.addWidget(section)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        return area


def _padded(widget: QWidget) -> QWidget:
    holder = QWidget()
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(14, Space.M, 14, Space.M)
    layout.addWidget(widget)
    return holder
