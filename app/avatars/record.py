"""One avatar's folder: picture.png, avatar.json, landmarks.npz, matte.png and thumbnail.png.

avatar.json holds the name and the style. landmarks.npz and matte.png may be missing: the first makes the
avatar wait for its landmarks, the second is computed again. A character has a stored model in a folder of its own.
"""

from __future__ import annotations

import io
import json
import shutil
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import cv2
import numpy as np
from numpy.typing import NDArray

from app.avatars.character import Character
from app.avatars.disk import write_atomically
from app.avatars.errors import AvatarDamaged
from app.avatars.picture import LoadedPicture, PictureError, load_picture
from app.avatars.thumbnail import thumbnail
from engines.base import Style
from engines.face.topology import LANDMARK_COUNT

PICTURE, CARD, LANDMARKS, MATTE, THUMBNAIL, CHARACTER = (
    "picture.png",
    "avatar.json",
    "landmarks.npz",
    "matte.png",
    "thumbnail.png",
    "character",
)
SCHEMA = 1
_NAME_LIMIT = 80
_REMARKS = ("face_guessed", "hand_before_face")  # of a card, written where they hold


@dataclass(frozen=True)
class Card:
    """What is known of an avatar without opening its picture.

    Attributes:
        name: for the user.
        style: photo or drawn.
        face_guessed: as in AvatarEntry.
        hand_before_face: as in AvatarEntry.
    """

    name: str
    style: Style = Style.PHOTO
    face_guessed: bool = False
    hand_before_face: bool = False


def create(
    folder: Path,
    picture: LoadedPicture,
    card: Card,
    landmarks: NDArray[np.float32],
    matte: NDArray[np.uint8] | None,
    character: Character | None,
) -> None:
    """Write a new avatar's folder under a hidden name, then show it: it appears whole or not at all.

    Raises:
        OSError: the disk is full or may not be written to.
    """
    growing = folder.with_name(f".new-{folder.name}")
    try:
        growing.mkdir(parents=True)
        write_picture(growing, picture)
        write_landmarks(growing, landmarks)
        if matte is not None:
            write_matte(growing, matte)
        write_thumbnail(growing, picture, landmarks)
        if character is not None:
            character.store(growing / CHARACTER)
        write_card(growing, card)
        growing.rename(folder)
    except OSError:
        shutil.rmtree(growing, ignore_errors=True)
        raise


def clean_name(name: str) -> str:
    """Return a name fit to show: one line, without outer spaces, of bounded length."""
    return " ".join(name.split())[:_NAME_LIMIT].strip()


def read_card(folder: Path) -> Card:
    """Read avatar.json.

    Raises:
        AvatarDamaged: it is missing or not what this module writes, or there is no picture beside it.
    """
    try:
        stored = json.loads((folder / CARD).read_text(encoding="utf-8"))
        name, style = stored["name"], Style(stored.get("style", Style.PHOTO.value))
        if not isinstance(name, str) or not clean_name(name):
            raise ValueError("no name")
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise AvatarDamaged(
            f"The avatar in {folder} cannot be read ({error}).", "Add its picture again."
        ) from None
    if not (folder / PICTURE).is_file():
        raise AvatarDamaged(f"The avatar in {folder} has lost its picture.", "Add the picture again.")
    remarks = {remark: stored.get(remark) is True for remark in _REMARKS}
    return Card(clean_name(name), style, **remarks)


def write_card(folder: Path, card: Card) -> None:
    """Write avatar.json."""
    stored: dict[str, object] = {"schema": SCHEMA, "name": card.name, "style": card.style.value}
    stored |= {remark: True for remark in _REMARKS if getattr(card, remark)}
    write_atomically(folder / CARD, json.dumps(stored, ensure_ascii=False, indent=1).encode("utf-8"))


def character_of(folder: Path) -> Path | None:
    """Return the folder of an avatar's own networks, None where it brings none."""
    networks = folder / CHARACTER
    return networks if networks.is_dir() else None


def read_picture(folder: Path) -> LoadedPicture:
    """Read picture.png.

    Raises:
        AvatarDamaged: it cannot be decoded.
    """
    try:
        return load_picture(folder / PICTURE)
    except PictureError as error:
        raise AvatarDamaged(f"The avatar in {folder} is damaged.", "Add its picture again.") from error


def write_picture(folder: Path, picture: LoadedPicture) -> None:
    """Write picture.png, with alpha where the picture has one."""
    pixels = picture.rgb if picture.alpha is None else np.dstack([picture.rgb, picture.alpha])
    write_atomically(folder / PICTURE, encode_png(pixels))


def read_landmarks(folder: Path) -> NDArray[np.float32] | None:
    """Return (478, 3) float32, or None where there are none that make sense."""
    try:
        # From memory: numpy leaves the file open where it turns out to be damaged.
        data = io.BytesIO((folder / LANDMARKS).read_bytes())
        with np.load(data, allow_pickle=False) as stored:
            return checked_landmarks(stored["landmarks"])
    except (
        OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile, RuntimeError, MemoryError,
        zlib.error, AttributeError, struct.error,
    ):  # fmt: skip
        return None


def checked_landmarks(landmarks: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return landmarks as (478, 3) float32.

    Raises:
        ValueError: another shape, not numbers, or all in one place.
    """
    points = np.asarray(landmarks, np.float32)
    if points.shape != (LANDMARK_COUNT, 3) or not np.isfinite(points).all() or np.abs(points).max() > 1e5:
        raise ValueError("these are not the landmarks of a face")
    if np.ptp(points[:, :2], axis=0).min() < 4:
        raise ValueError("the landmarks lie all in one place")
    return points


def write_landmarks(folder: Path, landmarks: NDArray[np.float32]) -> None:
    """Write landmarks.npz."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, landmarks=checked_landmarks(landmarks))
    write_atomically(folder / LANDMARKS, buffer.getvalue())


def read_matte(folder: Path, size: tuple[int, int]) -> NDArray[np.uint8] | None:
    """Return (H, W) uint8 of that size (width, height), or None where there is none that fits."""
    try:
        data = np.frombuffer((folder / MATTE).read_bytes(), np.uint8)
        matte = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    except (OSError, cv2.error):
        return None
    if matte is None or matte.shape != size[::-1]:
        return None
    return np.asarray(matte, np.uint8)


def write_matte(folder: Path, matte: NDArray[np.uint8]) -> None:
    """Write matte.png."""
    write_atomically(folder / MATTE, encode_png(matte))


def write_thumbnail(folder: Path, picture: LoadedPicture, landmarks: NDArray[np.float32] | None) -> None:
    """Write thumbnail.png, cut around the face."""
    write_atomically(folder / THUMBNAIL, encode_png(thumbnail(picture, landmarks)))


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """Return the PNG of (H, W), (H, W, 3) RGB or (H, W, 4) RGBA uint8."""
    if pixels.ndim == 3:  # OpenCV wants blue first
        pixels = pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]
    return bytes(cv2.imencode(".png", np.ascontiguousarray(pixels), [cv2.IMWRITE_PNG_COMPRESSION, 4])[1])
