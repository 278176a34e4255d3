"""docs/gallery.jpg: every avatar driven by every clip.

`python -m assets.draw.gallery --clips A.mp4 B.mp4 [--also PICTURE]`.

The drivers' own faces appear nowhere on the sheet. Slow: it tracks the clips and prepares every avatar.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.avatars.avatar_store import AvatarLibrary, read_avatar
from app.devices.clips import read_clip
from app.paths import user_paths
from app.tracking.tracker import FaceTracker
from engines.base import Avatar, Controls, Face, View
from engines.face.measures import eye_aperture, mouth_aperture
from engines.face.topology import EYES
from engines.registry import load_engine

CELL, GAP, PAPER = 236, 6, (244, 245, 248)
_FRAMES = 320


def main() -> None:
    """Make the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, nargs="+", required=True)
    parser.add_argument("--also", type=Path, nargs="*", default=[])
    parser.add_argument("--output", type=Path, default=Path("docs/gallery.jpg"))
    asked = parser.parse_args()
    moments = [moment for clip in asked.clips for moment in telling_moments(tracked(clip))]
    library = AvatarLibrary(user_paths())
    avatars = [library.load(entry.id) for entry in library.list()] + [
        read_avatar(path) for path in asked.also
    ]
    rows = [np.hstack(strip(avatar, moments)) for avatar in avatars]
    Image.fromarray(np.vstack(rows)).save(asked.output, quality=82, optimize=True)


def tracked(clip: Path) -> list[Face]:
    """Return the faces of a clip's first frames."""
    faces: list[Face | None] = []
    with FaceTracker() as tracker:
        for rgb, time_s in read_clip(clip):
            faces.append(tracker.track(rgb, time_s))
            if len(faces) >= _FRAMES:
                break
    return [face for face in faces if face is not None]


def telling_moments(faces: list[Face]) -> list[tuple[Face, Face]]:
    """Return (neutral, face) of a blink, an open mouth, and a turn of the head."""
    lids = np.array([np.mean([eye_aperture(face.landmarks, eye) for eye in EYES]) for face in faces])
    mouths = np.array([mouth_aperture(face.landmarks) for face in faces])
    turns = np.array([abs(face.pose.angles[0] - faces[0].pose.angles[0]) for face in faces])
    neutral = faces[int(np.argmin(2 * mouths + 3 * np.abs(lids - np.percentile(lids, 75))))]
    awake = np.flatnonzero(lids >= np.percentile(lids, 60))
    talking = int(awake[np.argsort(mouths[awake])[int(len(awake) * 0.97)]])
    turned = int(awake[np.argmax(turns[awake])])
    return [(neutral, faces[at]) for at in (int(np.argmin(lids)), talking, turned)]


def strip(avatar: Avatar, moments: list[tuple[Face, Face]]) -> list[NDArray[np.uint8]]:
    """Return one avatar's row: the picture itself, then every moment."""
    puppet = load_engine().prepare(avatar)
    view = _close_up(avatar)
    back = np.full((CELL, CELL, 3), PAPER, np.uint8) if avatar.has_alpha else puppet.backdrop(view)
    shown = [(avatar.face, avatar.face), *moments]
    cells = []
    for neutral, face in shown:
        person = puppet.animate(face, neutral, Controls(), view).astype(np.float32)
        laid = person[..., :3] + back * (1 - person[..., 3:] / 255)
        cells.append(_framed(np.clip(laid + 0.5, 0, 255).astype(np.uint8)))
    return cells


def _close_up(avatar: Avatar) -> View:
    """Return a view of head and shoulders."""
    low, high = avatar.landmarks[:, :2].min(axis=0), avatar.landmarks[:, :2].max(axis=0)
    scale = max(CELL / (2.0 * float(high[1] - low[1])), CELL / min(avatar.size))
    centre = (low + high) / 2 * scale
    reach = np.array(avatar.size) * scale - CELL
    left, top = np.clip(centre - CELL * np.array([0.5, 0.52]), 0, np.maximum(reach, 0))
    return View(CELL, CELL, scale, (-float(left), -float(top)))


def _framed(cell: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.copyMakeBorder(cell, GAP, 0, GAP, 0, cv2.BORDER_CONSTANT, value=(255, 255, 255)))


if __name__ == "__main__":
    main()
