"""Several faces in a picture: which one shall be animated?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.ui.stage.images import resized, to_image
from app.ui.tokens import Space
from app.ui.widgets.buttons import Button
from app.ui.widgets.texts import label

if TYPE_CHECKING:
    from app.avatars.picture import LoadedPicture
    from app.tracking.portrait import FoundFace

_EDGE = 120
_COLUMNS = 4
_MOST = 12


class FaceChooser(QDialog):
    """Shows every face as a button.

    Signals:
        chosen(int): index of the face that was picked.
    """

    chosen = Signal(int)

    def __init__(
        self, picture: LoadedPicture, faces: Sequence[FoundFace], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Choose a face – Guise")
        self.buttons: list[QToolButton] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.L, Space.XL, Space.L)
        layout.setSpacing(Space.M)
        layout.addWidget(label("Whose face shall it be?", "title"))
        layout.addWidget(label("The picture shows several. Click one, or press its number.", "muted"))
        grid = QGridLayout()
        grid.setSpacing(Space.S)
        for index, face in enumerate(faces[:_MOST]):
            button = self._face_button(index, picture, face)
            self.buttons.append(button)
            grid.addWidget(button, index // _COLUMNS, index % _COLUMNS)
        layout.addLayout(grid)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.cancel = Button("Cancel")
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.reject)
        foot.addWidget(self.cancel)
        layout.addLayout(foot)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's: numbers choose."""
        index = event.key() - Qt.Key.Key_1
        if 0 <= index < len(self.buttons):
            self._choose(index)
        else:
            super().keyPressEvent(event)

    def _face_button(self, index: int, picture: LoadedPicture, face: FoundFace) -> QToolButton:
        button = QToolButton()
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIcon(QIcon(_portrait(picture, face, self.devicePixelRatioF())))
        button.setIconSize(QSize(_EDGE, _EDGE))
        button.setText(str(index + 1))
        button.setAccessibleName(f"Face {index + 1}")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setFixedSize(_EDGE + 16, _EDGE + 36)
        button.clicked.connect(lambda: self._choose(index))
        return button

    def _choose(self, index: int) -> None:
        self.chosen.emit(index)
        self.accept()


def _portrait(picture: LoadedPicture, face: FoundFace, ratio: float) -> QPixmap:
    """Return the square around a face, padded where the picture ends."""
    points = face.landmarks[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    half = max(4, round(0.75 * float((high - low).max())))
    x, y = (round(float(value)) for value in (low + high) / 2)
    padded = np.pad(picture.rgb, ((half, half), (half, half), (0, 0)), mode="edge")
    x, y = (min(max(at, 0), limit - 1) for at, limit in zip((x, y), picture.size, strict=True))
    edge = round(_EDGE * ratio)
    crop = np.ascontiguousarray(padded[y : y + 2 * half, x : x + 2 * half])
    pixmap = QPixmap.fromImage(to_image(resized(crop, (edge, edge))))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
