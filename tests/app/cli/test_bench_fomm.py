from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from app.cli import bench_rows
from app.cli.main import main

MACHINE = {"device": "A CPU", "cores": 2, "system": "Linux", "python": "3.11"}
NOTHING = dict.fromkeys(("step_ms", "psnr_db", "memory_mb", "build_s", "size_mb"))
REFERENCE = {
    **NOTHING,
    "name": "reference, eager",
    "precision": "fp32",
    "p50_ms": 700.0,
    "p95_ms": 720.0,
    "frames_per_second": 1.43,
    "ratio": 1.0,
}
FASTER = {
    **REFERENCE,
    "name": "openvino",
    "precision": "bf16",
    "p50_ms": 200.0,
    "frames_per_second": 5.0,
    "ratio": 3.5,
    "psnr_db": 46.8,
    "memory_mb": 412.3,
    "build_s": 31.24,
    "size_mb": 250.4,
}
REPORT = {
    "model": "made by a rule",
    "configuration": "vox-adv-256",
    "machine": MACHINE,
    "calls": 12,
    "calls_of_reference": 6,
    "rows": [REFERENCE, FASTER],
    "left_out": [{"name": "tensorrt", "reason": "needs an NVIDIA card; none found"}],
}


def test_the_text_has_a_line_for_every_runner_and_says_why_others_are_left_out():
    text = bench_rows.as_text(REPORT)
    assert "A CPU, 2 cores, Linux, Python 3.11" in text
    assert "12 frames each, in turns with 6 of the reference" in text
    line = next(each for each in text.splitlines() if "openvino" in each)
    assert line.split() == ["openvino", "bf16", "200.0", "(720.0)", "5.0", "3.50", "47", "412", "31.2", "250"]
    assert next(each for each in text.splitlines() if "eager" in each).endswith("1.00")
    assert "tensorrt: needs an NVIDIA card; none found" in text


def test_without_pytorch_the_way_out_is_told(monkeypatch, capsys):
    monkeypatch.setattr(bench_rows, "find_spec", lambda name: None)
    assert main(["bench", "--engine", "fomm"]) == 1
    assert "uv run --extra neural" in capsys.readouterr().err


def test_an_engine_nobody_knows_and_a_model_nobody_needs_are_refused(capsys):
    assert main(["bench", "--engine", "fom"]) == 1
    assert "Did you mean 'fomm'?" in capsys.readouterr().err
    assert main(["bench", "--model", "mine"]) == 1
    assert "needs no model" in capsys.readouterr().err


@pytest.fixture
def asked(monkeypatch):
    """What the engine's measure() was asked for; it answers at once."""
    pytest.importorskip("torch", reason="needs the extra 'neural'")
    from engines.fomm import made, measure

    said = {}

    def measured(model, effort, *, tell):
        said.update(model=model, effort=effort)
        tell("the reference")
        tell("PyTorch")
        return {key: value for key, value in REPORT.items() if key != "model"}

    monkeypatch.setattr(measure, "measure", measured)
    monkeypatch.setattr(
        made, "made_model", lambda config, folder: SimpleNamespace(name=f"made {config.name}")
    )
    return said


def test_without_a_model_one_made_by_a_rule_is_measured(asked, capsys):
    assert main(["bench", "--engine", "fomm", "--json", "--frames", "20"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["model"] == "made vox-adv-256"
    assert report["versions"]["guise"]
    assert report["rows"] == [REFERENCE, FASTER]
    assert asked["effort"].rounds * asked["effort"].fast >= 20


def test_a_stored_model_is_measured_by_name(asked, capsys):
    from app.paths import user_paths
    from tests.engines.fomm.rules import small_model

    small_model(user_paths().models)
    assert main(["bench", "--engine", "fomm", "--model", "small"]) == 0
    assert "Model 'small'" in capsys.readouterr().out
    assert asked["model"].name == "small"
    assert main(["bench", "--engine", "fomm", "--model", "other"]) == 1
