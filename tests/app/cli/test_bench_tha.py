from __future__ import annotations

import json

import pytest

from app.cli import bench_rows
from app.cli.main import main
from tests.app.cli.test_bench_fomm import REPORT
from tests.fakes.characters import write_character


@pytest.fixture
def asked(monkeypatch):
    """What the engine's measure() was asked for; it answers at once."""
    pytest.importorskip("torch", reason="needs the extra 'neural'")
    from engines.tha import measure

    said = {}

    def measured(model, effort, *, picture, tell):
        said.update(model=model, effort=effort, picture=picture)
        tell("the reference")
        return {key: value for key, value in REPORT.items() if key != "model"}

    monkeypatch.setattr(measure, "measure", measured)
    return said


def test_without_a_model_students_made_by_a_rule_are_measured(asked, capsys):
    assert main(["bench", "--engine", "tha", "--json", "--frames", "20"]) == 0
    assert json.loads(capsys.readouterr().out)["model"] == "made by a rule"
    assert asked["model"].configuration == "tha4"
    assert asked["effort"].rounds * asked["effort"].fast >= 20


def names(capsys, *, characters):
    """The names of the library's avatars that are characters, or are not."""
    capsys.readouterr()
    assert main(["avatars", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    return [each["name"] for each in listed if bool(each.get("character")) == characters]


def test_a_character_is_measured_by_name_with_its_own_picture(asked, tmp_path, capsys):
    assert main(["avatars", "add", str(write_character(tmp_path / "mia"))]) == 0
    (name,) = names(capsys, characters=True)
    assert main(["bench", "--engine", "tha", "--avatar", name]) == 0
    assert asked["picture"].shape == (512, 512, 4)
    assert asked["model"].configuration == "tha4"


def test_what_is_no_character_and_what_is_no_model_is_refused(asked, capsys):
    assert main(["bench", "--engine", "tha", "--model", "nobody"]) == 1
    assert main(["bench", "--engine", "tha", "--avatar", names(capsys, characters=False)[0]]) == 1
    assert "is no character" in capsys.readouterr().err


def test_without_pytorch_the_way_out_is_told(monkeypatch, capsys):
    monkeypatch.setattr(bench_rows, "find_spec", lambda name: None)
    assert main(["bench", "--engine", "tha"]) == 1
    assert "uv run --extra neural" in capsys.readouterr().err
