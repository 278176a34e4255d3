from __future__ import annotations

import numpy as np

from engines.face.measures import mouth_aperture
from engines.face.topology import LIP_INNER_LOWER, LIP_INNER_UPPER
from engines.rig.lid_kernel import closure
from engines.rig.lips import close_mouth, part_lips
from tests.fakes.faces import made_face


def test_an_eye_is_shut_where_tracking_reports_it_closed_and_follows_it_when_open() -> None:
    assert closure(0.3, 0.3) == 0
    assert closure(0.1, 0.3) == 0
    assert closure(1.0, 0.3) == 1
    assert closure(1.3, 0.3) == 1.3
    assert (np.diff([closure(ratio, 0.3) for ratio in np.linspace(0, 2, 100)]) >= 0).all()


def test_crossing_lips_are_moved_until_they_touch() -> None:
    local = made_face().local
    local[list(LIP_INNER_LOWER[1:-1]), 1] += 0.5
    part_lips(local)
    gap = local[list(LIP_INNER_UPPER[1:-1]), 1] - local[list(LIP_INNER_LOWER[1:-1]), 1]
    assert np.allclose(gap, 0)


def test_parted_lips_are_left_alone() -> None:
    local = made_face(mouth_open=0.4).local
    before = local.copy()
    part_lips(local)
    assert (local == before).all()


def test_an_open_mouth_has_a_closed_state_and_a_closed_one_stays() -> None:
    opened = made_face(mouth_open=1.5).local
    assert mouth_aperture(close_mouth(opened)) < 1e-6
    assert close_mouth(opened)[152, 1] > opened[152, 1]
    assert (opened == made_face(mouth_open=1.5).local).all()
    shut = made_face(mouth_open=-0.05).local
    assert np.abs(close_mouth(shut) - shut).max() < 1e-3
