"""The speeds promised for the First Order Motion Model. Only with `pytest -m bench`, on a machine at rest.

Ratios are to the published formulation in eager FP32, timed in turns with each runner in one process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

torch = pytest.importorskip("torch", reason="needs the extra 'neural'")

pytestmark = pytest.mark.bench

ON_A_CARD = torch.cuda.is_available()
ONNX_RATIO, BEST_CPU_RATIO, CARD_RATIO = 1.7, 3.0, 8.0
STEP_MS, OVERHEAD_MS = 1.5, 2.0
LIKENESS_DB = {"fp32": 60.0, "fp16": 40.0, "bf16": 40.0}

on_a_cpu = pytest.mark.skipif(ON_A_CARD, reason="measures cards only where there is one")
on_a_card = pytest.mark.skipif(not ON_A_CARD, reason="needs an NVIDIA card")


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    command = [sys.executable, "-m", "app", "bench", "--engine", "fomm", "--json"]
    home = {**os.environ, "GUISE_HOME": str(tmp_path_factory.mktemp("home"))}
    done = subprocess.run(command, cwd=REPOSITORY, env=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    return json.loads(done.stdout)["rows"]


def row_of(rows, name):
    found = [row for row in rows if row["name"] == name]
    if not found:
        pytest.skip(f"no {name} here")
    return found[0]


def test_every_runner_paints_what_the_reference_paints(rows):
    for row in rows:
        if row["psnr_db"] is not None:
            assert row["psnr_db"] > LIKENESS_DB[row["precision"]], row["name"]


@on_a_cpu
def test_onnx_runtime_is_faster_than_the_reference(rows):
    assert row_of(rows, "onnxruntime")["ratio"] >= ONNX_RATIO


@on_a_cpu
def test_the_best_of_the_cpu_is_much_faster_than_the_reference(rows):
    row_of(rows, "openvino")
    assert max(row["ratio"] for row in rows) >= BEST_CPU_RATIO


@on_a_card
def test_a_card_of_the_largest_kind_is_in_time(rows):
    fastest = min((row for row in rows if row["step_ms"] is not None), key=lambda row: row["step_ms"])
    assert fastest["ratio"] >= CARD_RATIO
    assert fastest["step_ms"] < STEP_MS
    assert fastest["overhead_ms"] < OVERHEAD_MS
