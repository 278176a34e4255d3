"""The pipeline's way to an NVIDIA card: memory, streams, events and graphs of PyTorch.

Two things can be computed there: a PyTorch module, or an engine of TensorRT. Neither was run on a card yet: none was at
hand. What is proven is the order of copies, waits and launches, on a stand-in that fails when an order is missing.
"""

from __future__ import annotations

import logging
import threading
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engines.errors import EngineError
from engines.runners.base import Runner, TensorSpec
from engines.runners.full_precision import full_float32
from engines.runners.pipeline import Backend
from engines.runners.tensorrt_library import checked
from engines.runners.tensorrt_runner import TensorRtRunner
from engines.runners.torch_runner import TorchRunner

logger = logging.getLogger(__name__)

_WARM_UPS = 3
_ONE_CAPTURE = threading.Lock()  # PyTorch captures one graph at a time in a process


class CudaBackend(Backend):
    """Everything but the computation itself, through torch.cuda."""

    def __init__(self, device: str = "cuda") -> None:
        """Choose the card.

        Args:
            device: as PyTorch names it.

        Raises:
            EngineError: PyTorch cannot use it.
        """
        if not torch.cuda.is_available():
            raise EngineError(
                "PyTorch cannot use an NVIDIA card here. Install a PyTorch with CUDA, or choose another runner."
            )
        self.device = device
        self.where = torch.cuda.get_device_name(device)

    def stream(self) -> torch.cuda.Stream:  # noqa: D102 - the base class says these
        return torch.cuda.Stream(self.device)  # type: ignore[no-untyped-call]

    def event(self) -> torch.cuda.Event:
        """Make an event whose waiting thread sleeps: a game may need the core that spinning would take."""
        return torch.cuda.Event(enable_timing=True, blocking=True)  # type: ignore[no-untyped-call]

    def pinned(self, spec: TensorSpec) -> Tensor:  # noqa: D102
        return pinned_tensor(spec)

    def memory(self, spec: TensorSpec) -> Tensor:  # noqa: D102
        return torch.zeros(spec.shape, dtype=getattr(torch, spec.dtype), device=self.device)

    def write(self, pinned: Tensor, array: NDArray[Any]) -> None:  # noqa: D102
        np.copyto(pinned.numpy(), array)

    def read(self, pinned: Tensor) -> NDArray[Any]:  # noqa: D102
        return np.array(pinned.numpy())

    def copy(self, source: Tensor, target: Tensor, stream: torch.cuda.Stream) -> None:  # noqa: D102
        with torch.cuda.stream(stream):
            target.copy_(source, non_blocking=True)

    def record(self, event: torch.cuda.Event, stream: torch.cuda.Stream) -> None:  # noqa: D102
        stream.record_event(event)

    def wait(self, event: torch.cuda.Event, stream: torch.cuda.Stream) -> None:  # noqa: D102
        stream.wait_event(event)

    def finish(self, event: torch.cuda.Event) -> None:  # noqa: D102
        event.synchronize()

    def milliseconds(self, begin: torch.cuda.Event, end: torch.cuda.Event) -> float:  # noqa: D102
        return float(begin.elapsed_time(end))

    def capture(  # noqa: D102
        self, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor], stream: torch.cuda.Stream
    ) -> Callable[[], None]:
        def compute() -> None:
            self._compute(inputs, outputs, stream)

        # The zeros in the buffers were written in the stream that is current here.
        stream.wait_stream(torch.cuda.current_stream(self.device))
        with (
            _ONE_CAPTURE,
            torch.inference_mode(),
            torch.cuda.stream(stream),
            _fastest_convolutions(),
            full_float32(),
        ):
            self._begin(inputs, outputs)
            for _ in range(_WARM_UPS):
                compute()
            stream.synchronize()
            return self._captured(compute, stream)

    def _captured(self, compute: Callable[[], None], stream: torch.cuda.Stream) -> Callable[[], None]:
        """Return what replays one captured computation."""
        graph = torch.cuda.CUDAGraph()
        # Other threads may use the card meanwhile: another puppet animates while this one is prepared.
        with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
            compute()

        def start() -> None:
            with torch.cuda.stream(stream):
                graph.replay()

        return start

    def _begin(self, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor]) -> None:
        """Prepare for computing with these buffers."""

    @abstractmethod
    def _compute(
        self, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor], stream: torch.cuda.Stream
    ) -> None:
        """Compute once, from these buffers into those. The stream is the current one."""


