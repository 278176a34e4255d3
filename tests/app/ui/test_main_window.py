"""Every control of the window changes the settings handed to the session; every event of the session shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox

from app.devices.driver_help import VirtualCameraStatus
from app.live.status import CameraState, EngineRun, NeutralState
from app.settings import BackgroundKind, FaceLostPolicy, Settings, Theme
from app.tracking.calibration import Calibration, Problem
from app.ui import asking
from app.ui.tokens import Tone
from tests.app.ui.conftest import MakeRig, Rig
from tests.fakes.session import fake_face, refused


def pick(choice, value: object) -> None:
    """Pick a value of a drop-down list as a user does."""
    row = choice.values().index(value)
    choice.setCurrentIndex(row)
    choice.activated.emit(row)


def click(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def titles(rig: Rig) -> list[str]:
    return [card.toast.text for card in rig.window.stage.toasts.cards]


# Controls


def test_camera_choice_reaches_the_session(rig: Rig) -> None:
    pick(rig.window.side.camera.camera, "BRIO")
    assert rig.applied.camera.name == "BRIO"
    pick(rig.window.side.camera.camera, "idle")
    assert rig.applied.camera.name == "idle"


def test_camera_size_and_rate_reach_the_session(rig: Rig) -> None:
    pick(rig.window.side.camera.frame_size, (640, 480))
    assert (rig.applied.camera.width, rig.applied.camera.height) == (640, 480)
    pick(rig.window.side.camera.rate, 60.0)
    assert rig.applied.camera.fps == 60


def test_video_file_becomes_the_camera(rig: Rig) -> None:
    rig.dialogs.clip = Path("/clips/söng.mp4")
    camera = rig.window.side.camera.camera
    row = camera.count() - 1
    camera.setCurrentIndex(row)
    camera.activated.emit(row)
    assert rig.applied.camera.name == str(Path("/clips/söng.mp4"))
    assert camera.currentText() == "söng.mp4"


def test_video_file_not_chosen_changes_nothing(rig: Rig) -> None:
    camera = rig.window.side.camera.camera
    camera.setCurrentIndex(camera.count() - 1)
    camera.activated.emit(camera.count() - 1)
    assert rig.session.applied == []
    assert camera.value() == ""


@pytest.mark.parametrize("policy", list(FaceLostPolicy))
def test_face_lost_reaches_the_session(make_rig: MakeRig, policy: FaceLostPolicy) -> None:
    other = FaceLostPolicy.SLATE if policy is not FaceLostPolicy.SLATE else FaceLostPolicy.HOLD
    rig = make_rig(Settings(face_lost=other))
    pick(rig.window.side.camera.face_lost, policy)
    assert rig.applied.face_lost is policy


def test_motion_mode_reaches_the_session(rig: Rig) -> None:
    click(rig.window.side.motion.mode.button(False))
    assert rig.applied.controls.relative is False


@pytest.mark.parametrize("name", ["head", "mouth", "eyes", "brows"])
def test_gain_reaches_the_session(rig: Rig, name: str) -> None:
    track = rig.window.side.motion.gains[name].track
    track.setValue(150)
    assert getattr(rig.applied.controls, name) == 1.5
    track.setFocus()
    QTest.keyClick(track, Qt.Key.Key_Backspace)
    assert getattr(rig.applied.controls, name) == 1.0


def test_double_click_sets_a_gain_back(rig: Rig) -> None:
    track = rig.window.side.motion.gains["head"].track
    track.setValue(30)
    QTest.mouseDClick(track, Qt.MouseButton.LeftButton)
    assert rig.applied.controls.head == 1.0


def test_smoothing_and_mirror_reach_the_session(rig: Rig) -> None:
    rig.window.side.motion.smoothing.track.setValue(80)
    assert rig.applied.controls.smoothing == 0.8
    click(rig.window.side.motion.mirror)
    assert rig.applied.controls.mirror_motion is True
    click(rig.window.side.motion.reset)
    assert rig.applied.controls == Settings().controls


@pytest.mark.parametrize("kind", [kind for kind in BackgroundKind if kind is not BackgroundKind.AS_IS])
def test_background_kind_reaches_the_session(rig: Rig, kind: BackgroundKind) -> None:
    pick(rig.window.side.background.kind, kind)
    assert rig.applied.background.kind is kind


def test_background_shows_only_what_its_kind_needs(rig: Rig) -> None:
    panel = rig.window.side.background
    pick(panel.kind, BackgroundKind.BLUR)
    assert (panel.blur.isHidden(), panel.colour_row.isHidden(), panel.picture_row.isHidden()) == (
        False,
        True,
        True,
    )
    panel.blur.track.setValue(90)
    assert rig.applied.background.blur == 0.9
    pick(panel.kind, BackgroundKind.COLOUR)
    assert (panel.blur.isHidden(), panel.colour_row.isHidden(), panel.picture_row.isHidden()) == (
        True,
        False,
        True,
    )
    click(panel.swatches[1])
    assert rig.applied.background.colour == "#0047bb"
    rig.dialogs.picked = "#123456"
    click(panel.other_colour)
    assert rig.applied.background.colour == "#123456"


def test_background_picture_is_asked_for_and_kept(rig: Rig) -> None:
    rig.dialogs.picture = Path("/pictures/beach.jpg")
    pick(rig.window.side.background.kind, BackgroundKind.PICTURE)
    assert rig.applied.background.picture == str(Path("/pictures/beach.jpg"))
    assert rig.window.side.background.picture_name.full == "beach.jpg"


def test_output_reaches_the_session(rig: Rig) -> None:
    panel = rig.window.side.output
    pick(panel.picture_size, (1920, 1080))
    assert (rig.applied.output.width, rig.applied.output.height) == (1920, 1080)
    pick(panel.rate, 60.0)
    assert rig.applied.output.fps == 60
    click(panel.mirror)
    assert rig.applied.output.mirror is True


def test_virtual_camera_switch_reaches_the_session(rig: Rig) -> None:
    click(rig.window.side.virtual_camera.switch)
    assert rig.applied.output.virtual_camera is True
    click(rig.window.side.virtual_camera.switch)
    assert rig.applied.output.virtual_camera is False


def test_engine_reaches_the_session(make_rig: MakeRig) -> None:
    rig = make_rig(Settings(engine="gone"))
    assert rig.window.side.engine.summary.text() == "This engine is not installed."
    pick(rig.window.side.engine.engine, "rig")
    assert rig.applied.engine == "rig"


def test_calibrate_button_and_countdown(rig: Rig) -> None:
    panel = rig.window.side.calibrate
    click(panel.countdown.button(3))
    assert rig.applied.countdown_s == 3
    click(panel.button)
    assert ("calibrate", 3) in rig.session.calls
    assert not panel.button.isEnabled()


def test_watch_switch_and_offer(rig: Rig, qtbot) -> None:
    panel = rig.window.side.calibrate
    click(panel.watch)
    assert ("find_better_neutral", True) in rig.session.calls
    rig.bridge.neutral_offered(0.9)
    assert not panel.offer.isHidden()
    panel.offer.buttons()[0].click()
    assert ("accept_neutral",) in rig.session.calls
    assert panel.offer.isHidden()
    click(panel.watch)
    assert ("find_better_neutral", False) in rig.session.calls


def test_toolbar_buttons(rig: Rig) -> None:
    bar = rig.window.toolbar
    click(bar.buttons["zoom_in"])
    assert rig.applied.framing.zoom == pytest.approx(1.1)
    click(bar.buttons["zoom_out"])
    assert rig.applied.framing.zoom == 1.0
    for name, field in (
        ("mirror_preview", "mirror"),
        ("inset", "inset"),
        ("stats", "stats"),
        ("landmarks", "landmarks"),
    ):
        before = getattr(rig.desk.settings.preview, field)
        if name == "landmarks":
            rig.desk.change_part("preview", inset=True)
        click(bar.buttons[name])
        assert getattr(rig.applied.preview, field) is not before, name


def test_record_button_records_and_stops(rig: Rig) -> None:
    click(rig.window.toolbar.record)
    assert ("start_recording",) in rig.session.calls
    QGuiApplication.processEvents()
    assert rig.window.toolbar.record.text().startswith("Stop")
    click(rig.window.toolbar.record)
    assert ("stop_recording",) in rig.session.calls


def test_snapshot_is_said_with_its_name(rig: Rig) -> None:
    click(rig.window.toolbar.snapshot)
    assert rig.window.stage.toasts.cards[-1].toast.hint == "shot.png"


def test_refused_recording_tells_why(rig: Rig) -> None:
    rig.session.refuse = refused("The disk is full.", "Free some space.")
    click(rig.window.toolbar.record)
    toast = rig.window.stage.toasts.cards[-1].toast
    assert (toast.tone, toast.text, toast.hint) == (Tone.BAD, "The disk is full.", "Free some space.")


def test_theme_button_goes_round(rig: Rig) -> None:
    for theme in (Theme.LIGHT, Theme.DARK, Theme.SYSTEM):
        click(rig.window.header.theme)
        assert rig.desk.settings.theme is theme


# Events


def test_preview_shows_the_newest_picture_mirrored_on_wish(rig: Rig, qtbot) -> None:
    pixels = np.zeros((90, 160, 3), np.uint8)
    pixels[:, :80] = (255, 0, 0)
    rig.session.send(pixels)
    qtbot.waitUntil(lambda: rig.window.stage.preview.image() is not None)
    image = rig.window.stage.preview.image()
    assert image.pixelColor(5, 20).red() > 240
    rig.desk.change_part("preview", mirror=True)
    image = rig.window.stage.preview.image()
    assert image.pixelColor(5, 20).red() < 20
    assert image.pixelColor(image.width() - 5, 20).red() > 240


def test_preview_takes_transparent_pictures(rig: Rig, qtbot) -> None:
    rig.session.send(np.zeros((90, 160, 4), np.uint8))
    qtbot.waitUntil(lambda: rig.window.stage.preview.image() is not None)
    assert rig.window.stage.preview.image().hasAlphaChannel()
    rig.window.grab()


def test_many_pictures_are_one_wake_up(rig: Rig, qtbot) -> None:
    seen: list[int] = []
    rig.bridge.preview_changed.connect(lambda: seen.append(1))
    for shade in range(50):
        rig.bridge.preview_ready()
        rig.session.send(np.full((8, 8, 3), shade, np.uint8))
    qtbot.waitUntil(lambda: bool(seen))
    QGuiApplication.processEvents()
    assert len(seen) == 1
    assert rig.window.stage.preview.picture.rgb[0, 0, 0] == 49


def test_inset_shows_camera_and_mesh(rig: Rig, qtbot) -> None:
    rig.session.say(camera="Fake camera")
    rig.session.send_inset(np.full((480, 640, 3), 90, np.uint8), fake_face())
    qtbot.waitUntil(lambda: rig.window.stage.inset.has_frame)
    assert rig.window.stage.inset.isVisible()
    with_mesh = rig.window.stage.inset.grab().toImage()
    rig.desk.change_part("preview", landmarks=False)
    assert rig.window.stage.inset.grab().toImage() != with_mesh


def test_inset_never_shows_an_old_frame_as_live(rig: Rig, qtbot) -> None:
    rig.session.send_inset(np.full((480, 640, 3), 90, np.uint8), fake_face())
    qtbot.waitUntil(lambda: rig.window.stage.inset.has_frame)
    rig.session.say(camera_state=CameraState.IDLE)
    qtbot.waitUntil(lambda: rig.window.stage.inset.isHidden())
    assert not rig.window.stage.inset.has_frame


@pytest.mark.parametrize("state", list(CameraState))
def test_every_camera_state_has_words(rig: Rig, qtbot, state: CameraState) -> None:
    before = rig.window.side.camera.state.text
    rig.session.say(camera_state=state, camera="", camera_problem="")
    qtbot.waitUntil(lambda: rig.window.status.camera_state is state)
    words = rig.window.side.camera.state.text
    assert words
    assert words != before or state is CameraState.LIVE
    assert rig.window.stage.overlay.content.left


def test_lost_camera_shows_a_way_out(rig: Rig, qtbot) -> None:
    rig.session.say(camera_state=CameraState.NOT_FOUND, camera="")
    qtbot.waitUntil(lambda: not rig.window.banner.isHidden())
    assert "No camera found" in rig.window.banner.text
    rig.window.banner.buttons()[1].click()
    assert rig.applied.camera.name == "idle"
    rig.session.say(camera_state=CameraState.IDLE)
    qtbot.waitUntil(rig.window.banner.isHidden)


def test_calibration_says_what_to_fix(rig: Rig, qtbot) -> None:
    panel = rig.window.side.calibrate
    rig.bridge.calibrated(Calibration(None, (Problem.EYES_CLOSED, Problem.MOVING)))
    qtbot.waitUntil(lambda: not panel.result.isHidden())
    assert "eyes" in panel.result.text
    assert panel.result.tone is Tone.WARN
    assert panel.button.isEnabled()


def test_good_calibration_can_be_undone(rig: Rig, qtbot) -> None:
    panel = rig.window.side.calibrate
    rig.session.status = replace(rig.session.status, can_undo=True, neutral=NeutralState.CALIBRATED)
    rig.bridge.calibrated(Calibration(fake_face()))
    qtbot.waitUntil(lambda: not panel.result.isHidden())
    panel.result.buttons()[0].click()
    assert ("undo_calibration",) in rig.session.calls


def test_countdown_is_over_the_preview(rig: Rig, qtbot) -> None:
    rig.session.say(countdown_s=2.3)
    qtbot.waitUntil(lambda: rig.window.stage.overlay.content.countdown == 3)
    rig.window.stage.overlay.grab()
    rig.session.say(countdown_s=0.2)
    qtbot.waitUntil(lambda: rig.window.stage.overlay.content.countdown == 1)
    rig.session.say(countdown_s=0.0, calibrating=True)
    qtbot.waitUntil(lambda: rig.window.stage.overlay.content.countdown == 0)
    assert not rig.window.side.calibrate.button.isEnabled()


def test_figures_are_in_the_status_line_and_over_the_preview(rig: Rig, qtbot) -> None:
    rig.desk.change_part("preview", stats=True)
    rig.session.say(
        camera_fps=29.6,
        output_fps=30,
        latency_p50_ms=21,
        latency_p95_ms=34,
        frames_skipped=7,
        stage_ms={"track": 4.0},
        engine_run=EngineRun(card_ms=(0.06, 1.21, 0.05)),
    )
    qtbot.waitUntil(lambda: rig.window.status_line.value("Skipped") == "7")
    assert rig.window.status_line.value("Latency") == "21 / 34 ms"
    assert ("Track", "4.0 ms") in rig.window.stage.overlay.content.stats
    assert ("On the card", "1.21 ms") in rig.window.stage.overlay.content.stats
    rig.window.stage.overlay.grab()


@pytest.mark.parametrize("state", ["off", "starting", "on", "missing_driver", "busy", "failed"])
def test_virtual_camera_states_are_in_words(rig: Rig, qtbot, state: str) -> None:
    panel = rig.window.side.virtual_camera
    status = VirtualCameraStatus(state, message=f"It is {state}.", install_hint="Install it like so.")
    rig.session.say(virtual_camera=status)
    qtbot.waitUntil(lambda: panel.state.text == f"It is {state}.")
    assert panel.help.isHidden() is (state in ("off", "starting", "on"))
    if not panel.help.isHidden():
        panel.help.buttons()[0].click()
        assert ("recheck_virtual_camera",) in rig.session.calls
    on_air = [badge.text for badge in rig.window.stage.overlay.content.right]
    assert ("On air" in on_air) is (state == "on")


def test_missing_driver_hint_can_be_copied(rig: Rig, qtbot) -> None:
    rig.session.say(virtual_camera=VirtualCameraStatus("missing_driver", install_hint="sudo this"))
    qtbot.waitUntil(lambda: not rig.window.side.virtual_camera.help.isHidden())
    rig.window.side.virtual_camera.help.buttons()[1].click()
    assert QGuiApplication.clipboard().text() == "sudo this"


def test_recording_end_is_said_with_its_error(rig: Rig, qtbot, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x")
    rig.bridge.recording_stopped(path, refused("The disk is full."))
    qtbot.waitUntil(lambda: len(rig.window.stage.toasts.cards) == 2)
    assert titles(rig) == ["The disk is full.", "Recording saved."]


def test_failed_worker_is_said(rig: Rig, qtbot, caplog) -> None:
    rig.bridge.failed("track", ValueError("boom"))
    qtbot.waitUntil(lambda: bool(rig.window.stage.toasts.cards))
    assert "track" in titles(rig)[0]


def test_esc_never_quits(rig: Rig) -> None:
    QTest.keyClick(rig.window, Qt.Key.Key_Escape)
    assert rig.window.isVisible()


def test_paste_without_a_picture_says_so(rig: Rig) -> None:
    QGuiApplication.clipboard().setText("words")
    asking.paste(rig.window)
    assert "no picture" in titles(rig)[0]


def test_pasted_image_is_added(rig: Rig, qtbot) -> None:
    image = QImage(32, 32, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    mime = QMimeData()
    mime.setImageData(image)
    QGuiApplication.clipboard().setMimeData(mime)
    asking.paste(rig.window)
    qtbot.waitUntil(lambda: any(call[0] == "add" for call in rig.shelf.calls))
    assert isinstance(rig.shelf.calls[-1][1], bytes)
    qtbot.waitUntil(lambda: not rig.desk.jobs.busy)


def test_dropped_files_are_added_and_errors_said(rig: Rig, qtbot, tmp_path: Path) -> None:
    from app.ui.system import holds_pictures, pictures_in

    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "ä.xyz"))])
    assert holds_pictures(mime)
    rig.shelf.on_add = _refuse
    asking.add_sources(rig.window, pictures_in(mime))
    qtbot.waitUntil(lambda: "No picture at all." in titles(rig))


def _refuse(source: object) -> None:
    raise refused("No picture at all.", "Use another.")


def test_dropped_video_can_drive(rig: Rig) -> None:
    asking.add_sources(rig.window, [Path("/clips/me.mp4")])
    card = rig.window.stage.toasts.cards[-1]
    assert "me.mp4 is a video" in card.toast.text
    card.action_button.click()
    assert rig.applied.camera.name == str(Path("/clips/me.mp4"))
    assert not any(call[0] == "add" for call in rig.shelf.calls)


def test_folded_groups_stay_folded(make_rig: MakeRig) -> None:
    make_rig().window.side.sections["motion"].header.click()
    assert not make_rig().window.side.sections["motion"].is_open()


def test_first_picture_brings_the_note_on_consent_once(rig: Rig, qtbot, tmp_path: Path) -> None:
    asking.add_sources(rig.window, [tmp_path / "a.png"])
    asking.add_sources(rig.window, [tmp_path / "b.png"])
    qtbot.waitUntil(lambda: not rig.desk.jobs.busy)
    assert len([text for text in titles(rig) if "agree" in text]) == 1


def test_first_steps_tick_and_leave(rig: Rig, qtbot) -> None:
    assert rig.window.steps.isVisible()
    rig.window.steps.steps["calibrate"].click()
    assert ("calibrate", 0) in rig.session.calls
    rig.window.shelf.chosen.emit("fox")
    rig.session.say(neutral=NeutralState.CALIBRATED)
    rig.window.steps.steps["virtual_camera"].click()
    assert rig.applied.output.virtual_camera
    rig.session.say(virtual_camera=VirtualCameraStatus("on"))
    qtbot.waitUntil(rig.window.steps.isHidden)
    assert rig.window.state.flag("first_steps_done")


def test_about_names_the_folders(rig: Rig) -> None:
    rig.window.do("about")
    assert str(rig.paths.logs) in rig.dialogs.abouts[0]


def test_no_avatar_offers_a_way_out(make_rig: MakeRig, qtbot, tmp_path: Path) -> None:
    rig = make_rig(names=())
    assert "No avatar yet" in rig.window.stage.empty.text
    rig.dialogs.files = [tmp_path / "a.png"]
    rig.window.stage.empty.buttons()[0].click()
    qtbot.waitUntil(lambda: rig.window.stage.empty.text == "")


def test_smallest_window_clips_nothing(rig: Rig, qtbot) -> None:
    rig.window.resize(1024, 640)
    rig.window.grab()
    assert rig.window.size().width() == 1024
    for name, button in rig.window.toolbar.buttons.items():
        assert button.width() >= 32, name
        assert button.geometry().right() <= rig.window.toolbar.width(), name


def test_everything_one_can_use_has_a_name_and_a_tooltip(rig: Rig) -> None:
    kinds = (QAbstractButton, QComboBox, QAbstractSlider)
    nameless = [
        (type(each).__name__, each.parent())
        for kind in kinds
        for each in rig.window.findChildren(kind)
        if not each.inherits("QScrollBar") and not (each.accessibleName() or getattr(each, "text", str)())
    ]
    assert nameless == []
    silent = [
        getattr(each, "text", each.accessibleName)() or each.accessibleName()
        for kind in kinds
        for each in rig.window.findChildren(kind)
        if not each.inherits("QScrollBar") and not each.toolTip()
    ]
    assert silent == []


def test_tab_reaches_every_control(rig: Rig) -> None:
    rig.window.side.calibrate.button.setFocus()
    seen, each = set(), rig.window.side.calibrate.button
    for _ in range(400):
        each = each.nextInFocusChain()
        seen.add(each)
    for panel in rig.window.side.panels():
        for control in panel.findChildren(QComboBox):
            assert control in seen
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_adding_is_said_while_it_lasts(rig: Rig, qtbot) -> None:
    rig.desk.add("a.png")
    assert "Adding the picture…" in [badge.text for badge in rig.window.stage.overlay.content.left]
    qtbot.waitUntil(lambda: not rig.desk.jobs.busy)
    assert "Adding the picture…" not in [badge.text for badge in rig.window.stage.overlay.content.left]
