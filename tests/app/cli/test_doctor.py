from __future__ import annotations

import json
import sys

import pytest

from app.avatars.avatar_store import AvatarLibrary
from app.cli import checks
from app.cli.checks import Finding, State, findings
from app.cli.main import main
from app.devices.camera import CameraInfo
from app.errors import GuiseError
from app.live.mapping_file import write_mapping
from app.paths import user_paths
from engines.runners.choose import Choice
from tests.fakes.camera import FakeCamera
from tests.fakes.characters import write_character
from tests.fakes.models import store_model
from tests.fakes.portraits import FaceFinder


@pytest.fixture
def no_cameras(monkeypatch):
    monkeypatch.setattr("app.devices.discovery.list_cameras", list)


@pytest.fixture
def all_well(monkeypatch):
    """Replaces every check by one that is content; the dict may be changed."""
    table = {name: (lambda _, name=name: Finding(name, State.OK, "fine")) for name in checks._CHECKS}
    monkeypatch.setattr(checks, "_CHECKS", table)
    return table


def test_the_core_is_found_well_here(no_cameras):
    found = {each.name: each for each in findings(user_paths())}
    assert set(found) == set(checks._CHECKS)
    assert [name for name in checks._CORE if found[name].state is not State.OK] == []
    assert all(each.remedy for each in found.values() if each.state is not State.OK)


def test_all_well_is_exit_code_0(capsys, all_well):
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("ok ") for line in lines) == len(all_well)
    assert lines[-1].startswith("Guise can run.")


def test_what_is_optional_may_be_missing(capsys, all_well):
    all_well["gpu"] = lambda _: Finding("gpu", State.MISSING, "none", "Buy one.\nOr do not.")
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert "--  gpu             none" in text
    assert text.count(" -> ") == 2


def test_a_broken_core_is_exit_code_1(capsys, all_well):
    def broken(_):
        raise ImportError("no such library")

    all_well["libraries"] = broken
    assert main(["doctor"]) == 1
    text = capsys.readouterr().out
    assert "!!  libraries       ImportError: no such library" in text
    assert "cannot run" in text


def test_a_check_that_fails_stops_none_of_the_others(capsys, all_well):
    def broken(_):
        raise OSError("odd")

    def refused(_):
        raise GuiseError("Busy.", "Close it.")

    all_well["disk"], all_well["camera"] = broken, refused
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    states = {each["name"]: each for each in report["findings"]}
    assert report["ok"] is True
    assert len(states) == len(all_well)
    assert states["disk"]["detail"] == "OSError: odd"
    assert (states["camera"]["detail"], states["camera"]["remedy"]) == ("Busy.", "Close it.")


def test_a_python_too_new_is_broken(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    assert checks.python(user_paths()).state is State.BROKEN


def test_no_camera_is_no_fault_of_the_core(no_cameras):
    assert checks.camera(user_paths()).state is State.MISSING


def test_the_first_camera_is_tried(monkeypatch):
    monkeypatch.setattr(
        "app.devices.discovery.list_cameras", lambda: [CameraInfo("7", "Cam"), CameraInfo("8", "B")]
    )
    monkeypatch.setattr("app.devices.discovery.open_camera", lambda spec, settings: FakeCamera())
    found = checks.camera(user_paths())
    assert found.state is State.OK
    assert "Cam (7), B (8)" in found.detail


def test_little_room_is_said(monkeypatch):
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 5_000_000}))
    assert checks.disk(user_paths()).state is State.MISSING


def test_a_folder_that_refuses_is_named(guise_home):
    guise_home.parent.mkdir(exist_ok=True)
    guise_home.write_text("in the way")
    found = checks.permissions(user_paths())
    assert found.state is State.MISSING
    assert str(guise_home) in found.detail


def _choice(name: str, *, usable: bool, reason: str) -> Choice:
    return Choice(name, name.title(), usable, reason)


def test_the_runner_chosen_and_why_not_the_others(monkeypatch):
    found = [
        _choice("tensorrt", usable=False, reason="needs an NVIDIA card; none found"),
        _choice("openvino", usable=True, reason="runs on the CPU"),
        _choice("torch", usable=True, reason="runs on the CPU"),
    ]
    monkeypatch.setattr("engines.runners.choose.candidates", lambda: found)
    line = checks.runners(user_paths())
    assert line.state is State.OK
    assert line.detail.startswith("Openvino is chosen, it runs on the CPU")
    assert "Tensorrt: needs an NVIDIA card; none found" in line.detail
    assert "Torch: runs on the CPU, which Openvino is expected to do faster" in line.detail


def test_no_runner_is_missing_with_the_way_to_one(monkeypatch):
    monkeypatch.setattr(
        "engines.runners.choose.candidates",
        lambda: [_choice("torch", usable=False, reason="the package torch is not installed")],
    )
    line = checks.runners(user_paths())
    assert line.state is State.MISSING
    assert "Torch: the package torch is not installed" in line.detail
    assert "--extra neural" in line.remedy


def test_stored_models_are_named():
    assert checks.models(user_paths()).state is State.MISSING
    store_model(user_paths().models, "vox")
    line = checks.models(user_paths())
    assert line.state is State.OK
    assert "vox (fomm, made, no build yet" in line.detail


def test_characters_are_counted_and_a_bad_table_is_said(tmp_path, monkeypatch):
    FaceFinder(monkeypatch).shares = []
    paths = user_paths()
    assert "characters" not in checks.avatars(paths).detail
    AvatarLibrary(paths).add(write_character(tmp_path / "Mira"))
    assert "1 your own; 1 of them characters" in checks.avatars(paths).detail
    assert checks.mapping(paths).detail == "the default"
    write_mapping(paths)
    assert checks.mapping(paths).state is State.OK
    paths.mapping.write_text("no table")
    assert checks.mapping(paths).state is State.MISSING
    assert "guise mapping --reset" in checks.mapping(paths).remedy


def test_the_mapping_command_writes_checks_and_resets(capsys):
    assert main(["mapping"]) == 0
    assert "The default is used." in capsys.readouterr().out
    assert main(["mapping", "--edit"]) == 0
    assert f"{user_paths().mapping} is used" in capsys.readouterr().out
    user_paths().mapping.write_text("[parameters]\nhead_x = 3\n")
    assert main(["mapping"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["mapping", "--reset"]) == 0
    assert main(["mapping", "--reset", "--edit"]) == 2
