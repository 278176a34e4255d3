"""Engines are built for real, without a card; running them is tried against a strict stand-in."""

from __future__ import annotations

import importlib
import os
from importlib.util import find_spec

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")
pytest.importorskip("onnx", reason="needs the extra 'neural'")

from engines.errors import EngineError
from engines.runners.build_cache import BuildCache, BuildKey
from engines.runners.device import nvidia_gpu
from engines.runners.failures import BuildCancelledError, BuildError, DamagedBuildError
from engines.runners.tensorrt_build import RTX_CAPABILITIES, build_engine
from engines.runners.tensorrt_runner import DeviceMemory, TensorRtRunner, load_engine
from tests.engines.runners import fake_tensorrt, toys
from tests.engines.runners.toys import TensorProto, TensorSpec, helper

builds = pytest.mark.skipif(find_spec("tensorrt_rtx") is None, reason="needs the extra 'tensorrt'")
without_card = pytest.mark.skipif(nvidia_gpu() is not None, reason="needs a machine without an NVIDIA card")

KEY = BuildKey("ab" * 32, 1, "tensorrt", "fp16", "toy card")
STATE = {"driving": toys.driving(), "state": toys.state()}


@pytest.fixture
def fake(monkeypatch):
    return fake_tensorrt.install(monkeypatch)


@pytest.fixture
def graph(tmp_path):
    """What FOMM's graphs are made of: float16 convolutions among float32 geometry, uint8 outside."""
    side = 16
    cast = {"half": TensorProto.FLOAT16, "float": TensorProto.FLOAT, "byte": TensorProto.UINT8}
    rng = np.random.default_rng(3)

    def node(kind, inputs, output, **attributes):
        return helper.make_node(kind, inputs.split(), [output], **attributes)

    nodes = [
        node("Cast", "driving", "hwc", to=cast["float"]),
        node("Transpose", "hwc", "chw", perm=[2, 0, 1]),
        node("Unsqueeze", "chw batch", "planes"),
        node("Cast", "planes", "planes_half", to=cast["half"]),
        node("Conv", "planes_half down", "low", pads=[3, 3, 3, 3], strides=[2, 2]),
        node("AveragePool", "low", "lower", kernel_shape=[2, 2], strides=[2, 2]),
        node("Resize", "lower  twice", "grown", mode="nearest", nearest_mode="floor",
             coordinate_transformation_mode="asymmetric"),
        node("ConvTranspose", "grown up", "full_half", strides=[2, 2], pads=[1, 1, 1, 1]),
        node("Cast", "full_half", "full_size", to=cast["float"]),
        node("Softmax", "full_size", "soft", axis=1),
        node("Mul", "soft state", "weighed"),
        node("ReduceSum", "weighed across", "value", keepdims=0),
        node("GridSample", "full_size grid", "warped", mode="bilinear", padding_mode="zeros", align_corners=1),
        node("Sigmoid", "warped", "light"),
        node("Mul", "light full", "light_255"),
        node("Round", "light_255", "rounded"),
        node("Squeeze", "rounded batch", "rounded_chw"),
        node("Transpose", "rounded_chw", "rounded_hwc", perm=[1, 2, 0]),
        node("Cast", "rounded_hwc", "picture", to=cast["byte"]),
    ]  # fmt: skip
    nodes[6].input[:] = ["lower", "", "twice"]
    weights = {
        "down": rng.standard_normal((4, 3, 7, 7)).astype(np.float16),
        "up": rng.standard_normal((4, 3, 4, 4)).astype(np.float16),
        "twice": np.array([1, 1, 2, 2], np.float32),
    }
    inputs = [
        TensorSpec("driving", (side, side, 3), "uint8"),
        TensorSpec("state", (1, 3, side, side), "float32"),
        TensorSpec("grid", (1, side, side, 2), "float32"),
    ]
    outputs = [TensorSpec("picture", (side, side, 3), "uint8"), TensorSpec("value", (1, 3), "float32")]
    return toys.write(tmp_path / "toy.onnx", nodes, inputs, outputs, weights)


@builds
@pytest.mark.parametrize("capability", RTX_CAPABILITIES)
def test_engines_are_built_for_every_card_without_one(graph, capability):
    engine = build_engine(graph, capabilities=[capability])
    assert engine.startswith(b"vtrt")
    assert len(engine) > 10_000


@builds
def test_one_engine_is_built_for_all_cards_and_its_progress_only_rises(graph, capfd):
    told = []
    engine = build_engine(graph, capabilities=RTX_CAPABILITIES, progress=lambda *each: told.append(each))
    assert engine.startswith(b"vtrt")
    fractions = [fraction for fraction, _ in told]
    assert len(told) > 10
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < fractions[-1] <= 1
    assert all(isinstance(what, str) and what for _, what in told)
    assert capfd.readouterr() == ("", "")


