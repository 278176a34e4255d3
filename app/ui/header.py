"""The bar at the top: the name of the house, what is on stage, and the buttons for theme, keys and menu."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from app.settings import Theme
from app.ui.application import window_icon
from app.ui.tokens import Space
from app.ui.widgets.buttons import IconButton
from app.ui.widgets.texts import ElidedLabel, label

_THEMES = {
    Theme.SYSTEM: ("system", "as the system"),
    Theme.LIGHT: ("sun", "light"),
    Theme.DARK: ("moon", "dark"),
}
_NEXT = {Theme.SYSTEM: Theme.LIGHT, Theme.LIGHT: Theme.DARK, Theme.DARK: Theme.SYSTEM}


class Header(QFrame):
    """The top bar.

    Signals:
        theme_wanted(Theme): another theme was picked.
        shortcuts_wanted(): the keys are to be shown.
    """

    theme_wanted = Signal(object)
    shortcuts_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        self.setFixedHeight(48)
        self._theme_shown = Theme.SYSTEM
        self._mark = QLabel()
        self.avatar = ElidedLabel("", "muted")
        self.theme = IconButton("system", "Theme")
        self.shortcuts = IconButton("keyboard", "Keyboard shortcuts")
        self.menu = IconButton("menu", "Menu")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, 0, Space.S, 0)
        layout.setSpacing(Space.S)
        layout.addWidget(self._mark)
        layout.addWidget(label("Guise", "title"))
        layout.addSpacing(Space.S)
        layout.addWidget(self.avatar, 1)
        for button in (self.theme, self.shortcuts, self.menu):
            layout.addWidget(button)
        self.theme.clicked.connect(self._next_theme)
        self.shortcuts.clicked.connect(self.shortcuts_wanted)
        self._mark.setPixmap(window_icon().pixmap(QSize(28, 28), self.devicePixelRatioF()))

    def show_theme(self, theme: Theme) -> None:
        """Show which theme is chosen."""
        self._theme_shown = theme
        glyph, words = _THEMES[theme]
        self.theme.set_glyph(glyph)
        text = f"Theme: {words}. Press for {_THEMES[_NEXT[theme]][1]}."
        self.theme.setToolTip(text)
        self.theme.setAccessibleName(text)

    def show_avatar(self, name: str) -> None:
        """Show who is on stage."""
        self.avatar.set_full(name)

    def _next_theme(self) -> None:
        self.theme_wanted.emit(_NEXT[self._theme_shown])
