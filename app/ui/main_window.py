"""The window: puts the parts side by side and lets them hear of each other through the desk."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenu, QVBoxLayout, QWidget

from app.live.status import SessionStatus
from app.paths import Paths
from app.settings import Settings
from app.ui import asking
from app.ui.actions import keys_text
from app.ui.connections import connect
from app.ui.desk import Desk, problems_of
from app.ui.dialogs import CONSENT, Dialogs
from app.ui.first_steps import FirstSteps
from app.ui.handlers import handlers
from app.ui.header import Header
from app.ui.models.host import ModelHost
from app.ui.shelf.shelf import AvatarShelf
from app.ui.side_panel import SidePanel
from app.ui.stage.stage import Stage
from app.ui.stage.toasts import Toast
from app.ui.status_line import StatusLine
from app.ui.system import holds_pictures, is_model, pictures_in
from app.ui.theme import ThemeKeeper
from app.ui.tokens import Space
from app.ui.toolbar import Toolbar
from app.ui.widgets.note import Note
from app.ui.window_actions import WindowActions
from app.ui.window_state import WindowState
from app.ui.wording import camera_trouble, camera_watched, camera_words, countdown, on_air, overlay_content

if TYPE_CHECKING:
    from app.avatars.errors import NoFaceFound, SeveralFaces
    from app.devices.camera import CameraInfo
    from app.tracking.calibration import Calibration

_CALIBRATION_PATIENCE_MS = 8000
_ROOMY = 1180  # from this width on the shelf has two columns


class MainWindow(QMainWindow):
    """The window.

    Signals:
        closing(): the user closes it; whoever listens shuts down and then lets go of it.
    """

    closing = Signal()

    def __init__(
        self,
        desk: Desk,
        paths: Paths,
        theme: ThemeKeeper,
        state: WindowState,
        list_cameras: Callable[[], Sequence[CameraInfo]],
        dialogs: Dialogs | None = None,
    ) -> None:
        super().__init__()
        self.desk, self.paths, self.theme, self.state = desk, paths, theme, state
        self.dialogs = dialogs or Dialogs(self, state)
        self._list_cameras = list_cameras
        self.status = SessionStatus()
        self._keys: dict[str, str] | None = None
        self._dropping = self._dropping_model = self._free = False
        self.finding = False
        self.setWindowTitle("Guise")
        self.setMinimumSize(1024, 640)
        self.resize(1280, 800)
        self.setAcceptDrops(True)
        self.actions_table = WindowActions(self)
        self.header, self.shelf, self.stage = Header(), AvatarShelf(), Stage()
        self.toolbar = Toolbar(self.actions_table.by_id)
        self.side, self.status_line = SidePanel(), StatusLine()
        self.steps, self.banner = FirstSteps(), Note()
        self.patience = QTimer(self, singleShot=True, interval=_CALIBRATION_PATIENCE_MS)
        self._lay_out()
        self.menu = self._build_menu()
        self.models = ModelHost(self)
        self._handlers = handlers(self)
        connect(self)
        self.steps.setVisible(not state.flag("first_steps_done"))
        self.show_settings(desk.settings)
        self.show_shelf()
        self.show_status()
        self.refresh_cameras()
        state.restore(self)

    # Showing

    @Slot(object)
    def show_settings(self, settings: Settings) -> None:
        """Show these settings everywhere, silently."""
        self.theme.choose_once(settings.theme)
        if self._keys != settings.keys:
            self._keys = dict(settings.keys)
            self.actions_table.set_keys(settings.keys)
            self.toolbar.show_tips(self.actions_table.by_id)
        self.actions_table.show_settings(settings)
        self.side.show_settings(settings)
        self.models.show_settings(settings)
        self.toolbar.show_settings(settings)
        self.header.show_theme(settings.theme)
        self.stage.preview.set_mirror(settings.preview.mirror)
        self.stage.inset.set_mesh(settings.preview.landmarks)
        self.side.calibrate.button.setToolTip(self.actions_table.by_id["calibrate"].toolTip())
        self.side.virtual_camera.switch.setToolTip(self.actions_table.by_id["virtual_camera"].toolTip())
        self.show_status()

    @Slot()
    def show_shelf(self) -> None:
        """Show the avatars as they are now."""
        entries = self.desk.entries()
        self.shelf.show_entries(entries, self.desk.current, self.desk.loading)
        name = next((entry.name for entry in entries if entry.id == self.desk.current), "")
        self.header.show_avatar(name)
        if entries:
            self.stage.empty.hide()
            return
        buttons: list[tuple[str, Callable[[], object]]] = [("Add pictures…", partial(asking.pictures, self))]
        if self.desk.library.hidden():
            buttons.append(("Bring back built-in avatars", self.desk.restore))
        hint = f"Add a picture, drop one here, or paste one. {CONSENT}"
        self.stage.empty.say("faces", "No avatar yet", hint, tuple(buttons))
        self.stage.arrange()

    @Slot()
    def show_status(self) -> None:
        """Show the session's status as it is now."""
        status = self.status = self.desk.session.status
        settings = self.desk.settings
        self.side.camera.show_state(*camera_words(status))
        self.side.calibrate.show_neutral(status.neutral, keys_text("calibrate", settings.keys))
        if status.calibrated:
            self.steps.tick("calibrate")
        if countdown(status) or status.calibrating:
            self.side.calibrate.show_busy(countdown(status))
        if on_air(status):
            self.steps.tick("virtual_camera")
        if status.virtual_camera is not None:
            self.side.virtual_camera.show_status(status.virtual_camera)
        elif not settings.output.virtual_camera:
            self.side.virtual_camera.show_off()
        self.side.engine.show_status(status)
        self.toolbar.show_status(status)
        self.actions_table.show_status(status)
        self.status_line.show_status(status)
        self.stage.overlay.show_content(
            overlay_content(
                status,
                settings,
                drop=self._dropping,
                drop_model=self._dropping_model,
                adding=self.desk.adding,
            )
        )
        watched = camera_watched(status)
        self.stage.inset.setVisible(settings.preview.inset and watched)
        if not watched:
            self.stage.inset.clear()  # the last frame must not stand there as if it were live
        self._show_banner(status)

    @Slot(object)
    def say(self, toast: Toast) -> None:
        """Show a toast."""
        self.stage.toasts.post(toast)

    # Doing

    def do(self, action_id: str) -> None:
        """Carry out an action of the table."""
        self._handlers[action_id]()
        self.actions_table.show_settings(self.desk.settings)
        self.actions_table.show_status(self.status)

    def avatar_in_hand(self) -> str:
        """Return the id of the avatar that menus and keys mean: the one with the cursor, else the one on stage."""
        return (self.shelf.selected() if self.shelf.view.hasFocus() else "") or self.desk.current

    def undo_calibration(self) -> None:
        """Go back to the neutral before."""
        self.desk.session.undo_calibration()
        self.side.calibrate.show_undone()

    def toggle_finding(self, on: bool | None = None) -> None:
        """Watch for a better neutral, or no longer."""
        self.finding = not self.finding if on is None else on
        self.desk.session.find_better_neutral(self.finding)
        self.side.calibrate.watch.setChecked(self.finding)
        self.actions_table.by_id["find_neutral"].setChecked(self.finding)
        if not self.finding:
            self.side.calibrate.show_offer(None)

    def refresh_cameras(self) -> None:
        """List the cameras again, elsewhere."""
        self.desk.jobs.run(self._list_cameras, self.side.camera.show_cameras, self.desk.report)

    def edit_landmarks(self, avatar_id: str) -> None:
        """Open the landmark editor on an avatar."""
        from app.ui.face_placing import edit_avatar

        if avatar_id:
            edit_avatar(self, avatar_id)

    def open_menu(self) -> None:
        """Open the menu under its button."""
        corner = self.header.menu.rect().bottomRight()
        self.menu.popup(self.header.menu.mapToGlobal(corner - QPoint(self.menu.sizeHint().width(), -4)))

    def show_shortcuts(self) -> None:
        """Open the page of keys."""
        from app.ui.shortcuts_page import ShortcutsPage

        page = ShortcutsPage(self.desk.settings.keys, self)
        page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page.edited.connect(lambda keys: self.desk.change(replace(self.desk.settings, keys=keys)))
        page.open()

    def show_about(self) -> None:
        """Say what Guise is and where its files are."""
        from app.ui.about import about_text

        self.dialogs.about(about_text(self.paths))

    def let_go(self) -> None:
        """Close for good: everything else has ended."""
        self._free = True
        self.close()

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's: where there is little room the picture gets it."""
        super().resizeEvent(event)
        self.shelf.set_narrow(self.width() < _ROOMY)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's: say so first; the shutdown lets go of the window."""
        if self._free:
            event.accept()
            return
        event.ignore()
        self.closing.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        if event.source() is None and holds_pictures(event.mimeData()):
            event.acceptProposedAction()
            self._dropping_model = all(is_model(source) for source in pictures_in(event.mimeData()))
            self._set_dropping(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        self._set_dropping(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        self._set_dropping(False)
        event.acceptProposedAction()
        asking.add_sources(self, pictures_in(event.mimeData()))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's: Esc ends what is half done, never the program."""
        if event.key() == Qt.Key.Key_Escape:
            self.shelf.cancel_name()
            self.setFocus()
            return
        super().keyPressEvent(event)

    # Plumbing

    def _lay_out(self) -> None:
        middle = QVBoxLayout()
        middle.setContentsMargins(Space.M, Space.M, Space.M, Space.S)
        middle.setSpacing(Space.S)
        middle.addWidget(self.steps)
        middle.addWidget(self.banner)
        middle.addWidget(self.stage, 1)
        middle.addWidget(self.toolbar)
        columns = QHBoxLayout()
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(0)
        columns.addWidget(self.shelf)
        columns.addLayout(middle, 1)
        columns.addWidget(self.side)
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addLayout(columns, 1)
        layout.addWidget(self.status_line)
        self.setCentralWidget(whole)

    def _build_menu(self) -> QMenu:
        menu = QMenu("Menu", self)
        for part in self.actions_table.build_menus(self):
            menu.addMenu(part)
            if sys.platform == "darwin":  # where menus belong at the top of the screen
                self.menuBar().addMenu(part)
        return menu

    @Slot(int)
    def calibrating(self, seconds: int) -> None:
        """Show that a calibration is under way."""
        self.side.calibrate.show_busy(seconds)
        self.side.calibrate.hide_result()
        self.patience.start(_CALIBRATION_PATIENCE_MS + 1000 * seconds)

    @Slot(object)
    def calibrated(self, calibration: Calibration) -> None:
        """Say what came of a calibration."""
        self.patience.stop()
        self.side.calibrate.show_busy(None)
        problems = problems_of(calibration)
        self.side.calibrate.show_result(problems, undoable=self.desk.session.status.can_undo)
        if not problems:
            self.stage.flash()

    @Slot(object)
    def place_new(self, error: NoFaceFound) -> None:
        """Let the user place the face of a new picture."""
        from app.ui.face_placing import place_new

        place_new(self, error)

    @Slot(object)
    def choose_face(self, error: SeveralFaces) -> None:
        """Let the user choose among the faces of a new picture."""
        from app.ui.face_placing import choose_face

        choose_face(self, error)

    @Slot(str)
    def step(self, name: str) -> None:
        """Do one of the first steps."""
        if name == "avatar":
            self.shelf.view.setFocus()
            if not self.desk.entries():
                asking.pictures(self)
        else:
            self.do(name)

    def _show_banner(self, status: SessionStatus) -> None:
        if not camera_trouble(status):
            self.banner.hide()
            return
        tone, text = camera_words(status)
        if self.banner.isHidden() or self.banner.text != text:
            idle = ("Use idle motion", lambda: self.desk.change_part("camera", name="idle"))
            self.banner.say(tone, text, "", (("Look again", self.refresh_cameras), idle))

    def _set_dropping(self, dropping: bool) -> None:
        self._dropping = dropping
        self.show_status()
