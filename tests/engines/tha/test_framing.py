"""Heads go where the networks look for them, and what does not suit them is said."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.base import Avatar, Style
from engines.face.canonical import canonical_head
from engines.face.pose import HeadPose, fit_pose
from engines.face.topology import CHIN, EYES, LANDMARK_COUNT, NOSE_TIP, SKIN_COUNT
from engines.tha.framing import head_of, misfits, placement


def character(
    size: tuple[int, int] = (512, 512),
    *,
    scale: float = 1.0,
    chin: tuple[float, float] = (256.0, 191.0),
    yaw: float = 0.0,
    roll: float = 0.0,
    hat: float = 0.0,
    body: bool = True,
) -> Avatar:
    """A figure of flat colour whose head is as large and where published characters have theirs, times a scale."""
    turn, tilt = np.radians([yaw, roll])
    rotation = np.array(
        [[np.cos(tilt), -np.sin(tilt), 0], [np.sin(tilt), np.cos(tilt), 0], [0, 0, 1]]
    ) @ np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    local = np.zeros((LANDMARK_COUNT, 3))
    local[:SKIN_COUNT] = canonical_head().vertices
    for eye in EYES:
        local[[eye.iris, *eye.iris_rim]] = local[list(eye.outline)].mean(axis=0)
    points = HeadPose(5.3 * scale, rotation, np.zeros(3)).to_image(local)
    points[:, :2] += np.array(chin) - points[CHIN, :2]
    matte = np.zeros(size[::-1], np.uint8)
    x, y = round(chin[0]), round(chin[1])
    head = round(66 * scale)
    cv2.ellipse(matte, (x, y - head), (head, head), 0, 0, 360, (255,), -1)
    if hat:
        cv2.rectangle(matte, (x - head, y - 2 * head - round(hat)), (x + head, y - head), (255,), -1)
    if body:
        cv2.rectangle(matte, (x - head, y), (x + head, size[1]), (255,), -1)
    rgb = np.full((*matte.shape, 3), 180, np.uint8)
    return Avatar("drawn", rgb, matte, points.astype(np.float32), Style.DRAWN, has_alpha=True)


def _spot(middle: tuple[int, int], axes: tuple[int, int]) -> NDArray[np.uint8]:
    """The matte of a face alone, (512, 512)."""
    matte = cv2.ellipse(np.zeros((512, 512), np.uint8), middle, axes, 0, 0, 360, (255,), -1)
    return np.asarray(matte, np.uint8)


@pytest.mark.parametrize("side", [512, 256])
def test_a_picture_made_for_the_networks_stays_as_it_is(side: int) -> None:
    avatar = character((side, side), chin=(side / 2 + 3, 189.0), scale=1.04)

    np.testing.assert_array_equal(placement(avatar, side), np.eye(2, 3))
    assert misfits(avatar, side) == ()


@pytest.mark.parametrize("scale", [0.6, 1.0, 3.7])
def test_any_other_is_scaled_so_that_the_head_fills_its_box(scale: float) -> None:
    avatar = character((1400, 2000), scale=scale, chin=(700.0, 900.0))

    matrix = placement(avatar, 512)

    assert matrix[0, 0] == matrix[1, 1] == pytest.approx(scale, rel=0.1)
    chin = (np.array([700.0, 900.0]) - matrix[:, 2]) / matrix[0, 0]
    np.testing.assert_allclose(chin, [256, 191], atol=0.5)
    crown = (900 - 2 * 66 * scale - matrix[1, 2]) / matrix[1, 1]
    assert crown == pytest.approx(64, abs=14)
    assert misfits(avatar, 512) == ()


def test_a_tall_hat_does_not_shrink_the_head() -> None:
    bare, hatted = (character((900, 1200), chin=(450, 500), hat=hat) for hat in (0, 150))

    assert head_of(hatted).scale < 1.1 * head_of(bare).scale


def test_a_picture_with_a_background_of_the_right_size_is_cut_out_and_placed() -> None:
    avatar = replace(character(chin=(258.0, 189.0)), has_alpha=False)

    assert not np.array_equal(placement(avatar, 512), np.eye(2, 3))


@pytest.mark.parametrize(
    ("avatar", "sentence"),
    [
        (character(yaw=40), "looks to one side"),
        (character(roll=30), "is tilted"),
        (replace(character(), hand_before_face=True), "A hand is before the face"),
        (character(chin=(256, 100)), "cuts the head off at the top"),
        (character((300, 512), chin=(40, 191)), "cuts the head off at the side"),
        (character((900, 900), chin=(450, 500), hat=230), "above the part that is animated"),
        (character(scale=0.3, chin=(256, 300)), "is small: 4"),
        (character(body=False), "no body"),
        (
            replace(character(), matte=np.full((512, 512), 255, np.uint8), has_alpha=False),
            "with transparency",
        ),
        (replace(character(), matte=_spot((256, 150), (34, 44)), has_alpha=False), "with transparency"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_suit_the_networks_is_said(avatar: Avatar, sentence: str) -> None:
    assert any(sentence in each for each in misfits(avatar, 512))


def test_a_side_view_placed_by_hand_is_known_by_its_nose() -> None:
    avatar = character()
    placed = avatar.landmarks * np.float32([0.4, 1, 1])
    placed[NOSE_TIP, 0] += 20

    assert abs(fit_pose(placed).angles[0]) < 20
    assert "looks to one side" in misfits(replace(avatar, landmarks=placed), 512)[0]
