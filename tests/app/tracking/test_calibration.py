from __future__ import annotations

import numpy as np
import pytest

from app.tracking.calibration import Calibrator, Problem
from engines.base import Face
from engines.face.measures import eye_aperture
from engines.face.topology import EYES
from tests.fakes.faces import made_face


def calibrated(faces: list[Face]) -> tuple[Face | None, tuple[Problem, ...]]:
    calibrator = Calibrator()
    for face in faces:
        calibrator.add(face)
    result = calibrator.result()
    assert result.good is (result.neutral is not None and not result.problems)
    return result.neutral, result.problems


def trembling(rng: np.random.Generator, count: int = 15) -> list[Face]:
    still = made_face()
    noise = rng.normal(0, 0.5, (count, 478, 3))
    return [
        Face((still.landmarks + each).astype(np.float32), still.size, i / 30) for i, each in enumerate(noise)
    ]


def test_a_calm_face_gives_a_neutral_steadier_than_any_frame(rng: np.random.Generator) -> None:
    faces, truth = trembling(rng), made_face().landmarks
    neutral, problems = calibrated(faces)
    assert problems == ()
    assert neutral is not None
    assert np.abs(neutral.landmarks - truth).mean() < 0.5 * np.abs(faces[0].landmarks - truth).mean()
    assert neutral.size == (640, 480)


def test_a_blink_on_the_way_leaves_no_trace(rng: np.random.Generator) -> None:
    faces = trembling(rng)
    for index in (5, 6, 7):
        faces[index] = made_face(closed=1.0, time_s=index / 30)
    neutral, problems = calibrated(faces)
    assert problems == ()
    assert neutral is not None
    open_eye = eye_aperture(made_face().landmarks, EYES[0])
    assert eye_aperture(neutral.landmarks, EYES[0]) == pytest.approx(open_eye, rel=0.05)


@pytest.mark.parametrize(
    ("faces", "problem"),
    [
        ([], Problem.NO_FACE),
        ([made_face(time_s=0)] * 2, Problem.FACE_LOST),
        ([made_face(closed=0.95, time_s=i / 30) for i in range(15)], Problem.EYES_CLOSED),
        ([made_face(closed=i % 3 / 2, time_s=i / 30) for i in range(15)], Problem.EYES_CLOSED),
        ([made_face(mouth_open=2.0, time_s=i / 30) for i in range(15)], Problem.MOUTH_OPEN),
        ([made_face(yaw_deg=25, time_s=i / 30) for i in range(15)], Problem.NOT_FACING),
        ([made_face(shift=(3 * i, 0), time_s=i / 30) for i in range(15)], Problem.MOVING),
        ([made_face(yaw_deg=i - 7, time_s=i / 30) for i in range(15)], Problem.MOVING),
    ],
)
def test_what_is_wrong_is_named(faces: list[Face], problem: Problem) -> None:
    assert calibrated(faces)[1] == (problem,)


def test_every_problem_says_what_to_do() -> None:
    for problem in Problem:
        first, rest = problem.sentence.split(". ", 1)
        assert first
        assert rest.endswith(".")
        assert problem.value == problem.sentence


def test_frames_of_another_size_start_afresh() -> None:
    calibrator = Calibrator()
    for index in range(10):
        calibrator.add(made_face((320, 240), shift=(50, 0), time_s=index / 30))
    for index in range(10, 20):
        calibrator.add(made_face((640, 480), time_s=index / 30))
    result = calibrator.result()
    assert calibrator.count == 10
    assert result.good
    assert result.neutral is not None
    assert result.neutral.size == (640, 480)
