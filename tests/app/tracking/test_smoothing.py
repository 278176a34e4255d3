from __future__ import annotations

import numpy as np
import pytest

from app.tracking.smoothing import FaceFilter
from engines.base import Face
from engines.face.measures import eye_aperture, mouth_aperture
from engines.face.topology import EYES
from tests.fakes.faces import made_face

FPS = 30


def trembling(rng: np.random.Generator, count: int, size: float = 0.4) -> list[Face]:
    """A face at rest as a tracker sees it: noise of so many pixels."""
    still = made_face((640, 480))
    noise = rng.normal(0, size, (count, 478, 3))
    return [
        Face((still.landmarks + each).astype(np.float32), still.size, i / FPS) for i, each in enumerate(noise)
    ]


def shake(faces: list[Face]) -> float:
    return float(
        np.linalg.norm(np.diff([face.landmarks[:468, :2] for face in faces], 2, axis=0), axis=2).mean()
    )


def test_strength_0_leaves_faces_as_they_are() -> None:
    face, calm = made_face(), FaceFilter(0)
    assert calm(face) is face
    assert calm(face) is face


def test_the_stronger_the_calmer(rng: np.random.Generator) -> None:
    faces = trembling(rng, 60)
    left = []
    for strength in (0.0, 0.5, 1.0):
        calm = FaceFilter(strength)
        left.append(shake([calm(face) for face in faces]) / shake(faces))
    assert left[0] == pytest.approx(1)
    assert left[1] < 0.85
    assert left[2] < 0.6 * left[1]


def test_a_blink_is_not_held_back() -> None:
    calm = FaceFilter(0.5)
    for index in range(30):
        calm(made_face(time_s=index / FPS))
    depth = [0.5, 1.0, 1.0, 0.5, 0.0]
    blink = [calm(made_face(closed=closed, time_s=(30 + i) / FPS)) for i, closed in enumerate(depth)]
    openness = [eye_aperture(face.landmarks, EYES[0]) for face in blink]
    open_eye = eye_aperture(made_face().landmarks, EYES[0])
    assert min(openness) < 0.1 * open_eye
    assert openness[-1] > 0.85 * open_eye


def test_speech_keeps_its_size() -> None:
    calm, seen, spoken = FaceFilter(0.5), [], []
    for index in range(60):
        opened = 0.6 + 0.6 * np.sin(2 * np.pi * 5 * index / FPS)  # five syllables a second
        face = made_face(mouth_open=float(opened), time_s=index / FPS)
        spoken.append(mouth_aperture(face.landmarks))
        seen.append(mouth_aperture(calm(face).landmarks))
    assert np.corrcoef(spoken[10:], seen[10:])[0, 1] > 0.97
    assert np.ptp(seen[10:]) > 0.85 * np.ptp(spoken[10:])


def test_the_camera_s_size_makes_no_difference() -> None:
    small, large = FaceFilter(0.7), FaceFilter(0.7)
    for index in range(10):
        shift = (3.0 * index, float(index % 3))
        face = made_face((320, 240), shift=shift, time_s=index / FPS)
        big = Face(face.landmarks * 4, (1280, 960), face.time_s)
        assert large(big).landmarks == pytest.approx(small(face).landmarks * 4, abs=0.01)


def test_after_a_gap_another_size_or_a_reset_it_starts_afresh() -> None:
    calm = FaceFilter(1.0)
    calm(made_face(time_s=0))
    later = made_face(shift=(90, 0), time_s=2.0)
    assert calm(later) is later
    other = made_face((320, 240), time_s=2.03)
    assert calm(other) is other
    calm.reset()
    jumped = made_face((320, 240), shift=(50, 0), time_s=2.06)
    assert calm(jumped) is jumped
    backwards = made_face((320, 240), shift=(70, 0), time_s=2.06)
    assert calm(backwards) is backwards


def test_the_time_and_size_of_the_newest_face_are_kept() -> None:
    calm = FaceFilter(0.5)
    calm(made_face(time_s=0))
    face = calm(made_face(time_s=0.04))
    assert (face.time_s, face.size, face.landmarks.dtype) == (0.04, (640, 480), np.float32)


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_outside_is_refused(strength: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        FaceFilter(strength)
