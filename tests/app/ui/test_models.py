"""The page of models: every control does what it says, every job's end is said, files dropped find their way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

import engines.registry as registry
from app.errors import GuiseError
from app.models.workshop import BuildCard, ModelCard
from app.settings import Settings
from app.ui.models.page import ModelPage
from app.ui.models.words import build_words, rate_words, size_words
from app.ui.stage.toasts import Toast
from app.ui.system import is_model, is_page
from app.ui.tokens import Tone
from engines.base import EngineInfo
from tests.app.ui.conftest import MakeRig, Rig
from tests.fakes.workshop import BUILT, OFFERS, VOX

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screenless platform

NETWORK = EngineInfo("fomm", "First Order Motion", "Needs a model.", gains=("head",), family="fomm")
TAICHI = replace(
    VOX, id="taichi", name="Tai-chi", configuration="taichi-256", licence="", origin="taichi.pth"
)
BUILT_VOX = replace(VOX, builds=(BUILT,))
WITH_NETWORK = Settings(engine="fomm")
EVIL = GuiseError("The file would run code when it is read, so it was not read.", "Ask for weights alone.")


@pytest.fixture(autouse=True)
def network_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that needs a model."""
    monkeypatch.setitem(registry._INFO, "fomm", NETWORK)
    monkeypatch.setitem(registry._FACTORIES, "fomm", registry._FACTORIES["rig"])


OpenPage = Callable[..., tuple[Rig, ModelPage]]


@pytest.fixture
def open_page(make_rig: MakeRig, qtbot) -> Iterator[OpenPage]:
    """Open the window and its page of models."""

    def open_it(
        *models: ModelCard, settings: Settings | None = None, missing: str = ""
    ) -> tuple[Rig, ModelPage]:
        rig = make_rig(settings, models=models)
        rig.workshop.now = replace(
            rig.workshop.now, missing=missing, command="uv sync --extra neural" if missing else ""
        )
        rig.window.do("models")
        page = rig.window.models.page
        assert page is not None
        qtbot.waitUntil(lambda: rig.desk.models.known and not rig.desk.jobs.busy)
        return rig, page

    return open_it


def click(button: QAbstractButton) -> None:
    for _ in range(500):  # what a job found is shown a moment after it ended
        if button.isVisible():
            break
        QTest.qWait(10)
    assert button.isVisible(), button.text()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def settle(rig: Rig, qtbot) -> None:
    """Wait until no job is under way and what came of them was looked at."""
    qtbot.waitUntil(lambda: all(job.ended for job in rig.desk.models.jobs()))
    QGuiApplication.processEvents()
    qtbot.waitUntil(lambda: not rig.desk.jobs.busy)


def toast(rig: Rig) -> Toast:
    return rig.window.stage.toasts.cards[-1].toast


def files(*names: str) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(f"/models/{name}") for name in names])
    return mime


def drop(widget, mime: QMimeData) -> None:
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(widget.rect().center(), Qt.DropAction.CopyAction, mime, buttons, keys)
    QApplication.sendEvent(widget, enter)
    if enter.isAccepted():
        event = QDropEvent(QPointF(widget.rect().center()), Qt.DropAction.CopyAction, mime, buttons, keys)
        QApplication.sendEvent(widget, event)


# Showing


def test_the_page_shows_what_is_stored(open_page: OpenPage) -> None:
    _, page = open_page(BUILT_VOX, TAICHI, settings=WITH_NETWORK)
    details = page.details
    assert details.name.text() == VOX.name
    assert details.kind.text() == "vox-adv-256 · for First Order Motion"
    assert details.licence.text() == VOX.licence
    assert (details.origin.full, details.checksum.full) == (VOX.origin, VOX.sha256)
    assert (details.size_shown.text(), details.added.text()) == ("729 MB", "2026-03-04")
    rows = page.list.model()
    assert [rows.index(row, 0).data() for row in range(2)] == [VOX.name, "Tai-chi"]
    spoken = rows.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Vox, adversarial, vox-adv-256 · 729 MB, In use · 4.2 frames a second"
    page.grab()


def test_another_model_is_chosen_by_key(open_page: OpenPage) -> None:
    _, page = open_page(VOX, TAICHI)
    page.list.setFocus()
    QTest.keyClick(page.list, Qt.Key.Key_Down)
    assert page.details.name.text() == "Tai-chi"
    assert page.details.licence.text() == "Not stated"
    assert page.details.open_origin.isHidden()


