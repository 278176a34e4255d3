"""Buttons with icons that follow the theme."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from app.ui.icons import icon
from app.ui.tokens import colours

_THEME_EVENTS = (QEvent.Type.PaletteChange, QEvent.Type.ApplicationPaletteChange)


class Button(QPushButton):
    """A push button of one of the kinds: "" plain, primary, big, quiet, section, segment."""

    def __init__(self, text: str, kind: str = "", glyph: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._glyph = glyph
        self._kind = kind
        self.setProperty("kind", kind)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._draw()

    def set_glyph(self, glyph: str) -> None:
        """Show another icon, "" for none."""
        if glyph != self._glyph:
            self._glyph = glyph
            self._draw()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's: the icon takes the new theme's colour."""
        super().changeEvent(event)
        if event.type() in _THEME_EVENTS:
            self._draw()

    def _draw(self) -> None:
        if not self._glyph:
            return
        scheme = colours()
        colour = {"primary": scheme.on_accent, "big": scheme.on_accent, "quiet": scheme.accent_text}.get(
            self._kind, scheme.muted if self._kind == "section" else scheme.text
        )
        if self._glyph in ("record", "stop"):
            colour = scheme.bad
        self.setIcon(icon(self._glyph, colour, 18, scheme.faint))
        self.setIconSize(QSize(22, 22) if self._kind == "big" else QSize(18, 18))


class IconButton(QToolButton):
    """A square button that is only an icon; its accessible name is what it does."""

    def __init__(
        self, glyph: str, name: str, parent: QWidget | None = None, *, checkable: bool = False
    ) -> None:
        super().__init__(parent)
        self._glyph = glyph
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setIconSize(QSize(20, 20))
        self.toggled.connect(self._draw)
        self._draw()

    def set_glyph(self, glyph: str) -> None:
        """Show another icon."""
        if glyph != self._glyph:
            self._glyph = glyph
            self._draw()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's: the icon takes the new theme's colour."""
        super().changeEvent(event)
        if event.type() in _THEME_EVENTS:
            self._draw()

    def _draw(self) -> None:
        scheme = colours()
        colour = scheme.accent_text if self.isChecked() else scheme.text
        if self._glyph in ("record", "stop"):
            colour = scheme.bad
        self.setIcon(icon(self._glyph, colour, 20, scheme.faint))
