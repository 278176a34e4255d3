from __future__ import annotations

import numpy as np

from engines.face.topology import LIP_INNER_LOWER, LIP_INNER_UPPER, RIGHT_EYE
from engines.rig.slit import NODES, SlitChains, is_mirrored, place_slit
from tests.fakes.features import featured_avatar, mirrored, moved, points_of

_EYE = SlitChains(
    (RIGHT_EYE.outer, *RIGHT_EYE.upper, RIGHT_EYE.inner), (RIGHT_EYE.outer, *RIGHT_EYE.lower, RIGHT_EYE.inner)
)
_MOUTH = SlitChains(LIP_INNER_UPPER, LIP_INNER_LOWER)


def test_coordinates_run_from_corner_to_corner() -> None:
    avatar = featured_avatar()
    slit = place_slit(avatar.landmarks, _EYE, avatar.face.pose, 2.6)
    assert slit is not None
    ends = slit.to_pixels(np.array([[0.0, 0.0], [1.0, 0.0]]))
    assert np.allclose(ends, avatar.landmarks[[RIGHT_EYE.outer, RIGHT_EYE.inner], :2], atol=1e-3)
    back = slit.inverse[:, :2] @ slit.to_pixels(np.array([0.3, 0.1])) + slit.inverse[:, 2]
    assert np.allclose(back, (0.3, 0.1))


def test_the_edges_pass_through_the_lids() -> None:
    avatar = featured_avatar()
    slit = place_slit(avatar.landmarks, _EYE, avatar.face.pose, 2.6)
    assert slit is not None
    for lid, edge in ((RIGHT_EYE.upper, slit.upper), (RIGHT_EYE.lower, slit.lower)):
        u_v = avatar.landmarks[list(lid), :2] @ slit.inverse[:, :2].T + slit.inverse[:, 2]
        drawn = np.interp(u_v[:, 0], np.linspace(0, 1, NODES), edge)
        assert np.abs(drawn - u_v[:, 1]).max() * slit.pixels_per_v < 0.3


def test_a_mirror_is_noticed_and_keeps_the_coordinates() -> None:
    avatar = featured_avatar()
    motion = moved(avatar, openness=0.6)
    flipped = mirrored(points_of(motion), 320)
    assert is_mirrored(flipped, motion.landmarks)
    assert not is_mirrored(points_of(motion), motion.landmarks)
    plain = place_slit(points_of(motion), _EYE, motion.pose, 2.6)
    mirror = place_slit(flipped, _EYE, motion.pose, 2.6, 1.0, True)
    assert plain is not None
    assert mirror is not None
    assert np.allclose(plain.upper, mirror.upper, atol=1e-4)


def test_what_is_seen_from_the_side_or_from_behind_is_not_placed() -> None:
    avatar = featured_avatar()
    for yaw in (88, 120, 180):
        motion = moved(avatar, yaw_deg=yaw)
        assert place_slit(points_of(motion), _MOUTH, motion.pose, 4.3) is None


def test_points_that_are_not_numbers_are_not_placed() -> None:
    avatar = featured_avatar()
    points = avatar.landmarks.copy()
    points[13] = np.nan
    assert place_slit(points, _MOUTH, avatar.face.pose, 4.3) is None
