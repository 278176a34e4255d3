"""The engine panel: engine, model and runner, how fast it is and why, and what would help."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

import engines.registry as registry
from app.live.status import EngineRun
from app.settings import Settings
from app.ui.panels.engine import EnginePanel
from app.ui.tokens import Tone
from engines.base import EngineInfo
from tests.app.ui.conftest import MakeRig, Rig
from tests.fakes.workshop import BUILT, VOX

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screenless platform

NETWORK = EngineInfo("fomm", "First Order Motion", "Needs a model.", gains=("head",), family="fomm")
TAICHI = replace(VOX, id="taichi", name="Tai-chi")
WITH_NETWORK = Settings(engine="fomm")
SLOW = EngineRun(VOX.name, "openvino", "CPU", "bf16", 4.23)


@pytest.fixture(autouse=True)
def network_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that needs a model."""
    monkeypatch.setitem(registry._INFO, "fomm", NETWORK)
    monkeypatch.setitem(registry._FACTORIES, "fomm", registry._FACTORIES["rig"])


@pytest.fixture
def networked(make_rig: MakeRig, qtbot) -> Rig:
    """A window whose engine needs a model, with two of them."""
    rig = make_rig(WITH_NETWORK, models=(replace(VOX, builds=(BUILT,)), TAICHI))
    qtbot.waitUntil(lambda: rig.desk.models.known)
    return rig


def pick(choice, value: object) -> None:
    row = choice.values().index(value)
    choice.setCurrentIndex(row)
    choice.activated.emit(row)


def panel_of(rig: Rig) -> EnginePanel:
    return rig.window.side.engine


def run(rig: Rig, qtbot, engine_run: EngineRun | None, **more: object) -> EnginePanel:
    rig.session.say(engine_run=engine_run, **more)
    qtbot.waitUntil(lambda: rig.window.status == rig.session.status)
    return panel_of(rig)


def test_an_engine_without_networks_asks_for_nothing(make_rig: MakeRig) -> None:
    rig = make_rig()
    panel = panel_of(rig)
    assert panel.model_row.isHidden()
    assert panel.runner_row.isHidden()
    assert panel.advice.isHidden()
    assert panel.speed.isHidden()
    assert not rig.desk.models.known


def test_choosing_an_engine_that_needs_a_model_offers_the_page(make_rig: MakeRig, qtbot) -> None:
    rig = make_rig()
    pick(panel_of(rig).engine, "fomm")
    qtbot.waitUntil(lambda: not panel_of(rig).advice.isHidden())
    panel = panel_of(rig)
    assert rig.applied.engine == "fomm"
    assert panel.advice.text.startswith("First Order Motion needs a model, and none is stored.")
    assert not panel.model.isEnabled()
    panel.advice.buttons()[0].click()
    assert rig.window.models.page is not None
    assert rig.window.models.page.isVisible()
    panel.advice.buttons()[1].click()
    assert rig.applied.engine == "rig"
    assert panel.advice.isHidden()


def test_model_and_runner_reach_the_session(networked: Rig) -> None:
    panel = panel_of(networked)
    assert panel.model.values() == [VOX.id, "taichi"]
    assert panel.model.value() == VOX.id
    pick(panel.model, "taichi")
    assert networked.applied.model == "taichi"
    assert panel.runner.values() == ["auto", "openvino", "onnxruntime", "torch"]
    pick(panel.runner, "onnxruntime")
    assert networked.applied.runner == "onnxruntime"


def test_a_runner_that_is_gone_is_shown_as_such(make_rig: MakeRig, qtbot) -> None:
    rig = make_rig(replace(WITH_NETWORK, runner="tensorrt"), models=(VOX,))
    qtbot.waitUntil(lambda: rig.desk.models.known)
    assert panel_of(rig).runner.currentText() == "tensorrt (not available)"


def test_models_button_opens_the_page(networked: Rig) -> None:
    QTest.mouseClick(panel_of(networked).models, Qt.MouseButton.LeftButton)
    assert networked.window.models.page is not None


