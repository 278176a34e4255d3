"""Sets the application up: name, icon, looks."""

from __future__ import annotations

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from app import __version__
from app.paths import assets
from app.settings import Theme
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import DARK


def prepare(app: QApplication, theme: Theme) -> ThemeKeeper:
    """Give the application its name, icon and looks."""
    app.setApplicationName("Guise")
    app.setApplicationDisplayName("Guise")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("guise")
    app.setWindowIcon(window_icon())
    return ThemeKeeper(app, theme)


def window_icon() -> QIcon:
    """Return the icon from the assets, or the drawn mask where they have none."""
    result = QIcon()
    for path in sorted((assets() / "icons").glob("guise-*.png")):
        result.addFile(str(path))
    return icon("guise", DARK.accent_text, 64) if result.isNull() else result
