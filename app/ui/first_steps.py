"""Three steps into the first call, said once, out of the way, and gone when they are done."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.ui.tokens import Space
from app.ui.widgets.buttons import Button, IconButton
from app.ui.widgets.texts import label

_STEPS = (
    ("avatar", "1  Avatar", "Pick who you want to be, or add a picture."),
    ("calibrate", "2  Calibrate", "Relax your face and let Guise take it as the avatar's resting face."),
    ("virtual_camera", "3  Virtual camera", "Let calls see the avatar as a webcam."),
)


class FirstSteps(QWidget):
    """A strip of three buttons over the preview; each does its step and is ticked when it is done.

    Signals:
        wanted(str): a step is to be done: avatar, calibrate or virtual_camera.
        finished(): all are done, or the strip was closed.
    """

    wanted = Signal(str)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._done: set[str] = set()
        self._over = False
        self.steps: dict[str, Button] = {}
        self.close_button = IconButton("close", "Hide the first steps")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 0, 0, 0)
        layout.setSpacing(Space.XS)
        layout.addWidget(label("First steps", "caption"))
        layout.addSpacing(Space.XS)
        for name, text, hint in _STEPS:
            button = Button(text, "quiet")
            button.setToolTip(hint)
            button.clicked.connect(lambda _=False, step=name: self.wanted.emit(step))
            self.steps[name] = button
            layout.addWidget(button)
        layout.addStretch(1)
        layout.addWidget(self.close_button)
        self.close_button.clicked.connect(self._finish)

    def tick(self, name: str) -> None:
        """Mark a step as done."""
        if name in self._done:
            return
        self._done.add(name)
        self.steps[name].set_glyph("check")
        self.steps[name].setAccessibleName(f"{self.steps[name].text()}, done")
        if len(self._done) == len(_STEPS):
            self._finish()

    @Slot()
    def _finish(self) -> None:
        if not self._over:
            self._over = True
            self.hide()
            self.finished.emit()
