from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from app.cli.main import main
from app.models.manifest import published
from app.paths import user_paths
from engines.errors import EngineError
from engines.fomm.shapes import expected_shapes
from engines.weights.tensor_file import write_tensors
from tests.engines.fomm.rules import small_config, state_by_rule
from tests.fakes.web import Page, running_web


@pytest.fixture(scope="session")
def tensors():
    """A small model's weights."""
    shapes = expected_shapes(small_config(), ("generator", "kp_detector"))
    return {
        f"{network}/{key}": array
        for network, keys in shapes.items()
        for key, array in state_by_rule(network, keys).items()
    }


@pytest.fixture
def file(tmp_path, tensors):
    """They, in a file."""
    path = tmp_path / "mein módel.safetensors"
    write_tensors(path, tensors)
    return str(path)


@pytest.fixture
def added(file, capsys):
    """They, stored; returns the id."""
    assert main(["models", "add", file]) == 0
    capsys.readouterr()
    assert main(["models", "list", "--json"]) == 0
    (model,) = json.loads(capsys.readouterr().out)
    return model["id"]


def _error(capsys, arguments, code=1):
    assert main(["models", *arguments]) == code
    streams = capsys.readouterr()
    assert streams.err.startswith("guise: ")
    assert streams.err.count("\n") == 1
    return streams.err


def test_a_model_is_added_listed_shown_verified_and_removed(capsys, file):
    assert main(["models", "add", file, "--name", "Zoë"]) == 0
    said = capsys.readouterr().out
    assert "Added 'Zoë' (zoe-" in said
    assert "fomm-custom" in said
    assert "guise models build zoe-" in said
    assert main(["models", "list"]) == 0
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split() == ["ID", "NAME", "FAMILY", "CONFIGURATION", "SIZE"]
    assert "Zoë" in row
    assert main(["models", "verify"]) == 0
    assert capsys.readouterr().out == "'Zoë' is as it was stored.\n"
    assert main(["models", "remove", "zoë"]) == 0
    assert capsys.readouterr().out == "Removed 'Zoë'.\n"
    assert main(["models", "list"]) == 0
    assert "There are no models. Add one with `guise models add FILE`" in capsys.readouterr().out
    assert main(["models", "verify"]) == 0
    assert capsys.readouterr().out == "There are no models.\n"


