"""The neutral of each camera, kept between starts."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.base import Face
from engines.face.topology import LANDMARK_COUNT

logger = logging.getLogger(__name__)

_SCHEMA = 1


def save_neutral(folder: Path, camera_name: str, face: Face) -> None:
    """Keep the neutral of a camera; a crash midway leaves the one before.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(
                file,
                schema=np.int64(_SCHEMA),
                camera=np.str_(camera_name),
                landmarks=face.landmarks.astype(np.float32),
                size=np.array(face.size, dtype=np.int64),
            )
        Path(name).replace(_file(folder, camera_name))
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load_neutral(folder: Path, camera_name: str) -> Face | None:
    """Return the neutral kept for a camera; None where there is none or it cannot be used (which is logged)."""
    path = _file(folder, camera_name)
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            schema, name = int(stored["schema"]), str(stored["camera"])
            landmarks, size = stored["landmarks"], stored["size"]
        face = _checked(schema, landmarks, size)
    except (OSError, ValueError, KeyError, TypeError, EOFError, OverflowError, zipfile.BadZipFile) as error:
        logger.warning("the calibration in %s cannot be used (%s); please calibrate again", path, error)
        return None
    return face if name == camera_name else None


def forget_neutral(folder: Path, camera_name: str) -> None:
    """Drop the neutral of a camera; fine where there is none.

    Raises:
        OSError: the file cannot be removed.
    """
    _file(folder, camera_name).unlink(missing_ok=True)


def _checked(schema: int, landmarks: NDArray[np.float32], size: NDArray[np.int64]) -> Face:
    """Build the face. Raises ValueError where the numbers are no face."""
    if schema != _SCHEMA:
        raise ValueError(f"schema {schema}, not {_SCHEMA}")
    if (
        landmarks.shape != (LANDMARK_COUNT, 3)
        or landmarks.dtype != np.float32
        or not np.isfinite(landmarks).all()
    ):
        raise ValueError("its landmarks are damaged")
    if size.shape != (2,) or not (int(size.min()) >= 1 and int(size.max()) <= 32768):
        raise ValueError("its frame size is damaged")
    if np.ptp(landmarks[:, :2], axis=0).min() < 4 or np.abs(landmarks).max() > 10 * int(size.max()):
        raise ValueError("its landmarks are no face")
    return Face(landmarks, (int(size[0]), int(size[1])))


def _file(folder: Path, camera_name: str) -> Path:
    """Return a file name any system takes, different for every camera name."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", camera_name).strip("-")[:40] or "camera"
    return (
        folder
        / f"{plain}-{hashlib.sha256(camera_name.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}.npz"
    )
