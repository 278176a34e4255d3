"""Runs a chain of ONNX graphs on the CPU with OpenVINO, each in the precision it holds.

A graph is cut where the precision changes: what places pixels stays float32, what paints them may be bfloat16. The
parts are joined by name. A part's result is the next part's input, the same memory, and never comes out.

OpenVINO computes in bfloat16 by itself where the CPU can, and FOMM's geometry does not survive that: every part's
precision is said outright. Compiled graphs are not kept: compiling the whole of FOMM takes 0.4 seconds, and reading
what was compiled, which is as large as the graph itself, takes no less.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.errors import EngineError
from engines.runners.base import Arrays, Runner, TensorSpec
from engines.runners.failures import run_error
from engines.runners.inputs import check_complete, check_inputs
from engines.runners.quiet_openvino import import_openvino

_PRECISIONS = {"fp32": "f32", "bf16": "bf16"}
_TYPES = {"u8": "uint8", "f16": "float16", "f32": "float32"}

Part = tuple[Path, str]


class OpenVinoRunner(Runner):
    """One or more graphs that act as one."""

    name = "openvino"
    where = "CPU"

    def __init__(
        self, parts: Sequence[Part], outputs: Sequence[str] | None = None, threads: int | None = None
    ) -> None:
        """Load and compile the graphs.

        Args:
            parts: the graphs in order, each with its precision: fp32 or bf16.
            outputs: names of the results to give; by default those that no later part takes in.
            threads: how many to use; one per core when None.

        Raises:
            EngineError: a graph cannot be loaded, or the CPU has no bfloat16.
            ValueError: a precision is unknown, or no part gives one of the outputs.
        """
        openvino = import_openvino()
        self._tensor = openvino.Tensor
        self.precision = "bf16" if any(precision == "bf16" for _, precision in parts) else "fp32"
        core = openvino.Core()
        if self.precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            raise EngineError("This CPU does not compute in bf16. Build the model in fp32 for OpenVINO.")
        try:
            models = [_compile(core, path, precision, threads) for path, precision in parts]
            self._requests: list[Any] = [model.create_infer_request() for model in models]
        except RuntimeError as error:
            raise run_error(self.where, error) from error
        taken = [_specs(model.inputs) for model in models]
        given = [_specs(model.outputs) for model in models]
        self.inputs, self._consumers = self._join(taken, given)
        self.outputs, self._producers = self._results(taken, given, outputs)
        self._bound: dict[str, Any] = {}

    def bind(self, arrays: Arrays) -> None:  # noqa: D102 - the base class says it
        check_inputs(self.inputs, arrays)
        for name, array in arrays.items():
            self._bound[name] = self._own(array)
            self._set(name, self._bound[name])

    def run(self, arrays: Arrays) -> dict[str, NDArray[Any]]:
        """Run the chain; an input given here stands in for a bound one, this time only."""
        if not self._requests:
            raise EngineError("This runner is closed. Load the engine again.")
        check_inputs(self.inputs, arrays)
        check_complete(self.inputs, self._bound.keys() | arrays.keys())
        try:
            for name, array in arrays.items():
                self._set(name, self._own(array))
            for request in self._requests:
                request.start_async()
                request.wait()
            for name in self._bound.keys() & arrays.keys():
                self._set(name, self._bound[name])
        except (RuntimeError, MemoryError) as error:
            raise run_error(self.where, error) from error
        return {name: np.array(request.get_tensor(name).data) for name, request in self._producers.items()}

    def close(self) -> None:  # noqa: D102
        self._bound.clear()
        self._producers.clear()
        self._consumers.clear()
        self._requests.clear()

    def _own(self, array: NDArray[Any]) -> Any:
        """Return a copy that OpenVINO holds itself: it does not keep an array alive whose memory it shares."""
        return self._tensor(np.ascontiguousarray(array), shared_memory=False)

    def _set(self, name: str, tensor: Any) -> None:
        for request in self._consumers[name]:
            request.set_tensor(name, tensor)

    def _join(
        self, taken: list[dict[str, TensorSpec]], given: list[dict[str, TensorSpec]]
    ) -> tuple[tuple[TensorSpec, ...], dict[str, list[Any]]]:
        """Connect the parts; return what is left to be given from outside, and who takes it.

        Raises:
            EngineError: what a part gives is not what a later one takes under the same name.
        """
        outside: dict[str, TensorSpec] = {}
        consumers: dict[str, list[Any]] = {}
        made: dict[str, tuple[TensorSpec, Any]] = {}
        for request, specs, results in zip(self._requests, taken, given, strict=True):
            for name, spec in specs.items():
                known = made[name][0] if name in made else outside.setdefault(name, spec)
                if known != spec:
                    raise EngineError(
                        f"The parts of this graph disagree about '{name}'. Build the model again."
                    )
                if name in made:
                    request.set_tensor(name, made[name][1].get_tensor(name))
                else:
                    consumers.setdefault(name, []).append(request)
            made.update({name: (spec, request) for name, spec in results.items()})
        return tuple(outside.values()), consumers

    def _results(
        self,
        taken: list[dict[str, TensorSpec]],
        given: list[dict[str, TensorSpec]],
        wanted: Sequence[str] | None,
    ) -> tuple[tuple[TensorSpec, ...], dict[str, Any]]:
        """Return the results that come out, and the requests that hold them."""
        made = {
            name: (spec, request)
            for request, specs in zip(self._requests, given, strict=True)
            for name, spec in specs.items()
        }
        if wanted is None:
            inner = {name for specs in taken for name in specs}
            wanted = [name for name in made if name not in inner]
        unknown = [name for name in wanted if name not in made]
        if unknown:
            raise ValueError(f"No part gives {', '.join(unknown)}; there are {', '.join(made)}.")
        return tuple(made[name][0] for name in wanted), {name: made[name][1] for name in wanted}


def _compile(core: Any, path: Path, precision: str, threads: int | None) -> Any:
    if precision not in _PRECISIONS:
        raise ValueError(
            f"There is no precision '{precision}' for OpenVINO; there are {', '.join(_PRECISIONS)}."
        )
    settings = {
        "INFERENCE_PRECISION_HINT": _PRECISIONS[precision],
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": "1",
        "ENABLE_CPU_PINNING": False,  # pinned threads fight with the rest of a live app for the cores they sit on
    }
    if threads:
        settings["INFERENCE_NUM_THREADS"] = threads
    return core.compile_model(core.read_model(path), "CPU", settings)


def _specs(ports: Sequence[Any]) -> dict[str, TensorSpec]:
    """Return a graph's inputs or outputs by name.

    Raises:
        EngineError: a shape is not fixed, or a type is none of Guise's.
    """
    specs = {}
    for port in ports:
        kind = port.get_element_type().get_type_name()
        if port.get_partial_shape().is_dynamic or kind not in _TYPES:
            raise EngineError(
                f"The graph's '{port.any_name}' is {kind} {port.get_partial_shape()}; Guise needs fixed shapes."
            )
        specs[port.any_name] = TensorSpec(port.any_name, tuple(port.get_shape()), _TYPES[kind])
    return specs
