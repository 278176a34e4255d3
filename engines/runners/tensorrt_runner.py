"""Runs an engine of TensorRT or of TensorRT for RTX; both have the same interface.

Never run: no NVIDIA card was at hand. Building was tried for real; execution only against a stand-in for the library
that checks names, addresses, streams and order.

Engine files are trusted blindly by the library, so none is loaded that a build cache did not write and find unchanged.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.errors import EngineError
from engines.runners.base import Arrays, Runner, TensorSpec
from engines.runners.build_cache import BuildCache
from engines.runners.failures import run_error
from engines.runners.inputs import check_complete, check_inputs
from engines.runners.tensorrt_build import RTX_CAPABILITIES, build_engine
from engines.runners.tensorrt_library import checked, load

__all__ = [
    "RTX_CAPABILITIES",
    "DeviceMemory",
    "TensorRtRunner",
    "build_engine",
    "engine_specs",
    "load_engine",
]

_TYPES = {"FLOAT": "float32", "HALF": "float16", "UINT8": "uint8"}


class DeviceMemory:
    """Buffers on one device and the stream that fills, uses and empties them, through PyTorch.

    Attributes:
        device: "cuda", or "cpu" for trying the runner out without a card.
        title: the device's name.
        stream: the stream as the driver knows it.
    """

    def __init__(self, device: str = "cuda") -> None:
        """Make a stream of its own on the device.

        Raises:
            EngineError: PyTorch cannot use the device.
        """
        if device == "cuda" and not torch.cuda.is_available():
            raise EngineError(
                "PyTorch cannot use an NVIDIA card here. Install a PyTorch with CUDA, or choose another runner."
            )
        self.device = device
        self._stream = torch.cuda.Stream() if device == "cuda" else None  # type: ignore[no-untyped-call]
        self.stream: int = self._stream.cuda_stream if self._stream else 0
        self.title = torch.cuda.get_device_name() if device == "cuda" else "CPU"

    def empty(self, spec: TensorSpec) -> Tensor:
        """Return a buffer for a tensor."""
        return torch.empty(spec.shape, dtype=getattr(torch, spec.dtype), device=self.device)

    def upload(self, buffer: Tensor, array: NDArray[Any]) -> None:
        """Copy an array into a buffer, in the stream's order. The array may change afterwards."""
        with self._in_order():
            buffer.copy_(torch.from_numpy(np.array(array, order="C")))

    def download(self, buffer: Tensor) -> NDArray[Any]:
        """Return a copy of a buffer once the stream's work on it is done."""
        with self._in_order():
            return np.array(buffer.cpu().numpy())

    def _in_order(self) -> AbstractContextManager[Any]:
        return torch.cuda.stream(self._stream) if self._stream else nullcontext()


class TensorRtRunner(Runner):
    """One engine with buffers of its own for every input and output.

    Attributes:
        context: TensorRT's execution context; every tensor's address is set.
        buffers: the device's buffer of every tensor, by name.
    """

    def __init__(
        self,
        engine: Path | bytes,
        library: str = "tensorrt_rtx",
        precision: str = "fp16",
        memory: DeviceMemory | None = None,
    ) -> None:
        """Load an engine. TensorRT for RTX compiles its kernels here or at the first run: seconds.

        Args:
            engine: a file in a build cache's build; or what build_engine() just returned in this process.
            library: the one that built it: tensorrt_rtx or tensorrt.
            precision: what the engine's convolutions work in; only told on.
            memory: where its buffers are; the first card when None.

        Raises:
            DamagedBuildError: the file is not one that a cache built, or was changed.
            EngineError: the engine does not fit this card or driver.
        """
        data = BuildCache.read(engine) if isinstance(engine, Path) else engine
        self.name = library
        self.precision = precision
        self._memory = memory or DeviceMemory()
        self.where = self._memory.title
        self._library = library
        self._runtime, self._engine = load_engine(data, library)
        self.inputs, self.outputs = engine_specs(self._engine)
        self._bound: set[str] = set()
        self.buffers: dict[str, Tensor] = {}
        try:
            self.context = checked(library, self._engine.create_execution_context, "The engine cannot start")
            for spec in (*self.inputs, *self.outputs):
                self.buffers[spec.name] = self._memory.empty(spec)
                self._set_address(spec.name)
        except (RuntimeError, MemoryError) as error:
            raise run_error(self.where, error) from error

    def bind(self, arrays: Arrays) -> None:  # noqa: D102 - the base class says it
        check_inputs(self.inputs, arrays)
        self._upload(arrays)
        self._bound |= arrays.keys()

    def run(self, arrays: Arrays) -> dict[str, NDArray[Any]]:
        """Run the engine; an input given here stands in for a bound one, this time only."""
        if self._engine is None:
            raise EngineError("This runner is closed. Load the engine again.")
        check_inputs(self.inputs, arrays)
        check_complete(self.inputs, self._bound | arrays.keys())
        kept = {name: self._memory.download(self.buffers[name]) for name in self._bound & arrays.keys()}
        self._upload(arrays)
        try:
            checked(
                self._library,
                lambda: self.context.execute_async_v3(self._memory.stream),
                f"The engine failed on {self.where}",
            )
            results = {spec.name: self._memory.download(self.buffers[spec.name]) for spec in self.outputs}
        except (RuntimeError, MemoryError) as error:
            raise run_error(self.where, error) from error
        self._upload(kept)
        return results

    def close(self) -> None:
        """Free everything in the order TensorRT asks for: context, engine, runtime, then memory."""
        self.context = None
        self._engine = None
        self._runtime = None
        self.buffers.clear()
        self._bound.clear()

    def _upload(self, arrays: Arrays) -> None:
        try:
            for name, array in arrays.items():
                self._memory.upload(self.buffers[name], array)
        except (RuntimeError, MemoryError) as error:
            raise run_error(self.where, error) from error

    def _set_address(self, name: str) -> None:
        address = self.buffers[name].data_ptr()
        checked(
            self._library, lambda: self.context.set_tensor_address(name, address), f"'{name}' has no place"
        )


def load_engine(data: bytes, library: str) -> tuple[Any, Any]:
    """Return a runtime and the engine it loaded; keep the runtime as long as the engine.

    Args:
        data: what build_engine() returned, or what a build cache read and checked. Nothing else: TensorRT trusts it.
        library: the one that built it.

    Raises:
        EngineError: the engine does not fit this card, driver or library.
    """
    trt, logger = load(library)
    runtime = checked(library, lambda: trt.Runtime(logger), "No engine can be loaded")
    failure = "The engine does not fit this card or its driver; build the model again. It cannot be loaded"
    return runtime, checked(library, lambda: runtime.deserialize_cuda_engine(data), failure)


def engine_specs(engine: Any) -> tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]:
    """Return an engine's inputs and outputs.

    Raises:
        EngineError: a type or a shape is none of Guise's.
    """
    sides: dict[str, list[TensorSpec]] = {"INPUT": [], "OUTPUT": []}
    for index in range(engine.num_io_tensors):
        name = engine.get_tensor_name(index)
        shape, kind = tuple(engine.get_tensor_shape(name)), engine.get_tensor_dtype(name).name
        if kind not in _TYPES or any(size < 0 for size in shape):
            raise EngineError(f"The engine's '{name}' is {kind} {shape}; Guise needs fixed shapes.")
        sides[engine.get_tensor_mode(name).name].append(TensorSpec(name, shape, _TYPES[kind]))
    return tuple(sides["INPUT"]), tuple(sides["OUTPUT"])
