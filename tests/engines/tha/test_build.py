"""Builds of small networks of every version: made, compared with the published formulation, found and run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")

from engines.base import EngineOptions
from engines.building.build import build, find_build
from engines.building.export import export_graph
from engines.building.loading import load_graphs
from engines.nn.style import Style
from engines.registry import model_families, model_family
from engines.runners.build_cache import BuildCache
from engines.runners.compare import Comparison
from engines.runners.tensorrt_build import RTX_CAPABILITIES, build_engine
from engines.tha.engine import ThaEngine
from engines.tha.family import FAMILY
from engines.tha.made import made_character, made_poses
from engines.tha.made_models import save_made
from engines.tha.network import Network, Stage
from engines.tha.shapes import tha1_shapes, tha3_shapes, tha4_shapes
from engines.tha.student.shapes import BodySize, FaceSize
from engines.tha.tha1.config import CONFIG as THA1
from engines.tha.tha3.config import Tha3Config
from engines.tha.widths import Widths
from tests.fakes.sitter import made_avatar

SMALL = Widths(4, 16, 2)
SHAPES = {
    "tha4": tha4_shapes(FaceSize(8, 3), BodySize((12, 8, 6), 3)),
    "tha3-custom": tha3_shapes(Tha3Config("tha3-custom", widths=SMALL, editor=SMALL)),
    "tha1-custom": tha1_shapes(replace(THA1, widths=SMALL)),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {name: save_made(name, shapes, folder) for name, shapes in SHAPES.items()}


@pytest.mark.parametrize("configuration", SHAPES)
def test_a_build_for_pytorch_is_near_the_published_formulation(models, tmp_path, configuration):
    builds, model = BuildCache(tmp_path), models[configuration]
    made = build(model_family("tha"), model, "torch", builds)
    assert "tha" in model_families()
    assert made.offered
    assert made.comparison.psnr_db > 50
    assert made.frames_per_second > 0
    assert find_build(FAMILY, model, "torch", builds) == made


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["onnxruntime"])
def test_a_build_for_a_runner_is_made_and_its_engine_animates(models, tmp_path, runner):
    pytest.importorskip(runner, reason="needs the extra 'neural'")
    model = models["tha3-custom"]
    made = build(FAMILY, model, runner, BuildCache(tmp_path))
    assert made.comparison.psnr_db > 40
    engine = ThaEngine(EngineOptions(model.folder, tmp_path, runner))
    avatar = made_avatar((300, 380), share=0.3, has_alpha=True)
    puppet = engine.prepare(avatar)
    assert puppet.speed().runner == runner
    puppet.close()
    engine.close()


def test_a_network_is_loaded_as_it_is_where_nothing_was_built(models):
    model = models["tha4"]
    network = Network(*load_graphs(FAMILY, model, EngineOptions()))
    stage = Stage(network, made_character(512), owned=True)
    rest, moved = (stage.animate(pose) for pose in made_poses(2))
    assert rest.shape == (512, 512, 4)
    assert (rest != moved).any()
    assert (rest[..., :3] <= rest[..., 3:]).all()
    stage.close()


@pytest.mark.parametrize("runner", ["torch", "onnxruntime", "openvino", "tensorrt_rtx", "tensorrt"])
@pytest.mark.parametrize("configuration", ["tha4", "tha3-standard-half", "tha1"])
def test_fp32_is_always_the_last_resort(runner, configuration):
    for on_card in (False, True):
        found = FAMILY.recipes(configuration, runner, on_card=on_card, bf16=True)
        assert found[-1].precision == "fp32"
        assert len({each.precision for each in found}) == len(found)
        assert found[0].precision == "fp16" or not on_card


def test_whole_pictures_are_compared():
    assert FAMILY.accepts("fp32", Comparison({"picture": 90.0}, 41.0, 4))
    assert not FAMILY.accepts("fp16", Comparison({"picture": 3.0}, 39.0, 4))
    assert not FAMILY.accepts("fp32", Comparison({"picture": np.inf}, -np.inf, 4))


@pytest.mark.slow
@pytest.mark.parametrize("configuration", SHAPES)
def test_tensorrt_builds_the_half_graph(models, tmp_path, configuration):
    pytest.importorskip("tensorrt_rtx", reason="needs the extra 'tensorrt'")
    half = FAMILY.graphs(models[configuration], Style("fp16"))["step"]
    export_graph(half(), tmp_path / "step.onnx")
    assert len(build_engine(tmp_path / "step.onnx", "tensorrt_rtx", RTX_CAPABILITIES[:1])) > 10_000
