"""The landmark editor: the picture large, what to do beside it, and a trial before saving."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.ui.landmark_editor.canvas import Canvas
from app.ui.landmark_editor.guide_face import GuideFace
from app.ui.landmark_editor.placing import Placing, words_of
from app.ui.landmark_editor.trial import Trial
from app.ui.tokens import Space, Tone
from app.ui.widgets.buttons import Button, IconButton
from app.ui.widgets.note import Note
from app.ui.widgets.switch import Switch
from app.ui.widgets.texts import label, row
from engines.base import Style

if TYPE_CHECKING:
    from app.avatars.picture import LoadedPicture
    from app.ui.jobs import Jobs

_SIDE = 288
_HELP = (
    "Drag the white points onto the face; the mesh follows.",
    "Tab goes from point to point, arrow keys move it (Shift: faster).",
    "Wheel or + and − zoom, dragging beside a point pans, 0 shows the face.",
)


class LandmarkEditor(QDialog):
    """Places the landmarks of a picture.

    Signals:
        placed(object): (478, 3) landmarks to keep.
    """

    placed = Signal(object)

    def __init__(
        self,
        picture: LoadedPicture,
        found: NDArray[np.float32] | None,
        jobs: Jobs,
        name: str = "",
        style: Style = Style.PHOTO,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Landmarks of {name} – Guise" if name else "Landmarks – Guise")
        self.resize(1060, 720)
        self.setMinimumSize(820, 560)
        self._picture, self._style = picture, style
        self.placing = Placing(picture.size, found)
        self.canvas = Canvas(_flattened(picture), self.placing)
        self.trial = Trial(jobs)
        self.guide = Note()
        self.face = GuideFace()
        self.point = label("", "muted", wrap=True)
        self.undo = IconButton("undo", "Undo (Ctrl+Z)")
        self.redo = IconButton("redo", "Redo (Ctrl+Shift+Z)")
        self.zoom_in = IconButton("zoom_in", "Zoom in (+)")
        self.zoom_out = IconButton("zoom_out", "Zoom out (−)")
        self.show_face = IconButton("fit", "Show the face (0)")
        self.mesh = Switch("Show the mesh")
        self.reset = Button("Start over", glyph="refresh")
        self.try_it = Button("Blink and talk", glyph="play")
        self.cancel = Button("Cancel")
        self.save = Button("Save", "primary")
        self._lay_out()
        self._connect()
        self._show()
        self.canvas.setFocus()

    @property
    def landmarks(self) -> NDArray[np.float32] | None:
        """(478, 3) landmarks as they are now, None while the face is not complete."""
        return self.placing.landmarks() if self.placing.complete else None

    def _lay_out(self) -> None:
        side = QFrame()
        side.setProperty("role", "panel")
        side.setFixedWidth(_SIDE)
        column = QVBoxLayout(side)
        column.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        column.setSpacing(Space.M)
        column.addWidget(label("Where is the face?", "title"))
        column.addWidget(self.guide)
        for text in _HELP:
            column.addWidget(label(text, "caption", wrap=True))
        column.addWidget(self.point)
        column.addWidget(
            row(self.undo, self.redo, self.zoom_out, self.zoom_in, self.show_face, spacing=2, stretch=True)
        )
        column.addWidget(self.mesh)
        column.addWidget(self.face)
        column.addWidget(self.trial)
        column.addStretch(1)
        column.addWidget(row(self.try_it, self.reset))
        column.addWidget(row(self.cancel, self.save))
        self.trial.hide()
        self.mesh.setChecked(True)
        for button in (self.reset, self.try_it, self.cancel, self.save):
            button.setAutoDefault(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(side)

    def _connect(self) -> None:
        self.canvas.edited.connect(self._show)
        self.canvas.selection_changed.connect(self._show)
        self.undo.clicked.connect(self._undo)
        self.redo.clicked.connect(self._redo)
        self.zoom_in.clicked.connect(lambda: self.canvas.zoom_by(1.25))
        self.zoom_out.clicked.connect(lambda: self.canvas.zoom_by(0.8))
        self.show_face.clicked.connect(self.canvas.fit)
        self.mesh.toggled.connect(self.canvas.set_mesh)
        self.reset.clicked.connect(self._reset)
        self.try_it.clicked.connect(self._try)
        self.trial.failed.connect(self._trial_failed)
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._save)
        QShortcut(QKeySequence("Ctrl+Z"), self, self._undo)
        QShortcut(QKeySequence("Ctrl+Shift+Z"), self, self._redo)
        QShortcut(QKeySequence("Ctrl+Y"), self, self._redo)
        QShortcut(QKeySequence("Ctrl+S"), self, self._save)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._save)

    @Slot()
    def _show(self) -> None:
        placing, selected = self.placing, self.canvas.selected
        self.undo.setEnabled(placing.can_undo)
        self.redo.setEnabled(placing.can_redo)
        self.reset.setEnabled(placing.can_undo)
        self.save.setEnabled(placing.complete)
        self.try_it.setEnabled(placing.complete)
        self.point.setText(f"In hand: {words_of(selected)}." if selected else "No point in hand.")
        self.face.show_anchor(placing.next_name or selected)
        wanted, (done, of) = placing.next_name, placing.progress
        if wanted is not None:
            self.guide.say(
                Tone.INFO, f"Click the {words_of(wanted)}.", f"Point {done + 1} of {of}; the rest follows."
            )
        else:
            text = "Move what is off. Lids, pupils, lips and outline matter most."
            self.guide.say(Tone.GOOD, "The face is placed.", text)
        self.canvas.update()

    @Slot()
    def _undo(self) -> None:
        self.placing.undo()
        self._show()

    @Slot()
    def _redo(self) -> None:
        self.placing.redo()
        self._show()

    @Slot()
    def _reset(self) -> None:
        self.placing.reset()
        self.canvas.select("")
        self.canvas.fit()
        self._show()

    @Slot()
    def _try(self) -> None:
        landmarks = self.landmarks
        if landmarks is not None:
            self.face.hide()
            self.trial.show()
            self.trial.play(self._picture, landmarks, self._style)

    @Slot(object)
    def _trial_failed(self, error: Exception) -> None:
        self.trial.hide()
        self.face.show()
        self.guide.say(Tone.WARN, "It cannot be animated like this.", str(error))

    @Slot()
    def _save(self) -> None:
        landmarks = self.landmarks
        if landmarks is not None:
            self.placed.emit(landmarks)
            self.accept()


def _flattened(picture: LoadedPicture) -> NDArray[np.uint8]:
    """Return the picture on a grey ground where it is transparent."""
    if picture.alpha is None:
        return picture.rgb
    share = picture.alpha[:, :, None].astype(np.float32) / 255
    return np.asarray(picture.rgb * share + 110 * (1 - share), np.uint8)
