"""What is behind the person."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.settings import BackgroundKind, Settings
from app.ui.panels.panel import Panel
from app.ui.tokens import colours
from app.ui.widgets.buttons import Button
from app.ui.widgets.choice import Choice
from app.ui.widgets.slider import LabelledSlider
from app.ui.widgets.texts import ElidedLabel, label, row
from engines.registry import engine_info, engine_names

SWATCHES = (
    ("#00b140", "Chroma green"),
    ("#0047bb", "Chroma blue"),
    ("#15171c", "Charcoal"),
    ("#f4f4f5", "Paper"),
    ("#2f3e5c", "Slate blue"),
    ("#d9c7a7", "Sand"),
)


class _Swatch(Button):
    """A round button of one colour."""

    def __init__(self, colour: str, name: str) -> None:
        super().__init__("", "swatch")
        self.colour = colour
        self.setCheckable(True)
        self.setFixedSize(30, 30)
        self.setToolTip(name)
        self.setAccessibleName(name)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        scheme = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(scheme.outline), 1))
        painter.setBrush(QColor(self.colour))
        painter.drawEllipse(QRectF(5, 5, 20, 20))
        if self.isChecked() or self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(scheme.accent_text if self.isChecked() else scheme.text), 2))
            painter.drawEllipse(QRectF(2, 2, 26, 26))


class BackgroundPanel(Panel):
    """Kind of background, and what that kind needs: colour, blur or picture.

    Signals:
        colour_wanted(str): the user wants the colour dialog, starting here.
        picture_wanted(): the user wants to choose a picture.
    """

    colour_wanted = Signal(str)
    picture_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = Choice("Background", "What is behind the person.")
        self.kind.offer(
            [
                (BackgroundKind.AS_IS, "As in the picture"),
                (BackgroundKind.STILL, "Still: only the person moves"),
                (BackgroundKind.BLUR, "Blurred"),
                (BackgroundKind.COLOUR, "One colour"),
                (BackgroundKind.PICTURE, "Another picture"),
                (BackgroundKind.TRANSPARENT, "Transparent"),
            ]
        )
        self.blur = LabelledSlider("Blur", 0.0, 1.0, 0.5, "How soft the background is.", percent=True)
        self.swatches = [_Swatch(colour, name) for colour, name in SWATCHES]
        self.other_colour = Button("Other…")
        self.other_colour.setToolTip("Choose any colour.")
        self.colour_row = row(*self.swatches, spacing=0, stretch=True)
        self.picture_name = ElidedLabel("No picture chosen", "muted")
        self.choose_picture = Button("Choose…", glyph="picture")
        self.choose_picture.setToolTip("Choose the picture behind the person.")
        self.picture_row = row(self.picture_name, self.choose_picture)
        self.note = label("", "caption", wrap=True)
        for widget in (self.kind, self.blur, self.colour_row, self.other_colour, self.picture_row, self.note):
            self._rows.addWidget(widget)
        self.kind.chosen.connect(self._kind_chosen)
        self.blur.changed.connect(self._blur_changed)
        for swatch in self.swatches:
            swatch.clicked.connect(self._swatch_clicked)
        self.other_colour.clicked.connect(self._other_clicked)
        self.choose_picture.clicked.connect(self.picture_wanted)

    def show_settings(self, settings: Settings) -> None:
        """Show these settings, silently; only what the kind needs is there."""
        super().show_settings(settings)
        background = settings.background
        self.kind.show_value(background.kind)
        self.blur.show_value(background.blur)
        self.blur.setVisible(background.kind is BackgroundKind.BLUR)
        for widget in (self.colour_row, self.other_colour):
            widget.setVisible(background.kind is BackgroundKind.COLOUR)
        for swatch in self.swatches:
            swatch.setChecked(swatch.colour == background.colour.lower())
        self.other_colour.setText(f"Other colour… ({background.colour})")
        self.picture_row.setVisible(background.kind is BackgroundKind.PICTURE)
        self.picture_name.set_full(Path(background.picture).name or "No picture chosen")
        note = _note(background.kind, settings.engine)
        self.note.setText(note)
        self.note.setVisible(bool(note))

    @Slot(object)
    def _kind_chosen(self, kind: BackgroundKind) -> None:
        self._change("background", kind=kind)
        if kind is BackgroundKind.PICTURE and not self._settings.background.picture:
            self.picture_wanted.emit()

    @Slot(float)
    def _blur_changed(self, value: float) -> None:
        self._change("background", blur=value)

    @Slot()
    def _swatch_clicked(self) -> None:
        swatch = self.sender()
        if isinstance(swatch, _Swatch):
            self._change("background", colour=swatch.colour)

    @Slot()
    def _other_clicked(self) -> None:
        self.colour_wanted.emit(self._settings.background.colour)


def _note(kind: BackgroundKind, engine: str) -> str:
    """Return what to know about a kind of background with an engine."""
    if kind is BackgroundKind.TRANSPARENT:
        return (
            "Snapshots and recordings keep the transparency, and so does Unity Capture on Windows. "
            "Other outputs cannot."
        )
    still = engine in engine_names() and engine_info(engine).still_background
    if kind is BackgroundKind.AS_IS:
        return "" if still else "With this engine the background may move with the head."
    if kind is BackgroundKind.STILL:
        return (
            "This engine keeps the background still anyway."
            if still
            else "The background is taken from the picture once."
        )
    return ""
