"""Writing a drawn avatar the way the library reads it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.avatars import record
from app.avatars.picture import LoadedPicture
from app.avatars.thumbnail import thumbnail
from engines.base import Avatar, Style

AVATARS = Path(__file__).resolve().parents[1] / "avatars"


@dataclass(frozen=True)
class Drawn:
    """A finished avatar.

    Attributes:
        id: its folder's name; its first digits are its place on the shelf.
        name: for the user.
        style: which painters move its lids and mouth.
        pixels: (H, W, 4) uint8 RGBA with straight alpha; opaque everywhere where it has a background.
        landmarks: (478, 3) float32.
        matte: (H, W) uint8, where the person is; None where alpha tells.
    """

    id: str
    name: str
    style: Style
    pixels: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    matte: NDArray[np.uint8] | None = None

    @property
    def avatar(self) -> Avatar:
        """What the library would load."""
        matte = self.pixels[..., 3] if self.matte is None else self.matte
        rgb = np.ascontiguousarray(self.pixels[..., :3])
        return Avatar(self.name, rgb, matte, self.landmarks, self.style, self.matte is None)


def write(drawn: Drawn, parent: Path = AVATARS) -> Path:
    """Write an avatar's folder and return it."""
    folder = parent / drawn.id
    folder.mkdir(parents=True, exist_ok=True)
    alpha = drawn.pixels[..., 3] if drawn.matte is None else None
    rgb = np.ascontiguousarray(drawn.pixels[..., :3])
    if alpha is not None:
        rgb = np.where(alpha[..., None] > 0, rgb, 0).astype(np.uint8)
    picture = LoadedPicture(rgb, alpha, drawn.name)
    _png(folder / record.PICTURE, rgb if alpha is None else np.dstack([rgb, alpha]))
    _png(folder / record.THUMBNAIL, thumbnail(picture, drawn.landmarks))
    if drawn.matte is not None:
        _png(folder / record.MATTE, drawn.matte)
    record.write_landmarks(folder, drawn.landmarks)
    record.write_card(folder, record.Card(drawn.name, drawn.style))
    for file in folder.iterdir():
        file.chmod(0o644)  # what ships is for everyone to read
    return folder


def _png(path: Path, pixels: NDArray[np.uint8]) -> None:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    path.write_bytes(buffer.getvalue())
