from __future__ import annotations

import json
import os
import signal
import threading

import pytest

from app.cli import headless
from app.cli.headless import run_session
from app.cli.main import main
from app.cli.run_words import status_line
from app.devices.virtual_camera import VirtualCameraStatus
from app.errors import GuiseError
from app.live.status import CameraState, SessionStatus
from app.paths import user_paths
from app.settings import OutputSettings, Settings
from tests.fakes.models import store_model
from tests.fakes.session import FakeSession


class Live(FakeSession):
    """Shows its avatar as soon as it runs, and then does what the test wants."""

    made: list[Live]
    then = staticmethod(lambda session: None)
    shows = True

    def __init__(self, settings, paths, events, *, library):
        super().__init__(settings, events)
        self.made.append(self)

    def start(self):
        super().start()
        if self.shows:
            self.events.avatar_shown("one")
        type(self).then(self)


@pytest.fixture
def live(monkeypatch):
    kind = type("Session", (Live,), {"made": []})
    monkeypatch.setattr(headless, "Session", kind)
    return kind


def _calls(live):
    (session,) = live.made
    return [call[0] for call in session.calls]


def test_a_run_ends_by_itself_and_says_what_it_came_to(live, capsys):
    assert main(["run", "--no-window", "--seconds", "0.1", "--size", "640x480", "--sink", "null"]) == 0
    assert _calls(live) == ["start", "stop"]
    text = capsys.readouterr().out
    assert "640x480 to nowhere" in text
    assert "Fake camera: live" in text
    assert "0 frames skipped" in text
    assert live.made[0].settings.output.virtual_camera is False


