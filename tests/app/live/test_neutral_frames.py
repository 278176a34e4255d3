"""The neutral's driving frame: of the calibration, or the likest live one; in memory and nowhere else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.live.announcer import Announcer
from app.live.neutral_keeper import NeutralKeeper
from app.live.status import NeutralState
from app.tracking.driving import DrivingFrame
from engines.base import Face
from engines.fomm.framing import square_of
from tests.fakes.events import FakeEvents
from tests.fakes.faces import made_face

CALM = made_face()
SMILE = made_face(mouth_open=2.0)
TURNED = made_face(yaw_deg=14)


class Bench:
    """A keeper fed as the track stage feeds it; every frame's pixels tell its number."""

    def __init__(self, folder: Path, camera: str = "Cam") -> None:
        self.now = 100.0
        self.folder = folder
        self.events = FakeEvents()
        self.keeper = NeutralKeeper(folder, Announcer(self.events, lambda: self.now), lambda: self.now)
        self.keeper.use_camera(camera)
        self.count = 0

    def see(self, face: Face, seconds: float = 1.0) -> None:
        for _ in range(max(round(seconds * 30), 1)):
            self.now += 1 / 30
            seen = dataclasses.replace(face, time_s=self.now)
            self.count += 1
            self.keeper.home(seen)
            self.keeper.new_home(seen, self.now)
            self.keeper.see(seen, self.now, DrivingFrame(np.full((256, 256, 3), self.count, np.uint8), seen))

    @property
    def number(self) -> int | None:
        """Of the frame that stands for the neutral."""
        neutral = self.keeper.neutral
        return None if neutral is None or neutral.driving is None else int(neutral.driving[0, 0, 0])


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_first_frame_serves_at_once_and_a_likelier_one_later(bench: Bench) -> None:
    bench.see(CALM, 1 / 30)
    assert bench.number == 1
    bench.see(TURNED, 1.0)
    assert bench.number == 1, "none of these is more like the neutral, which is calm"


def test_a_calibration_brings_its_own_frame_and_place(bench: Bench) -> None:
    bench.see(SMILE)
    before = bench.keeper.home(SMILE)
    moved = made_face(shift=(60, 10))
    bench.keeper.calibrate(0)
    first = bench.count + 1
    bench.see(moved, 1.0)
    assert bench.keeper.state is NeutralState.CALIBRATED
    assert bench.number is not None
    assert first <= bench.number <= bench.count
    assert bench.keeper.home(moved) == square_of(moved.landmarks) != before
    kept = bench.number
    bench.see(moved, 3.0)
    bench.see(made_face(shift=(200, 10)), 3.0)
    assert bench.number == kept
    assert bench.keeper.home(moved) == square_of(moved.landmarks), "fixed, wherever the face goes"


def test_undo_returns_frame_and_place(bench: Bench) -> None:
    bench.see(CALM, 1.0)
    number, home = bench.number, bench.keeper.home(CALM)
    bench.keeper.calibrate(0)
    bench.see(made_face(shift=(50, 0)), 1.0)
    assert bench.number != number
    assert bench.keeper.undo()
    assert (bench.number, bench.keeper.home(CALM)) == (number, home)


def test_a_failed_calibration_changes_neither(bench: Bench) -> None:
    bench.see(CALM, 1.0)
    number, home = bench.number, bench.keeper.home(CALM)
    bench.keeper.calibrate(0)
    bench.see(made_face(mouth_open=2.0, yaw_deg=40), 1.0)
    assert bench.keeper.state is NeutralState.PROVISIONAL
    assert (bench.number, bench.keeper.home(CALM)) == (number, home)


def test_no_pixel_is_ever_stored(bench: Bench) -> None:
    bench.keeper.calibrate(0)
    bench.see(CALM, 1.0)
    (stored,) = bench.folder.iterdir()
    with np.load(stored) as arrays:
        assert set(arrays) == {"schema", "camera", "landmarks", "size"}
    assert stored.stat().st_size < 10_000
    again = Bench(bench.folder)
    neutral = again.keeper.neutral
    assert neutral is not None
    assert neutral.driving is None


def test_after_a_start_the_likest_live_frame_stands_in(bench: Bench) -> None:
    bench.keeper.calibrate(0)
    bench.see(CALM, 1.0)
    again = Bench(bench.folder)
    again.see(SMILE, 1.0)
    assert again.number == 1, "better than nothing"
    again.see(TURNED, 1.0)
    turned = again.number
    assert turned is not None
    again.see(CALM, 1 / 30)
    calm = again.count
    again.see(SMILE, 2.0)
    assert again.number == calm, "seen for one frame, and remembered"


def test_better_frames_come_rarely(bench: Bench) -> None:
    bench.keeper.calibrate(0)
    bench.see(CALM, 1.0)
    again = Bench(bench.folder)
    numbers = []
    for index in range(30):
        again.see(made_face(mouth_open=2.0 - index / 15), 1 / 30)
        numbers.append(again.number)
    assert len(set(numbers)) <= 3


def test_a_driver_who_sits_elsewhere_after_a_start_is_cut_there(bench: Bench) -> None:
    bench.keeper.calibrate(0)
    bench.see(CALM, 1.0)
    again = Bench(bench.folder)
    there = made_face(shift=(150, 0))
    again.see(there, 1 / 30)
    assert again.keeper.home(there) == square_of(there.landmarks)
    assert again.number == 1
    elsewhere = made_face(shift=(-100, 0))
    again.see(elsewhere, 1.0)
    assert again.keeper.home(elsewhere) == square_of(there.landmarks), "perhaps he only leans over"
    again.see(elsewhere, 1.0)
    assert again.keeper.home(elsewhere) == square_of(elsewhere.landmarks)


def test_another_frame_size_is_another_place(bench: Bench) -> None:
    bench.keeper.calibrate(0)
    bench.see(CALM, 1.0)
    large = made_face((1280, 960))
    assert bench.keeper.home(large).side == pytest.approx(2 * square_of(CALM.landmarks).side, rel=1e-3)
    assert bench.number is None, "what was cut from other frames does not fit"


def test_an_accepted_neutral_brings_a_frame_like_it(bench: Bench) -> None:
    bench.keeper.calibrate(0)
    bench.see(TURNED, 1.0)
    bench.keeper.find_better(True, made_face((200, 200)))
    first = bench.count + 1
    bench.see(CALM, 2.0)
    assert bench.events.named("neutral_offered")
    assert bench.keeper.accept()
    assert bench.number is not None
    assert bench.number >= first


def test_the_avatar_decides_which_neutral_is_better(tmp_path: Path) -> None:
    offered = []
    for avatar in (made_face(yaw_deg=14), made_face(yaw_deg=-14)):
        bench = Bench(tmp_path / str(len(offered)))
        bench.see(CALM, 1.0)
        bench.keeper.calibrate(0)
        bench.see(CALM, 1.0)
        bench.keeper.find_better(True, avatar)
        bench.see(made_face(yaw_deg=7), 2.0)
        offered.append(len(bench.events.named("neutral_offered")))
    assert offered[1] == 0, "looking away from where the avatar looks is no better"


def _spoilt(change: Callable[[NDArray[np.float32]], None]) -> Face:
    landmarks = CALM.landmarks.copy()
    change(landmarks)
    return dataclasses.replace(CALM, landmarks=landmarks)


def test_landmarks_that_are_no_face_have_no_place(bench: Bench) -> None:
    with pytest.raises(ValueError, match="landmarks"):
        bench.keeper.home(_spoilt(lambda points: points.fill(np.inf)))
