import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")
pytest.importorskip("openvino", reason="needs the extra 'neural'")

from engines.building.build import build, find_build, load_prepare, load_step
from engines.fomm.family import FAMILY
from engines.runners.build_cache import BuildCache
from engines.weights.model import load_model
from tests.conftest import REPOSITORY
from tests.engines.fomm import rules
from tests.engines.fomm.graph_probe import matte


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(rules.small_model(tmp_path_factory.mktemp("models")))


@pytest.fixture(scope="module")
def builds(tmp_path_factory):
    """A cache that the tests of this module share: what one built the next one finds."""
    return BuildCache(tmp_path_factory.mktemp("builds"))


def animate(made):
    prepare, step = load_prepare(made), load_step(made)
    state = prepare.run({"source": rules.source_picture(), "matte": matte()})
    step.bind(state)
    rest = {"neutral_value": state["source_value"], "neutral_jacobian": state["source_jacobian"]}
    controls = np.zeros(4, np.float32)
    given = step.run({"driving": rules.driving_picture(1), "controls": controls, **rest})
    prepare.close()
    step.close()
    return given


@pytest.mark.parametrize(
    "runner",
    [
        "torch",
        pytest.param("onnxruntime", marks=pytest.mark.slow),
        pytest.param("openvino", marks=pytest.mark.slow),
    ],
)
def test_a_build_is_made_measured_found_and_run(model, builds, runner):
    told = []
    made = build(FAMILY, model, runner, builds, lambda fraction, what: told.append((fraction, what)))
    assert made.runner == runner
    assert made.offered
    assert made.comparison.psnr_db > 40
    assert made.comparison.largest["driving_value"] < 1e-3
    assert made.frames_per_second > 0
    assert told == sorted(told, key=lambda each: each[0])
    assert told[-1][0] == 1
    assert find_build(FAMILY, model, runner, builds) == made
    assert animate(made)["picture"].shape == (256, 256, 3)


def test_looking_for_builds_does_not_load_pytorch():
    code = "import sys; sys.modules['torch'] = None; import engines.building.build, engines.fomm.family"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY)