@builds
def test_the_same_graph_gives_an_engine_of_the_same_size(graph):
    assert len(build_engine(graph, capabilities=[86])) == len(build_engine(graph, capabilities=[86]))


@builds
def test_a_build_can_be_stopped_in_the_middle(graph):
    told = []
    with pytest.raises(BuildCancelledError):
        build_engine(
            graph,
            capabilities=[75],
            progress=lambda *each: told.append(each),
            cancelled=lambda: len(told) > 5,
        )
    assert len(told) == 6


@builds
def test_what_a_listener_raises_is_not_swallowed(graph):
    def failing(_fraction, _what):
        raise KeyError("listener")

    with pytest.raises(KeyError, match="listener"):
        build_engine(graph, capabilities=[75], progress=failing)


@builds
def test_a_graph_that_is_none_is_one_sentence(tmp_path):
    (tmp_path / "broken.onnx").write_bytes(b"not a graph")
    with pytest.raises(BuildError, match=r"cannot read broken.onnx .*Choose another runner"):
        build_engine(tmp_path / "broken.onnx", capabilities=[86])


@builds
def test_what_the_oldest_cards_cannot_do_is_told_in_the_library_s_words(tmp_path):
    spec = TensorSpec("a", (64, 64), "float32")
    nodes = [helper.make_node("MatMul", ["a", "a"], ["b"])]
    path = toys.write(tmp_path / "matmul.onnx", nodes, [spec], [TensorSpec("b", (64, 64), "float32")])
    assert build_engine(path, capabilities=[86])
    with pytest.raises(EngineError, match=r"cannot be built with TensorRT for RTX .*Turing"):
        build_engine(path, capabilities=[75])


@builds
@without_card
def test_building_for_this_card_needs_one(graph):
    with pytest.raises(EngineError, match="cannot be built with TensorRT for RTX"):
        build_engine(graph)


@builds
@without_card
def test_a_good_engine_cannot_be_loaded_without_a_card_and_says_so(graph):
    with pytest.raises(EngineError, match="does not fit this card or its driver; build the model again"):
        load_engine(build_engine(graph, capabilities=[86]), "tensorrt_rtx")


@pytest.mark.parametrize("folder", ["Mira", "Mïra 三浦"])
def test_engines_are_built_whole_and_to_be_captured_wherever_the_graph_lies(tmp_path, monkeypatch, folder):
    fake_tensorrt.install(monkeypatch, "tensorrt_rtx")
    path = tmp_path / folder / "step.onnx"
    path.parent.mkdir()
    path.write_bytes(b"graph")
    assert build_engine(path) == b"graph REQUIRE_USER_ALLOCATION"


def test_a_graph_that_cannot_be_opened_is_one_sentence(tmp_path, monkeypatch):
    fake_tensorrt.install(monkeypatch, "tensorrt_rtx")
    with pytest.raises(BuildError, match=r"cannot read gone\.onnx \(No such file or directory\)\. Build"):
        build_engine(tmp_path / "gone.onnx")


@builds
def test_the_stand_in_makes_up_no_names():
    library = importlib.import_module("tensorrt_rtx")
    for name in ("BuilderFlag", "ComputeCapability", "NetworkDefinitionCreationFlag"):
        assert {each.name for each in getattr(fake_tensorrt, name)} <= getattr(
            library, name
        ).__members__.keys()
    for ours, theirs in (
        (fake_tensorrt.Builder, library.Builder),
        (fake_tensorrt.OnnxParser, library.OnnxParser),
    ):
        assert {name for name in vars(ours) if not name.startswith("_")} <= {*dir(theirs)}
    assert hasattr(library.IExecutionContext, "is_stream_capturable")


@pytest.mark.parametrize(
    ("library", "capabilities", "words"),
    [
        ("tensorrt_rtx", [90], "cannot build for 90, only for 75, 80, 86, 89, 120"),
        ("tensorrt_rtx", [], "no card at all"),
        ("tensorrt", [86], "for the card in this machine only"),
        ("tensorflow", None, "no library 'tensorflow'"),
    ],
)
def test_what_cannot_be_built_for_is_named(tmp_path, library, capabilities, words):
    with pytest.raises(ValueError, match=words):
        build_engine(tmp_path / "any.onnx", library, capabilities)


@pytest.mark.skipif(find_spec("tensorrt") is not None, reason="needs a machine without TensorRT")
def test_a_library_that_is_not_installed_is_one_sentence(tmp_path):
    with pytest.raises(EngineError, match=r"TensorRT cannot be loaded .*Choose another runner"):
        build_engine(tmp_path / "any.onnx", "tensorrt")


