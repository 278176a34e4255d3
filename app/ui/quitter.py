"""The end, in stages: say so, stop the session within bounds, save, leave. Each stage is a turn of the event loop."""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Slot

from app.ui.main_window import MainWindow

logger = logging.getLogger(__name__)
_STOP_TIMEOUT_S = 2.0


class Quitter(QObject):
    """Ends the program once, however often it is asked to.

    Args:
        window: asks for the end when it is closed.
        save: writes the settings.
    """

    def __init__(self, window: MainWindow, save: Callable[[], object]) -> None:
        super().__init__(window)
        self._window, self._save = window, save
        self._quitting = False
        self.late: list[str] = []
        window.closing.connect(self.quit)

    @property
    def quitting(self) -> bool:
        """Whether the end has begun."""
        return self._quitting

    @Slot()
    def quit(self) -> None:
        """Begin the end."""
        if self._quitting:
            return
        self._quitting = True
        self._window.setEnabled(False)
        self._window.state.remember(self._window)
        QTimer.singleShot(0, self, self._stop_session)  # leave the close event first

    @Slot()
    def _stop_session(self) -> None:
        try:
            self.late = self._window.desk.close()
            self.late += self._window.desk.session.stop(_STOP_TIMEOUT_S)
            if self.late:
                logger.warning("still running at exit: %s", ", ".join(self.late))
            self._save()
            self._window.state.save()
        finally:  # whatever fails above, a disabled window must not stay
            QTimer.singleShot(0, self, self._leave)

    @Slot()
    def _leave(self) -> None:
        self._window.let_go()
        QCoreApplication.quit()
