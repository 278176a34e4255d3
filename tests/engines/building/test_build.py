from functools import partialmethod

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")
pytest.importorskip("onnxruntime", reason="needs the extra 'neural'")

from engines.base import EngineInfo, EngineOptions
from engines.building import build as build_module
from engines.building.build import build, find_build, load_prepare, load_step
from engines.building.family import Recipe
from engines.building.loading import built_graphs, load_graphs, wanted_model
from engines.errors import EngineError
from engines.nn.style import Style
from engines.runners import choose
from engines.runners.build_cache import BuildCache
from engines.runners.choose import Choice
from engines.runners.failures import BuildCancelledError, BuildError, CardError, DamagedBuildError
from engines.runners.providers import CPU
from engines.runners.torch_runner import TorchRunner
from tests.engines.building.toys import PICTURE, SOURCE, ToyFamily, toy_model

TOYS = ToyFamily()
FULL, HALF = Recipe("fp32"), Recipe("bf16", Style("fp16"), (("step", "bf16"),))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return toy_model(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def built(model, tmp_path_factory):
    """A cache with a build for ONNX Runtime, and what the build told."""
    cache, told = BuildCache(tmp_path_factory.mktemp("builds")), []
    build(TOYS, model, "onnxruntime", cache, lambda fraction, what: told.append((fraction, what)))
    return cache, told


@pytest.fixture
def own(tmp_path):
    return BuildCache(tmp_path / "builds")


def animate(prepare, step):
    step.bind(prepare.run({"picture": SOURCE}))
    given = step.run({"frame": np.full(1, 0.5, np.float32)})["picture"]
    prepare.close()
    step.close()
    return given


def test_a_build_is_made_measured_found_and_run(model, built):
    cache, told = built
    made = find_build(TOYS, model, "onnxruntime", cache)
    assert (made.runner, made.precision, made.offered) == ("onnxruntime", "fp32", True)
    assert made.comparison.largest["picture"] == 0
    assert min(made.frames_per_second, made.size) > 0
    assert told == sorted(told, key=lambda each: each[0])
    assert told[-1][0] == 1
    assert animate(load_prepare(made), load_step(made)).shape == PICTURE.shape


def test_a_second_build_takes_what_is_there(model, built, monkeypatch):
    monkeypatch.setattr(build_module._Maker, "make", lambda _maker: pytest.fail("built again"))
    assert build(TOYS, model, "onnxruntime", built[0]) == find_build(TOYS, model, "onnxruntime", built[0])


def test_a_stopped_build_goes_on_where_it_stood(model, own, monkeypatch):
    def stop_when_comparing(_fraction, what):
        if what.startswith("Comparing"):
            stopped.append(True)

    stopped = []
    with pytest.raises(BuildCancelledError):
        build(TOYS, model, "onnxruntime", own, stop_when_comparing, lambda: bool(stopped))
    assert find_build(TOYS, model, "onnxruntime", own) is None
    monkeypatch.setattr("engines.building.export.export_graph", lambda *_: pytest.fail("written again"))
    assert build(TOYS, model, "onnxruntime", own).offered


def test_a_precision_that_is_not_near_enough_is_tried_once_and_not_offered(model, own, monkeypatch):
    family = ToyFamily(HALF, FULL)
    assert build(family, model, "torch", own).precision == "fp32"
    assert sorted(each.key.precision for each in own.all()) == ["bf16", "fp32"]
    assert find_build(family, model, "torch", own).precision == "fp32"
    monkeypatch.setattr(build_module._Maker, "make", lambda _maker: pytest.fail("tried again"))
    assert build(family, model, "torch", own).precision == "fp32"


def test_a_runner_that_gives_wrong_pictures_is_refused(model, own):
    family = ToyFamily(sufficient_db=200.0)
    with pytest.raises(BuildError, match="Choose another runner"):
        build(family, model, "torch", own)
    assert find_build(family, model, "torch", own) is None


def test_a_precision_that_cannot_work_here_is_passed_over(model, own, monkeypatch):
    graphs = ToyFamily.graphs

    def fails_in_half(family, model, style, **options):
        if style.precision == "fp16":
            raise EngineError("The graph failed on the CPU.")
        return graphs(family, model, style, **options)

    monkeypatch.setattr(ToyFamily, "graphs", fails_in_half)
    assert build(ToyFamily(HALF, FULL), model, "torch", own).precision == "fp32"


@pytest.mark.parametrize("runner", ["torch", "onnxruntime"])
def test_what_the_processor_computes_is_never_taken_for_a_cards(model, own, monkeypatch, runner):
    card = Choice(runner, "A runner", True, "runs on the NVIDIA X", "NVIDIA X", "NVIDIA X, driver 1")
    monkeypatch.setattr(choose, "candidates", lambda: [card])
    monkeypatch.setattr("engines.runners.torch_runner.best_device", lambda: "cpu")
    monkeypatch.setattr("engines.runners.onnx_runner.usable_providers", lambda _available: [CPU])
    family = ToyFamily(HALF, FULL)
    with pytest.raises(CardError, match="here"):
        build(family, model, runner, own)
    assert own.all() == []


def test_a_build_for_a_card_that_is_gone_is_not_loaded(model, own, monkeypatch, caplog):
    card = Choice("torch", "PyTorch", True, "runs on the NVIDIA X", "NVIDIA X", "NVIDIA X, driver 1")
    monkeypatch.setattr(choose, "candidates", lambda: [card])
    monkeypatch.setattr("engines.runners.torch_runner.best_device", lambda: "mps")
    monkeypatch.setattr(TorchRunner, "__init__", partialmethod(TorchRunner.__init__, device="cpu"))
    assert build(TOYS, model, "torch", own).on_card
    monkeypatch.setattr("engines.runners.torch_runner.best_device", lambda: "cpu")
    assert built_graphs(TOYS, model, EngineOptions(builds=own.folder)) is None
    assert "PyTorch cannot use the graphics card" in caplog.text


def test_a_runner_that_cannot_run_here_has_no_build(model, own):
    assert find_build(TOYS, model, "tensorrt_rtx", own) is None
    assert find_build(TOYS, model, "abacus", own) is None
    with pytest.raises(EngineError, match="abacus"):
        build(TOYS, model, "abacus", own)


def test_a_changed_file_is_not_loaded(model, built):
    made = find_build(TOYS, model, "onnxruntime", built[0])
    path = made.folder / "step.onnx"
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(DamagedBuildError):
            load_step(made)
    finally:
        path.write_bytes(whole)


def test_graphs_are_loaded_from_the_build_asked_for_or_as_they_are(model, built):
    cache = built[0]
    wanted = animate(*load_graphs(TOYS, model, EngineOptions(builds=cache.folder, runner="torch"))[:2])
    loaded = load_graphs(TOYS, model, EngineOptions(builds=cache.folder, runner="onnxruntime"))
    assert loaded.step.name == "onnxruntime"
    assert loaded.frames_per_second > 0
    assert (animate(*loaded[:2]) == wanted).all()
    assert built_graphs(TOYS, model, EngineOptions(builds=cache.folder), lambda _: False) is None
    assert built_graphs(TOYS, model, EngineOptions()) is None


def test_a_model_of_another_family_is_no_engines_model(model):
    card = EngineInfo("toys", "Toys", "", family="others")
    with pytest.raises(EngineError, match="is no model of Toys"):
        wanted_model(model.folder, card)
    with pytest.raises(EngineError, match="guise models add"):
        wanted_model(None, card)