class ModuleBackend(CudaBackend):
    """A PyTorch module that takes its inputs in order and gives its outputs in order."""

    name = "torch"

    def __init__(
        self,
        module: nn.Module,
        inputs: Sequence[TensorSpec],
        outputs: Sequence[TensorSpec],
        precision: str = "fp32",
        device: str = "cuda",
        channels_last: bool = False,
    ) -> None:
        """Move a module to the card.

        Args:
            module: called with one tensor per input; returns one tensor per output. It is moved, not copied.
            inputs: its inputs.
            outputs: its outputs.
            precision: what its convolutions work in; only told on.
            device: as PyTorch names the card.
            channels_last: keep convolutions' numbers pixel by pixel, as the card's matrix units want half precision.
        """
        super().__init__(device)
        self.precision = precision
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self._module: nn.Module | None = module.to(device).eval()
        if channels_last:
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # its stub forgot this

    def _compute(
        self, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor], stream: torch.cuda.Stream
    ) -> None:
        del stream
        if self._module is None:
            raise EngineError("This runner is closed. Load the engine again.")
        results = self._module(*(inputs[spec.name] for spec in self.inputs))
        for spec, result in zip(self.outputs, results, strict=True):
            if result.shape != spec.shape or result.dtype != outputs[spec.name].dtype:
                raise ValueError(
                    f"The module's output '{spec.name}' is {result.dtype} {tuple(result.shape)}, "
                    f"not {spec.dtype} {spec.shape}."
                )
            outputs[spec.name].copy_(result)

    def close(self) -> None:  # noqa: D102
        self._module = None
        torch.cuda.empty_cache()


class TensorRtBackend(CudaBackend):
    """An engine of TensorRT or of TensorRT for RTX, already loaded by its runner."""

    def __init__(self, runner: TensorRtRunner, device: str = "cuda") -> None:
        """Take over a runner: its tensors get the pipeline's places, so it must not be run by itself any more.

        Args:
            runner: the loaded engine; closed with the pipeline.
            device: as PyTorch names the card.
        """
        super().__init__(device)
        self.name, self.precision = runner.name, runner.precision
        self.inputs, self.outputs = runner.inputs, runner.outputs
        self._runner = runner

    def _begin(self, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor]) -> None:
        place = self._runner.context.set_tensor_address
        for name, tensor in {**inputs, **outputs}.items():
            self._checked(partial(place, name, tensor.data_ptr()), f"'{name}' has no place")

    def _compute(
        self, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor], stream: torch.cuda.Stream
    ) -> None:
        del inputs, outputs  # their addresses are set
        self._checked(
            lambda: self._runner.context.execute_async_v3(stream.cuda_stream),
            f"The engine failed on {self.where}",
        )

    def _captured(self, compute: Callable[[], None], stream: torch.cuda.Stream) -> Callable[[], None]:
        """Capture where the engine allows it; otherwise start it anew for every frame, which is slower but right.

        TensorRT for RTX is asked first: a capture that breaks off may leave PyTorch's memory waiting for its end.
        """
        ask = getattr(self._runner.context, "is_stream_capturable", None)
        if ask is not None and not ask(stream.cuda_stream):
            logger.info("%s cannot be captured in a graph of the card", self.name)
            return compute
        try:
            return super()._captured(compute, stream)
        except (EngineError, RuntimeError) as error:
            logger.info("%s starts the engine without a graph of the card: %s", self.name, error)
            return compute

    def _checked(self, attempt: Callable[[], Any], failure: str) -> None:
        checked(self._runner.name, attempt, failure)

    def close(self) -> None:  # noqa: D102
        self._runner.close()


def backend_for(runner: Runner) -> CudaBackend | None:
    """Return what computes a loaded runner's graph on its NVIDIA card; None where it runs on none.

    Raises:
        EngineError: PyTorch cannot use the card.
    """
    if isinstance(runner, TensorRtRunner):
        return TensorRtBackend(runner)
    if isinstance(runner, TorchRunner) and runner.device.startswith("cuda") and runner.module is not None:
        return ModuleBackend(
            runner.module,
            runner.inputs,
            runner.outputs,
            runner.precision,
            runner.device,
            channels_last=runner.precision == "fp16",
        )
    return None


def pinned_tensor(spec: TensorSpec) -> Tensor:
    """Return host memory that stays where it is, so that the card copies it by itself while the host goes on."""
    return torch.zeros(spec.shape, dtype=getattr(torch, spec.dtype), pin_memory=True)


@contextmanager
def _fastest_convolutions() -> Iterator[None]:
    """Let cuDNN time its convolutions the first time it meets them, and remember the fastest."""
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before
