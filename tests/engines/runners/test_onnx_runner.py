"""Execution providers in order, the CPU as the last resort, and errors worth reading."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="needs the extra 'neural'")
pytest.importorskip("onnx", reason="needs the extra 'neural'")

import onnxruntime

from engines.errors import EngineError
from engines.runners import onnx_runner, providers
from engines.runners.device import Gpu
from engines.runners.failures import CardError
from engines.runners.onnx_runner import OnnxRunner
from engines.runners.providers import CPU, CUDA, DIRECTML, provider_title, usable_providers
from tests.engines.runners import toys

GPU = Gpu("NVIDIA GeForce RTX 4070", "580.65", 13000, 89, 12 << 30)


@pytest.fixture
def graph(tmp_path):
    return toys.whole(tmp_path / "toy.onnx")


class Session:
    """Stands in for a session, on machines without the device."""

    opened: list
    working: tuple[str, ...] = ()

    def __init__(self, path, options, providers):
        self.opened.append((options, providers))
        self._session = REAL(path, options, providers=[CPU])
        names = [each if isinstance(each, str) else each[0] for each in providers]
        self._providers = [name for name in names if name in (*self.working, CPU)]

    def get_providers(self):
        return self._providers

    def __getattr__(self, name):
        return getattr(self._session, name)


REAL = onnxruntime.InferenceSession


def pretend(monkeypatch, available, working):
    opened = []
    monkeypatch.setattr(Session, "opened", opened, raising=False)
    monkeypatch.setattr(Session, "working", working)
    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: available)
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None, raising=False)
    monkeypatch.setattr(providers, "nvidia_gpu", lambda: GPU)
    monkeypatch.setattr(onnx_runner, "nvidia_gpu", lambda: GPU)
    return opened


def test_providers_are_tried_fastest_first_and_strange_ones_never(monkeypatch):
    there = [
        CPU,
        DIRECTML,
        "AzureExecutionProvider",
        "TensorrtExecutionProvider",
        CUDA,
        "CoreMLExecutionProvider",
    ]
    monkeypatch.setattr(providers, "nvidia_gpu", lambda: GPU)
    assert usable_providers(there) == [CUDA, DIRECTML, "CoreMLExecutionProvider", CPU]
    monkeypatch.setattr(providers, "nvidia_gpu", lambda: None)
    assert usable_providers(there) == [DIRECTML, "CoreMLExecutionProvider", CPU]
    assert usable_providers([]) == [CPU]
    assert provider_title("FutureExecutionProvider") == "Future"


def test_the_fastest_provider_that_works_is_taken(graph, monkeypatch):
    pretend(monkeypatch, [CUDA, DIRECTML, CPU], working=(DIRECTML,))
    runner = OnnxRunner(graph, on_card=True)
    assert (runner.provider, runner.where) == (DIRECTML, "graphics card (DirectML)")
    assert OnnxRunner(graph, CPU).where == "CPU"


def test_a_card_is_called_by_its_name(graph, monkeypatch):
    pretend(monkeypatch, [CUDA, CPU], working=(CUDA,))
    assert OnnxRunner(graph).where == "NVIDIA GeForce RTX 4070"


def test_a_card_computes_with_whole_float32(graph, monkeypatch):
    opened = pretend(monkeypatch, [CUDA, CPU], working=(CUDA,))
    OnnxRunner(graph)
    OnnxRunner(graph, CPU)
    assert [given for _, given in opened] == [[(CUDA, {"use_tf32": "0"}), CPU], [CPU]]


@pytest.mark.parametrize("asked", [{"provider": CUDA}, {"on_card": True}], ids=["provider", "card"])
def test_a_card_that_was_asked_for_is_never_replaced(graph, monkeypatch, asked):
    pretend(monkeypatch, [CUDA, CPU], working=())
    monkeypatch.setattr(onnxruntime, "cuda_version", "12.8", raising=False)
    with pytest.raises(
        CardError, match=r"cannot use the NVIDIA.*libraries of CUDA 12 or cuDNN.*Install onnxruntime-gpu\["
    ):
        OnnxRunner(graph, **asked)


def test_the_processor_stands_in_aloud(graph, monkeypatch, caplog):
    pretend(monkeypatch, [DIRECTML, CPU], working=())
    assert OnnxRunner(graph).where == "CPU"
    assert "cannot use the graphics card (DirectML) here" in caplog.text
    assert "The processor stands in" in caplog.text


def test_a_provider_the_build_does_not_have_is_named(graph):
    with pytest.raises(EngineError, match=r"no FutureExecutionProvider\. Install a build"):
        OnnxRunner(graph, "FutureExecutionProvider")


def test_worker_threads_do_not_spin(graph, monkeypatch):
    opened = pretend(monkeypatch, [CPU], working=())
    OnnxRunner(graph, threads=2)
    options, _ = opened[0]
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert options.intra_op_num_threads == 2


def test_broken_missing_and_unfit_graphs_are_one_sentence_each(tmp_path):
    (tmp_path / "broken.onnx").write_bytes(b"not a graph")
    for name in ("broken.onnx", "missing.onnx"):
        with pytest.raises(EngineError, match="failed on this computer") as caught:
            OnnxRunner(tmp_path / name)
        assert "\n" not in str(caught.value)
    nodes = [toys.helper.make_node("Sigmoid", ["a"], ["b"])]
    sides = [toys.TensorSpec(name, ("n", 3), "float32") for name in "ab"]
    with pytest.raises(EngineError, match="fixed shapes"):
        OnnxRunner(toys.write(tmp_path / "open.onnx", nodes, sides[:1], sides[1:]))


def test_a_run_that_fails_says_what_to_do(graph, monkeypatch):
    runner = OnnxRunner(graph)

    def failing(_binding):
        raise RuntimeError(
            "[ONNXRuntimeError] : BFCArena::AllocateRawInternal Failed to allocate memory for 4 GB"
        )

    monkeypatch.setattr(runner._session, "run_with_iobinding", failing)
    with pytest.raises(EngineError, match=r"This computer ran out of memory\. Close"):
        runner.run({"driving": toys.driving(), "state": toys.state()})


def test_half_precision_goes_in_and_out(tmp_path):
    nodes = [toys.helper.make_node("Add", ["a", "a"], ["b"])]
    sides = [toys.TensorSpec(name, (2, 2), "float16") for name in "ab"]
    runner = OnnxRunner(toys.write(tmp_path / "half.onnx", nodes, sides[:1], sides[1:]), precision="fp16")
    results = runner.run({"a": np.full((2, 2), 1.5, np.float16)})
    np.testing.assert_array_equal(results["b"], np.full((2, 2), 3, np.float16))
    assert runner.precision == "fp16"
