"""Asking the desktop: folders, files, the clipboard's picture."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QImageWriter

PICTURE_SUFFIXES = (
    ".png",
    ".jpg",
    ".jpeg",
    ".webp",
    ".bmp",
    ".tif",
    ".tiff",
    ".gif",
    ".jfif",
    ".ppm",
    ".tga",
)
VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v")
CHARACTER_SUFFIXES = (".yaml", ".yml")
MODEL_SUFFIXES = (".pth", ".pth.tar", ".tar", ".pt", ".ckpt", ".safetensors")


def show_in_folder(path: Path) -> bool:
    """Open the folder of a file in the desktop's file manager."""
    folder = path if path.is_dir() else path.parent
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def open_file(path: Path) -> bool:
    """Open a file with the program the desktop has for it; False where it has none."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def is_page(address: str) -> bool:
    """Tell whether an address is one a browser may be sent to: what a model says of itself is not to be trusted."""
    url = QUrl(address, QUrl.ParsingMode.StrictMode)
    return url.isValid() and url.scheme() in ("https", "http") and bool(url.host())


def open_page(address: str) -> bool:
    """Open a page in the desktop's browser."""
    return is_page(address) and QDesktopServices.openUrl(QUrl(address))


def name_filter(title: str, suffixes: tuple[str, ...]) -> str:
    """Return a filter for file dialogs."""
    return f"{title} ({' '.join('*' + suffix for suffix in suffixes)});;All files (*)"


def pictures_in(mime: QMimeData) -> list[Path | bytes]:
    """Return the pictures dropped or pasted: files first, else the bytes of a picture."""
    files: list[Path | bytes] = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    if files:
        return files
    if mime.hasFormat("image/png"):
        return [bytes(mime.data("image/png").data())]
    if mime.hasImage():
        image = mime.imageData()
        return [_png_of(image)] if isinstance(image, QImage) and not image.isNull() else []
    return []


def holds_pictures(mime: QMimeData) -> bool:
    """Tell, without reading them, whether there may be pictures in what is dragged or on the clipboard."""
    return mime.hasImage() or mime.hasFormat("image/png") or any(url.isLocalFile() for url in mime.urls())


def is_video(source: Path | bytes) -> bool:
    """Tell whether something dropped is a video file rather than a picture."""
    return isinstance(source, Path) and source.suffix.lower() in VIDEO_SUFFIXES


def is_model(source: Path | bytes) -> bool:
    """Tell whether something dropped is called like a file of trained weights, or is a folder of such files."""
    if not isinstance(source, Path):
        return False
    return source.name.lower().endswith(MODEL_SUFFIXES) or _holds_weights(source)


def models_in(mime: QMimeData) -> list[Path]:
    """Return the files and folders dropped that are neither pictures nor videos nor characters."""
    files = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    other = (*PICTURE_SUFFIXES, *VIDEO_SUFFIXES, *CHARACTER_SUFFIXES)
    return [path for path in files if not path.name.lower().endswith(other)]


def _holds_weights(folder: Path) -> bool:
    """Tell whether a folder is one of networks; a character's holds networks too, and a description."""
    try:
        names = [each.name.lower() for each in folder.iterdir()] if folder.is_dir() else []
    except OSError:
        return False
    described = any(name.endswith(CHARACTER_SUFFIXES) for name in names)
    return not described and any(name.endswith(MODEL_SUFFIXES) for name in names)


def _png_of(image: QImage) -> bytes:
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, b"png").write(image)  # QImage.save disagrees with its own type hints
    return bytes(held.data())
