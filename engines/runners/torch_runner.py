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
from engines.runners.device import has_metal
from engines.runners.failures import run_error
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
            with torch.inference_mode():
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
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if has_metal() and torch.backends.mps.is_available() else "cpu"


def _device_title(device: str) -> str:
    if device.startswith("cuda") and torch.cuda.is_available():
        return torch.cuda.get_device_name(device)
    return {"cpu": "CPU", "mps": "Apple GPU"}.get(device, device)


def _download(tensor: Tensor) -> NDArray[Any]:
    """Return a copy in memory of its own: a module may hand back what it was given."""
    array: NDArray[Any] = tensor.detach().cpu().numpy()
    return np.array(array, order="C") if tensor.device.type == "cpu" else array
