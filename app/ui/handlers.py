"""What every action of the table does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings import Theme
from app.ui import asking
from app.ui.actions import ACTIONS, AVATAR_SLOTS
from app.ui.system import show_in_folder

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

Handler = Callable[[], object]


def handlers(window: MainWindow) -> dict[str, Handler]:
    """Return a function for every action id."""
    desk = window.desk
    result: dict[str, Handler] = {
        "calibrate": desk.calibrate,
        "undo_calibration": window.undo_calibration,
        "find_neutral": window.toggle_finding,
        "relative": partial(_flip, window, "controls", "relative"),
        "mirror_motion": partial(_flip, window, "controls", "mirror_motion"),
        "models": window.models.open,
        "refresh_cameras": window.refresh_cameras,
        "add_avatar": partial(asking.pictures, window),
        "paste_avatar": partial(asking.paste, window),
        "previous_avatar": partial(desk.step_avatar, -1),
        "next_avatar": partial(desk.step_avatar, 1),
        "rename_avatar": lambda: window.shelf.edit_name(window.avatar_in_hand()),
        "edit_landmarks": lambda: window.edit_landmarks(window.avatar_in_hand()),
        "move_earlier": lambda: desk.move_by(window.avatar_in_hand(), -1),
        "move_later": lambda: desk.move_by(window.avatar_in_hand(), 1),
        "remove_avatar": lambda: desk.remove(window.avatar_in_hand()),
        "restore_avatars": desk.restore,
        "zoom_in": partial(desk.zoom, 1),
        "zoom_out": partial(desk.zoom, -1),
        "zoom_reset": partial(desk.zoom, 0),
        "mirror_preview": partial(_flip, window, "preview", "mirror"),
        "inset": partial(_flip, window, "preview", "inset"),
        "landmarks": partial(_flip, window, "preview", "landmarks"),
        "stats": partial(_flip, window, "preview", "stats"),
        "virtual_camera": partial(_flip, window, "output", "virtual_camera"),
        "recheck_driver": desk.session.recheck_virtual_camera,
        "mirror_output": partial(_flip, window, "output", "mirror"),
        "record": desk.toggle_recording,
        "snapshot": desk.take_snapshot,
        "open_recordings": lambda: show_in_folder(_made(window)),
        "menu": window.open_menu,
        "shortcuts": window.show_shortcuts,
        "about": window.show_about,
        "quit": window.close,
    }
    for number in range(1, AVATAR_SLOTS + 1):
        result[f"avatar_{number}"] = partial(desk.show_nth, number)
    for theme in Theme:
        result[f"theme_{theme.value}"] = partial(_choose_theme, window, theme)
    missing = {spec.id for spec in ACTIONS} - result.keys()
    if missing:
        raise KeyError(f"actions without a handler: {sorted(missing)}")
    return result


def _flip(window: MainWindow, part: str, name: str) -> None:
    value = getattr(getattr(window.desk.settings, part), name)
    window.desk.change_part(part, **{name: not value})


def _choose_theme(window: MainWindow, theme: Theme) -> None:
    window.desk.change(replace(window.desk.settings, theme=theme))


def _made(window: MainWindow) -> Path:
    folder = window.paths.recordings
    folder.mkdir(parents=True, exist_ok=True)
    return folder
