"""The icons, drawn here as strokes on a grid of 24: sharp at any size and in any colour."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_STROKES: dict[str, str] = {
    "add": "M12 5v14M5 12h14",
    "calibrate": "M4 8.5V6a2 2 0 0 1 2-2h2.5M15.5 4H18a2 2 0 0 1 2 2v2.5M20 15.5V18a2 2 0 0 1-2 2h-2.5"
    "M8.5 20H6a2 2 0 0 1-2-2v-2.5M9.2 10v.6M14.8 10v.6M9 14.6c1.7 1.5 4.3 1.5 6 0",
    "camera": "M4.5 7.5h10a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5h-10A1.5 1.5 0 0 1 3 15V9a1.5 1.5 0 0"
    " 1 1.5-1.5z"
    "M16 11l5-2.8v7.6L16 13",
    "check": "M5 12.6l4.6 4.6L19 7.6",
    "chevron": "M7 10l5 5 5-5",
    "close": "M6.5 6.5l11 11M17.5 6.5l-11 11",
    "copy": "M9.5 8.5h8A1.5 1.5 0 0 1 19 10v9a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 8 19v-9a1.5 1.5 0 0 1 1.5-1.5z"
    "M5 15.5V5A1.5 1.5 0 0 1 6.5 3.500H15",
    "download": "M12 4v11M7.5 10.8L12 15.3l4.5-4.5M5 19.5h14",
    "edit": "M5 19l.9-3.9L15.6 5.4a1.9 1.9 0 0 1 2.7 0l.3.3a1.9 1.9 0 0 1 0 2.7L8.9 18.1zM13.8 7.2l3 3",
    "error": "M12 3.5l8.5 8.5-8.5 8.5L3.5 12zM12 8v4.6M12 15.9v.1",
    "faces": "M9 11.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM3.2 19c.5-3 2.8-4.8 5.8-4.8s5.3 1.8 5.8 4.8"
    "M15.5 5.4a3 3 0 0 1 0 5.8M17.4 14.7c1.9.7 3.1 2.2 3.4 4.3",
    "fit": "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
    "folder": "M3.5 7A1.5 1.5 0 0 1 5 5.5h4l2 2.3h8A1.5 1.5 0 0 1 20.5 9.300V17a1.5 1.5 0 0 1-1.5 1.5H5A1.5"
    " 1.5 0 0 1 3.5 17z",
    "info": "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 11.200V16M12 8v.1",
    "keyboard": "M4.5 6.5h15A1.5 1.5 0 0 1 21 8v8a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 16V8a1.5 1.5 0 0 1 1.5-1.5z"
    "M7 10.200v.1M10.3 10.200v.1M13.7 10.200v.1M17 10.200v.1M8.5 14h7",
    "landmarks": "M12 3.5l7 5-2.2 8.5L12 20.5 7.2 17 5 8.5zM5 8.5l7 3 7-3M7.2 17l4.8-5.5L16.8 17M12 3.5v8",
    "menu": "M4.5 7h15M4.5 12h15M4.5 17h15",
    "minus": "M5 12h14",
    "mirror": "M12 4v16M9 8l-5 4.5V17h5zM15 8l5 4.5V17h-5z",
    "moon": "M19.5 14.200A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.700z",
    "more": "M6 12v.1M12 12v.1M18 12v.1",
    "open": "M10.5 5.5H6A1.5 1.5 0 0 0 4.5 7v11A1.5 1.5 0 0 0 6 19.5h11a1.5 1.5 0 0 0 1.5-1.5v-4.5M14 4.5h5.5V10"
    "M19 5l-8 8",
    "picture": "M5 4.5h14A1.5 1.5 0 0 1 20.5 6v12a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 18V6A1.5 1.5 0 0 1 5 4.5z"
    "M4 17l4.8-5 3.7 3.7 2.6-2.5 5 4.800M15.6 9.400v.1",
    "play": "M8 5.5v13l10.5-6.5z",
    "redo": "M15 5l4.5 4.5L15 14M19 9.5H10a5 5 0 0 0 0 10h3",
    "refresh": "M19.5 12a7.5 7.5 0 1 1-2.2-5.300L19.5 9M19.5 4.5V9H15",
    "snapshot": "M4.5 8h3l1.6-2.5h5.800L16.5 8h3A1.5 1.5 0 0 1 21 9.5V17a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0"
    " 1 3 17V9.5"
    "A1.5 1.5 0 0 1 4.5 8zM12 16a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.400z",
    "spark": "M12 3.5l1.9 5.6 5.6 1.9-5.6 1.900L12 18.5l-1.9-5.600L4.5 11l5.6-1.900zM18.5 16.5v4M16.5 18.5h4",
    "stats": "M5 19v-6M10 19V9M15 19v-8M20 19V5",
    "sun": "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 3v1.800M12 19.200V21M3 12h1.800M19.2 12H21M5.6"
    " 5.600l1.3 1.300M17.1 17.100l1.3 1.3"
    "M5.6 18.400l1.3-1.300M17.1 6.900l1.3-1.3",
    "system": "M4.5 5h15A1.5 1.5 0 0 1 21 6.5v8a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 14.5v-8A1.5 1.5 0 0 1 4.5 5z"
    "M9 19.5h6M12 16v3.5",
    "trash": "M4.5 7h15M9.5 7V4.800h5V7M6.5 7l.8 12.5h9.400L17.5 7M10.2 10.5v5.5M13.8 10.5v5.5",
    "undo": "M9 5L4.5 9.5 9 14M5 9.5h9a5 5 0 0 1 0 10h-3",
    "warn": "M12 4.200l8.5 15H3.5zM12 10v4.200M12 16.900v.1",
    "zoom_in": "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.4 15.400L20.5 20.5M10.5 8v5M8 10.5h5",
    "zoom_out": "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.4 15.400L20.5 20.5M8 10.5h5",
}
_FILLED: dict[str, str] = {
    "record": '<circle cx="12" cy="12" r="6.5"/>',
    "stop": '<rect x="6.5" y="6.5" width="11" height="11" rx="2"/>',
    "guise": '<path fill-rule="evenodd" d="M3 5.5c3 1.2 6 1.7 9 1.700s6-.5 9-1.700c.7 6.8-1 14.5-9'
    " 15.5-8-1-9.7-8.7-9-15.5z"
    "M6.2 11.200c1.4-1.3 3.3-1.2 4.5.5-1.5.9-3.3.8-4.5-.5zM13.3 11.700c1.2-1.7 3.1-1.8 4.5-.5-1.2 1.3-3 1.4-4.5.5z"
    'M8.6 15.600c2.1 1.5 4.7 1.5 6.8 0-.9 2-5.9 2-6.8 0z"/>',
}


def icon_names() -> tuple[str, ...]:
    """Return the names of all icons."""
    return tuple(sorted(_STROKES | _FILLED))


def _svg(name: str, colour: str) -> QByteArray:
    if name in _STROKES:
        style = f'fill="none" stroke="{colour}" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
        body = f'<path d="{_STROKES[name]}" {style}/>'
    else:
        body = f'<g fill="{colour}">{_FILLED[name]}</g>'
    return QByteArray(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">{body}</svg>'.encode())


def paint_icon(painter: QPainter, name: str, colour: str, rect: QRectF) -> None:
    """Paint an icon into a rectangle."""
    QSvgRenderer(_svg(name, colour)).render(painter, rect)


@lru_cache(maxsize=512)
def icon_pixmap(name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
    """Return an icon as a pixmap.

    Args:
        name: one of icon_names().
        colour: #rrggbb.
        size: edge, device-independent pixels.
        ratio: device pixels to one of those.
    """
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_icon(painter, name, colour, QRectF(0, 0, pixmap.width(), pixmap.height()))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def icon(name: str, colour: str, size: int = 20, disabled: str | None = None) -> QIcon:
    """Return an icon that is sharp at 100, 150, 200 and 300 %.

    Args:
        name: one of icon_names().
        colour: #rrggbb.
        size: edge, device-independent pixels.
        disabled: its colour when disabled.
    """
    result = QIcon()
    for ratio in (1.0, 1.5, 2.0, 3.0):
        result.addPixmap(icon_pixmap(name, colour, size, ratio))
        if disabled:
            result.addPixmap(icon_pixmap(name, disabled, size, ratio), QIcon.Mode.Disabled)
    return result
