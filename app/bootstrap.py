"""Starts the window.

The order matters:

1. a display is looked for before Qt is, for Qt ends the program when there is none;
2. QApplication and the theme, so that anything that fails from here on can be shown;
3. library, bridge and session; the bridge is made here, on the GUI thread, so that its signals arrive here;
4. the window, which shows the session's first status;
5. the session starts once the event loop runs: the window is there before the first device is touched.

The end is the quitter's: the session stops within bounds, then the settings are saved, then the loop ends.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.errors import GuiseError
from app.logs import previous_crash
from app.paths import Paths
from app.settings import Settings, SettingsError, save_settings

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.avatars.avatar_store import AvatarLibrary
    from app.live.session import Session
    from app.live.status import SessionEvents

logger = logging.getLogger(__name__)

QUIT_AFTER = "GUISE_QUIT_AFTER_S"
_SAVE_AFTER_MS = 800
_SCREENLESS = ("offscreen", "minimal", "vnc", "eglfs", "linuxfb")

SessionMaker = Callable[[Settings, Paths, "SessionEvents", "AvatarLibrary"], "Session"]


class NoDisplayError(GuiseError):
    """There is no screen to show a window on."""

    def __init__(self) -> None:
        super().__init__(
            "There is no display to show the window on.",
            "Use `guise run --no-window`, or `guise render` for files.",
        )


def has_display() -> bool:
    """Tell whether a window can be shown; asks the environment only."""
    if not sys.platform.startswith(("linux", "freebsd")):
        return True
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    return platform in _SCREENLESS or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run_app(
    settings: Settings,
    paths: Paths,
    *,
    arguments: Sequence[str] = (),
    remember: bool = True,
    unread: bool = False,
    quit_after_s: float | None = None,
    make_session: SessionMaker | None = None,
) -> int:
    """Show the window and return the exit code when it was closed.

    Args:
        settings: to start with.
        paths: the user's folders.
        arguments: for Qt.
        remember: keep what the user changes; not where the command line chose something for one run.
        unread: say that the user's own settings could not be read.
        quit_after_s: close by itself after that time; the environment variable GUISE_QUIT_AFTER_S does the same.
        make_session: makes the session; for tests.

    Raises:
        NoDisplayError: there is no screen.
    """
    if not has_display():
        raise NoDisplayError
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["guise", *arguments])
    window = _Program(app, settings, paths, make_session or _real_session, remember=remember)
    if unread:
        window.say_unread()
    seconds = quit_after_s if quit_after_s is not None else _seconds(os.environ.get(QUIT_AFTER, ""))
    if seconds is not None:
        end = QTimer(window.window, singleShot=True, interval=round(seconds * 1000))
        end.timeout.connect(window.window.close)
        end.start()
    with _closing_on_signals(window.window.close):
        code = app.exec()
    window.window.deleteLater()
    return code


@contextmanager
def _closing_on_signals(close: Callable[[], object]) -> Iterator[None]:
    """End in good order on Ctrl+C and on a polite kill, as when the window is closed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, lambda *_: close()) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


class _Program:
    """What lives as long as the window."""

    def __init__(
        self,
        app: QApplication,
        settings: Settings,
        paths: Paths,
        make_session: SessionMaker,
        *,
        remember: bool,
    ) -> None:
        from PySide6.QtCore import QTimer

        from app.avatars.avatar_store import AvatarLibrary
        from app.devices.discovery import list_cameras
        from app.models.local_workshop import LocalWorkshop
        from app.ui.application import prepare
        from app.ui.bridge import Bridge
        from app.ui.desk import Desk
        from app.ui.main_window import MainWindow
        from app.ui.quitter import Quitter
        from app.ui.window_state import WindowState

        theme = prepare(app, settings.theme)
        library, bridge = AvatarLibrary(paths), Bridge()
        session = make_session(settings, paths, bridge, library)
        self._paths, self._remember = paths, remember
        self._saved, self._unsaved = settings, False
        self.desk = Desk(settings, session, library, bridge, LocalWorkshop(paths))
        self.window = MainWindow(self.desk, paths, theme, WindowState(paths.config), list_cameras)
        self._quitter = Quitter(self.window, self.save)
        self._timer = QTimer(self.window, singleShot=True, interval=_SAVE_AFTER_MS)
        self._timer.timeout.connect(self.save)
        self.desk.settings_changed.connect(lambda _: self._timer.start())
        app.setQuitOnLastWindowClosed(False)  # the quitter ends the loop, once the session has stopped
        self.window.show()
        self._say_crash()
        QTimer.singleShot(0, self.window, self._start)

    def save(self) -> None:
        """Write the settings if they changed; where that fails say so once, and try again with the next change."""
        self._timer.stop()
        settings = self.desk.settings
        if not self._remember or settings == self._saved:
            return
        try:
            save_settings(settings, self._paths.settings_file)
        except SettingsError as error:
            logger.warning("%s", error)
            if not self._unsaved:
                self.desk.report(error)
            self._unsaved = True
        else:
            self._saved, self._unsaved = settings, False

    def say_unread(self) -> None:
        """Say why nothing is as the user left it, and that it is not lost."""
        from app.ui.stage.toasts import Toast
        from app.ui.tokens import Tone

        text = "Your settings could not be read."
        hint = (
            "Their file stays as it is: what you change now is not kept. Start Guise again to have them back."
        )
        self.desk.said.emit(Toast(Tone.WARN, text, hint))

    def _start(self) -> None:
        try:
            self.desk.session.start()
        except GuiseError as error:
            self.desk.report(error)

    def _say_crash(self) -> None:
        from app.ui.stage.toasts import Toast
        from app.ui.system import show_in_folder
        from app.ui.tokens import Tone

        if previous_crash(self._paths):
            text = "Guise ended unexpectedly last time."
            hint = "A report was kept; please add it when you report the problem."
            logs = self._paths.logs
            self.desk.said.emit(Toast(Tone.WARN, text, hint, "Show", lambda: show_in_folder(logs)))


def _real_session(settings: Settings, paths: Paths, events: SessionEvents, library: AvatarLibrary) -> Session:
    from app.live.session import Session

    return Session(settings, paths, events, library=library)


def _seconds(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        logger.warning("%s must be a number of seconds, not %r.", QUIT_AFTER, text)
        return None
