from __future__ import annotations

import numpy as np
import pytest

from app.live.idle import IdleMotion, blend, fitted, grimace
from engines.face.measures import eye_aperture, mouth_aperture
from engines.face.topology import EYES, RIGHT_EYE
from tests.fakes.faces import made_face


@pytest.fixture
def motion() -> IdleMotion:
    return IdleMotion(made_face(), seed=3)


def test_the_same_moment_gives_the_same_face(motion):
    again = IdleMotion(made_face(), seed=3)
    again.face_at(100.0)
    assert np.array_equal(motion.face_at(12.3).landmarks, again.face_at(12.3).landmarks)


def test_seeds_differ():
    one, other = ([IdleMotion(made_face(), seed).closed(t / 20) for t in range(1200)] for seed in (1, 2))
    assert one != other


def test_it_blinks_as_people_do(motion):
    closed = np.array([motion.closed(t / 100) for t in range(12000)])
    blinks = np.count_nonzero((closed[1:] > 0.5) & (closed[:-1] <= 0.5))
    assert 15 <= blinks <= 60, "two minutes hold 15 to 60 blinks"
    assert closed.max() == pytest.approx(1)
    assert (closed > 0.05).mean() < 0.15, "the eyes are open most of the time"


def test_a_blink_closes_the_lids(motion):
    moment = next(t / 200 for t in range(20000) if motion.closed(t / 200) > 0.99)
    rest = made_face()
    for eye in EYES:
        open_now = eye_aperture(rest.landmarks, eye)
        assert eye_aperture(motion.face_at(moment).landmarks, eye) < 0.15 * open_now


def test_the_head_sways_a_little_and_smoothly(motion):
    angles = np.array([motion.face_at(t / 30).pose.angles for t in range(900)])
    rest = made_face().pose.angles
    assert np.abs(angles - rest).max() < 6
    assert np.ptp(angles, axis=0).min() > 0.8, "it moves in every direction"
    assert np.abs(np.diff(angles, axis=0)).max() < 0.15, "degrees from frame to frame"


def test_the_eyes_look_about(motion):
    rest = made_face().local
    moved = [
        np.linalg.norm(motion.face_at(t / 10).local[RIGHT_EYE.iris, :2] - rest[RIGHT_EYE.iris, :2])
        for t in range(600)
    ]
    assert max(moved) > 0.05
    assert np.median(moved) < max(moved) / 2


def test_it_begins_near_rest(motion):
    rest = made_face()
    start = motion.face_at(0.0)
    assert np.abs(start.landmarks - rest.landmarks).max() < 0.02 * rest.size[1]


def test_about_another_neutral_the_motion_goes_on(motion):
    other = motion.about(made_face((320, 240)))
    assert other.face_at(5.0).size == (320, 240)
    assert other.closed(33.3) == motion.closed(33.3)


def test_blend_takes_the_short_way():
    one, other = made_face(yaw_deg=-20), made_face(yaw_deg=20, shift=(40, 0), mouth_open=1.0)
    middle = blend(one, other, 0.5)
    assert middle.pose.angles[0] == pytest.approx(0, abs=0.5)
    assert middle.pose.scale == pytest.approx(one.pose.scale, rel=0.01), "the head does not shrink on the way"
    assert blend(one, other, 0) is one
    assert blend(one, other, 1) is other


def test_fitted_keeps_the_face_in_its_place():
    face = made_face((640, 480), shift=(30, 10))
    larger = fitted(face, (1280, 960))
    assert larger.landmarks == pytest.approx(2 * face.landmarks, abs=1e-2)
    wide = fitted(face, (1280, 720))
    assert wide.landmarks[4, 0] - 640 == pytest.approx(1.5 * (face.landmarks[4, 0] - 320), abs=1e-2)
    assert fitted(face, face.size) is face


def test_a_grimace_asks_for_everything_at_once():
    rest = made_face()
    wild = grimace(rest)
    assert all(eye_aperture(wild.landmarks, eye) < 0.3 * eye_aperture(rest.landmarks, eye) for eye in EYES)
    assert mouth_aperture(wild.landmarks) > 0.15
    assert abs(wild.pose.angles[0] - rest.pose.angles[0]) > 5
