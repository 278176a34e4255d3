from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.avatars.picture import load_picture
from app.tracking.portrait import find_faces
from engines.base import Style
from engines.face.measures import eye_aperture
from engines.face.topology import EYES, NOSE_TIP

from .conftest import Picture, read_picture


def test_a_painted_portrait_is_found_and_is_no_drawing(portrait: Picture) -> None:
    (face,) = find_faces(portrait)
    assert (face.landmarks.shape, face.landmarks.dtype) == ((478, 3), np.float32)
    assert face.confidence > 0.8
    assert face.style is Style.PHOTO


@pytest.mark.parametrize("size", [64, 128, 1024, 2048])
def test_the_same_landmarks_at_any_size(portrait: Picture, size: int) -> None:
    (expected,) = find_faces(portrait)
    scaled = np.asarray(cv2.resize(portrait, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
    (face,) = find_faces(scaled)
    off = np.linalg.norm(face.landmarks[:, :2] * (512 / size) - expected.landmarks[:, :2], axis=1).mean()
    assert off < (6 if size == 64 else 1.5)


def test_a_mirrored_picture_gives_the_mirrored_face(portrait: Picture) -> None:
    (face,), (mirrored,) = find_faces(portrait), find_faces(np.ascontiguousarray(portrait[:, ::-1]))
    assert 512 - mirrored.landmarks[NOSE_TIP, 0] == pytest.approx(face.landmarks[NOSE_TIP, 0], abs=2.0)


def test_twice_the_same_answer(portrait: Picture) -> None:
    (one,), (other,) = find_faces(portrait), find_faces(portrait)
    assert np.array_equal(one.landmarks, other.landmarks)


def test_several_faces_come_largest_first(portrait: Picture) -> None:
    group = np.full((600, 1200, 3), 120, np.uint8)
    group[100:400, 50:350] = cv2.resize(portrait, (300, 300), interpolation=cv2.INTER_AREA)
    group[40:552, 600:1112] = portrait
    faces = find_faces(group)
    assert [face.landmarks[NOSE_TIP, 0] > 600 for face in faces] == [True, False]


def test_a_face_that_fills_the_picture_is_found(portrait: Picture) -> None:
    (face,) = find_faces(portrait)
    low, high = face.landmarks[:, :2].min(axis=0), face.landmarks[:, :2].max(axis=0)
    x0, y0, x1, y1 = (int(value) for value in (*low, *high))
    (close,) = find_faces(np.ascontiguousarray(portrait[y0:y1, x0:x1]))
    assert np.linalg.norm(close.landmarks[:, :2] + (x0, y0) - face.landmarks[:, :2], axis=1).mean() < 5


def test_a_small_face_far_off_is_found(portrait: Picture) -> None:
    wide = np.full((900, 1600, 3), (90, 110, 130), np.uint8)
    wide[600:780, 1300:1480] = cv2.resize(portrait, (180, 180), interpolation=cv2.INTER_AREA)
    (face,) = find_faces(wide)
    (expected,) = find_faces(portrait)
    off = face.landmarks[:, :2] - (expected.landmarks[:, :2] * (180 / 512) + (1300, 600))
    assert np.linalg.norm(off, axis=1).mean() < 2


@pytest.mark.parametrize("shape", [(1, 1, 3), (15, 400, 3), (200, 200, 3), (40, 900, 3)])
def test_where_there_is_no_face_none_is_found(shape: tuple[int, int, int], rng: np.random.Generator) -> None:
    assert find_faces(np.full(shape, 77, np.uint8)) == []
    assert find_faces(rng.integers(0, 256, shape, dtype=np.uint8)) == []


def test_what_is_no_rgb_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="uint8"):
        find_faces(np.zeros((50, 50), np.uint8))


def test_a_drawn_character_is_known_for_one_and_its_large_eyes_are_fitted() -> None:
    picture = load_picture(next(path for path in _avatars() if path.parent.name.endswith("aoi")))
    (face,) = find_faces(picture.rgb, picture.alpha)
    assert face.style is Style.DRAWN
    assert face.confidence > 0.5
    assert min(eye_aperture(face.landmarks, eye) for eye in EYES) > 0.45
    assert np.isfinite(face.landmarks).all()


def test_the_painted_portrait_of_the_shelf_stays_a_photo_when_large() -> None:
    (face,) = find_faces(read_picture("elena"))
    assert face.style is Style.PHOTO


def _avatars() -> list[Path]:
    from app.paths import assets

    return sorted((assets() / "avatars").glob("*/picture.png"))


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["portraits", "anime"])
def test_real_pictures(shared: Path, folder: str) -> None:
    for path in sorted((shared / "data" / folder).iterdir()):
        picture = load_picture(path)
        faces = find_faces(picture.rgb, picture.alpha)
        assert len(faces) == 1, path.name
        assert faces[0].style is (Style.DRAWN if folder == "anime" else Style.PHOTO), path.name
        assert faces[0].confidence > 0.5, path.name
