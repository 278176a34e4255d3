"""When a face needs the user's help: opens the landmark editor or the face chooser and hands on what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.avatars.errors import NoFaceFound, SeveralFaces
from app.errors import GuiseError
from app.ui.face_chooser import FaceChooser
from app.ui.landmark_editor.dialog import LandmarkEditor

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


def edit_avatar(window: MainWindow, avatar_id: str) -> None:
    """Open the editor on an avatar of the shelf."""
    desk = window.desk
    try:
        picture, found = desk.library.picture(avatar_id), desk.library.landmarks(avatar_id)
        entry = desk.library.get(avatar_id)
    except GuiseError as error:
        desk.report(error)
        return
    editor = LandmarkEditor(picture, found, desk.jobs, entry.name, entry.style, window)
    editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    editor.placed.connect(lambda landmarks: desk.place(avatar_id, landmarks))
    editor.open()


def place_new(window: MainWindow, error: NoFaceFound) -> None:
    """Open the editor on a picture in which no face was found."""
    desk = window.desk
    editor = LandmarkEditor(error.picture, None, desk.jobs, error.name, parent=window)
    editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    editor.placed.connect(lambda landmarks: desk.add_placed(error.picture, error.name, landmarks))
    editor.open()


def choose_face(window: MainWindow, error: SeveralFaces) -> None:
    """Let the user choose among the faces of a picture."""
    desk = window.desk
    chooser = FaceChooser(error.picture, error.faces, window)
    chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    chooser.chosen.connect(lambda index: desk.add(error.picture, index))
    chooser.open()