def test_without_models_the_page_says_where_they_come_from(open_page: OpenPage) -> None:
    _, page = open_page()
    assert page.offers.isVisible()
    assert page.list.isHidden()
    assert page.empty.text() == "No model is stored yet."
    page.grab()


def test_runners_say_what_they_are(open_page: OpenPage) -> None:
    _, page = open_page(BUILT_VOX)
    table = page.details.runners
    assert table.states["tensorrt_rtx"].text == "There is no NVIDIA card in this computer."
    assert table.states["openvino"].text.startswith(
        "About 4.2 frames a second · bf16 · differs by at most 3 of 255"
    )
    assert table.states["onnxruntime"].text == "Not built yet. Works everywhere."
    shown = {name for name, button in table.buttons.items() if button.isVisible()}
    assert shown == {"onnxruntime", "torch"}
    assert table.buttons["torch"].text() == "Measure"
    assert table.build.isHidden()


def test_the_checksum_is_copied_and_the_page_opened(open_page: OpenPage, monkeypatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("app.ui.models.details.open_page", opened.append)
    _, page = open_page(VOX)
    click(page.details.copy_checksum)
    assert QGuiApplication.clipboard().text() == VOX.sha256
    click(page.details.open_origin)
    assert opened == [VOX.origin]


def test_a_model_cannot_send_the_browser_anywhere_but_to_a_page(open_page: OpenPage) -> None:
    _, page = open_page(replace(VOX, origin="file:///etc/passwd"))
    assert page.details.open_origin.isHidden()
    assert is_page("https://example.org/a.pth")
    for address in ("javascript:alert(1)", "file:///x", "ftp://x/y", "https://", "x", "", "https:// a b"):
        assert not is_page(address), address


def test_a_published_model_has_its_makers_page(open_page: OpenPage, monkeypatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("app.ui.models.details.open_page", opened.append)
    offer = OFFERS[0]
    _, page = open_page(replace(VOX, origin="file.pth", licence=offer.licence))
    click(page.details.open_origin)
    assert opened == [offer.page]


def test_the_page_is_opened_once_and_kept(open_page: OpenPage, qtbot) -> None:
    rig, page = open_page(VOX)
    click(page.done_button)
    assert page.isHidden()
    rig.window.activateWindow()
    qtbot.waitUntil(rig.window.isActiveWindow)
    QTest.keyClick(rig.window, Qt.Key.Key_E)
    assert rig.window.models.page is page
    assert page.isVisible()
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert page.isHidden()


def test_enter_presses_nothing(open_page: OpenPage) -> None:
    rig, page = open_page(VOX)
    QTest.keyClick(page.list, Qt.Key.Key_Return)
    QTest.keyClick(page, Qt.Key.Key_Return)
    assert page.isVisible()
    assert rig.workshop.calls == []


def test_everything_is_reached_by_keys_and_has_a_name(open_page: OpenPage) -> None:
    _, page = open_page(VOX, TAICHI)
    page.get.setChecked(False)
    for _ in range(2):
        for button in page.findChildren(QAbstractButton):
            if button.isVisible() and button.objectName() == "":
                assert button.text() or button.accessibleName(), button
                assert (
                    button.focusPolicy() & Qt.FocusPolicy.TabFocus or button.parent() is page.offers.address
                )
        page.get.setChecked(True)


def test_tab_goes_from_top_to_bottom_through_jobs_too(open_page: OpenPage, qtbot) -> None:
    rig, page = open_page(VOX)
    rig.workshop.hold()
    click(page.details.runners.build)
    qtbot.waitUntil(lambda: bool(page.jobs.strips()))
    stops, at = [], page.list.nextInFocusChain()
    while at is not page.list:
        if at.isVisible() and at.isEnabled() and at.focusPolicy() & Qt.FocusPolicy.TabFocus:
            stops.append(at)
        at = at.nextInFocusChain()
    details, cancel = page.details, page.jobs.strips()[0].cancel
    assert stops[0] is cancel
    assert stops.index(cancel) < stops.index(details.use) < stops.index(details.copy_checksum)
    assert stops[-3:] == [page.done_button, page.add, page.get]


# Doing


def test_a_file_is_added_and_shown(open_page: OpenPage, qtbot) -> None:
    rig, page = open_page(VOX)
    rig.dialogs.weights = [Path("/models/fashion.pth.tar")]
    click(page.add)
    settle(rig, qtbot)
    assert rig.workshop.calls == [("add", Path("/models/fashion.pth.tar"))]
    assert page.details.name.text() == "fashion"
    assert page.jobs.notes()[0].text == "Added fashion.pth.tar."
    page.jobs.notes()[0].buttons()[0].click()
    assert page.jobs.notes() == []


def test_no_file_chosen_adds_nothing(open_page: OpenPage) -> None:
    rig, page = open_page(VOX)
    click(page.add)
    assert rig.workshop.calls == []


def test_a_hostile_file_gets_its_sentence_in_place(open_page: OpenPage, qtbot) -> None:
    rig, page = open_page(VOX)
    rig.workshop.refuse = EVIL
    rig.dialogs.weights = [Path("/models/evil.pth")]
    click(page.add)
    settle(rig, qtbot)
    note = page.jobs.notes()[0]
    assert note.tone is Tone.BAD
    assert note.text == f"evil.pth was not added. {EVIL}"
    assert [button.text() for button in note.buttons()] == ["OK"]
    assert rig.window.stage.toasts.cards == []


def test_build_shows_progress_and_is_cancelled_and_goes_on(open_page: OpenPage, qtbot) -> None:
    rig, page = open_page(VOX)
    rig.workshop.hold()
    assert page.details.runners.build.text() == "Build for this computer"
    click(page.details.runners.build)
    qtbot.waitUntil(lambda: bool(page.jobs.strips()) and page.jobs.strips()[0].bar.fraction == 0.4)
    strip = page.jobs.strips()[0]
    assert strip.title.full == "Building Vox, adversarial for OpenVINO"
    assert strip.step.text() == "Exporting the graphs, 40 %"
    assert not page.details.runners.build.isEnabled()
    assert not page.details.remove.isEnabled()
    strip.grab()
    click(strip.cancel)
    settle(rig, qtbot)
    note = page.jobs.notes()[0]
    assert "was stopped. The steps that were done are kept." in note.text
    assert page.details.runners.build.text() == "Go on building"
    assert page.details.runners.buttons["openvino"].text() == "Go on"
    rig.workshop.release()
    note.buttons()[0].click()
    settle(rig, qtbot)
    assert rig.workshop.calls == [("build", VOX.id, "openvino")] * 2
    assert page.details.runners.states["openvino"].text.startswith("About 4.2")
    assert page.details.runners.build.isHidden()
    assert ("renew_engine",) in rig.session.calls


def test_each_runner_has_its_own_build_button(open_page: OpenPage, qtbot) -> None:
    rig, page = open_page(VOX)
    click(page.details.runners.buttons["onnxruntime"])
    settle(rig, qtbot)
    assert rig.workshop.calls == [("build", VOX.id, "onnxruntime")]


def test_a_failed_build_can_be_tried_again(open_page: OpenPage, qtbot) -> None:
    rig, page = open_page(VOX)
    rig.workshop.refuse = GuiseError("The disk is full.", "Free some space.")
    click(page.details.runners.build)
    settle(rig, qtbot)
    assert page.jobs.notes()[0].text.endswith("was not built. The disk is full. Free some space.")
    page.jobs.notes()[0].buttons()[0].click()
    settle(rig, qtbot)
    assert len(rig.workshop.calls) == 2


def test_verify_says_that_all_is_well_or_what_is_not(open_page: OpenPage, qtbot) -> None:
    rig, page = open_page(VOX)
    click(page.details.verify)
    settle(rig, qtbot)
    assert page.jobs.notes()[0].text == "Vox, adversarial is exactly what was added."
    rig.workshop.refuse = GuiseError("Its weights were changed.", "Remove it and add its file again.")
    click(page.details.verify)
    settle(rig, qtbot)
    assert [note.tone for note in page.jobs.notes()] == [Tone.BAD]


def test_remove_asks_first(open_page: OpenPage, qtbot) -> None:
    rig, page = open_page(VOX, TAICHI, settings=replace(WITH_NETWORK, model=VOX.id))
    click(page.details.remove)
    assert "Remove Vox, adversarial?" in page.details.asking.text
    assert rig.workshop.calls == []
    page.details.asking.buttons()[1].click()
    assert page.details.asking.isHidden()
    QTest.keyClick(page.list, Qt.Key.Key_Delete)
    page.details.asking.buttons()[0].click()
    settle(rig, qtbot)
    assert rig.workshop.calls == [("remove", VOX.id)]
    assert page.details.name.text() == "Tai-chi"
    assert rig.desk.settings.model == ""
    assert page.jobs.notes()[0].text == "Removed Vox, adversarial."


def test_the_question_goes_when_another_model_is_looked_at(open_page: OpenPage) -> None:
    _, page = open_page(VOX, TAICHI)
    page.ask_to_remove()
    page.list.select("taichi")
    assert page.details.asking.isHidden()


def test_use_puts_engine_and_model_into_the_settings(open_page: OpenPage) -> None:
    rig, page = open_page(VOX, TAICHI)
    page.list.select("taichi")
    click(page.details.use)
    assert (rig.applied.engine, rig.applied.model) == ("fomm", "taichi")
    assert page.details.use.text() == "In use"
    assert not page.details.use.isEnabled()


# Getting


def test_a_published_model_is_downloaded(open_page: OpenPage, qtbot) -> None:
    rig, page = open_page(TAICHI)
    click(page.get)
    assert page.details.isHidden()
    rig.workshop.hold()
    click(page.offers.boxes["vox-adv-256"].download)
    qtbot.waitUntil(lambda: bool(page.jobs.strips()))
    assert page.jobs.strips()[0].title.full == "Downloading Vox, adversarial (256)"
    rig.workshop.release()
    settle(rig, qtbot)
    assert rig.workshop.calls == [("download", "vox-adv-256", "")]
    assert page.details.isVisible()
    assert page.details.name.text() == VOX.name
    assert not page.get.isChecked()


def test_without_a_network_it_says_so(open_page: OpenPage, qtbot) -> None:
    rig, page = open_page()
    rig.workshop.refuse = GuiseError("There is no network.", "Download the file elsewhere and add it here.")
    click(page.offers.boxes["vox-adv-256"].download)
    settle(rig, qtbot)
    note = page.jobs.notes()[0]
    assert "There is no network. Download the file elsewhere and add it here." in note.text
    note.buttons()[0].click()
    settle(rig, qtbot)
    assert rig.workshop.calls == [("download", "vox-adv-256", "")] * 2


def test_where_only_a_page_exists_it_is_opened_and_copied(open_page: OpenPage, monkeypatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("app.ui.models.offers.open_page", opened.append)
    rig, page = open_page()
    box = page.offers.boxes["taichi-256"]
    assert box.download.isHidden()
    assert "Download it there, then add the file here." in box.how.text()
    click(box.open)
    assert opened == [box.offer.page]
    click(box.other)
    assert opened == [box.offer.page, box.offer.other_page]
    click(box.copy)
    assert QGuiApplication.clipboard().text() == box.offer.page
    rig.dialogs.weights = [Path("/models/taichi.pth")]
    click(box.add)
    assert rig.desk.models.jobs()[-1].subject == "taichi.pth"


def test_any_address_can_be_typed(open_page: OpenPage, qtbot) -> None:
    rig, page = open_page()
    offers = page.offers
    assert not offers.fetch.isEnabled()
    offers.address.setText("ftp://example.org/x.pth")
    assert offers.wrong.isVisible()
    QTest.keyClick(offers.address, Qt.Key.Key_Return)
    assert rig.workshop.calls == []
    offers.address.setText(" https://example.org/x.pth ")
    assert offers.wrong.isHidden()
    QTest.keyClick(offers.address, Qt.Key.Key_Return)
    settle(rig, qtbot)
    assert rig.workshop.calls == [("download", None, "https://example.org/x.pth")]
    click(page.get)
    click(offers.fetch)
    settle(rig, qtbot)
    assert len(rig.workshop.calls) == 2


def test_without_the_extra_there_is_one_calm_explanation(open_page: OpenPage) -> None:
    rig, page = open_page(VOX, missing="Engines with networks need the extra “neural”.")
    assert page.missing.tone is Tone.INFO
    assert "uv sync --extra neural" in page.missing.text
    page.missing.buttons()[0].click()
    assert QGuiApplication.clipboard().text() == "uv sync --extra neural"
    assert not page.add.isEnabled()
    assert not page.details.runners.build.isEnabled()
    assert page.add.toolTip() == "Engines with networks need the extra “neural”."
    click(page.get)
    assert not page.offers.boxes["vox-adv-256"].download.isEnabled()
    assert page.offers.boxes["vox-adv-256"].open.isEnabled()
    drop(page, files("x.pth"))
    assert rig.workshop.calls == []


# The window


def test_a_model_dropped_on_the_window_is_added_on_the_page(make_rig: MakeRig, qtbot) -> None:
    rig = make_rig()
    drop(rig.window, files("vox.pth.tar"))
    page = rig.window.models.page
    assert page is not None
    assert page.isVisible()
    settle(rig, qtbot)
    assert rig.workshop.calls == [("add", Path("/models/vox.pth.tar"))]
    assert rig.shelf.calls == []


def test_the_window_says_what_it_would_do_with_what_hangs_over_it(make_rig: MakeRig) -> None:
    rig = make_rig()
    for name, model in (("vox.pth", True), ("cat.png", False)):
        mime = files(name)
        event = QDragEnterEvent(
            rig.window.rect().center(), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(rig.window, event)
        assert rig.window.stage.overlay.content.drop
        assert rig.window.stage.overlay.content.drop_model is model
        rig.window.stage.overlay.grab()
    rig.window.dragLeaveEvent(None)  # type: ignore[arg-type]


def test_a_model_dropped_on_the_page_is_added(open_page: OpenPage, qtbot) -> None:
    rig, page = open_page(VOX)
    drop(page, files("odd.bin", "cat.png"))
    settle(rig, qtbot)
    assert rig.workshop.calls == [("add", Path("/models/odd.bin"))]


def test_what_a_job_came_to_is_said_when_the_page_is_closed(open_page: OpenPage, qtbot) -> None:
    rig, page = open_page(VOX)
    rig.workshop.hold()
    click(page.details.runners.build)
    qtbot.waitUntil(rig.workshop.begun.is_set)
    page.close()
    qtbot.waitUntil(lambda: not rig.window.side.engine.building.isHidden())
    assert "Building Vox" in rig.window.side.engine.building.words.text()
    rig.workshop.release()
    settle(rig, qtbot)
    assert toast(rig).text == "Built Vox, adversarial for OpenVINO."
    assert rig.window.side.engine.building.isHidden()
    toast(rig).act()
    assert page.isVisible()
    assert page.jobs.notes() == []


def test_closing_the_window_stops_jobs(open_page: OpenPage, qtbot) -> None:
    rig, page = open_page(VOX)
    rig.workshop.hold()
    click(page.details.runners.build)
    qtbot.waitUntil(rig.workshop.begun.is_set)
    assert rig.desk.close() == []


def test_models_that_cannot_be_looked_at_are_reported(make_rig: MakeRig, qtbot, monkeypatch) -> None:
    rig = make_rig()
    monkeypatch.setattr(rig.workshop, "overview", lambda: (_ for _ in ()).throw(EVIL))
    rig.desk.models.look()
    qtbot.waitUntil(lambda: bool(rig.window.stage.toasts.cards))
    assert toast(rig).text == EVIL.message


# Words


def test_sizes_and_rates_have_words() -> None:
    assert [size_words(size) for size in (12, 44_100, 728_766_501, 1_240_000_000)] == [
        "12 bytes", "44 kB", "729 MB", "1.2 GB",
    ]  # fmt: skip
    assert (rate_words(4.23), rate_words(31.4)) == ("4.2 frames a second", "31 frames a second")


def test_builds_have_words() -> None:
    assert build_words(BuildCard("torch", "fp32")) == "Not measured · fp32 · same pictures as the original"
    exact = BuildCard("torch", "fp32", 12.6, float("inf"), 0.0, 1000)
    assert build_words(exact) == "About 13 frames a second · fp32 · same pictures as the original · 1 kB"


def test_model_files_are_told_by_their_names() -> None:
    for name in ("a.pth", "A.PTH.TAR", "x.safetensors", "x.ckpt", "x.pt"):
        assert is_model(Path(name)), name
    for other in (Path("a.png"), b"bytes", Path("a.mp4")):
        assert not is_model(other)