def test_every_tensor_gets_a_place_and_runs_go_through_the_stream(fake):
    memory = DeviceMemory("cpu")
    memory.stream = 42
    runner = TensorRtRunner(fake_tensorrt.ENGINE, "tensorrt", memory=memory)
    context = fake.contexts[0]
    assert context.addresses == {name: buffer.data_ptr() for name, buffer in runner.buffers.items()}
    runner.run(STATE)
    runner.run(STATE)
    assert context.streams == [42, 42]


def test_no_engine_file_is_loaded_but_those_a_cache_built(fake, guise_home):
    cache = BuildCache(guise_home / "builds")
    with cache.building(KEY) as work:
        work.step(
            "compile", lambda folder: (folder / "step.engine").write_bytes(fake_tensorrt.ENGINE) and None
        )
        stored = work.finish()
    path = stored.folder / "step.engine"
    runner = TensorRtRunner(path, "tensorrt", memory=DeviceMemory("cpu"))
    np.testing.assert_allclose(runner.run(STATE)["value"], toys.expected(*STATE.values())["value"], atol=1e-5)
    hostile = os.urandom(len(fake_tensorrt.ENGINE))
    path.write_bytes(hostile)
    stranger = guise_home / "step.engine"
    stranger.write_bytes(hostile)
    for each in (path, stranger, guise_home / "missing.engine"):
        with pytest.raises(DamagedBuildError, match="Build the model again"):
            TensorRtRunner(each, "tensorrt", memory=DeviceMemory("cpu"))
    assert fake.loaded == [fake_tensorrt.ENGINE]


def test_an_engine_for_another_card_says_to_build_again(fake):
    with pytest.raises(EngineError, match=r"build the model again.*built for another card\)"):
        TensorRtRunner(b"other", "tensorrt", memory=DeviceMemory("cpu"))


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (
            "Error Code 1: Cuda Runtime (an illegal memory access)",
            "failed on CPU with TensorRT .*illegal memory",
        ),
        ("", "it gave no reason"),
    ],
)
def test_a_run_that_fails_is_one_sentence_and_the_next_one_may_work(fake, failure, words):
    runner = TensorRtRunner(fake_tensorrt.ENGINE, "tensorrt", memory=DeviceMemory("cpu"))
    fake.failure = failure
    if not failure:
        fake.contexts[0].addresses.pop("echo")
    with pytest.raises(EngineError, match=words):
        runner.run(STATE)
    fake.failure = ""
    if failure:
        assert runner.run(STATE)["picture"].any()


@pytest.mark.parametrize("change", [("types", fake_tensorrt.DataType.INT64), ("shapes", (-1, 3, 8, 8))])
def test_types_and_shapes_guise_does_not_know_are_refused(fake, monkeypatch, change):
    attribute, value = change
    make = fake_tensorrt.Engine.__init__

    def made(self, library):
        make(self, library)
        getattr(self, attribute)["state"] = value

    monkeypatch.setattr(fake_tensorrt.Engine, "__init__", made)
    with pytest.raises(EngineError, match=r"'state' is .*fixed shapes"):
        TensorRtRunner(fake_tensorrt.ENGINE, "tensorrt", memory=DeviceMemory("cpu"))


def test_a_context_that_cannot_be_made_is_an_engine_error(fake, monkeypatch):
    monkeypatch.setattr(fake_tensorrt.Engine, "create_execution_context", lambda _self: None)
    with pytest.raises(EngineError, match="The engine cannot start with TensorRT"):
        TensorRtRunner(fake_tensorrt.ENGINE, "tensorrt", memory=DeviceMemory("cpu"))


@without_card
def test_without_cuda_the_memory_says_what_is_missing(fake):
    with pytest.raises(EngineError, match="Install a PyTorch with CUDA"):
        TensorRtRunner(fake_tensorrt.ENGINE, "tensorrt")
    assert fake.loaded == []


@builds
@pytest.mark.skipif(nvidia_gpu() is None, reason="needs an NVIDIA card")
def test_a_card_computes_the_same(tmp_path):
    runner = TensorRtRunner(build_engine(toys.whole(tmp_path / "toy.onnx")), precision="fp32")
    runner.bind({"state": toys.state()})
    results = runner.run({"driving": toys.driving()})
    wanted = toys.expected(*STATE.values())
    assert np.abs(results["picture"].astype(int) - wanted["picture"]).max() <= 1
    np.testing.assert_allclose(results["value"], wanted["value"], atol=1e-4)