def test_the_same_file_again_is_no_failure(capsys, file, added):
    assert main(["models", "add", file]) == 0
    assert capsys.readouterr().out == "This model is stored already, as 'mein módel'. Nothing was added.\n"
    assert main(["models", "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1


def test_what_is_known_of_a_model_is_shown(capsys, added):
    assert main(["models", "show", "mein"]) == 0
    rows = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert rows["id"] == added
    assert rows["family"] == "First Order Motion Model"
    assert rows["networks"] == "generator, kp_detector"
    assert rows["licence"] == "not known"
    assert rows["built"] == f"not yet: `guise models build {added}`"
    assert main(["models", "show", added, "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["networks"] == ["generator", "kp_detector"]
    assert card["builds"] == []
    assert len(card["sha256"]) == 64
    assert card["folder"].endswith(added)


def test_a_damaged_model_fails_and_can_be_removed(capsys, caplog, added):
    weights = user_paths().models / added / "weights.safetensors"
    data = weights.read_bytes()
    weights.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert "not what was stored" in _error(capsys, ["verify", added])
    (weights.parent / "model.json").write_text("")
    assert main(["models", "remove", added]) == 0
    assert capsys.readouterr().out == f"Removed '{added}'.\n"
    assert not weights.exists()


def test_published_models_are_listed(capsys):
    assert main(["models", "list", "--published"]) == 0
    said = capsys.readouterr().out
    assert all(each.name in said and each.file in said for each in published())
    assert published()[0].page in said
    assert published()[0].licence in said
    assert main(["models", "list", "--published", "--json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)] == [
        each.name for each in published()
    ]


def test_a_model_is_downloaded_from_an_address(capsys, file, monkeypatch):
    pytest.importorskip("torch", reason="needs the extra 'neural'")
    monkeypatch.setenv("no_proxy", "*")
    with open(file, "rb") as stored:
        data = stored.read()
    with running_web() as web:
        url = web.put("/some.safetensors", Page(data))
        assert main(["models", "download", "mine", "--url", url]) == 0
        assert "Added 'mine' (mine-" in capsys.readouterr().out
        assert main(["models", "download", "mine", "--url", url]) == 0
        assert "stored already, as 'mine'" in capsys.readouterr().out
        said = _error(capsys, ["download", "vox", "--url", f"{web.address}/none.safetensors"])
    assert "There is no such file at 127.0.0.1 (404)." in said
    assert f"Its authors offer it at {published()[0].page}" in said


def test_without_a_network_the_way_out_is_said(capsys, monkeypatch):
    pytest.importorskip("torch", reason="needs the extra 'neural'")

    def none(*_args, **_options):
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr("urllib.request.OpenerDirector.open", none)
    said = _error(capsys, ["download", "vox-adv"])
    assert "There is no network" in said
    assert "guise models add FILE" in said


def test_without_pytorch_the_extra_is_named(capsys, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert "--extra neural guise" in _error(capsys, ["download", "vox"])
    assert not user_paths().models.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "nobody"], "There is no model 'nobody'."),
        (["remove", "nobody"], "There is no model 'nobody'."),
        (["verify", "nobody"], "There is no model 'nobody'."),
        (["build", "nobody"], "There is no model 'nobody'."),
        (["add", "nowhere.pth"], "There is no file 'nowhere.pth'."),
        (["download", "nobody"], "There is no published model 'nobody'."),
    ],
)
def test_what_is_not_there_is_one_line(capsys, arguments, said):
    assert said in _error(capsys, arguments)


def test_what_is_no_address_is_one_line(capsys):
    pytest.importorskip("torch", reason="needs the extra 'neural'")
    said = _error(capsys, ["download", "x", "--url", "ftp://x/y"])
    assert "is no address Guise can download from" in said


@pytest.mark.parametrize("arguments", [[], ["add"], ["download"], ["build"]])
def test_a_misuse_is_one_line(capsys, arguments):
    assert "Missing" in _error(capsys, arguments, 2)


def test_wrong_shapes_are_one_line(capsys, tmp_path, tensors):
    path = tmp_path / "a.safetensors"
    write_tensors(path, tensors | {"kp_detector/kp.bias": np.zeros(3, np.float32)})
    assert "'kp_detector/kp.bias' has the shape" in _error(capsys, ["add", str(path)])
    assert not user_paths().models.exists()


def test_without_a_runner_the_extra_is_named(capsys, added, monkeypatch):
    monkeypatch.setattr("engines.runners.choose.candidates", list)
    said = _error(capsys, ["build", added])
    assert f"--extra neural guise models build {added}" in said


def test_a_runner_that_is_none_is_said(capsys, added):
    assert "There is no runner 'abacus'." in _error(capsys, ["build", added, "--runner", "abacus"])


@pytest.mark.slow
def test_a_model_is_built_for_each_runner_and_the_fastest_named(capsys, added, monkeypatch):
    for each in ("torch", "onnx", "onnxruntime"):
        pytest.importorskip(each, reason="needs the extra 'neural'")
    from engines.runners import choose

    real = choose.candidates()
    few = [each for each in real if each.name in ("torch", "onnxruntime")]
    monkeypatch.setattr(choose, "candidates", lambda: few)
    assert main(["models", "build", added]) == 0
    *built, last = capsys.readouterr().out.splitlines()
    assert sorted(line.partition(":")[0] for line in built) == ["onnxruntime", "torch"]
    assert all("frames a second here, fp32" in line for line in built)
    assert last.startswith("Guise uses ")
    assert main(["models", "show", added, "--json"]) == 0
    assert {each["runner"] for each in json.loads(capsys.readouterr().out)["builds"]} == {
        "torch",
        "onnxruntime",
    }
    assert main(["models", "remove", added]) == 0
    left = [each for each in user_paths().builds.iterdir() if each.is_dir() and not each.name.startswith(".")]
    assert left == []


def test_a_characters_networks_are_built_for_cards_alone(tmp_path, monkeypatch, capsys):
    from dataclasses import replace

    from engines.building import build as building
    from engines.runners import choose
    from tests.fakes.characters import write_character

    pytest.importorskip("torch", reason="needs the extra 'neural'")
    assert main(["avatars", "add", str(write_character(tmp_path / "mia")), "--name", "Mia"]) == 0
    cpu = [replace(each, where="CPU" if each.usable else "") for each in choose.candidates()]
    monkeypatch.setattr(choose, "candidates", lambda: cpu)
    assert main(["models", "build", "mia"]) == 0
    assert "without any build" in capsys.readouterr().out
    cards = [replace(each, where="A card" if each.name == "torch" else each.where) for each in cpu]
    monkeypatch.setattr(choose, "candidates", lambda: cards)
    asked = []

    def build(_family, model, runner, *_):
        asked.append((model.configuration, runner))
        raise EngineError("The card is too small.")

    monkeypatch.setattr(building, "build", build)
    assert main(["models", "build", "mia"]) == 1
    assert asked == [("tha4", "torch")]
    assert main(["models", "build", "nobody"]) == 1
