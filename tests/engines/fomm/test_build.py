import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")
pytest.importorskip("openvino", reason="needs the extra 'neural'")

from engines.building import build as build_module
from engines.building.build import build, find_build, load_prepare, load_step
from engines.errors import EngineError
from engines.fomm import family as family_module
from engines.fomm import recipes as recipes_module
from engines.fomm.family import FAMILY, FommFamily
from engines.fomm.recipes import Recipe
from engines.runners.build_cache import BuildCache
from engines.runners.failures import BuildCancelledError, BuildError, DamagedBuildError
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


@pytest.fixture
def own(guise_home):
    return BuildCache(guise_home / "builds")


@pytest.fixture
def as_in_fp32(monkeypatch):
    """No lower precision is tried, so a build is as short as can be."""
    monkeypatch.setattr(family_module, "cpu_has_bf16", lambda: False)


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


def test_a_second_build_takes_what_is_there(model, builds, monkeypatch):
    made = build(FAMILY, model, "torch", builds)
    monkeypatch.setattr(build_module._Maker, "make", lambda _maker: pytest.fail("built again"))
    assert build(FAMILY, model, "torch", builds) == made


@pytest.mark.slow
def test_a_stopped_build_goes_on_where_it_stood(model, own, as_in_fp32, monkeypatch):
    def stop_when_comparing(_fraction, what):
        if what.startswith("Comparing"):
            stopped.append(True)

    stopped = []
    with pytest.raises(BuildCancelledError):
        build(FAMILY, model, "onnxruntime", own, stop_when_comparing, lambda: bool(stopped))
    assert find_build(FAMILY, model, "onnxruntime", own) is None
    monkeypatch.setattr("engines.building.export.export_graph", lambda *_: pytest.fail("written again"))
    assert build(FAMILY, model, "onnxruntime", own).offered


def test_a_precision_that_is_not_near_enough_is_tried_once_and_not_offered(model, own, monkeypatch):
    tries = (Recipe("bf16", "subpixel", parts=(("step", "fp32"),)), Recipe("fp32", "subpixel"))
    monkeypatch.setattr(FommFamily, "recipes", lambda *_: tries)
    monkeypatch.setattr(recipes_module, "SUFFICIENT_DB", 200.0)
    assert build(FAMILY, model, "torch", own).precision == "fp32"
    assert find_build(FAMILY, model, "torch", own).precision == "fp32"
    assert sorted(each.key.precision for each in own.all()) == ["bf16", "fp32"]
    monkeypatch.setattr(build_module._Maker, "make", lambda _maker: pytest.fail("tried again"))
    assert build(FAMILY, model, "torch", own).precision == "fp32"


def test_a_runner_that_gives_wrong_pictures_is_refused(model, own, monkeypatch):
    monkeypatch.setattr(Recipe, "accepts", lambda _recipe, _comparison: False)
    with pytest.raises(BuildError, match="Choose another runner"):
        build(FAMILY, model, "torch", own)
    assert find_build(FAMILY, model, "torch", own) is None


def test_a_precision_that_cannot_work_here_is_passed_over(model, own, monkeypatch):
    tries = (Recipe("fp16", "subpixel", parts=(("step", "fp16"),)), Recipe("fp32", "subpixel"))
    monkeypatch.setattr(FommFamily, "recipes", lambda *_: tries)
    load = build_module._load_step

    def fails_in_half(model, runner, recipe, path):
        if recipe.precision == "fp16":
            raise EngineError("The graph failed on the CPU.")
        return load(model, runner, recipe, path)

    monkeypatch.setattr(build_module, "_load_step", fails_in_half)
    assert build(FAMILY, model, "torch", own).precision == "fp32"


def test_a_runner_that_cannot_run_here_has_no_build(model, own):
    assert find_build(FAMILY, model, "tensorrt_rtx", own) is None
    assert find_build(FAMILY, model, "abacus", own) is None
    with pytest.raises(EngineError, match="abacus"):
        build(FAMILY, model, "abacus", own)


@pytest.mark.slow
def test_a_changed_file_is_not_loaded(model, builds):
    made = build(FAMILY, model, "onnxruntime", builds)
    path = made.folder / "step.onnx"
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(DamagedBuildError):
            load_step(made)
    finally:
        path.write_bytes(whole)


def test_looking_for_builds_does_not_load_pytorch():
    code = "import sys; sys.modules['torch'] = None; import engines.building.build, engines.fomm.family"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY)
