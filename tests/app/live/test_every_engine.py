"""The session's contract, over all engines: what is promised of one holds with the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.devices.clips import read_clip
from app.settings import BackgroundKind, FaceLostPolicy
from engines.base import GAINS
from engines.errors import EngineError
from engines.registry import load_engine
from tests.fakes.camera import one_colour
from tests.fakes.every_engine import ENGINES, EngineStage
from tests.fakes.models import store_model
from tests.fakes.stage import REAL_FACE, shows_real_face, until

pytest.importorskip("torch", reason="needs the extra 'neural'")


@pytest.fixture(params=ENGINES)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EngineStage]:
    """A session on each engine, before an unmistakable camera; whatever happens, no sink may see its colour."""
    made = EngineStage(tmp_path, request.param)
    made.store_models()
    made.apply(output={"virtual_camera": True})
    yield made
    assert [sink.leaks for sink in (made.sink, *made.virtual)] == [0] * (1 + len(made.virtual))
    assert made.sink.count


@pytest.fixture
def fomm(tmp_path: Path) -> EngineStage:
    """A session on fomm, its model stored."""
    made = EngineStage(tmp_path, "fomm")
    made.model = store_model(made.paths.models)  # type: ignore[attr-defined]
    return made


def driven_by_pixels(stage: EngineStage) -> bool:
    """Whether the network looked at the camera's colour lately."""
    return bool(stage.steps) and any((frame == REAL_FACE).all() for frame in stage.steps[-1].driven[-5:])


def test_the_engine_gets_what_it_looks_at_and_nothing_else(stage):
    with stage:
        stage.wait_on(stage.choice.engine)
        stage.wait_pictures(10)
        scene = stage.session._scenes.shown
        newest = stage.session._animate._presence._tracked
        assert (newest.driving is not None) == scene.sees_driver == (stage.choice.engine == "fomm")
        assert driven_by_pixels(stage) == scene.sees_driver
        assert stage.session.inset.take(5).face.driving is None


def test_a_lost_face(stage):
    with stage:
        stage.wait_on(stage.choice.engine)
        for policy in FaceLostPolicy:
            stage.apply(face_lost=policy)
            for faces in (0, 2):
                stage.tracker.faces = faces
                until(lambda faces=faces: stage.session.status.faces == faces)
                stage.wait_pictures(25)
                if policy is FaceLostPolicy.SLATE and not faces:
                    until(lambda: stage.session._publisher.last.slate)
        stage.wait_live()
        assert stage.events.named("failed") == []


def test_avatars_switch_without_a_gap(stage):
    with stage:
        stage.wait_on(stage.choice.engine)
        stage.sink.times.clear()
        for avatar in ("green", "sand", "blue"):
            stage.session.show_avatar(avatar)
            until(lambda avatar=avatar: stage.session.status.avatar == avatar, 60)
            stage.wait_live()
        assert stage.longest_gap_s() < 0.5
    assert all(step.closed == 1 for step in (*stage.steps, *stage.posed))


def test_calibrating_and_undoing(stage):
    stage.tracker.moving = False
    with stage:
        stage.wait_on(stage.choice.engine)
        stage.session.calibrate()
        until(lambda: stage.events.named("calibrated"))
        assert stage.events.named("calibrated")[0][0].good
        until(lambda: stage.session.status.calibrated)
        stage.wait_pictures(30)
        neutral = stage.session._keeper.neutral
        assert (neutral.driving is not None) == (stage.choice.engine == "fomm")
        assert stage.session.undo_calibration()
        stage.wait_pictures(30)
    (stored,) = [*stage.paths.calibrations.iterdir()] or [None]
    assert stored is None or stored.stat().st_size < 10_000


def test_every_gain_can_be_turned(stage):
    with stage:
        stage.wait_on(stage.choice.engine)
        for value in (0.0, 2.0):
            stage.apply(controls=dict.fromkeys(GAINS, value))
            stage.wait_pictures(10)
            if stage.steps:
                until(lambda value=value: stage.steps[-1].controls[-1][3] == pytest.approx(value))
        stage.apply(controls={"relative": False, "smoothing": 1.0, "mirror_motion": True})
        stage.wait_pictures(20)
        assert stage.events.named("failed") == []


