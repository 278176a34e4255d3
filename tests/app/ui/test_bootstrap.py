"""Starting and ending: order, display, crash notice, settings kept, bounded shutdown."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.bootstrap import NoDisplayError, has_display, run_app
from app.cli.run import run
from app.paths import Paths, user_paths
from app.settings import CameraSettings, Settings, SettingsError, load_settings, save_settings
from app.ui.main_window import MainWindow
from app.ui.quitter import Quitter
from tests.app.ui.conftest import Rig
from tests.fakes.session import FakeSession


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "c", tmp_path / "d", tmp_path / "l")


class Starter:
    """Makes fake sessions and remembers them."""

    def __init__(self) -> None:
        self.sessions: list[FakeSession] = []

    def __call__(self, settings, paths, events, library) -> FakeSession:
        self.sessions.append(FakeSession(settings, events))
        return self.sessions[-1]


def window() -> MainWindow:
    return next(
        each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow) and each.isVisible()
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can lack a display")
def test_no_display_is_one_sentence(monkeypatch: pytest.MonkeyPatch, paths: Paths) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not has_display()
    with pytest.raises(NoDisplayError, match="no display"):
        run_app(Settings(), paths)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert has_display()


def test_window_opens_starts_the_session_and_ends_it(qapp, paths: Paths) -> None:
    starter = Starter()
    assert run_app(Settings(), paths, quit_after_s=0.2, make_session=starter) == 0
    assert [call[0] for call in starter.sessions[0].calls] == ["start", "stop"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals")
def test_ctrl_c_ends_it_in_good_order(qapp, paths: Paths) -> None:
    starter = Starter()
    QTimer.singleShot(100, lambda: os.kill(os.getpid(), signal.SIGINT))
    assert run_app(Settings(), paths, quit_after_s=20, make_session=starter) == 0
    assert [call[0] for call in starter.sessions[0].calls] == ["start", "stop"]


def test_environment_ends_it_too(qapp, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUISE_QUIT_AFTER_S", "0.1")
    assert run_app(Settings(), paths, make_session=Starter()) == 0


def test_changes_survive_a_restart(qapp, paths: Paths) -> None:
    QTimer.singleShot(100, lambda: window().desk.change_part("controls", head=1.5))
    run_app(Settings(), paths, quit_after_s=0.3, make_session=Starter())
    assert load_settings(paths.settings_file).controls.head == 1.5
    assert (paths.config / "window.ini").is_file()


def test_one_run_s_choices_are_not_kept(qapp, paths: Paths) -> None:
    QTimer.singleShot(100, lambda: window().desk.change_part("controls", head=1.5))
    run_app(
        Settings(camera=CameraSettings(name="idle")),
        paths,
        remember=False,
        quit_after_s=0.3,
        make_session=Starter(),
    )
    assert not paths.settings_file.exists()


def test_settings_that_could_not_be_saved_are_said_once_and_tried_again(
    qapp, paths: Paths, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[float] = []
    said: list[str] = []

    def full_twice(settings: Settings, path: Path) -> None:
        tried.append(settings.controls.head)
        if len(tried) == 1:
            window().desk.change_part("controls", head=1.6)
        elif len(tried) == 2:
            QTimer.singleShot(0, window().close)
        else:
            said.extend(card.toast.text for card in window().stage.toasts.cards)
            save_settings(settings, path)
            return
        raise SettingsError("The disk is full.")

    monkeypatch.setattr("app.bootstrap.save_settings", full_twice)
    monkeypatch.setattr("app.bootstrap._SAVE_AFTER_MS", 0)
    QTimer.singleShot(0, lambda: window().desk.change_part("controls", head=1.5))
    run_app(Settings(), paths, quit_after_s=20, make_session=Starter())
    assert tried == [1.5, 1.6, 1.6]  # as it was changed, changed again, and at the end
    assert "The disk is full." in caplog.text
    assert said == ["The disk is full."]
    assert load_settings(paths.settings_file).controls.head == 1.6


def test_settings_that_cannot_be_read_are_left_as_they_are_and_said(
    qapp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = user_paths().settings_file
    file.mkdir(parents=True)  # what cannot be read as a file
    said: list[str] = []

    def look() -> None:
        said.extend(card.toast.text for card in window().stage.toasts.cards)
        file.rmdir()
        window().desk.change_part("controls", head=1.5)
        window().close()

    monkeypatch.setattr("app.live.session.Session", Starter())
    QTimer.singleShot(0, look)
    assert run(seconds=20) == 0
    assert said == ["Your settings could not be read."]
    assert not file.exists()


def test_crash_of_last_time_is_said(qapp, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.bootstrap.previous_crash", lambda paths: "Fatal Python error")
    said: list[str] = []
    QTimer.singleShot(100, lambda: said.extend(card.toast.text for card in window().stage.toasts.cards))
    run_app(Settings(), paths, quit_after_s=0.3, make_session=Starter())
    assert said == ["Guise ended unexpectedly last time."]


def test_quitting_twice_stops_once_and_names_late_threads(rig: Rig, qtbot, caplog) -> None:
    saved: list[int] = []
    rig.session.late = ["track"]
    quitter = Quitter(rig.window, lambda: saved.append(1))
    rig.window.close()
    rig.window.close()
    quitter.quit()
    qtbot.waitUntil(lambda: not rig.window.isVisible())
    assert [call for call in rig.session.calls if call[0] == "stop"] == [("stop", 2.0)]
    assert saved == [1]
    assert quitter.late == ["track"]
    assert "track" in caplog.text


def test_what_fails_at_the_end_does_not_keep_the_window(rig: Rig, qtbot) -> None:
    def fail() -> None:
        raise RuntimeError("unexpected")

    Quitter(rig.window, fail)
    with qtbot.captureExceptions() as raised:
        rig.window.close()
        qtbot.waitUntil(lambda: not rig.window.isVisible())
    assert [kind for kind, *_ in raised] == [RuntimeError]
