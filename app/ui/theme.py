"""Light and dark: puts one of the two schemes on the application, and follows the system where asked."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette, QTransform
from PySide6.QtWidgets import QApplication

from app.settings import Theme
from app.ui.icons import icon_pixmap
from app.ui.stylesheet import style_sheet
from app.ui.tokens import DARK, LIGHT, Colours, Type

# Tried where the system names no interface font of its own; the first one installed wins.
_FAMILIES = (
    "Inter",
    "Cantarell",
    "Ubuntu",
    "Noto Sans",
    "Open Sans",
    "Roboto",
    "Liberation Sans",
    "DejaVu Sans",
)
_GENERIC = ("", "Sans Serif", "Sans", "sans-serif")


class ThemeKeeper(QObject):
    """Keeps the application's looks: palette, style sheet, font.

    Threads: the GUI thread only.
    """

    def __init__(self, app: QApplication, theme: Theme = Theme.SYSTEM) -> None:
        super().__init__(app)
        self._app = app
        self._theme = theme
        self._pictures = tempfile.TemporaryDirectory(prefix="guise-theme-", ignore_cleanup_errors=True)
        app.setStyle("Fusion")
        app.setFont(_interface_font(app))
        app.styleHints().colorSchemeChanged.connect(self._system_changed)
        self.choose(theme)

    def choose_once(self, theme: Theme) -> None:
        """Show a theme unless it is shown already: styling a whole window takes a while."""
        if theme is not self._theme:
            self.choose(theme)

    def choose(self, theme: Theme) -> None:
        """Show a theme from now on; SYSTEM follows the desktop."""
        self._theme = theme
        wanted = {
            Theme.SYSTEM: Qt.ColorScheme.Unknown,
            Theme.LIGHT: Qt.ColorScheme.Light,
            Theme.DARK: Qt.ColorScheme.Dark,
        }[theme]
        self._app.styleHints().setColorScheme(wanted)  # the window frame and the system's own dialogs follow
        self._apply()

    @Slot()
    def _system_changed(self) -> None:
        if self._theme is Theme.SYSTEM:
            self._apply()

    def _apply(self) -> None:
        dark = self._theme is Theme.DARK
        if self._theme is Theme.SYSTEM:  # a desktop that does not say gets dark: the picture stands out
            dark = self._app.styleHints().colorScheme() != Qt.ColorScheme.Light
        colours = DARK if dark else LIGHT
        self._app.setPalette(_palette(colours))
        self._app.setStyleSheet(style_sheet(colours, self._draw_pictures(colours), dark))

    def _draw_pictures(self, colours: Colours) -> dict[str, str]:
        """Write the few pictures a style sheet can only name by file."""
        folder = Path(self._pictures.name)
        ratio = max(1.0, self._app.devicePixelRatio())
        turns = {"chevron": ("chevron", 0), "chevron_right": ("chevron", -90), "check": ("check", 0)}
        result = {}
        for name, (drawn, angle) in turns.items():
            # Named by colour: Qt caches style sheet pictures by their file names.
            path = folder / f"{name}-{colours.muted[1:]}.png"
            large = path.with_name(f"{path.stem}@2x.png")
            pixmap = icon_pixmap(drawn, colours.muted, 16, 1.0).transformed(QTransform().rotate(angle))
            pixmap.save(str(path))
            if ratio > 1:
                icon_pixmap(drawn, colours.muted, 16, 2.0).transformed(QTransform().rotate(angle)).save(
                    str(large)
                )
            result[name] = path.as_posix()
        return result


def _interface_font(app: QApplication) -> QFont:
    """Return the system's interface font, or the best one installed where the system only says "sans serif"."""
    font = app.font()
    if font.family() in _GENERIC and sys.platform.startswith("linux"):
        installed = set(QFontDatabase.families())
        font.setFamily(next((name for name in _FAMILIES if name in installed), font.family()))
    font.setPixelSize(Type.BODY)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: colours.window,
        QPalette.ColorRole.WindowText: colours.text,
        QPalette.ColorRole.Base: colours.surface,
        QPalette.ColorRole.AlternateBase: colours.raised,
        QPalette.ColorRole.Text: colours.text,
        QPalette.ColorRole.Button: colours.raised,
        QPalette.ColorRole.ButtonText: colours.text,
        QPalette.ColorRole.BrightText: colours.bad,
        QPalette.ColorRole.Highlight: colours.accent,
        QPalette.ColorRole.HighlightedText: colours.on_accent,
        QPalette.ColorRole.Link: colours.accent_text,
        QPalette.ColorRole.ToolTipBase: colours.raised,
        QPalette.ColorRole.ToolTipText: colours.text,
        QPalette.ColorRole.PlaceholderText: colours.muted,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.faint))
    return palette
