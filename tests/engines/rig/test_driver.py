from __future__ import annotations

import numpy as np
import pytest

from engines.base import Face
from engines.rig.driver import Driver, usable
from tests.fakes.faces import made_face


def test_the_neutral_itself_has_the_neutrals_pose() -> None:
    driver = Driver(made_face(yaw_deg=8, shift=(5, 9)))
    pose = driver.pose_of(driver.neutral)
    assert np.allclose(pose.rotation, driver.pose.rotation, atol=1e-9)
    assert pose.scale == pytest.approx(driver.pose.scale)
    assert np.allclose(pose.shift, driver.pose.shift, atol=1e-6)


def test_mouth_and_lids_do_not_nod_the_head() -> None:
    driver = Driver(made_face())
    pose = driver.pose_of(made_face(mouth_open=2.0, closed=1.0))
    assert np.abs(np.array(pose.angles)).max() < 0.05


def test_a_turn_is_measured() -> None:
    assert Driver(made_face(yaw_deg=-5)).pose_of(made_face(yaw_deg=20)).angles[0] == pytest.approx(
        20, abs=0.1
    )


def test_what_cannot_be_measured_is_told() -> None:
    assert usable(made_face())
    assert not usable(Face(np.zeros((478, 3), np.float32), (10, 10)))
    assert not usable(Face(np.full((478, 3), np.nan, np.float32), (10, 10)))
    assert not usable(Face(np.zeros((468, 3), np.float32), (10, 10)))
