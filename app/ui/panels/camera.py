"""Which camera drives, how it is doing, and what happens while nobody is before it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from app.settings import FaceLostPolicy, Settings
from app.ui.panels.panel import Panel
from app.ui.tokens import Tone
from app.ui.widgets.buttons import IconButton
from app.ui.widgets.choice import Choice
from app.ui.widgets.texts import StateLine, field, row

if TYPE_CHECKING:
    from app.devices.camera import CameraInfo

IDLE = "idle"
_FILE = object()  # the row that opens a file dialog
SIZES = ((640, 360), (640, 480), (1280, 720), (1920, 1080))
RATES = (15.0, 24.0, 25.0, 30.0, 60.0)


class CameraPanel(Panel):
    """Camera, its size and rate, and what to show when the face is lost.

    Signals:
        file_wanted(): the user wants a video file as the camera.
        refresh_wanted(): the list is to be made again.
    """

    file_wanted = Signal()
    refresh_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.camera = Choice("Camera", "Whose face drives the avatar: a webcam, a video file, or nobody's.")
        self.refresh = IconButton("refresh", "Look for cameras")
        self.frame_size = Choice(
            "Camera size", "Asked of the camera; it may give another. 1280 × 720 is plenty."
        )
        self.rate = Choice("Camera rate", "Frames a second asked of the camera.")
        self.face_lost = Choice(
            "While no face is seen", "What the call sees while nobody is before the camera."
        )
        self.state = StateLine()
        self.camera.offer(
            [("", "First camera found"), (IDLE, "No camera (idle motion)"), (_FILE, "Video file…")]
        )
        self.frame_size.offer([(size, f"{size[0]} × {size[1]}") for size in SIZES])
        self.rate.offer([(rate, f"{rate:.0f} fps") for rate in RATES])
        self.face_lost.offer(
            [
                (FaceLostPolicy.IDLE, "Idle motion: breathe and blink"),
                (FaceLostPolicy.HOLD, "Hold the last picture"),
                (FaceLostPolicy.SLATE, "Slate: a still card"),
            ]
        )
        self._rows.addWidget(row(self.camera, self.refresh))
        self._rows.addWidget(self.state)
        self._rows.addWidget(row(field("Size", self.frame_size), field("Rate", self.rate)))
        self._rows.addWidget(field("While no face is seen", self.face_lost))
        self.camera.chosen.connect(self._camera_chosen)
        self.refresh.clicked.connect(self.refresh_wanted)
        self.frame_size.chosen.connect(self._size_chosen)
        self.rate.chosen.connect(self._rate_chosen)
        self.face_lost.chosen.connect(self._face_lost_chosen)
        self.show_state(Tone.OFF, "Not started")

    def show_settings(self, settings: Settings) -> None:
        """Show these settings, silently."""
        super().show_settings(settings)
        camera = settings.camera
        self.camera.show_value(camera.name, Path(camera.name).name or camera.name)
        size = (camera.width, camera.height)
        self.frame_size.show_value(size, f"{size[0]} × {size[1]}")
        self.rate.show_value(camera.fps, f"{camera.fps:g} fps")
        self.face_lost.show_value(settings.face_lost)

    def show_cameras(self, cameras: Sequence[CameraInfo]) -> None:
        """Offer these cameras."""
        options: list[tuple[object, str]] = [("", "First camera found")]
        options += [(info.name, info.name) for info in cameras if info.kind == "webcam"]
        options += [(IDLE, "No camera (idle motion)"), (_FILE, "Video file…")]
        self.camera.offer(options)
        self.show_settings(self._settings)

    def show_state(self, tone: Tone, text: str) -> None:
        """Say how the camera is doing."""
        self.state.say(tone, text)

    @Slot(object)
    def _camera_chosen(self, value: object) -> None:
        if value is _FILE:
            self.show_settings(self._settings)  # the list goes back until a file is chosen
            self.file_wanted.emit()
        elif isinstance(value, str):
            self._change("camera", name=value)

    @Slot(object)
    def _size_chosen(self, value: tuple[int, int]) -> None:
        self._change("camera", width=value[0], height=value[1])

    @Slot(object)
    def _rate_chosen(self, value: float) -> None:
        self._change("camera", fps=value)

    @Slot(object)
    def _face_lost_chosen(self, value: FaceLostPolicy) -> None:
        self._change(face_lost=value)
