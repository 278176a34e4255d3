"""The app's icon: a mask on puppet strings. One drawing for large sizes, one without the strings for small ones."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

ICONS = Path(__file__).resolve().parents[1] / "icons"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
SMALL = 32  # up to here strings would only be a smear

_FRAME = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512">
<defs>
<linearGradient id="back" x1="0" y1="0" x2="0.35" y2="1"><stop offset="0" stop-color="#7d79ff"/>\
<stop offset="0.55" stop-color="#5854e8"/><stop offset="1" stop-color="#362a9e"/></linearGradient>
<linearGradient id="face" x1="0.1" y1="0" x2="0.75" y2="1"><stop offset="0" stop-color="#ffffff"/>\
<stop offset="0.6" stop-color="#f1efff"/><stop offset="1" stop-color="#cfcaf8"/></linearGradient>
</defs>
<rect x="20" y="20" width="472" height="472" rx="112" fill="url(#back)"/>
{body}
</svg>
"""
_STRINGS = """<g fill="none" stroke="#ffffff" stroke-linecap="round">
<path d="M182 106 L162 214 M256 106 L256 226 M330 106 L350 214" stroke-width="7" opacity="0.75"/>
<path d="M150 104 C190 92 322 92 362 104" stroke-width="24"/>
</g>
"""
_MASK = """<g transform="{place}">
<path d="M118 214 C160 232 208 238 256 238 C304 238 352 232 394 214 C406 318 376 440 256 456\
 C136 440 106 318 118 214 Z" fill="#1d1466" opacity="0.28" transform="translate(6 12)"/>
<path d="M118 214 C160 232 208 238 256 238 C304 238 352 232 394 214 C406 318 376 440 256 456\
 C136 440 106 318 118 214 Z" fill="url(#face)"/>
<path d="M256 238 C304 238 352 232 394 214 C406 318 376 440 256 456 Z" fill="#5854e8" opacity="0.10"/>
<path d="M160 310 C172 272 222 270 234 308 C212 296 182 298 160 310 Z M352 310 C340 272 290 270 278 308\
 C300 296 330 298 352 310 Z M180 360 C220 384 292 384 332 360 C322 418 288 428 256 428 C224 428 190 418 180\
 360 Z" fill="#2c2286"/>
<circle cx="160" cy="348" r="19" fill="#ff8b74" opacity="0.55"/>\
<circle cx="352" cy="348" r="19" fill="#ff8b74" opacity="0.55"/>
</g>
"""


def drawing(small: bool = False) -> str:
    """Return the icon as SVG."""
    if small:
        return _FRAME.format(body=_MASK.format(place="translate(256 268) scale(1.34) translate(-256 -340)"))
    return _FRAME.format(body=_STRINGS + _MASK.format(place="translate(0 0)"))


def raster(size: int) -> NDArray[np.uint8]:
    """Return the icon as (size, size, 4) uint8 RGBA."""
    image = QImage(size, size, QImage.Format.Format_RGBA8888)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(drawing(size <= SMALL).encode())).render(painter)
    painter.end()
    return np.array(image.constBits(), np.uint8).reshape(size, size, 4).copy()


def write() -> None:
    """Write guise.svg, guise-SIZE.png and guise.ico."""
    ICONS.mkdir(parents=True, exist_ok=True)
    (ICONS / "guise.svg").write_text(drawing(), encoding="utf-8")
    images = {size: Image.fromarray(raster(size)) for size in SIZES}
    for size, image in images.items():
        buffer = io.BytesIO()
        image.save(buffer, "PNG", optimize=True)
        (ICONS / f"guise-{size}.png").write_bytes(buffer.getvalue())
    icon_sizes = [size for size in SIZES if size <= 256]
    images[256].save(
        ICONS / "guise.ico", sizes=[(s, s) for s in icon_sizes], append_images=[images[s] for s in icon_sizes]
    )
