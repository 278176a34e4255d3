"""Parts joined by name, each in its own precision, and no word to anybody about being used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("openvino", reason="needs the extra 'neural'")
pytest.importorskip("onnx", reason="needs the extra 'neural'")

from engines.errors import EngineError
from engines.runners.device import cpu_has_bf16
from engines.runners.openvino_runner import OpenVinoRunner
from tests.engines.runners import toys

REPOSITORY = Path(__file__).resolve().parents[3]


def run(runner: OpenVinoRunner, seed: int = 1) -> dict:
    return runner.run({"driving": toys.driving(seed), "state": toys.state(seed)})


def test_two_parts_act_as_one_and_what_joins_them_stays_inside(tmp_path):
    motion, paint = toys.halves(tmp_path)
    runner = OpenVinoRunner([(motion, "fp32"), (paint, "fp32")])
    assert set(runner.inputs) == set(toys.INPUTS)
    assert set(runner.outputs) == {toys.PICTURE, toys.VALUE}
    runner.bind({"state": toys.state()})
    for seed in (1, 2):
        results = runner.run({"driving": toys.driving(seed)})
        wanted = toys.expected(toys.driving(seed), toys.state())
        assert np.abs(results["picture"].astype(int) - wanted["picture"]).max() <= 1
        np.testing.assert_allclose(results["value"], wanted["value"], atol=1e-5)
    runner.close()


def test_what_joins_two_parts_comes_out_when_asked_for(tmp_path):
    motion, paint = toys.halves(tmp_path)
    runner = OpenVinoRunner([(motion, "fp32"), (paint, "fp32")], outputs=["mixed", "picture"])
    assert runner.outputs == (toys.MIXED, toys.PICTURE)
    assert run(runner)["mixed"].std() > 0.1
    with pytest.raises(ValueError, match="No part gives depth; there are mixed, value, picture"):
        OpenVinoRunner([(motion, "fp32"), (paint, "fp32")], outputs=["depth"])


def test_parts_that_do_not_fit_are_refused(tmp_path):
    motion, _ = toys.halves(tmp_path)
    half = toys.TensorSpec("mixed", (1, 3, 4, 4), "float32")
    nodes = [toys.helper.make_node("Sigmoid", ["mixed"], ["light"])]
    paint = toys.write(
        tmp_path / "small.onnx", nodes, [half], [toys.TensorSpec("light", half.shape, "float32")]
    )
    with pytest.raises(EngineError, match="disagree about 'mixed'"):
        OpenVinoRunner([(motion, "fp32"), (paint, "fp32")])


def test_float32_is_kept_where_the_cpu_would_rather_compute_in_bfloat16(tmp_path):
    motion, _ = toys.halves(tmp_path)
    exact = run(OpenVinoRunner([(motion, "fp32")]))["mixed"]
    np.testing.assert_allclose(
        exact.mean((2, 3)), toys.expected(toys.driving(), toys.state())["value"], atol=1e-6
    )


@pytest.mark.skipif(not cpu_has_bf16(), reason="needs a CPU with bf16")
def test_only_the_part_that_asks_for_bfloat16_loses_digits(tmp_path):
    motion, paint = toys.halves(tmp_path)
    rough = OpenVinoRunner([(motion, "bf16"), (paint, "fp32")], outputs=["mixed", "value"])
    mixed = OpenVinoRunner([(motion, "fp32"), (paint, "bf16")], outputs=["mixed", "picture"])
    exact = OpenVinoRunner([(motion, "fp32"), (paint, "fp32")], outputs=["mixed", "picture"])
    assert (rough.precision, mixed.precision, exact.precision) == ("bf16", "bf16", "fp32")
    error = np.abs(run(rough)["mixed"] - run(exact)["mixed"]).max()
    assert 1e-4 < error < 0.1
    np.testing.assert_array_equal(run(mixed)["mixed"], run(exact)["mixed"])


def test_bfloat16_is_refused_where_the_cpu_has_none(tmp_path, monkeypatch):
    class Core:
        def get_property(self, _device: str, _name: str) -> list[str]:
            return ["FP32", "INT8"]

    from engines.runners.quiet_openvino import import_openvino

    monkeypatch.setattr(import_openvino(), "Core", Core)
    with pytest.raises(EngineError, match="does not compute in bf16"):
        OpenVinoRunner([(toys.whole(tmp_path / "toy.onnx"), "bf16")])


def test_an_unknown_precision_and_a_broken_file_are_named(tmp_path):
    with pytest.raises(ValueError, match="'int8' for OpenVINO; there are fp32, bf16"):
        OpenVinoRunner([(toys.whole(tmp_path / "toy.onnx"), "int8")])
    (tmp_path / "broken.onnx").write_bytes(b"not a graph")
    with pytest.raises(EngineError, match="failed on this computer"):
        OpenVinoRunner([(tmp_path / "broken.onnx", "fp32")])
    with pytest.raises(EngineError, match="failed on this computer"):
        OpenVinoRunner([(tmp_path / "missing.onnx", "fp32")])


def test_a_graph_with_open_shapes_is_refused(tmp_path):
    nodes = [toys.helper.make_node("Sigmoid", ["a"], ["b"])]
    sides = [toys.TensorSpec(name, ("n", 3), "float32") for name in "ab"]
    path = toys.write(tmp_path / "open.onnx", nodes, sides[:1], sides[1:])
    with pytest.raises(EngineError, match="fixed shapes"):
        OpenVinoRunner([(path, "fp32")])


def test_importing_it_starts_nothing_and_writes_nothing(tmp_path):
    script = (
        "import sys, threading, multiprocessing.process\n"
        "from engines.runners.quiet_openvino import import_openvino\n"
        "openvino = import_openvino()\n"
        "assert import_openvino() is openvino\n"
        "assert len(threading.enumerate()) == 1, threading.enumerate()\n"
        "assert not multiprocessing.process.active_children()\n"
        "assert not sys.modules.get('openvino_telemetry')\n"
        "assert not [name for name in sys.modules if name.startswith('openvino_telemetry.')]\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=REPOSITORY,
        env={**os.environ, "HOME": str(tmp_path), "USERPROFILE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.rglob("*")) == []


def test_nothing_else_imports_it():
    users = [
        path.relative_to(REPOSITORY).as_posix()
        for room in ("app", "engines")
        for path in (REPOSITORY / room).rglob("*.py")
        if any(
            line.strip().startswith(("import openvino", "from openvino"))
            for line in path.read_text(encoding="utf-8").splitlines()
        )
    ]
    assert users == ["engines/runners/quiet_openvino.py"]
