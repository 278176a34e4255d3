"""Poses of faces made of numbers: which way everything goes, what opens, closes and rests."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.live.idle import IdleMotion
from engines.base import Controls, Face
from engines.face.pose import HeadPose
from engines.face.topology import (
    BROW_LEFT_LOWER,
    BROW_LEFT_UPPER,
    BROW_RIGHT_LOWER,
    BROW_RIGHT_UPPER,
    EYES,
    LEFT_EYE,
    LIP_INNER_LOWER,
    LIP_INNER_UPPER,
    LIP_OUTER_LOWER,
    LIP_OUTER_UPPER,
    RIGHT_EYE,
)
from engines.rig.driver import Driver
from engines.tha.pose import HIGH, INDEX, LOW, PARAMETERS, VOWELS, Pose, exclusive, group, rest
from engines.tha.posing.mapping import default_mapping
from engines.tha.posing.poser import Poser
from tests.fakes.faces import made_face

FPS = 30.0
REST = made_face(mouth_open=-0.05)
STILL = [index for index, parameter in enumerate(PARAMETERS) if parameter.group not in ("body", "breathing")]
_CORNERS = {LIP_INNER_UPPER[0]: -1, LIP_OUTER_UPPER[0]: -1, LIP_INNER_UPPER[-1]: 1, LIP_OUTER_UPPER[-1]: 1}
_BROWS = (*BROW_LEFT_UPPER, *BROW_LEFT_LOWER, *BROW_RIGHT_UPPER, *BROW_RIGHT_LOWER)


def face(
    *,
    closed: tuple[float, float] = (0.0, 0.0),
    gap: float = 0.0,
    wider: float = 0.0,
    lifted: float = 0.0,
    brows: float = 0.0,
    look: tuple[float, float] = (0.0, 0.0),
    turned: tuple[float, float, float] = (0.0, 0.0, 0.0),
    aside: float = 0.0,
    time_s: float = 0.0,
) -> Face:
    """REST with an expression: lids (left, right) as shares, centimetres, gaze in eye widths, degrees."""
    local = REST.local.copy()
    for eye, share in zip((LEFT_EYE, RIGHT_EYE), closed, strict=True):
        local[list(eye.upper)] += 0.9 * share * (local[list(eye.lower)] - local[list(eye.upper)])
    for index in {*LIP_INNER_UPPER, *LIP_INNER_LOWER, *LIP_OUTER_UPPER, *LIP_OUTER_LOWER}:
        local[index, 0] *= 1 + wider / 4.9
    for index in _CORNERS:
        local[index, 1] += lifted
    local[[*LIP_INNER_LOWER[1:-1], *LIP_OUTER_LOWER[1:-1]], 1] -= gap
    local[list(_BROWS), 1] += brows
    for eye in EYES:
        width = np.linalg.norm(local[eye.outer] - local[eye.inner])
        local[eye.iris, :2] += width * np.array(look)
    yaw, pitch, roll = np.radians(turned)
    about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array(
        [[1, 0, 0], [0, math.cos(pitch), math.sin(pitch)], [0, -math.sin(pitch), math.cos(pitch)]]
    )
    about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    start = REST.pose
    shift = start.shift + start.scale * np.array([aside, 0, 0])
    pose = HeadPose(start.scale, about_y @ about_x @ about_z @ start.rotation, shift)
    return Face(pose.to_image(local).astype(np.float32), REST.size, time_s)


def held(shown: Face, frames: int = 12, controls: Controls | None = None, poser: Poser | None = None) -> Pose:
    """The pose after some frames of a face, from rest."""
    poser = poser or Poser()
    poser.pose(REST, REST, controls or Controls())
    for frame in range(1, frames + 1):
        pose = poser.pose(replace(shown, time_s=frame / FPS), REST, controls or Controls())
    return pose


def value(pose: Pose, name: str) -> float:
    return float(pose[INDEX[name]])


def closing(pose: Pose, side: str) -> float:
    return sum(value(pose, f"{name}_{side}") for name in ("eye_wink", "eye_happy_wink", "eye_relaxed"))


def opening(pose: Pose) -> float:
    vowels = default_mapping().vowels
    return sum(value(pose, name) * vowels[name.removeprefix("mouth_")].opens for name in VOWELS)


def test_the_neutral_is_the_character_at_rest() -> None:
    poser = Poser()
    assert np.array_equal(poser.pose(REST, REST, Controls()), rest())
    pose = held(REST, frames=20)
    assert not pose[STILL].any()
    assert pose.dtype == np.float32
    assert pose.shape == (45,)


def test_everything_goes_to_the_side_of_the_picture_where_the_driver_goes() -> None:
    assert value(held(face(turned=(10, 0, 0))), "head_y") < -0.3
    assert value(held(face(turned=(0, 8, 0))), "head_x") > 0.3
    tilted = held(face(turned=(0, 0, 8)), frames=40)
    assert value(tilted, "neck_z") > 0.3
    assert value(tilted, "body_z") > 0.1
    assert value(held(face(aside=4), frames=40), "body_z") < -0.1
    assert value(held(face(turned=(-10, 0, 0)), frames=40), "body_y") > 0.1
    assert value(held(face(look=(0.15, 0))), "iris_rotation_y") < -0.5
    assert value(held(face(look=(0, 0.09))), "iris_rotation_x") > 0.4


def test_far_turns_stay_within_the_range() -> None:
    pose = held(face(turned=(50, 30, 30)), frames=60)
    assert (pose >= LOW).all()
    assert (pose <= HIGH).all()
    assert value(pose, "head_y") < -0.95


@pytest.mark.parametrize(
    ("name", "wider", "gap"),
    [
        ("mouth_aaa", 0.0, 2.6),
        ("mouth_iii", 1.6, 0.5),
        ("mouth_uuu", -1.1, 0.25),
        ("mouth_eee", 0.8, 1.0),
        ("mouth_ooo", -0.9, 1.7),
        ("mouth_delta", -0.32, 0.8),
    ],
)
def test_vowels_are_told_apart(name: str, wider: float, gap: float) -> None:
    pose = held(face(wider=wider, gap=gap), frames=2)
    said = {vowel: value(pose, vowel) for vowel in VOWELS}
    assert max(said, key=said.__getitem__) == name
    assert sum(said.values()) < 1.05


def test_the_mouth_opens_with_the_drivers_and_closes_wholly() -> None:
    poser = Poser()
    gaps = [*np.linspace(0, 2.2, 12), *np.linspace(2.2, 0, 12)]
    shown = [
        opening(poser.pose(face(gap=gap, time_s=n / FPS), REST, Controls())) for n, gap in enumerate(gaps)
    ]
    assert np.corrcoef(gaps, shown)[0, 1] > 0.95
    assert shown[-1] == 0
    assert max(shown) > 0.9


def test_a_blink_is_whole_at_once_and_over_at_once() -> None:
    poser = Poser()
    for frame, share in enumerate((0, 0, 0.5, 1, 1, 0.5, 0)):
        pose = poser.pose(face(closed=(share, share), time_s=frame / FPS), REST, Controls())
        if share == 1:
            assert closing(pose, "left") == pytest.approx(1, abs=0.02)
            assert closing(pose, "right") == pytest.approx(1, abs=0.02)
    assert closing(pose, "left") < 0.05


def test_lids_close_together_unless_it_is_a_wink() -> None:
    uneven = held(face(closed=(1.0, 0.6)), frames=1)
    assert closing(uneven, "left") == closing(uneven, "right") > 0.95
    together = held(face(closed=(0.6, 0.15)), frames=30)
    assert closing(together, "left") == closing(together, "right") < 0.4


@pytest.mark.parametrize("yaw", [-15, 0, 15])
@pytest.mark.parametrize("winks", [("left", "right"), ("right", "left")])
def test_a_wink_comes_within_three_frames_and_goes(yaw: float, winks: tuple[str, str]) -> None:
    poser = Poser()
    poser.pose(REST, REST, Controls())
    shut, opened = winks
    for frame, share in enumerate((0, 0, 0.5, 1, 1, 1, 1, 1, 0.5, 0, 0)):
        closed = {shut: share, opened: 0.15 * share}
        shown = face(closed=(closed["left"], closed["right"]), turned=(yaw, 0, 0), time_s=frame / FPS)
        pose = poser.pose(shown, REST, Controls())
        assert closing(pose, opened) < 0.25, frame
        if frame in (5, 6, 7):
            assert closing(pose, shut) > 0.95, frame
    assert closing(pose, shut) < 0.1


def test_an_eye_that_tracking_loses_for_a_frame_winks_at_nobody() -> None:
    poser = Poser()
    for frame, share in enumerate((0, 0, 1, 0, 0.7, 0.7, 0, 1, 1, 0.5, 0)):
        pose = poser.pose(face(closed=(share, 0.1), time_s=frame / FPS), REST, Controls())
        assert closing(pose, "left") == closing(pose, "right") < 0.3, frame


def test_what_one_eye_cannot_do_alone_both_do() -> None:
    for shown in (face(closed=(-0.6, -0.1)), face(closed=(0.3, 0.0))):
        pose = held(shown, frames=30)
        for name in ("eye_surprised", "eye_raised_lower_eyelid", "eye_relaxed", "iris_small"):
            assert value(pose, f"{name}_left") == value(pose, f"{name}_right"), name


def test_a_pose_that_is_read_askew_moves_neither_brow_nor_corner() -> None:
    level = face(brows=0.3, lifted=0.2)
    poser, askew = Poser(), Poser()
    straight = held(level, poser=poser)
    read = Driver.pose_of

    def tilted(driver: Driver, seen: Face) -> HeadPose:
        pose = read(driver, seen)
        share = math.radians(3) * (seen.time_s > 0)
        turn = np.array(
            [[math.cos(share), -math.sin(share), 0], [math.sin(share), math.cos(share), 0], [0, 0, 1]]
        )
        return replace(pose, rotation=turn @ pose.rotation)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Driver, "pose_of", tilted)
        crooked = held(level, poser=askew)
    for parameter in ("eyebrow_raised", "eyebrow_lowered", "mouth_raised_corner", "mouth_lowered_corner"):
        for side in ("left", "right"):
            name = f"{parameter}_{side}"
            assert value(crooked, name) == pytest.approx(value(straight, name), abs=0.1), name


def test_closed_eyes_smile_with_the_mouth() -> None:
    pose = held(face(closed=(1, 1), wider=1.4, lifted=0.7), frames=30)
    assert value(pose, "eye_happy_wink_left") > 0.7
    assert value(pose, "mouth_raised_corner_left") > 0.9
    assert value(pose, "eyebrow_happy_left") > 0.4
    sad = held(face(lifted=-0.35))
    assert value(sad, "mouth_lowered_corner_left") > 0.7
    assert value(sad, "eyebrow_happy_left") == 0


def test_brows_follow() -> None:
    assert value(held(face(brows=0.55)), "eyebrow_raised_left") > 0.8
    assert value(held(face(brows=-0.35)), "eyebrow_lowered_right") > 0.3


def test_lids_that_stay_half_down_droop() -> None:
    pose = held(face(closed=(0.55, 0.55)), frames=90)
    assert value(pose, "eye_relaxed_left") > 0.25


def test_gains_turn_their_own_part_alone() -> None:
    shown = face(closed=(1, 1), gap=2, brows=0.5, look=(0.1, 0), turned=(12, 6, 5))
    whole = held(shown)
    stills = {
        "head": ("head", "body"),
        "mouth": ("mouth",),
        "eyes": ("eye", "iris", "gaze"),
        "brows": ("eyebrow",),
        "gaze": ("gaze",),
        "body": ("body",),
        "breathing": ("breathing",),
    }
    for gain, still in stills.items():
        off: dict[str, Any] = {gain: 0.0}
        turned_off = held(shown, controls=Controls(**off))
        for name in {parameter.group for parameter in PARAMETERS}:
            places = group(name)
            if name in still:
                assert not turned_off[places].any(), (gain, name)
            else:
                assert np.allclose(turned_off[places], whole[places], atol=1e-6), (gain, name)


def test_taken_as_they_are_lips_and_head_need_no_neutral() -> None:
    neutral = face(gap=1.0, turned=(12, 0, 0))
    relative, absolute = Poser(), Poser()
    assert not relative.pose(neutral, neutral, Controls())[STILL].any()
    pose = absolute.pose(neutral, neutral, Controls(relative=False))
    assert opening(pose) > 0.4
    assert value(pose, "head_y") < -0.3


def test_the_drivers_range_is_learned_and_forgotten_with_the_neutral() -> None:
    poser, small = Poser(), face(gap=1.0)
    first = opening(held(small, frames=2, poser=poser))
    for frame in range(1, 1500):  # a driver who never opens the mouth wide
        pose = poser.pose(face(gap=1.0 * (frame % 30 < 15), time_s=frame / FPS), REST, Controls())
    later = opening(held(small, frames=2, poser=poser))
    assert later > first + 0.05
    smaller = replace(REST, landmarks=REST.landmarks * np.float32(0.5), size=(320, 240))
    half = replace(small, landmarks=small.landmarks * np.float32(0.5), size=(320, 240), time_s=1 / FPS)
    poser.pose(smaller, smaller, Controls())
    assert opening(poser.pose(half, smaller, Controls())) == pytest.approx(later, abs=0.05)
    other = face(brows=0.3, lifted=0.1)
    poser.pose(other, other, Controls())
    pose = poser.pose(face(brows=0.3, lifted=0.1, gap=1.0, time_s=0.03), other, Controls())
    assert opening(pose) == pytest.approx(first, abs=0.05)


def test_nothing_trembles_at_rest(rng: np.random.Generator) -> None:
    poser, poses = Poser(), []
    for frame in range(90):
        noise = rng.normal(0, 0.12, REST.landmarks.shape).astype(
            np.float32
        )  # a quarter of a pixel, as after smoothing
        noisy = Face(REST.landmarks + noise, REST.size, frame / FPS)
        poses.append(poser.pose(noisy, REST, Controls(breathing=0)))
    moves = np.abs(np.diff(np.array(poses)[10:], axis=0))
    assert (moves.max(axis=1) < 0.004).mean() > 0.5
    assert moves.max() < 0.06


def test_it_breathes_with_time_and_takes_no_leaps() -> None:
    poser = Poser()
    breath = np.array(
        [value(poser.pose(replace(REST, time_s=n / FPS), REST, Controls()), "breathing") for n in range(124)]
    )
    assert breath[0] == 0
    assert breath.max() == pytest.approx(1, abs=0.01)
    assert breath[-1] < 0.05
    for time_s in (900.0, 3.0, 3.0):
        after = value(poser.pose(replace(REST, time_s=time_s), REST, Controls()), "breathing")
        assert abs(after - breath[-1]) < 0.02


def test_the_body_comes_after_the_head() -> None:
    soon, late = held(face(turned=(14, 0, 0)), frames=2), held(face(turned=(14, 0, 0)), frames=40)
    assert value(soon, "head_y") == pytest.approx(value(late, "head_y"), abs=0.02)
    assert abs(value(soon, "body_y")) < 0.5 * abs(value(late, "body_y"))


def test_idle_motion_blinks_and_breathes() -> None:
    motion, poser = IdleMotion(REST), Poser()
    poses = np.array([poser.pose(motion.face_at(n / FPS), REST, Controls()) for n in range(600)])
    shut = poses[:, [INDEX["eye_wink_left"], INDEX["eye_wink_right"]]]
    assert (shut.min(axis=1) > 0.95).any()
    assert (shut.max(axis=1) < 0.05).mean() > 0.7
    assert np.abs(shut[:, 0] - shut[:, 1]).max() < 0.05
    assert np.ptp(poses[:, INDEX["breathing"]]) > 0.98
    assert np.ptp(poses[:, INDEX["head_y"]]) > 0.1
    assert poses[:, group("mouth")].max() < 0.05


def test_what_cannot_be_measured_rests() -> None:
    lost = replace(REST, landmarks=np.full_like(REST.landmarks, np.nan))
    poser = Poser()
    assert not poser.pose(lost, REST, Controls())[STILL].any()
    assert not poser.pose(REST, lost, Controls()).any()


def test_no_feature_is_asked_for_twice() -> None:
    pose = exclusive(np.ones(45, np.float32))
    assert sum(value(pose, vowel) for vowel in VOWELS) <= 1.001
    assert closing(pose, "left") == pytest.approx(1)
    assert value(pose, "eye_surprised_left") == pytest.approx(0, abs=1e-6)
    assert value(pose, "head_x") == 1


def test_a_bad_table_is_told_and_the_default_stands_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = tmp_path / "mapping.toml"
    own.write_text("parameters = [")
    poser = Poser(own)
    assert "cannot be read" in caplog.text
    assert value(held(face(turned=(10, 0, 0)), poser=poser), "head_y") < -0.3
    own.write_text("[parameters]\nhead_y = { most = -1 }\n")
    assert value(held(face(turned=(10, 0, 0)), poser=Poser(own)), "head_y") > 0.3