def test_a_slow_engine_says_how_slow_and_offers_the_rig(networked: Rig, qtbot) -> None:
    panel = run(networked, qtbot, replace(SLOW, carried=True), camera_fps=30.0)
    assert panel.speed.text == (
        "OpenVINO on CPU, bf16: the fastest measured here. About 4.2 frames a second on this CPU, measured. "
        "In between, the rig's motion carries the picture."
    )
    assert "slower than the camera's 30" in panel.advice.text
    button = panel.advice.buttons()[0]
    run(networked, qtbot, SLOW, camera_fps=29.9)
    assert panel.advice.buttons()[0] is button
    button.click()
    assert networked.applied.engine == "rig"


def test_a_fast_engine_needs_no_advice(networked: Rig, qtbot) -> None:
    fast = EngineRun(VOX.name, "tensorrt_rtx", "NVIDIA H200", "fp16", 412.0)
    panel = run(networked, qtbot, fast, camera_fps=30.0, engine="fomm")
    assert "About 412 frames a second on NVIDIA H200, measured." in panel.speed.text
    assert panel.advice.isHidden()
    assert networked.window.status_line.value("Runs on") == "NVIDIA H200 (fomm)"


def test_a_runner_of_the_users_own_choice_is_said_to_be_that(networked: Rig, qtbot) -> None:
    pick(panel_of(networked).runner, "onnxruntime")
    panel = run(networked, qtbot, SLOW)
    assert panel.speed.text.startswith("OpenVINO on CPU, bf16: ONNX Runtime is not built for this model yet.")
    assert panel.advice.text.startswith("This model is not built for ONNX Runtime yet.")
    pick(panel_of(networked).runner, "openvino")
    panel = run(networked, qtbot, replace(SLOW, frames_per_second=0.0))
    assert panel.speed.text == "OpenVINO on CPU, bf16: as chosen. Its speed is not measured yet."
    assert panel.advice.isHidden()


def test_a_model_that_is_not_built_yet_can_be_built_from_here(networked: Rig, qtbot) -> None:
    panel = run(networked, qtbot, EngineRun("Tai-chi", "torch", "CPU", "fp32"))
    pick(panel.model, "taichi")
    assert panel.speed.text.startswith("PyTorch on CPU, fp32: the best there is so far.")
    assert panel.advice.text.startswith("This model is not built for OpenVINO yet.")
    networked.workshop.hold()
    panel.advice.buttons()[0].click()
    qtbot.waitUntil(lambda: not panel.building.isHidden())
    assert panel.advice.isHidden()
    networked.workshop.release()
    qtbot.waitUntil(lambda: ("renew_engine",) in networked.session.calls)
    assert networked.workshop.calls == [("build", "taichi", "openvino")]
    qtbot.waitUntil(lambda: not networked.desk.jobs.busy)
    assert panel.advice.isHidden()


def test_an_engine_that_cannot_be_used_says_why(networked: Rig, qtbot) -> None:
    panel = run(networked, qtbot, None, engine_problem="Its model is damaged. Add it again.")
    assert panel.advice.text == "Its model is damaged. Add it again."
    assert panel.advice.tone is Tone.WARN
    panel = run(networked, qtbot, None, engine_problem="")
    assert panel.advice.isHidden()


def test_without_the_extra_the_panel_has_the_command(make_rig: MakeRig, qtbot) -> None:
    rig = make_rig(models=(VOX,))
    rig.workshop.now = replace(rig.workshop.now, missing="The extra “neural” is missing.", command="do it")
    pick(panel_of(rig).engine, "fomm")
    qtbot.waitUntil(lambda: not panel_of(rig).advice.isHidden())
    panel = panel_of(rig)
    assert panel.advice.text == "The extra “neural” is missing. do it"
    panel.advice.buttons()[0].click()
    assert QGuiApplication.clipboard().text() == "do it"


def test_gains_the_engine_does_not_follow_cannot_be_turned_and_say_why(networked: Rig) -> None:
    motion = networked.window.side.motion
    reason = "First Order Motion has no gain for mouth, eyes and brows: they move as yours do."
    assert motion.gains["head"].track.isEnabled()
    for name in ("mouth", "eyes", "brows"):
        assert not motion.gains[name].track.isEnabled()
        assert motion.gains[name].track.toolTip() == reason
        assert motion.gains[name].track.accessibleDescription() == reason
    assert motion.unfollowed.text() == reason
    assert not motion.unfollowed.isHidden()
    pick(panel_of(networked).engine, "rig")
    assert motion.gains["mouth"].track.isEnabled()
    assert "Double-click" in motion.gains["mouth"].track.toolTip()
    assert motion.unfollowed.isHidden()
