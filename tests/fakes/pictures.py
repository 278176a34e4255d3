"""Small picture files of every kind, made in memory."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def gradient(width: int = 96, height: int = 80) -> NDArray[np.uint8]:
    """Red grows to the right, green downwards, and the upper left quarter is blue: no turn of it looks the same."""
    y, x = np.mgrid[:height, :width]
    blue = np.where((x < width / 2) & (y < height / 2), 220, 40)
    return np.dstack([40 + 180 * x / width, 40 + 180 * y / height, blue]).astype(np.uint8)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The file's bytes."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def every_kind() -> dict[str, bytes]:
    """One file of each kind Guise reads."""
    rgb = Image.fromarray(gradient())
    alpha = Image.fromarray(np.tile(np.linspace(0, 255, 96).astype(np.uint8), (80, 1)))
    rgba = rgb.copy()
    rgba.putalpha(alpha)
    deep = (np.asarray(rgb.convert("L")).astype(np.uint16) * 257).astype(np.uint16)
    exif = Image.Exif()
    exif[0x0112] = 6
    return {
        "png": encoded(rgb, "PNG"),
        "png with alpha": encoded(rgba, "PNG"),
        "png of 16 bits": encoded(Image.fromarray(deep), "PNG"),
        "png of a palette": encoded(rgb.quantize(32), "PNG", transparency=3),
        "png of one bit": encoded(rgb.convert("1"), "PNG"),
        "jpeg": encoded(rgb, "JPEG", quality=95),
        "jpeg turned": encoded(rgb, "JPEG", quality=95, exif=exif),
        "jpeg in cmyk": encoded(rgb.convert("CMYK"), "JPEG", quality=95),
        "jpeg in grey": encoded(rgb.convert("L"), "JPEG", quality=95),
        "webp": encoded(rgba, "WEBP", lossless=True),
        "bmp": encoded(rgb, "BMP"),
        "tiff": encoded(rgb, "TIFF", compression="tiff_lzw"),
        "tiff of 16 bits": encoded(Image.fromarray(deep), "TIFF"),
        "tiff in cmyk": encoded(rgb.convert("CMYK"), "TIFF"),
        "gif": encoded(rgb, "GIF", save_all=True, append_images=[Image.new("RGB", (96, 80), "white")]),
    }