def test_every_background(stage):
    stage.apply(avatar="green")
    with stage:
        stage.wait_on(stage.choice.engine)
        for kind in BackgroundKind:
            stage.apply(background={"kind": kind, "colour": "#203040"})
            if kind is BackgroundKind.COLOUR:
                until(lambda: (stage.sink.newest[1, 1] == (0x20, 0x30, 0x40)).all())
            stage.wait_pictures(10)


def test_a_recording_and_a_snapshot(stage, tmp_path):
    with stage:
        stage.wait_on(stage.choice.engine)
        film = stage.session.start_recording(tmp_path / "film.mp4")
        stage.wait_pictures(30)
        shot = stage.session.take_snapshot(tmp_path / "shot.png")
        stage.wait_recorded(11)
        stage.session.stop_recording()
        until(lambda: stage.events.named("recording_stopped"))
    frames = [rgb for rgb, _ in read_clip(film)]
    assert len(frames) > 10
    frames.append(cv2.cvtColor(cv2.imread(str(shot)), cv2.COLOR_BGR2RGB))
    assert not any(shows_real_face(np.asarray(frame, np.uint8)) for frame in frames)


def test_a_camera_pulled_and_plugged_and_another(stage):
    with stage:
        stage.wait_on(stage.choice.engine)
        stage.camera.pull()
        stage.wait_pictures(25)
        stage.camera.plug()
        stage.wait_live()
        stage.apply(camera={"name": "Other"})
        until(lambda: stage.session.status.camera == "Other")
        stage.wait_live()
        stage.apply(camera={"name": "idle"})
        stage.wait_pictures(25)
        stage.apply(camera={"name": "Fake"})
        stage.wait_live()


def test_the_engine_changes_while_live(stage):
    with stage:
        stage.wait_on(stage.choice.engine)
        stage.sink.times.clear()
        for engine in (*reversed(ENGINES), *ENGINES):
            stage.apply(engine=engine)
            stage.wait_on(engine)
        assert stage.longest_gap_s() < 0.5


# What fomm alone has.


def test_the_watch_would_notice_a_network_that_shows_the_driver(fomm):
    with fomm:
        fomm.wait_on("fomm")
        assert fomm.sink.leaks == 0
        fomm.steps[-1].paint = lambda driving, _slid: driving
        until(lambda: fomm.sink.leaks)


def test_a_stored_model_runs_as_the_registry_loads_it(tmp_path):
    from tests.engines.fomm.rules import small_model

    stage = EngineStage(tmp_path, "fomm", load_engine=load_engine)
    small_model(stage.paths.models)
    with stage:
        stage.wait_on("fomm")
        run = stage.session.status.engine_run
        assert (run.runner, run.precision) == ("torch", "fp32")
        assert run.frames_per_second > 0
        for avatar in ("green", "blue"):
            stage.session.show_avatar(avatar)
            until(lambda avatar=avatar: stage.session.status.avatar == avatar, 60)
            stage.wait_live()
        stage.wait_pictures(20)
        shown = [picture for picture, _ in stage.sink.pictures]
        assert stage.events.named("failed") == []
    # Random weights paint any colour; but not a patch of exactly the camera's.
    assert max((picture == REAL_FACE).all(axis=2).mean() for picture in shown) < 0.01


def test_the_driver_moves_the_picture(fomm):
    def picture(index: int):
        return one_colour((128 + index % 60, 128, 255), (64, 48))

    fomm.camera.picture = picture
    with fomm:
        fomm.wait_on("fomm")
        shown = {fomm.sink.newest.tobytes() for _ in range(30) if fomm.wait_pictures(2) is None}
    assert len(shown) > 10


def test_how_it_runs_is_told(fomm):
    with fomm:
        fomm.wait_on("fomm")
        run = fomm.session.status.engine_run
        assert (run.model, run.runner, run.where, run.precision) == ("faces", "fake", "nowhere", "fp32")
        assert run.frames_per_second > 0
        assert not run.carried
        fomm.apply(engine="rig")
        fomm.wait_on("rig")
        assert fomm.session.status.engine_run is None


def test_an_engine_slower_than_the_camera_is_carried(fomm):
    fomm.frames_per_second = 4.0
    with fomm:
        fomm.wait_on("fomm")
        assert fomm.session.status.engine_run.carried
        fomm.steps[-1].gate.clear()
        before = fomm.sink.count
        fomm.wait_pictures(30)
        assert fomm.sink.count > before, "pictures go on while the network thinks"
        fomm.steps[-1].gate.set()
        fomm.session.show_avatar("green")
        until(lambda: fomm.session.status.avatar == "green", 60)
        fomm.wait_live()


