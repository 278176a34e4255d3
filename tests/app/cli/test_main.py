from __future__ import annotations

import json

import pytest

from app import __version__
from app.cli import lists
from app.cli import main as cli
from app.cli.main import COMMANDS, application, main
from app.devices.camera import CameraInfo
from app.errors import GuiseError

TOML = "pyproject.toml"


@pytest.fixture
def cameras(monkeypatch):
    """Cameras of the test's own choosing."""
    found: list[CameraInfo] = []
    monkeypatch.setattr("app.devices.discovery.list_cameras", lambda: found)
    return found


def test_the_help_names_every_command(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in COMMANDS:
        assert f"\n  {command} " in text
        assert "..." not in next(line for line in text.splitlines() if line.startswith(f"  {command} "))


def test_the_table_of_commands_is_whole():
    names = {each.name or each.callback.__name__ for each in application.registered_commands}
    assert names | {each.name for each in application.registered_groups} == set(COMMANDS)


def test_the_version_is_the_packages_own(capsys):
    from tests.conftest import REPOSITORY

    assert main(["--version"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"guise {__version__}\n")
    assert "mediapipe 0." in text
    assert f'\nversion = "{__version__}"\n' in (REPOSITORY / TOML).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["foo"], "No such command 'foo'. Try `guise --help`."),
        (["--zzz"], "No such option: --zzz. Try `guise run --help`."),
        (["run", "--size", "3"], "'3' is no size; write it as 1280x720. Try `guise run --help`."),
        (["run", "--size", "1x1", "--no-window"], "--size: width must be between 64 and 4096"),
        (
            ["run", "--sink", "tape", "--no-window"],
            "'tape' is none of virtual, null, FILE.mp4, FILE.mov, FILE.webm.",
        ),
        (["run", "--fps", "0", "--no-window"], "--fps"),
        (["render"], "Missing option"),
        (
            ["render", "--avatar", "a", "--driving", "b", "--output", "c", "--neutral", "x"],
            "neither auto nor a frame",
        ),
        (["render", "--avatar", "a", "--driving", "b", "--output", "c", "--gain-head", "3"], "--gain-head"),
        (
            ["render", "--avatar", "a", "--driving", "b", "--output", "c", "--background", "x"],
            "no picture's path",
        ),
        (
            ["render", "--avatar", "a", "--driving", "b", "--output", "c", "--background", "#12"],
            "must look like",
        ),
        (["avatars"], "Missing command"),
        (["avatars", "add"], "Missing argument"),
    ],
)
def test_a_misuse_is_one_line_and_exit_code_2(capsys, arguments, said):
    assert main(arguments) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith("guise: ")
    assert streams.err.count("\n") == 1
    assert said in streams.err


def test_a_failure_is_one_line_and_exit_code_1(capsys):
    assert main(["run", "--no-window", "--engine", "rigg"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("guise: There is no engine 'rigg'. Did you mean 'rig'? Available: ")
    assert said.count("\n") == 1


def test_verbose_may_stand_anywhere_and_shows_the_way_to_an_error(capsys, caplog):
    assert main(["run", "--no-window", "--engine", "rigg", "--verbose"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_bug_is_one_line_too(capsys, monkeypatch):
    def broken() -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("engines.registry.engine_names", broken)
    assert main(["engines"]) == 1
    assert (
        capsys.readouterr().err == "guise: ZeroDivisionError: oops (this is a bug; --verbose shows where)\n"
    )
    with pytest.raises(ZeroDivisionError):
        main(["--verbose", "engines"])


def test_breaking_off_is_no_failure_of_guise(capsys, monkeypatch):
    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("engines.registry.engine_names", stop)
    assert main(["engines"]) == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        ([], ["run"]),
        (["--camera", "idle"], ["run", "--camera", "idle"]),
        (["--no-window", "--verbose"], ["--verbose", "run", "--no-window"]),
        (["--verbose"], ["--verbose", "run"]),
        (["--help"], ["--help"]),
        (["--verbose", "--version"], ["--verbose", "--version"]),
        (["render", "--verbose"], ["--verbose", "render"]),
        (["cameras"], ["cameras"]),
    ],
)
def test_run_is_meant_where_no_command_is_named(arguments, meant):
    assert cli._completed(arguments) == meant


def test_cameras_are_listed(capsys, cameras):
    cameras += [CameraInfo("/dev/video0", "Integrated Webcam"), CameraInfo("/dev/video12", "Ü")]
    assert main(["cameras"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "ID            NAME               KIND",
        "/dev/video0   Integrated Webcam  webcam",
        "/dev/video12  Ü                  webcam",
    ]
    assert main(["cameras", "--json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)] == ["Integrated Webcam", "Ü"]


def test_no_camera_is_said_with_a_way_out(capsys, cameras):
    assert main(["cameras"]) == 0
    assert "--camera idle" in capsys.readouterr().out
    assert main(["cameras", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_engines_are_listed(capsys):
    assert main(["engines", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "rig"
    assert main(["engines"]) == 0
    assert "rig" in capsys.readouterr().out


def test_an_error_without_letters_of_the_console_still_comes_out(capsys, monkeypatch):
    def fail() -> None:
        raise GuiseError("Größe 無")

    monkeypatch.setattr(lists, "say_table", lambda *_: fail())
    assert main(["engines"]) == 1
    assert capsys.readouterr().err == "guise: Größe 無\n"
