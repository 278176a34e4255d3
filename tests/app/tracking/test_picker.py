from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from app.tracking.picker import NeutralPicker, likeness
from engines.base import Face
from engines.face.measures import eye_aperture, mouth_aperture
from engines.face.topology import EYES
from tests.fakes.faces import made_face

FPS = 30


def fed(picker: NeutralPicker, faces: list[Face]) -> list[Face]:
    return [picker.add(face) for face in faces]


def test_the_first_face_serves_at_once() -> None:
    picker, face = NeutralPicker(), made_face(yaw_deg=30, mouth_open=2)
    assert picker.neutral is None
    assert picker.add(face).landmarks == pytest.approx(face.landmarks, abs=0.01)


@pytest.mark.parametrize("bad", [{"mouth_open": 1.5}, {"closed": 0.9}, {"yaw_deg": 25.0}])
def test_a_bad_first_face_is_replaced_within_half_a_second(bad: dict[str, float]) -> None:
    picker = NeutralPicker()
    fed(picker, [made_face(time_s=i / FPS, **bad) for i in range(5)])  # type: ignore[arg-type]
    neutral = fed(picker, [made_face(time_s=(5 + i) / FPS) for i in range(15)])[-1]
    assert neutral.landmarks == pytest.approx(made_face().landmarks, abs=0.5)


def test_talking_and_blinking_do_not_become_the_neutral() -> None:
    picker = NeutralPicker()
    for index in range(150):
        talking = max(0.0, np.sin(index / 2)) * 1.2
        blinking = 1.0 if index % 40 in (3, 4) else 0.0
        picker.add(made_face(mouth_open=float(talking), closed=blinking, time_s=index / FPS))
    assert picker.neutral is not None
    assert mouth_aperture(picker.neutral.landmarks) < 0.02
    assert eye_aperture(picker.neutral.landmarks, EYES[0]) > 0.9 * eye_aperture(
        made_face().landmarks, EYES[0]
    )


def test_nothing_better_leaves_the_same_object() -> None:
    picker = NeutralPicker()
    rest = fed(picker, [made_face(time_s=i / FPS) for i in range(100)])[-1]
    assert picker.add(made_face(time_s=100 / FPS, mouth_open=1)) is rest
    assert picker.neutral is rest


def test_later_the_neutral_glides_and_never_jumps() -> None:
    picker = NeutralPicker()
    fed(picker, [made_face(yaw_deg=20, mouth_open=0.4, time_s=i / FPS) for i in range(6 * FPS)])
    neutrals = fed(picker, [made_face(time_s=6 + i / FPS) for i in range(4 * FPS)])
    steps = [np.abs(b.landmarks - a.landmarks).max() for a, b in pairwise(neutrals)]
    total = np.abs(neutrals[-1].landmarks - neutrals[0].landmarks).max()
    assert total > 5
    assert max(steps) < 0.1 * total
    assert neutrals[-1].landmarks == pytest.approx(made_face().landmarks, abs=1.5)
    assert neutrals[-1] is neutrals[-2]


def test_the_score_is_higher_the_more_neutral() -> None:
    picker = NeutralPicker()
    rest = picker.score(made_face())
    for worse in (made_face(mouth_open=1), made_face(closed=0.8), made_face(yaw_deg=20)):
        assert 0 <= picker.score(worse) < rest - 0.1
    assert rest <= 1


def test_an_avatar_that_looks_aside_wants_a_neutral_that_does() -> None:
    avatar = made_face((300, 300), yaw_deg=18)
    aside, ahead = made_face(yaw_deg=18), made_face()
    assert likeness(aside, avatar) > likeness(ahead, avatar)
    assert likeness(aside, avatar) == pytest.approx(1, abs=0.01)
    plain, with_avatar = NeutralPicker(), NeutralPicker(avatar)
    assert with_avatar.score(aside) / with_avatar.score(ahead) > plain.score(aside) / plain.score(ahead)


def test_another_frame_size_begins_anew() -> None:
    picker = NeutralPicker()
    fed(picker, [made_face(time_s=i / FPS) for i in range(10)])
    assert picker.add(made_face((320, 240), yaw_deg=20, time_s=1)).size == (320, 240)
