"""Runs a PyTorch module as it is: on the CPU, on an NVIDIA card, or on a Mac's GPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engines.errors import EngineError
from engines.runners.base import Arrays, Runner, TensorSpec
from engines.runners.device import has_metal, nvidia_gpu
from engines.runners.failures import run_error
from engines.runners.full_precision import full_float32
from engines.runners.inputs import check_complete, check_inputs


class TorchRunner(Runner):
    """A module that takes its inputs in order and gives its outputs in order.

    Attributes:
        device: "cpu", "cuda" or "mps".
    """

    name = "torch"

    def __init__(
        self,
        module: nn.Module,
        inputs: Sequence[TensorSpec],
        outputs: Sequence[TensorSpec],
        device: str | None = None,
        precision: str = "fp32",
    ) -> None:
        """Move a module to a device.

        Args:
            module: called with one tensor per input; returns one tensor, or one per output. It is moved, not copied.
            inputs: its inputs.
            outputs: its outputs.
            device: where to run; the fastest there is when None.
            precision: what its convolutions work in; only told on.

        Raises:
            EngineError: the device is not there, or its memory is too small.
        """
        self.device = device or best_device()
        self.where = _device_title(self.device)
        self.precision = precision
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self._bound: dict[str, Tensor] = {}
        try:
            self._module: nn.Module | None = module.to(self.device).eval()
        except (
            RuntimeError,
            AssertionError,
            MemoryError,
        ) as error:  # AssertionError: PyTorch built without CUDA
            raise run_error(self.where, error) from error

    @property
    def module(self) -> nn.Module | None:
        """What it runs, on its device; None once it is closed."""
        return self._module

    def bind(self, arrays: Arrays) -> None:  # noqa: D102 - the base class says it
        check_inputs(self.inputs, arrays)
        try:
            self._bound.update({name: self._upload(array, keep=True) for name, array in arrays.items()})
        except (RuntimeError, MemoryError) as error:
            raise run_error(self.where, error) from error

    def run(self, arrays: Arrays) -> dict[str, NDArray[Any]]:
        """Run the module; an input given here stands in for a bound one, this time only."""
        if self._module is None:
            raise EngineError("This runner is closed. Load the engine again.")
        check_inputs(self.inputs, arrays)
        check_complete(self.inputs, self._bound.keys() | arrays.keys())
        try:
            with torch.inference_mode(), full_float32():
                given = {name: self._upload(array, keep=False) for name, array in arrays.items()}
                tensors = {**self._bound, **given}
                results = self._module(*(tensors[spec.name] for spec in self.inputs))
            return self._named((results,) if isinstance(results, Tensor) else tuple(results))
        except (RuntimeError, MemoryError) as error:
            raise run_error(self.where, error) from error

    def close(self) -> None:  # noqa: D102
        self._module = None
        self._bound.clear()
        if self.device == "cuda":
            torch.cuda.empty_cache()

    def _upload(self, array: NDArray[Any], keep: bool) -> Tensor:
        """Return a tensor on the device; on the CPU it shares the array's memory unless it is to be kept."""
        if keep or not array.flags.writeable or not array.flags.c_contiguous:
            array = np.array(array, order="C")
        return torch.from_numpy(array).to(self.device)

    def _named(self, results: tuple[Tensor, ...]) -> dict[str, NDArray[Any]]:
        if len(results) != len(self.outputs):
            raise ValueError(f"The module gave {len(results)} outputs; {len(self.outputs)} were expected.")
        named = {spec.name: _download(each) for spec, each in zip(self.outputs, results, strict=True)}
        for spec in self.outputs:
            array = named[spec.name]
            if not spec.accepts(array):
                raise ValueError(
                    f"The module's output '{spec.name}' is {array.dtype} {array.shape}, not {spec.dtype} {spec.shape}."
                )
        return named


def best_device() -> str:
    """Return the fastest kind of device PyTorch can use here."""
    if torch.cuda.is_available() and _has_code_for_card():
        return "cuda"
    return "mps" if has_metal() and torch.backends.mps.is_available() else "cpu"


def _has_code_for_card() -> bool:
    """Whether PyTorch was built for cards like this one: others are there, and fail at the first computation."""
    gpu = nvidia_gpu()
    built_for = [
        each for each in torch.cuda.get_arch_list() if "_" in each
    ]  # AMD's are called gfx942 and so on
    return gpu is None or not built_for or any(_runs_on(each, gpu.capability) for each in built_for)


def _runs_on(architecture: str, capability: int) -> bool:
    """Whether code for an architecture as CUDA names it runs on a card.

    sm_86 is for 8.6 and what follows within the 8s; compute_90 is compiled anew on any card from 9.0 on; a letter
    keeps either to that very card (sm_90a) or its family (sm_100f).
    """
    kind, _, number = architecture.partition("_")
    if number.endswith("a"):
        return int(number[:-1]) == capability
    oldest = int(number.rstrip("f"))
    everywhere = kind == "compute" and not number.endswith("f")
    return oldest <= capability and (everywhere or oldest // 10 == capability // 10)


def _device_title(device: str) -> str:
    if device.startswith("cuda") and torch.cuda.is_available():
        return torch.cuda.get_device_name(device)
    return {"cpu": "CPU", "mps": "Apple GPU"}.get(device, device)


def _download(tensor: Tensor) -> NDArray[Any]:
    """Return a copy in memory of its own: a module may hand back what it was given."""
    array: NDArray[Any] = tensor.detach().cpu().numpy()
    return np.array(array, order="C") if tensor.device.type == "cpu" else array
