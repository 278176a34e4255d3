"""Runs an ONNX graph with ONNX Runtime, on any execution provider that the installed build has.

Its worker threads do not spin: between two frames a spinning pool keeps a core busy that the camera, the tracker and
the window need. Measured with two threads on two cores: a graph of 9 ms run every 40 ms costs 18 ms of CPU a run, not
50; a graph of a quarter of a second, run without a pause, is as fast either way.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from engines.errors import EngineError
from engines.runners.base import Arrays, Runner, TensorSpec
from engines.runners.device import nvidia_gpu
from engines.runners.failures import CardError, run_error
from engines.runners.inputs import check_complete, check_inputs
from engines.runners.providers import CPU, CUDA, DIRECTML, provider_title, usable_providers

_TYPES = {"tensor(uint8)": "uint8", "tensor(float16)": "float16", "tensor(float)": "float32"}
_FATAL = 4  # ONNX Runtime's number for it; whatever goes wrong comes as an exception anyway
_MEMORY = {
    CUDA: "cuda",
    DIRECTML: "dml",
}  # providers whose memory inputs can be bound in; others read main memory

logger = logging.getLogger(__name__)


class OnnxRunner(Runner):
    """A graph from a file of ONNX's.

    Attributes:
        provider: the execution provider that runs it.
    """

    name = "onnxruntime"

    def __init__(
        self,
        path: Path,
        provider: str | None = None,
        precision: str = "fp32",
        threads: int | None = None,
        on_card: bool = False,
    ) -> None:
        """Load a graph. Takes a second or more.

        Args:
            path: the graph.
            provider: the execution provider; when None, the fastest of this build that works here.
            precision: what the graph's convolutions work in; only told on.
            threads: of the CPU provider; one per core when None.
            on_card: the CPU must not stand in for a card that does not work.

        Raises:
            CardError: the provider, or every one of a card, lacks a driver or library.
            EngineError: the graph cannot be loaded, or the provider does not work here.
        """
        onnxruntime.disable_telemetry_events()
        self.precision = precision
        self.provider, self._session = _open(path, provider, threads, on_card)
        self.where = _title(self.provider)
        self.inputs = tuple(_spec(each) for each in self._session.get_inputs())
        self.outputs = tuple(_spec(each) for each in self._session.get_outputs())
        self._binding: Any = self._session.io_binding()
        for spec in self.outputs:
            self._binding.bind_output(spec.name, "cpu")
        self._bound: dict[str, Any] = {}

    def bind(self, arrays: Arrays) -> None:  # noqa: D102 - the base class says it
        check_inputs(self.inputs, arrays)
        try:
            for name, array in arrays.items():
                own = np.array(
                    array, order="C"
                )  # an OrtValue in main memory is a view of the array it was made of
                value = onnxruntime.OrtValue.ortvalue_from_numpy(own, _MEMORY.get(self.provider, "cpu"), 0)
                self._bound[name] = value
                self._binding.bind_ortvalue_input(name, value)
        except Exception as error:  # onnxruntime's own have no common base but this
            raise run_error(self.where, error) from error

    def run(self, arrays: Arrays) -> dict[str, NDArray[Any]]:
        """Run the graph; an input given here stands in for a bound one, this time only."""
        if self._session is None:
            raise EngineError("This runner is closed. Load the engine again.")
        check_inputs(self.inputs, arrays)
        check_complete(self.inputs, self._bound.keys() | arrays.keys())
        try:
            for name, array in arrays.items():
                self._binding.bind_cpu_input(name, np.ascontiguousarray(array))
            self._session.run_with_iobinding(self._binding)
            results = self._binding.copy_outputs_to_cpu()
            for name in self._bound.keys() & arrays.keys():
                self._binding.bind_ortvalue_input(name, self._bound[name])
        except Exception as error:  # onnxruntime's own have no common base but this
            raise run_error(self.where, error) from error
        return {spec.name: array for spec, array in zip(self.outputs, results, strict=True)}

    def close(self) -> None:  # noqa: D102
        self._bound.clear()
        self._binding = None
        self._session = None


def _open(path: Path, provider: str | None, threads: int | None, on_card: bool) -> tuple[str, Any]:
    """Return the provider that works, the wanted one or else the fastest, and a session on it."""
    available = onnxruntime.get_available_providers()
    if provider and provider not in available:
        raise EngineError(
            f"The installed ONNX Runtime has no {provider}. Install a build that has it, or choose another."
        )
    wanted = [provider] if provider else usable_providers(available)
    failures: list[EngineError] = []
    for each in wanted:
        if each == CPU:
            continue
        try:
            return each, _session(path, each, threads)
        except EngineError as error:
            failures.append(error)
    if on_card and not failures:
        raise CardError("ONNX Runtime has nothing here to use a card with. Choose another runner.")
    if on_card or CPU not in wanted:
        raise failures[0]
    for failure in failures:
        logger.warning("%s The processor stands in.", failure)
    return CPU, _session(path, CPU, threads)


def _session(path: Path, provider: str, threads: int | None) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _FATAL
    options.intra_op_num_threads = threads or 0
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    if provider == DIRECTML:  # it asks for these two
        options.enable_mem_pattern = False
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    if provider == CUDA and hasattr(onnxruntime, "preload_dlls"):
        onnxruntime.preload_dlls()  # finds CUDA's libraries where pip or PyTorch put them
    chosen = (CUDA, {"use_tf32": "0"}) if provider == CUDA else provider  # TF32 rounds float32 to 10 bits
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=[chosen, CPU] if provider != CPU else [CPU]
        )
    except Exception as error:  # onnxruntime's own have no common base but this
        raise run_error(_title(provider), error) from error
    session.disable_fallback()  # a failing card must be heard of, not replaced by the CPU in silence
    if session.get_providers()[0] != provider:
        raise CardError(
            f"ONNX Runtime cannot use the {_title(provider)} here: {_missing(provider)}, or take another runner."
        )
    return session


def _missing(provider: str) -> str:
    """Return what a provider that does not load can lack, and where that comes from."""
    if provider != CUDA:
        return "a driver or library is missing. Update the driver"
    built_with = getattr(onnxruntime, "cuda_version", "")  # empty where it does not say
    cuda = f"CUDA {built_with.partition('.')[0]}".strip()
    return (
        f"the libraries of {cuda} or cuDNN are missing, or the driver is too old for them. "
        "Install onnxruntime-gpu[cuda,cudnn] into Guise's environment and update the driver"
    )


def _spec(node: Any) -> TensorSpec:
    """Return an input or output of a session.

    Raises:
        EngineError: its shape is not fixed, or its type is none of Guise's.
    """
    if node.type not in _TYPES or not all(isinstance(size, int) for size in node.shape):
        raise EngineError(f"The graph's '{node.name}' is {node.type} {node.shape}; Guise needs fixed shapes.")
    return TensorSpec(node.name, tuple(node.shape), _TYPES[node.type])


def _title(provider: str) -> str:
    gpu = nvidia_gpu() if provider == CUDA else None
    return gpu.name if gpu else provider_title(provider)
