"""Characters in the window: dropped, added, introduced; what moves them; what their engine says without a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.avatars.entry import AvatarEntry
from app.live.engine_choice import UnsuitedError
from app.live.mapping_file import write_mapping
from app.live.status import EngineRun
from app.settings import Settings
from app.ui import asking
from app.ui.landmark_editor.dialog import LandmarkEditor
from app.ui.system import is_model
from app.ui.tokens import Tone
from engines.tha.posing.mapping import DEFAULT
from tests.app.ui.conftest import MakeRig, Rig
from tests.fakes.characters import write_character

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screenless platform


def toasts(rig: Rig) -> dict[str, object]:
    return {card.toast.text: card for card in rig.window.stage.toasts.cards}


def make_character(rig: Rig, *, guessed: bool = False) -> AvatarEntry:
    """Make the second avatar a character."""
    entry = replace(rig.shelf._entries[1], character=True, face_guessed=guessed)
    rig.shelf._entries[1] = entry
    rig.desk.shelf_changed.emit()
    return entry


def test_a_dropped_character_is_added_introduced_and_its_face_looked_at(
    rig: Rig, qtbot, tmp_path: Path
) -> None:
    folder = write_character(tmp_path / "Mira").parent
    entry = make_character(rig, guessed=True)
    rig.shelf.on_add = lambda _source: entry
    asking.add_sources(rig.window, [folder])
    qtbot.waitUntil(lambda: "Fox is a character." in toasts(rig))
    assert "CC BY-NC 4.0" in toasts(rig)["Fox is a character."].toast.hint
    toasts(rig)["Fox brings networks made for it."].action_button.click()
    assert rig.applied.engine == "tha"
    assert rig.window.findChild(LandmarkEditor) is not None
    assert "networks made for it" in rig.window.shelf.model.index(1).data(3)  # the tooltip


def test_a_character_is_offered_its_engine_once_and_not_where_it_is_in_use(make_rig: MakeRig) -> None:
    for engine, offers in (("rig", 1), ("tha", 0)):
        rig = make_rig(Settings(engine=engine))
        make_character(rig)
        for avatar in ("fox", "robo", "fox"):
            rig.desk.show_avatar(avatar)
        texts = [card.toast.text for card in rig.window.stage.toasts.cards]
        assert texts.count("Fox brings networks made for it.") == offers


def test_folders_of_weights_are_models_and_characters_are_not(rig: Rig, qtbot, tmp_path: Path) -> None:
    weights = tmp_path / "separable_half"
    weights.mkdir()
    (weights / "editor.pt").write_bytes(b"x")
    assert is_model(weights)
    assert not is_model(write_character(tmp_path / "Mira").parent)
    assert not is_model(tmp_path / "nowhere")
    asking.add_sources(rig.window, [weights])
    qtbot.waitUntil(lambda: any(call[:2] == ("add", weights) for call in rig.workshop.calls))
    qtbot.waitUntil(lambda: not [job for job in rig.desk.models.jobs() if not job.ended])


def test_gaze_body_breath_and_the_table_are_there_for_engines_that_follow_them(rig: Rig) -> None:
    motion = rig.window.side.motion
    rare = [motion.gains[name] for name in ("gaze", "body", "breathing")]
    assert all(slider.isHidden() for slider in (*rare, motion.mapping_row))
    assert motion.unfollowed.isHidden(), "what is hidden is not missed"
    rig.desk.change(replace(rig.desk.settings, engine="tha"))
    assert not any(slider.isHidden() for slider in (*rare, motion.mapping_row))
    motion.gains["breathing"].track.setValue(0)
    assert rig.applied.controls.breathing == 0
    motion.reset.click()
    assert rig.applied.controls.breathing == 1


def test_the_table_is_edited_reset_and_brought_back(make_rig: MakeRig, monkeypatch) -> None:
    rig = make_rig(Settings(engine="tha"))
    opened: list[Path] = []
    monkeypatch.setattr("app.ui.asking.open_file", lambda path: not opened.append(path))
    rig.window.side.motion.edit_mapping.click()
    assert opened == [rig.paths.mapping]
    assert rig.paths.mapping.read_text(encoding="utf-8") == DEFAULT.read_text(encoding="utf-8")
    rig.paths.mapping.write_text("# mine\n", encoding="utf-8")
    assert write_mapping(rig.paths).read_text(encoding="utf-8") == "# mine\n"
    rig.window.side.motion.reset_mapping.click()
    assert not rig.paths.mapping.exists()
    toasts(rig)["The default mapping is in use again."].action_button.click()
    assert rig.paths.mapping.read_text(encoding="utf-8") == "# mine\n"


def test_the_engine_panel_asks_for_no_model_while_a_character_is_on(make_rig: MakeRig, qtbot) -> None:
    rig = make_rig(Settings(engine="tha"))
    qtbot.waitUntil(lambda: rig.desk.models.known)
    panel = rig.window.side.engine
    rig.session.say(engine="tha", engine_run=EngineRun("", "numba", "CPU", "bf16", 31.0))
    qtbot.waitUntil(lambda: "the character's own networks" in panel.speed.text)
    assert panel.advice.isHidden()
    assert panel.model.currentText() == "Characters’ own"
    error = UnsuitedError("Talking Head Anime", "Fox")
    rig.session.say(engine="rig", engine_run=None, engine_problem=str(error))
    qtbot.waitUntil(lambda: not panel.advice.isHidden())
    assert "it is no character" in panel.advice.text
    rig.desk.report(error)
    assert toasts(rig)[error.message].toast.tone is Tone.INFO
