from __future__ import annotations

import numpy as np
import pytest

from engines.errors import EngineError
from engines.runners.base import Runner, TensorSpec

torch = pytest.importorskip("torch", reason="needs the extra 'neural'")

from engines.runners.cuda_backend import ModuleBackend, TensorRtBackend  # noqa: E402
from engines.runners.pipeline import StreamPipeline, pipelined  # noqa: E402
from engines.runners.torch_runner import TorchRunner  # noqa: E402
from tests.fakes.cuda import CAPTURING, CURRENT, pretend_cuda  # noqa: E402

INPUTS = (TensorSpec("plane", (1, 2, 4, 4), "float32"), TensorSpec("driving", (4, 4), "uint8"))
OUTPUTS = (TensorSpec("picture", (4, 4), "uint8"), TensorSpec("sum", (1, 1), "float32"))


@pytest.fixture
def cuda(monkeypatch):
    pretend_cuda(monkeypatch)


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution = torch.nn.Conv2d(2, 2, 1, bias=False)
        torch.nn.init.ones_(self.convolution.weight)
        self.calls = []

    def forward(self, plane, driving):
        assert torch.is_inference_mode_enabled()
        self.calls.append(CURRENT[-1])
        return driving + 1, self.convolution(plane).sum().reshape(1, 1)


@pytest.fixture
def small():
    return Small()


def test_a_module_runs_through_streams_and_a_graph(cuda, small):
    pipeline = StreamPipeline(ModuleBackend(small, INPUTS, OUTPUTS, device="cpu", channels_last=True))
    assert len(small.calls) == 4  # three to warm up, one captured
    assert set(small.calls) == {pipeline._step}
    del small.calls[:]
    assert small.convolution.weight.is_contiguous(memory_format=torch.channels_last)
    pipeline.bind({"plane": np.ones(INPUTS[0].shape, np.float32)})
    first = pipeline.submit({"driving": np.full((4, 4), 3, np.uint8)})
    second = pipeline.submit({"driving": np.full((4, 4), 4, np.uint8)})
    assert (pipeline.result(first)["picture"] == 4).all()
    results = pipeline.result(second)
    assert (results["picture"] == 5).all()
    assert results["sum"][0, 0] == 64
    assert pipeline.where == "NVIDIA Made Up"
    assert pipeline.times().step == 0.5
    assert "synchronize" not in pipeline._upload.log + pipeline._download.log
    assert pipeline._step.log.count("synchronize") == 1  # before the capture
    pipeline.close()


def test_cudnn_captures_its_fastest_whole_convolutions_and_is_left_as_it_was(cuda, small):
    def switches():
        return torch.backends.cudnn.benchmark, torch.backends.cudnn.allow_tf32

    before, seen = switches(), []
    small.register_forward_pre_hook(lambda *_: seen.append(switches()))
    StreamPipeline(ModuleBackend(small, INPUTS, OUTPUTS, device="cpu")).close()
    assert seen == [(True, False)] * 4
    assert switches() == before


def test_a_module_that_gives_something_else_is_refused(cuda):
    outputs = (TensorSpec("picture", (4, 4), "float32"), OUTPUTS[1])
    with pytest.raises(ValueError, match=r"'picture' is torch.uint8 \(4, 4\), not float32"):
        StreamPipeline(ModuleBackend(Small(), INPUTS, outputs, device="cpu"))


def test_without_a_card_the_reason_is_told(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(EngineError, match="cannot use an NVIDIA card"):
        ModuleBackend(Small(), INPUTS, OUTPUTS)


class Context:
    """TensorRT's execution context: told addresses, then started on a stream."""

    def __init__(self):
        self.addresses, self.started = {}, []
        self.fails = False
        self.capturable = True

    def set_tensor_address(self, name, address):
        self.addresses[name] = address
        return True

    def execute_async_v3(self, stream):
        assert len(self.addresses) == 4
        self.started.append(stream)
        return not self.fails and (self.capturable or not CAPTURING)


class RtxContext(Context):
    """TensorRT for RTX's: can tell whether it can be captured."""

    def is_stream_capturable(self, stream):
        assert stream in self.started  # it knows once it has run there
        return self.capturable


class Loaded(Runner):
    """What the backend needs of a TensorRtRunner."""

    name, where, precision = "tensorrt_rtx", "NVIDIA Made Up", "fp16"
    inputs, outputs = INPUTS, OUTPUTS
    closed = False

    def __init__(self):
        self.context = Context()

    def bind(self, arrays): ...

    def run(self, arrays): ...

    def close(self):
        self.closed = True


def test_an_engine_gets_its_places_and_is_captured(cuda):
    runner = Loaded()
    pipeline = StreamPipeline(TensorRtBackend(runner, device="cpu"))
    places = {**pipeline._reads, **pipeline._writes}
    assert runner.context.addresses == {name: tensor.data_ptr() for name, tensor in places.items()}
    assert runner.context.started == [pipeline._step.cuda_stream] * 4
    assert (pipeline.name, pipeline.precision) == ("tensorrt_rtx", "fp16")
    pipeline.close()
    assert runner.closed


def test_an_engine_that_cannot_be_captured_is_started_for_every_frame(monkeypatch):
    pretend_cuda(monkeypatch, captures=False)
    runner = Loaded()
    pipeline = StreamPipeline(TensorRtBackend(runner, device="cpu"))
    before = len(runner.context.started)
    pipeline.run({spec.name: np.zeros(spec.shape, spec.dtype) for spec in INPUTS})
    assert len(runner.context.started) == before + 1
    runner.context.fails = True
    with pytest.raises(EngineError, match="The engine failed on NVIDIA Made Up"):
        pipeline.run({spec.name: np.zeros(spec.shape, spec.dtype) for spec in INPUTS})
    pipeline.close()


@pytest.mark.parametrize("capturable", [True, False])
def test_an_engine_that_can_tell_is_asked_before_it_is_captured(cuda, capturable):
    runner = Loaded()
    runner.context = RtxContext()
    runner.context.capturable = capturable
    pipeline = StreamPipeline(TensorRtBackend(runner, device="cpu"))
    assert not CAPTURING
    started = len(runner.context.started)
    assert started == 3 + capturable  # to warm up, and in the capture
    pipeline.run({spec.name: np.zeros(spec.shape, spec.dtype) for spec in INPUTS})
    assert len(runner.context.started) == started + 1
    pipeline.close()


def test_only_what_runs_on_a_card_is_pipelined():
    runner = TorchRunner(Small(), INPUTS, OUTPUTS, device="cpu")
    assert pipelined(runner) is runner
    runner.close()


def test_a_module_on_a_card_is_pipelined(cuda, small, monkeypatch):
    runner = TorchRunner(small, INPUTS, OUTPUTS, device="cpu", precision="fp16")
    runner.where = "NVIDIA Made Up"
    assert pipelined(runner) is runner  # another device with a name, a Mac's, say
    runner.device = "cuda"
    monkeypatch.setattr(torch.nn.Module, "to", lambda self, *_, **__: self)
    monkeypatch.setattr(
        ModuleBackend, "memory", lambda self, spec: torch.zeros(spec.shape, dtype=getattr(torch, spec.dtype))
    )
    pipeline = pipelined(runner)
    assert isinstance(pipeline, StreamPipeline)
    assert pipeline.precision == "fp16"
    pipeline.close()
    runner.device = "cpu"
    runner.close()
