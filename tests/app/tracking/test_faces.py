from __future__ import annotations

import numpy as np
import pytest

from app.tracking.faces import between, middle_face
from tests.fakes.faces import made_face


def test_the_middle_of_one_face_is_that_face() -> None:
    face = made_face(yaw_deg=10, time_s=3.0)
    middle = middle_face([face])
    assert middle.landmarks == pytest.approx(face.landmarks, abs=1e-3)
    assert (middle.size, middle.time_s) == (face.size, 3.0)


def test_outliers_do_not_count() -> None:
    faces = [made_face(shift=(x, 0)) for x in (-1, 0, 1, 0, 200)]
    assert middle_face(faces).landmarks == pytest.approx(made_face().landmarks, abs=0.05)


def test_the_middle_of_turned_heads_is_turned_by_the_mean_and_keeps_its_shape() -> None:
    middle = middle_face([made_face(yaw_deg=-20), made_face(yaw_deg=40)])
    assert middle.pose.angles[0] == pytest.approx(made_face(yaw_deg=10).pose.angles[0], abs=0.5)
    assert np.linalg.norm(middle.pose.rotation.T @ middle.pose.rotation - np.eye(3)) < 1e-6
    assert middle.local == pytest.approx(made_face().local, abs=0.05)


def test_no_faces_have_no_middle() -> None:
    with pytest.raises(ValueError, match="no faces"):
        middle_face([])


def test_between_runs_from_one_to_the_other() -> None:
    one, other = made_face(yaw_deg=-10), made_face(yaw_deg=20, shift=(40, 0), mouth_open=1.0)
    assert between(one, other, 0).landmarks == pytest.approx(one.landmarks, abs=0.01)
    assert between(one, other, 1).landmarks == pytest.approx(other.landmarks, abs=0.01)
    yaws = [between(one, other, share).pose.angles[0] for share in np.linspace(0, 1, 5)]
    assert (np.diff(yaws) > 0).all() or (np.diff(yaws) < 0).all()