def test_without_a_model_the_engine_before_goes_on_and_says_why(tmp_path, caplog):
    stage = EngineStage(tmp_path, "rig")
    with stage:
        stage.wait_on("rig")
        stage.apply(engine="fomm")
        until(lambda: stage.session.status.engine_problem)
        assert "guise models add" in stage.session.status.engine_problem
        assert [str(event[1]) for event in stage.events.named("failed")] == [
            stage.session.status.engine_problem
        ]
        assert stage.session.status.engine == "rig"
        stage.apply(framing={"zoom": 1.4})
        stage.session.show_avatar("green")
        until(lambda: stage.session.status.avatar == "green", 60)
        assert len(stage.events.named("failed")) == 1, "said once"
        store_model(stage.paths.models)
        stage.session.renew_engine()
        stage.wait_on("fomm")
        assert stage.session.status.engine_problem == ""
        assert stage.session.status.avatar == "green"


def test_a_start_without_a_model_shows_the_default_engine(tmp_path, caplog):
    with EngineStage(tmp_path, "fomm") as stage:
        stage.wait_on("rig")
        assert "needs a model" in stage.session.status.engine_problem
        stage.apply(engine="rig")
        until(lambda: not stage.session.status.engine_problem)


def test_a_runner_that_cannot_be_had_leaves_the_engine_before(fomm, caplog):
    with fomm:
        fomm.wait_on("fomm")
        fomm.refuse = EngineError("TensorRT cannot run here: needs an NVIDIA card. Choose another runner.")
        fomm.apply(runner="tensorrt")
        until(lambda: "NVIDIA" in fomm.session.status.engine_problem)
        assert fomm.session.status.engine == "fomm"
        assert fomm.steps[0].closed == 0
        fomm.wait_live()


@pytest.mark.parametrize("told", [True, False], ids=["told", "built by another program"])
def test_a_better_build_comes_on_without_a_gap_and_the_old_one_is_closed(fomm, told):
    with fomm:
        fomm.wait_on("fomm")
        fomm.sink.times.clear()
        before = fomm.session._scenes.shown
        if told:
            fomm.session.renew_engine()
        else:
            (fomm.paths.builds / "0123abcd-torch-fp32").mkdir(parents=True)
        until(lambda: fomm.session._scenes.shown is not before, 60)
        fomm.wait_on("fomm")
        until(lambda: fomm.steps[0].closed == 1)
        assert fomm.steps[1].closed == 0
        assert fomm.longest_gap_s() < 0.5
    assert [step.closed for step in fomm.steps] == [1, 1]


def test_another_model_and_another_runner_are_other_engines(fomm):
    other = store_model(fomm.paths.models, "other faces")
    with fomm:
        fomm.wait_on("fomm")
        fomm.apply(model=other.id)
        until(lambda: fomm.session.status.engine_run.model == "other faces", 60)
        fomm.apply(runner="torch")
        until(lambda: len(fomm.loaded) == 3, 60)
        fomm.apply(model=fomm.model.id, runner="auto")
        until(lambda: fomm.session.status.engine_run.model == "faces", 60)
    folders = [(options.model, options.runner) for _, options in fomm.loaded]
    assert folders[:3] == [(fomm.model.folder, "auto"), (other.folder, "auto"), (other.folder, "torch")]
    assert all(options.builds == fomm.paths.builds for _, options in fomm.loaded)


def test_a_model_of_another_family_is_not_offered_to_the_engine(tmp_path, caplog):
    stage = EngineStage(tmp_path, "fomm")
    anime = store_model(stage.paths.models, "anime", "tha")
    stage.apply(model=anime.id)
    with stage:
        stage.wait_on("rig")
        assert "needs a model" in stage.session.status.engine_problem


def test_a_network_that_fails_gives_the_slate_and_comes_back(fomm, caplog):
    with fomm:
        fomm.wait_on("fomm")
        fomm.steps[-1].error = EngineError("The device was lost. Start Guise again.")
        until(lambda: fomm.session._publisher.last.slate)
        fomm.steps[-1].error = None
        until(lambda: not fomm.session._publisher.last.slate)
        fomm.wait_live()
