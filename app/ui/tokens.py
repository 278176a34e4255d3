"""The design's vocabulary: colours, spacing, radii and type sizes. Everything the window paints comes from here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication


@dataclass(frozen=True)
class Colours:
    """One colour scheme. Every text colour has a contrast of 4.5 or more on `surface` and on `window`.

    Attributes:
        window: behind everything.
        surface: panels and cards.
        raised: controls on a surface.
        hover: a control under the pointer.
        pressed: a control held down.
        border: hairlines between areas.
        outline: the edge of a control; 3:1 on its surroundings.
        text: what is to be read.
        muted: what may be read.
        faint: disabled.
        accent: the one thing to do, and what is switched on.
        accent_hover: the same under the pointer.
        accent_soft: a quiet wash of the accent.
        accent_text: the accent as a text colour.
        on_accent: text on the accent.
        good: all is well.
        warn: something to fix.
        bad: something failed, and recording.
        stage: around the preview picture.
    """

    window: str
    surface: str
    raised: str
    hover: str
    pressed: str
    border: str
    outline: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    accent_soft: str
    accent_text: str
    on_accent: str
    good: str
    warn: str
    bad: str
    stage: str


DARK = Colours(
    window="#0e0f13",
    surface="#16181d",
    raised="#21242b",
    hover="#2b2f38",
    pressed="#343944",
    border="#262a32",
    outline="#6e7685",
    text="#f1f3f6",
    muted="#a7aebb",
    faint="#666d7a",
    accent="#5854e8",
    accent_hover="#6562ef",
    accent_soft="#25264a",
    accent_text="#a9a8ff",
    on_accent="#ffffff",
    good="#4ad295",
    warn="#f4b942",
    bad="#ff7a80",
    stage="#08090b",
)

LIGHT = Colours(
    window="#eff0f4",
    surface="#ffffff",
    raised="#f0f1f5",
    hover="#e4e6ed",
    pressed="#d8dbe4",
    border="#dddfe7",
    outline="#7c8391",
    text="#15171c",
    muted="#555c69",
    faint="#9aa0ac",
    accent="#4f4be0",
    accent_hover="#403cc9",
    accent_soft="#e6e6fd",
    accent_text="#4340c8",
    on_accent="#ffffff",
    good="#0a6b42",
    warn="#835200",
    bad="#ba1f2b",
    stage="#dfe1e8",
)


class Tone(str, Enum):
    """How a message feels."""

    OFF = "off"
    INFO = "info"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


class Space:
    """Distances, in device-independent pixels."""

    XS, S, M, L, XL = 4, 8, 12, 16, 24


class Radius:
    """Corner radii, in device-independent pixels."""

    SMALL, CONTROL, CARD, STAGE = 5, 8, 12, 14


class Type:
    """Type sizes, in device-independent pixels."""

    CAPTION, BODY, LEAD, TITLE, DISPLAY = 12, 13, 14, 17, 26


CONTROL_HEIGHT = 32


def is_dark(palette: QPalette) -> bool:
    """Tell whether a palette is the dark one."""
    return palette.window().color().lightness() < 128


def colours() -> Colours:
    """Return the scheme in use. The application's palette is the only record of it."""
    return DARK if is_dark(QApplication.palette()) else LIGHT


def tone_colour(tone: Tone) -> QColor:
    """Return the colour of a tone in the scheme in use."""
    scheme = colours()
    names = {
        Tone.OFF: scheme.faint,
        Tone.INFO: scheme.accent_text,
        Tone.GOOD: scheme.good,
        Tone.WARN: scheme.warn,
        Tone.BAD: scheme.bad,
    }
    return QColor(names[tone])


def with_alpha(colour: str, alpha: int) -> QColor:
    """Return a colour with an alpha of 0 to 255."""
    result = QColor(colour)
    result.setAlpha(alpha)
    return result
