"""Calibrate: the product's signature. One big button, what came of it, and a way back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.live.status import NeutralState
from app.settings import Settings
from app.ui.panels.panel import Panel
from app.ui.tokens import Space, Tone
from app.ui.widgets.buttons import Button
from app.ui.widgets.note import Note
from app.ui.widgets.segmented import Segmented
from app.ui.widgets.switch import Switch
from app.ui.widgets.texts import StateLine, field

_PROBLEM_LINGER_MS = 25000
_LINGER_MS = 8000  # long enough to see that it was good, and to undo it


class _Options(QWidget):
    """How to calibrate: folded away with the other groups."""

    def __init__(self, countdown: Segmented, find: Switch) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.S)
        layout.addWidget(field("Take the neutral", countdown))
        layout.addWidget(find)


class CalibratePanel(Panel):
    """The big button and what it says.

    Signals:
        calibrate_wanted(): take a neutral.
        undo_wanted(): go back to the neutral before.
        find_wanted(bool): watch for a better neutral, or no longer.
        accept_wanted(): use the better neutral that was offered.
    """

    calibrate_wanted = Signal()
    undo_wanted = Signal()
    find_wanted = Signal(bool)
    accept_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows.setSpacing(Space.S)
        self.button = Button("  Calibrate", "big", "calibrate")
        self.state = StateLine()
        self.result = Note()
        self.offer = Note()
        self.countdown = Segmented(
            "Countdown",
            [
                (0, "At once", "Take your resting face as soon as you press."),
                (3, "After 3-2-1", "Count down from three first."),
            ],
        )
        self.watch = Switch("Watch for a better neutral")
        self._linger = QTimer(self, singleShot=True, interval=_LINGER_MS)
        self._linger.timeout.connect(self.hide_result)
        self.watch.setToolTip("Look out for a moment that suits the avatar better, and offer it.")
        self._rows.addWidget(self.button)
        self._rows.addWidget(self.state)
        self._rows.addWidget(self.result)
        self._rows.addWidget(self.offer)
        self.options = _Options(self.countdown, self.watch)
        self.button.clicked.connect(self.calibrate_wanted)
        self.countdown.chosen.connect(self._countdown_chosen)
        self.watch.clicked.connect(self.find_wanted)
        self.show_neutral(NeutralState.NONE)

    def show_settings(self, settings: Settings) -> None:
        """Show these settings, silently."""
        super().show_settings(settings)
        self.countdown.show_value(settings.countdown_s)

    def show_neutral(self, neutral: NeutralState, key: str = "") -> None:
        """Say which neutral motion is measured from."""
        how = f"press {key}" if key else "press the button"
        if neutral is NeutralState.CALIBRATED:
            self.state.say(Tone.GOOD, "Calibrated. Kept for this camera.")
        elif neutral is NeutralState.PROVISIONAL:
            text = f"Not calibrated yet: a neutral was guessed. Relax your face, look here, {how}."
            self.state.say(Tone.OFF, text)
        else:
            self.state.say(Tone.OFF, f"Not calibrated yet. Sit before the camera, relax your face, {how}.")

    def show_busy(self, seconds: int | None) -> None:
        """Show that a calibration is under way (seconds left before it), or that none is (None)."""
        self.button.setEnabled(seconds is None)
        texts = {None: "  Calibrate", 0: "  Hold still…"}
        self.button.setText(texts.get(seconds, f"  In {seconds}…"))

    def show_result(self, problems: Sequence[str], *, undoable: bool) -> None:
        """Say what came of a calibration: nothing to fix, or what."""
        undo = (("Undo", self.undo_wanted.emit),) if undoable else ()
        again = (("Try again", self.calibrate_wanted.emit),)
        self.state.hide()
        self._linger.stop()
        if problems:
            self.result.say(Tone.WARN, "Not quite neutral yet.", " ".join(problems), again + undo)
            self._linger.start(_PROBLEM_LINGER_MS)
        else:
            self.result.say(Tone.GOOD, "Calibrated.", "The avatar rests when you do.", undo)
            self._linger.start(_LINGER_MS)

    def show_undone(self) -> None:
        """Say that the neutral before is back."""
        self.state.hide()
        self.result.say(Tone.INFO, "The neutral before is back.")
        self._linger.start(_LINGER_MS)

    @Slot()
    def hide_result(self) -> None:
        """Take the result away; the state stands there again."""
        self._linger.stop()
        self.result.hide()
        self.state.show()

    def show_offer(self, score: float | None) -> None:
        """Offer a better neutral, or (None) no longer."""
        if score is None:
            self.offer.hide()
            return
        self.offer.say(
            Tone.INFO,
            "A better neutral was seen.",
            "It is calmer and faces the camera more. Use it?",
            (("Use it", self._accept), ("Not now", self.offer.hide)),
        )

    @Slot()
    def _accept(self) -> None:
        self.offer.hide()
        self.accept_wanted.emit()

    @Slot(object)
    def _countdown_chosen(self, value: int) -> None:
        self._change(countdown_s=value)
