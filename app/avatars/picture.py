"""Reading any picture a user may have, into 8-bit RGB and alpha of a bounded size.

Pillow does the decoding. What this module adds: one clear sentence for whatever is wrong with a file, colours
in sRGB, the right way up, and limits, so that no file can take the app's time or memory.
"""

from __future__ import annotations

import io
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from app.errors import GuiseError

MIN_SIDE = 64
MAX_SIDE = 8000
WORKING_SIDE = 2048
MAX_BYTES = 512 * 1024 * 1024
# Only formats whose decoders are well exercised; Pillow knows odder ones, one of which starts Ghostscript.
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "AVIF")

_TURNS = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_90,),
}
# What Pillow's decoders let escape on damaged files (found by mutating files, see the tests).
_DECODER_ERRORS = (
    OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError,
    ArithmeticError, RuntimeError, AssertionError, struct.error, zlib.error,
)  # fmt: skip
_WARNINGS_LOCK = threading.Lock()


class PictureError(GuiseError):
    """A file cannot be used as a picture; says why and what to do."""


@dataclass(frozen=True)
class LoadedPicture:
    """A decoded picture, upright, in sRGB, its longer side at most WORKING_SIDE.

    Attributes:
        rgb: (H, W, 3) uint8.
        alpha: (H, W) uint8, 0 transparent; None where the picture is opaque everywhere.
        name: a name to show, from the file's name; empty for pasted pictures.
    """

    rgb: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None
    name: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]


def load_picture(source: str | Path | bytes) -> LoadedPicture:
    """Read a picture from a file or from the bytes of one.

    Raises:
        PictureError: it cannot be used, and why.
    """
    if isinstance(source, bytes):
        return _load_bytes(source, "the pasted picture", "")
    path = Path(source)
    return _load_bytes(_read(path), f"'{path.name}'", path.stem)


def picture_from_array(array: NDArray[np.uint8], name: str = "") -> LoadedPicture:
    """Take pixels that are already decoded: (H, W), (H, W, 3) or (H, W, 4) uint8, RGB order.

    Raises:
        PictureError: its shape or size cannot be used.
    """
    if (
        array.dtype != np.uint8
        or array.ndim not in (2, 3)
        or (array.ndim == 3 and array.shape[2] not in (3, 4))
    ):
        raise PictureError(
            "The picture's pixels are in an unknown form.", "Save it as PNG or JPEG and add the file."
        )
    _check_size(array.shape[1], array.shape[0], "the picture")
    return _finish(Image.fromarray(array), "the picture", name)


def _read(path: Path) -> bytes:
    """Return a file's bytes, or say why not."""
    try:
        if path.is_dir():
            raise PictureError(f"'{path.name}' is a folder.", "Choose a picture file in it.")
        if "\0" in str(path) or not path.exists():
            raise PictureError(f"There is no file '{path}'.", "Check the path.")
        if not path.is_file():
            raise PictureError(f"'{path.name}' is not a file.", "Choose a picture file.")
        if path.stat().st_size > MAX_BYTES:
            raise PictureError(f"'{path.name}' is larger than 512 MB.", "Save it smaller and add it again.")
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise PictureError(
            f"'{path.name}' cannot be read: {reason}.", "Copy it to another folder and try again."
        ) from None


def _load_bytes(data: bytes, label: str, name: str) -> LoadedPicture:
    if not data:
        raise PictureError(f"{_capital(label)} is empty.", "Save or download it again.")
    if len(data) > MAX_BYTES:
        raise PictureError(f"{_capital(label)} is larger than 512 MB.", "Save it smaller and add it again.")
    try:
        with _no_warnings(), Image.open(io.BytesIO(data), formats=_formats()) as image:
            _check_size(*image.size, label)
            image.draft(
                None, (WORKING_SIDE, WORKING_SIDE)
            )  # a JPEG decodes at a half or a quarter: same detail left
            image.load()
            return _finish(_upright(image), label, name)
    except UnidentifiedImageError:
        raise PictureError(
            f"{_capital(label)} is not a picture Guise can read.",
            "Use a PNG, JPEG, WebP, BMP, TIFF or GIF file.",
        ) from None
    except Image.DecompressionBombError:
        raise _too_large(label) from None
    except MemoryError:
        raise PictureError(
            f"There is not enough memory to open {label}.", "Save it smaller and add it again."
        ) from None
    except _DECODER_ERRORS:
        raise PictureError(
            f"{_capital(label)} is damaged or incomplete.", "Save or download it again, or convert it to PNG."
        ) from None


