from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")

from engines.building.stopwatch import Effort
from engines.tha import measure as command
from engines.tha.made_models import MADE, save_made
from engines.tha.measure import WAYS, main, measure
from engines.tha.shapes import tha4_shapes
from engines.tha.student.shapes import BodySize, FaceSize

QUICK = Effort(rounds=1, slow=1, fast=2, settle=0)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    shapes = tha4_shapes(FaceSize(8, 3), BodySize((12, 8, 6), 3))
    return save_made("tha4", shapes, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def report(model):
    return measure(model, QUICK, runners=["tensorrt"])


def test_a_characters_own_way_and_pytorch_are_measured_beside_the_reference(report):
    assert [row["name"] for row in report["rows"]] == ["reference, eager", "guise", "torch"]
    assert all(row["psnr_db"] > 40 for row in report["rows"][1:])
    assert all(0 < row["p50_ms"] <= row["p95_ms"] for row in report["rows"])
    assert [each["name"] for each in report["left_out"]] == ["tensorrt"]


def test_on_a_card_the_step_is_measured_as_it_is_and_captured():
    assert sorted((way.style.precision, way.captured) for way in WAYS) == [
        (precision, captured) for precision in ("fp16", "fp32") for captured in (False, True)
    ]


def test_the_command_writes_and_prints(monkeypatch, tmp_path, capsys, model, report):
    asked = []
    monkeypatch.setattr(command, "made_model", lambda name, _folder: asked.append(name) or model)
    monkeypatch.setattr(command, "measure", lambda *_, **__: report)
    assert main(["--out", str(tmp_path), "--configuration", "tha3-separable-half", "--rounds", "1"]) == 0
    assert asked == ["tha3-separable-half"]
    assert "| torch | fp32 |" in capsys.readouterr().out
    assert len(list(tmp_path.iterdir())) == 2
    assert len(MADE) == 6
