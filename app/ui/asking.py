"""What the window asks the user for, and what it does with the answer: pictures, videos, colours, a card's menu."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from app.errors import GuiseError
from app.live.mapping_file import put_mapping, write_mapping
from app.live.mapping_file import reset_mapping as reset_own
from app.ui.dialogs import CONSENT
from app.ui.stage.toasts import Toast
from app.ui.system import is_model, is_video, open_file, pictures_in, show_in_folder
from app.ui.tokens import Tone

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


def pictures(window: MainWindow) -> None:
    """Let the user choose pictures to add."""
    add_sources(window, window.dialogs.pictures())


def paste(window: MainWindow) -> None:
    """Add the picture on the clipboard."""
    mime = QGuiApplication.clipboard().mimeData()
    sources = pictures_in(mime) if mime is not None else []
    if sources:
        add_sources(window, sources)
    else:
        window.say(
            Toast(Tone.INFO, "There is no picture on the clipboard.", "Copy a picture first, then paste it.")
        )


def add_sources(window: MainWindow, sources: Sequence[Path | bytes]) -> None:
    """Add pictures and characters, with the note on consent the first time.

    A video is offered as what drives; models are stored.
    """
    models = [Path(str(source)) for source in sources if is_model(source)]
    sources = [source for source in sources if not is_model(source)]
    if models:
        window.models.add(models)
    if sources and not window.state.flag("consent_said"):
        window.state.set_flag("consent_said")
        window.say(Toast(Tone.INFO, CONSENT, "In a call, say that it is an avatar."))
    for source in sources:
        if is_video(source):
            _offer_video(window, Path(str(source)))
        else:
            window.desk.add(source)


def video(window: MainWindow) -> None:
    """Let the user choose a video that drives."""
    path = window.dialogs.video()
    if path is not None:
        window.desk.change_part("camera", name=str(path))


def colour(window: MainWindow, start: str) -> None:
    """Let the user choose the background's colour."""
    chosen = window.dialogs.colour(start)
    if chosen is not None:
        window.desk.change_part("background", colour=chosen)


def background(window: MainWindow) -> None:
    """Let the user choose the background's picture."""
    path = window.dialogs.background()
    if path is not None:
        window.desk.change_part("background", picture=str(path))


def edit_mapping(window: MainWindow) -> None:
    """Open the table that turns a face into a character's pose, a copy of the default where the user has none yet."""
    try:
        path = write_mapping(window.paths)
    except GuiseError as error:
        window.desk.report(error)
        return
    opened = open_file(path)
    hint = "Save it, and the change shows at once." if opened else f"Open it in an editor: {path}"
    window.say(
        Toast(Tone.INFO, f"Your own mapping is {path.name}.", hint, "Show", lambda: show_in_folder(path))
    )


def reset_mapping(window: MainWindow) -> None:
    """Go back to the default table; the user's own can be brought back."""
    try:
        text = reset_own(window.paths)
    except GuiseError as error:
        window.desk.report(error)
        return
    if not text:
        window.say(Toast(Tone.INFO, "The default mapping is in use already."))
        return
    put_back = partial(put_mapping, window.paths, text)
    window.say(Toast(Tone.GOOD, "The default mapping is in use again.", action="Undo", act=put_back))


def card_menu(window: MainWindow, avatar_id: str, point: QPoint) -> None:
    """Open the menu of a card, or of the shelf where there is none, at a point of the screen."""
    menu = QMenu(window)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if avatar_id:
        menu.addAction("Show", lambda: window.desk.show_avatar(avatar_id))
        menu.addAction("Rename…", lambda: window.shelf.edit_name(avatar_id))
        menu.addAction("Edit landmarks…", lambda: window.edit_landmarks(avatar_id))
        earlier = menu.addAction("Move earlier", lambda: window.desk.move_by(avatar_id, -1))
        later = menu.addAction("Move later", lambda: window.desk.move_by(avatar_id, 1))
        row, last = window.shelf.model.row_of(avatar_id), len(window.shelf.model.entries) - 1
        earlier.setEnabled(row > 0)
        later.setEnabled(row < last)
        menu.addAction("Remove", lambda: window.desk.remove(avatar_id))
        menu.addSeparator()
    for name in ("add_avatar", "paste_avatar", "restore_avatars"):
        menu.addAction(window.actions_table.by_id[name])
    menu.popup(point)


def _offer_video(window: MainWindow, path: Path) -> None:
    window.say(
        Toast(
            Tone.INFO,
            f"{path.name} is a video, not a picture to animate.",
            "It can drive the avatar in place of a camera.",
            "Drive with it",
            lambda: window.desk.change_part("camera", name=str(path)),
        )
    )
