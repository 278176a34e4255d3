"""Toasts: what happened, what to do about it, and a button that does it. They leave by themselves, errors later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.ui.icons import icon_pixmap
from app.ui.tokens import Radius, Space, Tone, colours, tone_colour
from app.ui.widgets.buttons import Button, IconButton
from app.ui.widgets.texts import label

_GLYPHS = {Tone.OFF: "info", Tone.INFO: "info", Tone.GOOD: "check", Tone.WARN: "warn", Tone.BAD: "error"}
_STAY_MS = {Tone.WARN: 9000, Tone.BAD: 14000}
_STAY_DEFAULT_MS = 5000
_MOST = 4
_WIDTH = 380


@dataclass(frozen=True)
class Toast:
    """A message.

    Attributes:
        tone: how it feels.
        text: what happened.
        hint: the way out.
        action: text of the button, "" for none.
        act: what the button does.
        on_end: called once when the toast leaves without its button having been used; such a toast has all of its
            time, whatever else there is to say.
    """

    tone: Tone
    text: str
    hint: str = ""
    action: str = ""
    act: Callable[[], object] | None = None
    on_end: Callable[[], object] | None = None


class ToastCard(QWidget):
    """One toast on the screen.

    Signals:
        ended(): it is over; nobody should keep it.
    """

    ended = Signal()

    def __init__(self, toast: Toast, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.toast = toast
        self._over = False
        self._timer = QTimer(self, singleShot=True, interval=_STAY_MS.get(toast.tone, _STAY_DEFAULT_MS))
        self._timer.timeout.connect(self.close_up)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Minimum)
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(f"{toast.text} {toast.hint}".strip())
        self._icon = QLabel()
        words = QVBoxLayout()
        words.setSpacing(2)
        for text, role in ((toast.text, ""), (toast.hint, "muted")):
            if text:
                words.addWidget(label(text, role, wrap=True))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.M, Space.S, Space.S, Space.S)
        layout.setSpacing(Space.S)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        self.action_button: Button | None = None
        if toast.action:
            self.action_button = Button(toast.action, "quiet")
            self.action_button.clicked.connect(self._act)
            layout.addWidget(self.action_button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.close_button = IconButton("close", "Dismiss")
        self.close_button.setIconSize(QSize(16, 16))
        self.close_button.clicked.connect(self.close_up)
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        layout.setAlignment(self._icon, Qt.AlignmentFlag.AlignTop)
        self._icon.setContentsMargins(0, 7, 0, 0)
        words.setContentsMargins(0, 7, 0, 7)
        self._buttons = [button for button in (self.action_button, self.close_button) if button is not None]
        for button in self._buttons:
            button.installEventFilter(self)
        self._draw()
        self._timer.start()

    @Slot()
    def close_up(self) -> None:
        """End the toast."""
        self._end(acted=False)

    @Slot()
    def _act(self) -> None:
        self._end(acted=True)
        if self.toast.act is not None:
            self.toast.act()

    def _end(self, *, acted: bool) -> None:
        if self._over:
            return
        self._over = True
        self._timer.stop()
        if not acted and self.toast.on_end is not None:
            self.toast.on_end()
        self.ended.emit()

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        super().enterEvent(event)
        self._keep_time()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        super().leaveEvent(event)
        self._keep_time()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Qt's: the keyboard came to a button, or left it."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._keep_time()
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        scheme = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(scheme.outline), 1))
        painter.setBrush(QColor(scheme.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), Radius.CARD, Radius.CARD)

    def _keep_time(self) -> None:
        """Stay while it is being read or a key may press its button; have the whole time again from then on."""
        if self.underMouse() or any(button.hasFocus() for button in self._buttons):
            self._timer.stop()
        elif not self._over and not self._timer.isActive():
            self._timer.start()

    def _draw(self) -> None:
        colour = tone_colour(self.toast.tone).name()
        self._icon.setPixmap(icon_pixmap(_GLYPHS[self.toast.tone], colour, 20, self.devicePixelRatioF()))


class Toasts(QWidget):
    """The stack of toasts: newest at the bottom, a few at most, the same message once.

    Toasts whose end does something are left alone: their button is a promise for as long as they stand there.

    Signals:
        resized(): the stack takes another size.
    """

    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(Space.S)
        self._cards: list[ToastCard] = []
        self.hide()

    @property
    def cards(self) -> list[ToastCard]:
        """The toasts shown, oldest first."""
        return list(self._cards)

    def post(self, toast: Toast) -> ToastCard:
        """Show a toast."""
        for card in self._idle():
            if (card.toast.text, card.toast.hint) == (toast.text, toast.hint):
                card.close_up()
        for card in self._idle()[: max(0, len(self._cards) + 1 - _MOST)]:
            card.close_up()
        card = ToastCard(toast, self)
        card.ended.connect(self._remove)
        self._cards.append(card)
        self._layout.addWidget(card)
        card.show()
        self.show()
        self.raise_()
        self._fit()
        return card

    def clear(self) -> None:
        """End all of them."""
        for card in self.cards:
            card.close_up()

    def _idle(self) -> list[ToastCard]:
        """Return the toasts whose end does nothing, oldest first."""
        return [card for card in self._cards if card.toast.on_end is None]

    @Slot()
    def _remove(self) -> None:
        card = self.sender()
        if isinstance(card, ToastCard) and card in self._cards:
            self._cards.remove(card)
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.setVisible(bool(self._cards))
        self._fit()

    def _fit(self) -> None:
        self._layout.activate()
        self.adjustSize()
        self.resized.emit()
