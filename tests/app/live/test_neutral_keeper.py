from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from app.live.announcer import Announcer
from app.live.neutral_keeper import NeutralKeeper
from app.live.status import NeutralState
from app.tracking.calibration import Problem
from app.tracking.neutrals import load_neutral
from engines.base import Face
from tests.fakes.events import FakeEvents
from tests.fakes.faces import made_face


class Bench:
    """A keeper with a clock that is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.now = 100.0
        self.events = FakeEvents()
        self.folder = folder
        self.keeper = NeutralKeeper(folder, Announcer(self.events, self.clock), self.clock)
        self.keeper.use_camera("Cam")

    def clock(self) -> float:
        return self.now

    def see(self, face: Face | None, seconds: float = 1.0, fps: float = 30) -> None:
        for _ in range(round(seconds * fps)):
            self.now += 1 / fps
            seen = dataclasses.replace(face, time_s=self.now) if face is not None else None
            self.keeper.see(seen, self.now)


@pytest.fixture
def bench(tmp_path) -> Bench:
    return Bench(tmp_path)


CALM = made_face()
SHIFTED = made_face(shift=(40, 0))


def near(face: Face | None, other: Face) -> bool:
    return face is not None and abs(float(face.landmarks[4, 0] - other.landmarks[4, 0])) < 3


def test_the_first_face_serves_at_once(bench):
    assert bench.keeper.neutral is None
    bench.see(CALM, 1 / 30)
    assert near(bench.keeper.neutral, CALM)
    assert bench.keeper.state is NeutralState.PROVISIONAL


def test_calibrating_takes_half_a_second_of_frames(bench):
    bench.see(CALM)
    bench.keeper.calibrate(0)
    assert bench.keeper.calibrating
    bench.see(SHIFTED, 0.4)
    assert bench.keeper.state is NeutralState.PROVISIONAL
    bench.see(SHIFTED, 0.4)
    assert bench.keeper.state is NeutralState.CALIBRATED
    assert near(bench.keeper.neutral, SHIFTED)
    assert [event[0].good for event in bench.events.named("calibrated")] == [True]
    assert not bench.keeper.calibrating


def test_a_countdown_is_waited_for(bench):
    bench.keeper.calibrate(3)
    assert bench.keeper.countdown_s == pytest.approx(3)
    assert not bench.keeper.calibrating
    bench.see(CALM, 2.5)
    assert bench.keeper.countdown_s == pytest.approx(0.5, abs=0.1)
    assert bench.events.named("calibrated") == []
    bench.see(SHIFTED, 1.5)
    assert bench.keeper.countdown_s is None
    assert near(bench.keeper.neutral, SHIFTED), "what was seen during the countdown does not count"


def test_a_bad_calibration_says_what_to_fix_and_keeps_the_neutral(bench):
    bench.see(CALM)
    bench.keeper.calibrate(0)
    bench.see(made_face(mouth_open=2.0, yaw_deg=40), 1.0)
    problems = bench.events.named("calibrated")[0][0].problems
    assert Problem.NOT_FACING in problems
    assert Problem.MOUTH_OPEN in problems
    assert bench.keeper.state is NeutralState.PROVISIONAL
    assert not bench.keeper.can_undo


def test_a_calibration_without_a_face_ends_by_itself(bench):
    bench.keeper.calibrate(0)
    bench.see(None, 3.0)
    assert bench.events.named("calibrated")[0][0].problems == (Problem.NO_FACE,)


def test_a_calibration_without_even_a_camera_ends_by_itself(bench):
    bench.keeper.calibrate(1)
    bench.now += 2
    bench.keeper.tick()
    assert bench.events.named("calibrated") == []
    bench.now += 2
    bench.keeper.tick()
    assert bench.events.named("calibrated")[0][0].problems == (Problem.NO_FACE,)
    bench.keeper.tick()
    assert len(bench.events.named("calibrated")) == 1


def test_a_slow_camera_takes_longer(bench):
    bench.keeper.calibrate(0)
    bench.see(CALM, 1.5, fps=6)
    assert bench.events.named("calibrated")[0][0].good


def test_undo_returns_step_by_step(bench):
    bench.see(CALM)
    first = bench.keeper.neutral
    for face in (SHIFTED, made_face(shift=(80, 0))):
        bench.keeper.calibrate(0)
        bench.see(face, 1.0)
    assert bench.keeper.can_undo
    assert bench.keeper.undo()
    assert near(bench.keeper.neutral, SHIFTED)
    assert near(load_neutral(bench.folder, "Cam"), SHIFTED)
    assert bench.keeper.undo()
    assert near(bench.keeper.neutral, first)
    assert bench.keeper.state is NeutralState.PROVISIONAL
    assert load_neutral(bench.folder, "Cam") is None
    assert not bench.keeper.undo()


def test_undo_stops_a_calibration_under_way(bench):
    bench.keeper.calibrate(3)
    bench.keeper.undo()
    assert bench.keeper.countdown_s is None
    bench.see(CALM, 5.0)
    assert bench.events.named("calibrated") == []


def test_it_is_kept_for_the_camera_and_used_at_the_next_start(bench):
    bench.keeper.calibrate(0)
    bench.see(SHIFTED, 1.0)
    again = Bench(bench.folder)
    assert again.keeper.state is NeutralState.CALIBRATED
    assert near(again.keeper.neutral, SHIFTED)
    again.keeper.use_camera("Another")
    assert again.keeper.neutral is None
    again.see(CALM)
    assert again.keeper.state is NeutralState.PROVISIONAL
    again.keeper.use_camera("Cam")
    assert near(again.keeper.neutral, SHIFTED)


def test_a_folder_that_cannot_be_written_to_costs_only_the_next_start(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    bench = Bench(tmp_path / "file" / "calibrations")
    bench.keeper.calibrate(0)
    bench.see(SHIFTED, 1.0)
    assert bench.keeper.state is NeutralState.CALIBRATED
    assert "could not be stored" in caplog.text


def test_a_better_neutral_is_offered_and_not_forced(bench):
    bench.see(CALM)
    bench.keeper.calibrate(0)
    tilted = made_face(yaw_deg=14)
    bench.see(tilted, 1.0)
    before = bench.keeper.neutral
    bench.see(CALM, 2.0)
    assert bench.events.named("neutral_offered") == [], "nobody asked"
    bench.keeper.find_better(True)
    bench.see(CALM, 2.0)
    offers = bench.events.named("neutral_offered")
    assert len(offers) == 1
    assert 0 < offers[0][0] <= 1
    assert bench.keeper.neutral is before
    assert bench.keeper.accept()
    assert near(bench.keeper.neutral, CALM)
    assert bench.keeper.state is NeutralState.CALIBRATED
    assert not bench.keeper.accept(), "an offer is taken once"
    assert bench.keeper.undo()
    assert bench.keeper.neutral is before


def test_nothing_is_offered_when_the_neutral_is_good(bench):
    bench.keeper.calibrate(0)
    bench.see(CALM, 1.0)
    bench.keeper.find_better(True)
    bench.see(CALM, 3.0)
    assert bench.events.named("neutral_offered") == []
    bench.keeper.find_better(False)
    assert not bench.keeper.accept()


def test_a_face_of_the_camera_before_is_never_offered(bench):
    bench.see(CALM)
    bench.keeper.find_better(True)
    bench.see(CALM, 2.0)
    bench.keeper.use_camera("Another")
    bench.keeper.calibrate(0)
    bench.see(made_face(yaw_deg=-14), 3.0)
    assert bench.events.named("neutral_offered") == []
    bench.see(CALM, 3.0)
    assert len(bench.events.named("neutral_offered")) == 1, "it goes on looking, at this camera's faces"


def test_a_calibration_under_way_begins_again_with_another_camera(bench):
    bench.keeper.calibrate(0)
    bench.see(CALM, 0.5)
    bench.keeper.use_camera("Another")
    bench.see(SHIFTED, 1.0)
    assert [event[0].good for event in bench.events.named("calibrated")] == [True]
    assert near(bench.keeper.neutral, SHIFTED)
