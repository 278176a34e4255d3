from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.tracking.region import Region
from app.tracking.stabiliser import Stabiliser
from engines.face.topology import LIP_INNER_UPPER, RIGHT_EYE
from tests.fakes.faces import made_face

from .conftest import Picture

STILL = Region(256, 256, 300, 0.05)
SKIN = [1, 4, 6, 50, 280, 9, 151]  # nose, cheeks, forehead: where the picture has texture


def landmarks() -> np.ndarray:
    return made_face((512, 512), share=0.4).landmarks


def test_the_first_frame_is_taken_as_it_is(portrait: Picture) -> None:
    found = landmarks()
    assert Stabiliser()(found, STILL.crop(portrait), STILL) is found


def test_trembling_of_the_network_on_a_still_picture_is_averaged_out(
    portrait: Picture, rng: np.random.Generator
) -> None:
    steady, crop, truth = Stabiliser(), STILL.crop(portrait), landmarks()
    seen, given = [], []
    for _ in range(30):
        found = (truth + rng.normal(0, 1.0, truth.shape)).astype(np.float32)
        given.append(found)
        seen.append(steady(found, crop, STILL))
    tremble, raw = (np.diff(np.array(each)[5:, SKIN, :2], axis=0).std() for each in (seen, given))
    assert tremble < 0.45 * raw


@pytest.mark.parametrize("step", [1.0, 3.0, 6.0])
def test_a_moving_picture_carries_the_points_without_lag(portrait: Picture, step: float) -> None:
    steady, truth = Stabiliser(), landmarks()
    for index in range(10):
        shift = np.array([step * index, 0.5 * step * index])
        frame = np.asarray(
            cv2.warpAffine(portrait, np.column_stack([np.eye(2), shift]), (512, 512)), np.uint8
        )
        region = Region(STILL.x + shift[0], STILL.y + shift[1], STILL.side, STILL.angle)
        here = truth.copy()
        here[:, :2] += shift
        fused = steady(here, region.crop(frame), region)
        assert np.linalg.norm(fused[SKIN, :2] - here[SKIN, :2], axis=1).max() < 0.8


def test_the_region_may_turn_and_grow_while_the_picture_stands_still(
    portrait: Picture, rng: np.random.Generator
) -> None:
    steady, truth = Stabiliser(), landmarks()
    for _ in range(10):
        dx, dy, turn = rng.normal(0, (4, 4, 0.04))
        region = Region(STILL.x + dx, STILL.y + dy, STILL.side * float(rng.uniform(0.95, 1.05)), turn)
        fused = steady(truth, region.crop(portrait), region)
        assert np.linalg.norm(fused[SKIN, :2] - truth[SKIN, :2], axis=1).max() < 0.6


def test_lids_follow_the_network_at_once_and_lips_nearly(portrait: Picture) -> None:
    steady, crop, truth = Stabiliser(), STILL.crop(portrait), landmarks()
    steady(truth, crop, STILL)
    moved = truth.copy()
    moved[:, 1] += 3
    fused = steady(moved, crop, STILL)
    gone = (fused - truth)[:, 1]
    assert gone[RIGHT_EYE.upper[3]] == pytest.approx(3, abs=0.05)
    assert gone[LIP_INNER_UPPER[5]] > 2.2
    assert gone[SKIN].max() < 1.6


def test_a_cut_starts_afresh(portrait: Picture, rng: np.random.Generator) -> None:
    steady = Stabiliser()
    steady(landmarks(), STILL.crop(portrait), STILL)
    other = rng.integers(0, 256, portrait.shape, dtype=np.uint8)
    elsewhere = (landmarks() + np.array([90, 60, 0])).astype(np.float32)
    assert np.array_equal(steady(elsewhere, STILL.crop(other), STILL), elsewhere)
    steady.reset()
    again = landmarks()
    assert steady(again, STILL.crop(portrait), STILL) is again