def _formats() -> list[str]:
    """Return the formats this Pillow can open; it trips over names that it does not know."""
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Silence Pillow: what it warns of is either handled here or of no use to the user.

    The lock keeps two loads from restoring each other's warning filters.
    """
    with _WARNINGS_LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _check_size(width: int, height: int, label: str) -> None:
    if min(width, height) < MIN_SIDE:
        raise PictureError(
            f"{_capital(label)} is too small ({width} x {height} pixels).",
            f"Use a picture of at least {MIN_SIDE} pixels on each side.",
        )
    if max(width, height) > MAX_SIDE:
        raise _too_large(label, f" ({width} x {height} pixels)")


def _too_large(label: str, size: str = "") -> PictureError:
    return PictureError(
        f"{_capital(label)} is too large{size}.",
        f"Scale it down to at most {MAX_SIDE} pixels on the longer side.",
    )


def _upright(image: Image.Image) -> Image.Image:
    """Turn the picture as its EXIF data says. Damaged EXIF data is no reason to refuse the picture."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _DECODER_ERRORS:
        return image
    for turn in _TURNS.get(orientation, ()) if isinstance(orientation, int) else ():
        image = image.transpose(turn)
    return image


def _finish(image: Image.Image, label: str, name: str) -> LoadedPicture:
    """Bring any mode to RGB and alpha at the working size."""
    image = _shrink(_to_srgb(_to_eight_bit(image)))
    if image.mode == "RGB":
        return LoadedPicture(np.array(image), None, name)
    pixels = np.array(image)
    alpha = np.ascontiguousarray(pixels[..., 3])
    if not alpha.any():
        raise PictureError(
            f"{_capital(label)} is transparent everywhere.", "Save it with something to see in it."
        )
    return LoadedPicture(np.ascontiguousarray(pixels[..., :3]), None if alpha.min() == 255 else alpha, name)


def _to_eight_bit(image: Image.Image) -> Image.Image:
    """Map 16-bit, 32-bit and float greys to 8 bits; other modes are 8-bit already."""
    if not image.mode.startswith(("I", "F")):
        return image
    values = np.nan_to_num(np.asarray(image).astype(np.float32), posinf=0, neginf=0)
    top = float(values.max(initial=0))
    if image.mode.startswith("I;16") or top > 255:
        full = 65535.0 if top <= 65535 else top
    else:
        full = 1.0 if image.mode == "F" and top <= 1 else 255.0
    return Image.fromarray((np.clip(values / full, 0, 1) * 255 + 0.5).astype(np.uint8))


def _to_srgb(image: Image.Image) -> Image.Image:
    """Return the picture as RGB, or RGBA where it has transparency; its own colour profile is obeyed."""
    if image.mode in ("CMYK", "LAB", "RGB", "RGBA"):
        converted = _through_profile(image)
        if converted is not None:
            return converted
    transparent = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa")
    if image.mode in ("La", "RGBa"):  # premultiplied modes convert only to their own kind
        image = image.convert({"La": "LA", "RGBa": "RGBA"}[image.mode])
    return image.convert("RGBA" if transparent else "RGB")


def _through_profile(image: Image.Image) -> Image.Image | None:
    """Convert by the colour profile; None where there is none of use and plain conversion must do."""
    embedded = image.info.get("icc_profile") or b""
    if "transparency" in image.info or not (embedded or image.mode == "LAB"):
        return None
    try:
        lab = image.mode == "LAB"
        source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB") if lab else io.BytesIO(embedded))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, *_DECODER_ERRORS):
        if image.mode == "LAB":
            raise
        return None
    return converted


def _shrink(image: Image.Image) -> Image.Image:
    """Scale down to the working size, but never a narrow picture's short side below the minimum."""
    width, height = image.size
    scale = min(1.0, max(WORKING_SIDE / max(width, height), MIN_SIDE / min(width, height)))
    if scale == 1:
        return image
    return image.resize((round(width * scale), round(height * scale)), Image.Resampling.LANCZOS)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
