"""The speeds promised for Talking Head Anime. Only with `pytest -m bench`, on a machine at rest.

Ratios are to the published formulation in eager FP32, timed in turns with each way in one process. Poses come from all
over their ranges, so nothing is spared. The character is a published one: one with weights made by a rule moves in
every pixel, and no figure of it says what a real one takes.
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
FRAMES_PER_SECOND, RATIO, STEP_MS = 20.0, 3.0, 2.0
LIKENESS_DB = 40.0


@pytest.fixture(scope="module")
def rows(tmp_path_factory, shared):
    character = shared / "data" / "tha4" / "lambda_00"
    command = [sys.executable, "-m", "app", "bench", "--engine", "tha", "--avatar", str(character), "--json"]
    home = {**os.environ, "GUISE_HOME": str(tmp_path_factory.mktemp("home"))}
    done = subprocess.run(command, cwd=REPOSITORY, env=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    return json.loads(done.stdout)["rows"]


def test_every_way_paints_what_the_reference_paints(rows):
    for row in rows:
        if row["psnr_db"] is not None:
            assert row["psnr_db"] > LIKENESS_DB, row["name"]


def test_a_character_moves_in_real_time_on_a_processor(rows):
    (own,) = (row for row in rows if row["name"] == "guise")
    assert own["frames_per_second"] >= FRAMES_PER_SECOND
    if not ON_A_CARD:
        assert own["ratio"] >= RATIO


@pytest.mark.skipif(not ON_A_CARD, reason="needs an NVIDIA card")
def test_a_card_of_the_largest_kind_is_in_time(rows):
    assert min(row["step_ms"] for row in rows if row["step_ms"] is not None) < STEP_MS