def test_the_summary_for_programs_is_json_alone(live, capsys):
    assert main(["run", "--no-window", "--seconds", "0.1", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["frames_skipped"] == 0
    assert summary["first_picture_at"] > 1e9


@pytest.mark.parametrize(("sink", "virtual"), [("virtual", True), ("null", False)])
def test_a_sink_decides_about_the_virtual_camera(live, sink, virtual):
    assert main(["run", "--no-window", "--seconds", "0.1", "--sink", sink]) == 0
    assert live.made[0].settings.output.virtual_camera is virtual


def test_a_file_as_the_sink_is_recorded_once_the_avatar_is_on(live, capsys, tmp_path):
    path = tmp_path / "take ü.mp4"
    assert main(["run", "--no-window", "--seconds", "0.1", "--sink", str(path)]) == 0
    assert _calls(live) == ["start", "start_recording", "stop"]
    assert f"Recorded {path}." in capsys.readouterr().out


def test_a_picture_outside_the_library_is_wanted_before_the_start(live):
    avatar = object()
    run_session(Settings(), user_paths(), avatar=avatar, seconds=0.05)
    assert live.made[0].calls[0] == ("show_avatar", avatar)


def test_an_avatar_that_cannot_be_shown_ends_the_run_with_its_reason(live, capsys):
    live.shows = False
    live.then = staticmethod(
        lambda session: session.events.avatar_failed("one", GuiseError("Damaged.", "Add it."))
    )
    assert main(["run", "--no-window", "--seconds", "5"]) == 1
    assert _calls(live) == ["start", "stop"]
    assert capsys.readouterr().err == "guise: Damaged. Add it.\n"


def test_a_recording_that_breaks_off_ends_the_run(live, capsys, tmp_path):
    path = tmp_path / "take.mp4"

    def later(session):
        error = GuiseError("The disk is full.")
        threading.Timer(0.05, session.events.recording_stopped, (path, error)).start()

    live.then = staticmethod(later)
    assert main(["run", "--no-window", "--seconds", "30", "--sink", str(path)]) == 1
    assert "The disk is full." in capsys.readouterr().err


def test_an_avatar_that_never_gets_ready_is_an_error(live, monkeypatch):
    live.shows = False
    monkeypatch.setattr(headless, "_WAIT_FOR_AVATAR_S", 0.05)
    with pytest.raises(GuiseError, match="did not get ready"):
        run_session(Settings(), user_paths(), seconds=1)
    assert _calls(live) == ["start", "stop"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_a_polite_kill_end_a_run_well(live, number):
    before = signal.getsignal(number)
    live.then = staticmethod(lambda session: os.kill(os.getpid(), number))
    outcome = run_session(Settings(), user_paths())
    assert outcome.late == []
    assert _calls(live) == ["start", "stop"]
    assert signal.getsignal(number) is before


def test_threads_that_do_not_end_are_named(live, capsys):
    live.then = staticmethod(lambda session: setattr(session, "late", ["capture"]))
    assert main(["run", "--no-window", "--seconds", "0.1"]) == 0
    assert "did not end in time: capture." in capsys.readouterr().out


def test_no_display_is_said_with_a_way_out(live, capsys, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert main([]) == 1
    streams = capsys.readouterr()
    assert streams.err.startswith("guise: There is no display")
    assert "--no-window" in streams.err
    assert main(["--sink", "null", "--seconds", "0.1"]) == 0
    assert "Running without one." in capsys.readouterr().out


def test_a_camera_that_is_not_there_is_said_at_once(live, capsys, monkeypatch):
    monkeypatch.setattr("app.devices.discovery.list_cameras", list)
    assert main(["run", "--no-window", "--camera", "nix"]) == 1
    assert capsys.readouterr().err.startswith("guise: There is no camera 'nix'.")
    assert live.made == []


def test_the_status_line_tells_what_matters():
    status = SessionStatus(
        camera="Cam",
        camera_state=CameraState.LOST,
        camera_problem="The camera is gone.",
        output_fps=29.6,
        latency_p50_ms=12.2,
        latency_p95_ms=20,
        frames_skipped=3,
        virtual_camera=VirtualCameraStatus("on", message="Guise camera"),
    )
    line = status_line(status)
    for part in (
        "Cam: lost, reconnecting",
        "30 fps",
        "12/20 ms",
        "3 skipped",
        "Guise camera",
        "The camera is gone.",
    ):
        assert part in line
    assert "\n" not in line


def test_settings_on_the_command_line_are_for_this_run_alone(live, guise_home):
    assert main(["run", "--no-window", "--seconds", "0.1", "--fps", "24", "--camera", "idle"]) == 0
    assert live.made[0].settings.output == OutputSettings(fps=24)
    assert live.made[0].settings.camera.name == "idle"
    assert not (guise_home / "settings.toml").exists()


def test_a_missing_driver_ends_a_run_that_nobody_would_see(live, capsys):
    status = VirtualCameraStatus("missing_driver", message="It needs a driver.", install_hint="Install it.")
    live.then = staticmethod(lambda session: session.say(virtual_camera=status))
    assert main(["run", "--no-window", "--seconds", "30", "--sink", "virtual"]) == 1
    assert capsys.readouterr().err == "guise: It needs a driver. Install it.\n"


def test_news_are_told_once(live, capsys):
    live.then = staticmethod(
        lambda session: session.say(virtual_camera=VirtualCameraStatus("on", message="Guise"))
    )
    assert main(["run", "--no-window", "--seconds", "0.8", "--sink", "virtual"]) == 0
    text = capsys.readouterr().out
    assert text.count("Fake camera: live.") == 1
    assert text.count("Virtual camera: Guise") == 1


def test_no_camera_is_told_with_what_happens_instead(live, capsys):
    problem = "No camera was found. Idle motion works without any."
    live.then = staticmethod(
        lambda session: session.say(camera="", camera_state=CameraState.NOT_FOUND, camera_problem=problem)
    )
    assert main(["run", "--no-window", "--seconds", "0.5"]) == 0
    assert f"\nCamera: not found, looking for it. {problem}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--engine", "fomm"], "guise models add FILE"),
        (["--model", "vox"], "needs no model"),
    ],
)
def test_an_engine_that_cannot_be_had_is_refused_before_anything_starts(live, capsys, arguments, said):
    assert main(["run", "--no-window", "--seconds", "0.1", *arguments]) == 1
    assert said in capsys.readouterr().err
    assert live.made == []


def test_engine_model_and_runner_are_chosen_for_one_run(live):
    model = store_model(user_paths().models, "Vox Eins")
    arguments = ["run", "--no-window", "--seconds", "0.1", "--engine", "fomm", "--model", "vox e"]
    assert main(arguments) == 0
    settings = live.made[0].settings
    assert (settings.engine, settings.model, settings.runner) == ("fomm", model.id, "auto")
