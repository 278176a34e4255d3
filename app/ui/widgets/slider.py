"""A slider that says what it turns and where it stands."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractSlider, QComboBox, QGridLayout, QLabel, QSlider, QStyle, QWidget

from app.ui.tokens import Space

_STEPS = 100


class _Track(QSlider):
    """Jumps to where it is clicked, goes back to its default on a double click or Backspace."""

    reset = Signal()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        if event.button() == Qt.MouseButton.LeftButton:
            handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength)
            room = max(1, self.width() - handle)
            value = QStyle.sliderValueFromPosition(
                self.minimum(), self.maximum(), round(event.position().x() - handle / 2), room
            )
            self.setValue(value)
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        self.reset.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        if event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self.reset.emit()
            return
        super().keyPressEvent(event)


class WheelGuard(QObject):
    """Keeps the wheel scrolling the panel: sliders and lists turn by wheel only once they have the focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Qt's."""
        turned = isinstance(watched, (QAbstractSlider, QComboBox)) and event.type() == QEvent.Type.Wheel
        if turned and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


class LabelledSlider(QWidget):
    """Label and value over a slider.

    Signals:
        changed(float): the user moved it.
    """

    changed = Signal(float)

    def __init__(
        self,
        text: str,
        low: float,
        high: float,
        default: float,
        hint: str,
        parent: QWidget | None = None,
        *,
        percent: bool = False,
    ) -> None:
        super().__init__(parent)
        self._default = default
        self._percent = percent
        self._value = QLabel()
        self._value.setProperty("role", "muted")
        self._label = QLabel(text)
        self._track = _Track(Qt.Orientation.Horizontal)
        self._track.setRange(round(low * _STEPS), round(high * _STEPS))
        self._track.setSingleStep(5)
        self._track.setPageStep(25)
        self._track.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._track.setAccessibleName(text)
        self._track.installEventFilter(WheelGuard(self))
        self._label.setBuddy(self._track)
        self._reason = ""
        self._tip = f"{hint}\nDouble-click or Backspace sets it back to {self._words(default)}."
        for widget in (self, self._track):
            widget.setToolTip(self._tip)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(Space.S)
        layout.setVerticalSpacing(0)
        layout.addWidget(self._label, 0, 0)
        layout.addWidget(self._value, 0, 1, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self._track, 1, 0, 1, 2)
        self._track.valueChanged.connect(self._moved)
        self._track.reset.connect(self._reset)
        self.show_value(default)

    @property
    def track(self) -> QSlider:
        """The slider itself."""
        return self._track

    def set_reason(self, reason: str) -> None:
        """Say why it cannot be turned, "" where it can; the value stays what it is."""
        self._reason = reason
        self._track.setEnabled(not reason)
        self._label.setEnabled(not reason)
        self._value.setEnabled(not reason)
        for widget in (self, self._track):
            widget.setToolTip(reason or self._tip)
        self._say()

    def show_value(self, value: float) -> None:
        """Stand at a value, silently."""
        with QSignalBlocker(self._track):
            self._track.setValue(round(value * _STEPS))
        self._say()

    @Slot()
    def _reset(self) -> None:
        self._track.setValue(round(self._default * _STEPS))

    @Slot(int)
    def _moved(self, steps: int) -> None:
        self._say()
        self.changed.emit(steps / _STEPS)

    def _say(self) -> None:
        text = self._words(self._track.value() / _STEPS)
        self._value.setText("not followed" if self._reason else text)
        self._track.setAccessibleDescription(self._reason or text)

    def _words(self, value: float) -> str:
        return f"{value:.0%}" if self._percent else f"{value:.2f} ×"
