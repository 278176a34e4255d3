from __future__ import annotations

import numpy as np
import pytest

from engines.base import Controls, Face, Style
from engines.face.measures import mouth_aperture
from engines.face.topology import EYES
from engines.rig.retarget import Retarget, regions
from tests.fakes.faces import made_face
from tests.fakes.sitter import made_avatar


def test_the_neutral_gives_the_avatar_itself() -> None:
    avatar, neutral = made_avatar(), made_face(yaw_deg=7, shift=(30, -20))
    motion = Retarget(avatar)(neutral, neutral, Controls())
    assert np.abs(motion.landmarks - avatar.landmarks).max() < 1e-3
    assert motion.openness == pytest.approx((1, 1), abs=1e-12)
    assert not motion.gaze.any()


def test_regions_share_the_face_between_them() -> None:
    parts = regions()
    total = parts.mouth + parts.eyes + parts.brows
    assert np.allclose(total, 1)
    assert min(parts.mouth.min(), parts.eyes.min(), parts.brows.min()) >= -1e-12


def test_the_head_follows_turn_place_and_size() -> None:
    avatar = made_avatar()
    retarget, neutral = Retarget(avatar), made_face()
    turned = retarget(made_face(yaw_deg=10), neutral, Controls())
    assert turned.pose.angles[0] - avatar.face.pose.angles[0] == pytest.approx(10, abs=0.5)
    moved = retarget(made_face(shift=(20, 0)), neutral, Controls())
    expected = 20 * avatar.face.pose.scale / neutral.pose.scale
    assert moved.landmarks[4, 0] - avatar.landmarks[4, 0] == pytest.approx(expected, rel=0.02)
    near = retarget(made_face(share=0.55), neutral, Controls())
    assert near.pose.scale / avatar.face.pose.scale == pytest.approx(1.1, rel=0.01)


def test_head_gain_scales_the_turn_and_zero_stills_the_head() -> None:
    avatar = made_avatar()
    retarget, neutral, face = Retarget(avatar), made_face(), made_face(yaw_deg=6, shift=(15, 5))
    twice = retarget(face, neutral, Controls(head=2)).pose.angles[0]
    still = retarget(face, neutral, Controls(head=0)).pose
    assert twice == pytest.approx(12, abs=0.5)
    assert np.allclose(still.rotation, avatar.face.pose.rotation)
    assert np.allclose(still.shift, avatar.face.pose.shift)


def test_closed_eyes_close_whatever_the_avatar() -> None:
    retarget = Retarget(made_avatar())
    motion = retarget(made_face(closed=1.0), made_face(), Controls())
    assert max(motion.openness) < 0.05
    assert max(retarget(made_face(closed=1.0), made_face(), Controls(eyes=0)).openness) == 1.0


def _openness(style: Style, closed: tuple[float, float], frames: int) -> tuple[float, float]:
    """What a driver's unequal lids make of an avatar after some frames, 30 a second."""
    retarget, neutral = Retarget(made_avatar(style=style)), made_face()
    retarget(neutral, neutral, Controls())
    for frame in range(1, frames + 1):
        motion = retarget(made_face(closed=closed, time_s=frame / 30), neutral, Controls())
    return motion.openness


def test_a_blink_that_tracking_sees_of_one_eye_only_closes_both() -> None:
    assert max(_openness(Style.DRAWN, (1.0, 0.4), frames=4)) < 0.1
    assert max(_openness(Style.PHOTO, (1.0, 0.4), frames=4)) < 0.25


def test_a_drawn_eye_that_seems_to_close_for_a_frame_stays_open() -> None:
    assert min(_openness(Style.DRAWN, (1.0, 0.0), frames=1)) > 0.7


@pytest.mark.parametrize("closed", [(0.6, 0.1), (0.9, 0.3), (1.0, 0.0)])
def test_a_photographs_lids_stay_a_little_uneven(closed: tuple[float, float]) -> None:
    more, less = _openness(Style.PHOTO, closed, frames=1)
    assert 0.1 < more < less < 1.7 * more


@pytest.mark.parametrize("style", list(Style))
def test_a_wink_is_a_wink(style: Style) -> None:
    shut, opened = _openness(style, (1.0, 0.0), frames=6)
    assert shut < 0.1
    assert opened > 0.9


def test_eyes_that_tracking_sees_cross_look_the_same_way() -> None:
    neutral, crossed = made_face(), made_face()
    for eye, widths in zip(EYES, (0.05, 0.25), strict=True):
        width = np.linalg.norm(neutral.landmarks[eye.outer] - neutral.landmarks[eye.inner])
        crossed.landmarks[[eye.iris, *eye.iris_rim], 0] += widths * width
    one, other = Retarget(made_avatar())(crossed, neutral, Controls()).gaze[:, 0]
    assert abs(one + other) / 2 > 0.1
    assert 0 < abs(one - other) < 0.1


def test_each_gain_moves_its_own_part_only() -> None:
    retarget, neutral, face = Retarget(made_avatar()), made_face(), made_face(closed=0.6, mouth_open=1.0)
    full = retarget(face, neutral, Controls())
    silent = retarget(face, neutral, Controls(mouth=0))
    assert silent.openness == pytest.approx(full.openness, abs=0.02)
    assert silent.mouth_open < 0.3 * full.mouth_open
    staring = retarget(face, neutral, Controls(eyes=0))
    assert staring.mouth_open == pytest.approx(full.mouth_open, abs=0.01)


def test_lips_never_cross() -> None:
    avatar, neutral = made_avatar(), made_face(mouth_open=1.0)
    motion = Retarget(avatar)(made_face(), neutral, Controls())
    assert mouth_aperture(motion.local) >= 0
    assert motion.local[13, 1] >= motion.local[14, 1] - 1e-9


def test_an_open_mouth_closes_in_absolute_mode() -> None:
    avatar = made_avatar(mouth_open=1.2)
    retarget, neutral = Retarget(avatar), made_face()
    assert retarget(neutral, neutral, Controls()).mouth_open > 0.08
    assert retarget(neutral, neutral, Controls(relative=False)).mouth_open < 0.02


def test_absolute_mode_takes_the_drivers_turn_as_it_is() -> None:
    retarget, face = Retarget(made_avatar()), made_face(yaw_deg=12)
    assert retarget(face, face, Controls(relative=False)).pose.angles[0] == pytest.approx(12, abs=0.5)
    assert retarget(face, face, Controls()).pose.angles[0] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 1e9])
def test_faces_that_cannot_be_measured_leave_the_avatar_at_rest(value: float) -> None:
    avatar, neutral = made_avatar(), made_face()
    broken = Face(np.full((478, 3), value, np.float32), (640, 480))
    for face, rest in ((broken, neutral), (neutral, broken), (broken, broken)):
        motion = Retarget(avatar)(face, rest, Controls())
        assert np.abs(motion.landmarks - avatar.landmarks).max() < 1e-3


def test_any_garbage_stays_finite_and_near_the_head(rng: np.random.Generator) -> None:
    avatar = made_avatar()
    retarget, controls = Retarget(avatar), Controls(2, 2, 2, 2)
    for _ in range(20):
        face = Face(rng.uniform(-500, 900, (478, 3)).astype(np.float32), (640, 480))
        motion = retarget(face, made_face(), controls)
        assert np.isfinite(motion.landmarks).all()
        assert np.abs(motion.local - avatar.face.local).max() < 12
        assert all(0 <= opening <= 1.6 for opening in motion.openness)
        assert np.abs(motion.gaze).max() <= 0.28
