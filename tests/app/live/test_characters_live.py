"""Characters on air: they need no model, other avatars do, and the table that moves them can be edited meanwhile."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.live.engine_choice import MisfitError, UnsuitedError
from app.live.mapping_file import reset_mapping, write_mapping
from engines.tha.pose import INDEX
from tests.fakes.every_engine import EngineStage
from tests.fakes.models import store_model
from tests.fakes.sitter import made_avatar
from tests.fakes.stage import until


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EngineStage:
    """A session on the engine for characters, with one of them on, and no model stored."""
    made = EngineStage(tmp_path, "tha")
    made.add_characters(monkeypatch, "mira")
    made.apply(avatar="mira", output={"virtual_camera": True})
    return made


def show(stage: EngineStage, avatar: str, engine: str) -> None:
    stage.session.show_avatar(avatar)
    until(lambda: stage.session.status.avatar == avatar, 60)
    stage.wait_on(engine)


def test_a_character_needs_no_model_and_other_avatars_get_the_rig_without_a_gap(stage, caplog):
    with stage:
        stage.wait_on("tha")
        run = stage.session.status.engine_run
        assert (run.model, run.runner) == ("", "fake")
        stage.sink.times.clear()
        show(stage, "blue", "rig")
        problem = stage.session.status.engine_problem
        assert "it is no character" in problem
        (told,) = stage.events.named("failed")
        assert isinstance(told[1], UnsuitedError)
        stage.apply(framing={"zoom": 1.3})
        stage.wait_pictures(10)
        show(stage, "mira", "tha")
        assert stage.session.status.engine_problem == ""
        show(stage, "sand", "rig")
        store_model(stage.paths.models, "drawings", "tha")
        stage.session.renew_engine()
        stage.wait_on("tha")
        assert stage.session.status.engine_run.model == "drawings"
        stage.library.avatars["side"] = made_avatar(yaw_deg=40, has_alpha=True)
        show(stage, "side", "tha")
        misfits = [str(error) for _, error in stage.events.named("failed") if isinstance(error, MisfitError)]
        assert len(misfits) == 1
        assert "looks to one side" in misfits[0]
        assert stage.longest_gap_s() < 0.5
    assert [sink.leaks for sink in (stage.sink, *stage.virtual)] == [0, 0]
    assert all(step.closed == 1 for step in stage.posed)


def test_the_engine_before_goes_on_for_an_avatar_that_is_no_character(stage, caplog):
    store_model(stage.paths.models)
    stage.apply(engine="fomm", avatar="blue")
    with stage:
        stage.wait_on("fomm")
        stage.apply(engine="tha")
        until(lambda: stage.session.status.engine_problem)
        assert stage.session.status.engine == "fomm"
        stage.wait_live()


def test_the_table_is_followed_while_live_and_a_bad_one_has_its_default(stage, caplog):
    with stage:
        stage.wait_on("tha")
        assert stage.loaded[-1][1].mapping is None
        path = write_mapping(stage.paths)
        until(lambda: len(stage.loaded) == 2, 60)
        assert stage.loaded[-1][1].mapping == path
        path.write_text("[parameters]\nhead_x = { follows = 'nothing' }\n")
        until(lambda: stage.events.named("failed"), 60)
        worker, error = stage.events.named("failed")[-1]
        assert worker == "mapping"
        assert "'nothing' is no signal" in str(error)
        path.write_text("no table at all")
        until(lambda: stage.loaded[-1][1].mapping is None, 60)
        assert reset_mapping(stage.paths) == "no table at all"
        until(lambda: not stage.session._scenes._store.outdated, 60)
        stage.wait_on("tha")
        assert stage.session.status.engine_problem == ""


def test_idle_motion_breathes_and_moves_a_character(stage):
    stage.apply(camera={"name": "idle"}, face_lost="idle")
    with stage:
        until(lambda: stage.session.status.engine == "tha", 60)
        stage.wait_pictures(60)
        seen = np.array(stage.posed[-1].poses)
    assert np.ptp(seen[:, INDEX["breathing"]]) > 0.02
    assert np.ptp(seen[:, INDEX["head_y"]]) > 0.01
