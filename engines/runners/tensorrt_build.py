"""Builds TensorRT engines from ONNX graphs.

TensorRT for RTX builds for named compute capabilities without any card in the machine; what it makes is mostly
weights, and the card's own kernels are compiled when the engine is first run. TensorRT proper times kernels on the
card it builds for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engines.runners.build_cache import Cancelled, Progress, never
from engines.runners.failures import BuildCancelledError, BuildError
from engines.runners.tensorrt_library import LIBRARIES, checked, load

RTX_CAPABILITIES = (75, 80, 86, 89, 120)


def _silent(_fraction: float, _what: str) -> None:
    """A Progress that nobody looks at."""


def build_engine(
    onnx: Path,
    library: str = "tensorrt_rtx",
    capabilities: Sequence[int] | None = None,
    progress: Progress = _silent,
    cancelled: Cancelled = never,
) -> bytes:
    """Return an engine for a graph whose types say the precision of every step.

    Args:
        onnx: the graph, weights included.
        library: tensorrt_rtx or tensorrt.
        capabilities: compute capabilities to build for, some of RTX_CAPABILITIES; the card in this machine when None.
        progress: told how far it is, from this thread.
        cancelled: asked many times a second.

    Raises:
        BuildCancelledError: cancelled() said so.
        BuildError: the graph cannot be read.
        EngineError: the engine cannot be built, in TensorRT's own words.
        ValueError: this library cannot build for these capabilities.
    """
    if capabilities is not None:
        _check_capabilities(library, capabilities)
    trt, logger = load(library)
    title = LIBRARIES[library]
    builder = checked(library, lambda: trt.Builder(logger), "No engine can be built")
    strongly_typed = 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    network = checked(library, lambda: builder.create_network(strongly_typed), "No engine can be built")
    parser = trt.OnnxParser(network, logger)
    if not parser.parse(_bytes_of(onnx, title)):
        why = parser.get_error(0).desc() if parser.num_errors else "it gave no reason"
        raise BuildError(f"{title} cannot read {onnx.name} ({why[:300]}). Choose another runner.")
    config = builder.create_builder_config()
    _set_flags(trt, config)
    _name_capabilities(trt, config, library, capabilities)
    monitor = _monitor_class(trt)(progress, cancelled)
    config.progress_monitor = monitor
    try:
        engine = checked(
            library, lambda: builder.build_serialized_network(network, config), "The graph cannot be built"
        )
    finally:
        monitor.raise_what_stopped_it()
    return bytes(engine)


def _bytes_of(onnx: Path, title: str) -> bytes:
    """Return a graph's file. Its path is not left to TensorRT, which on Windows may open none beyond ASCII."""
    try:
        return onnx.read_bytes()
    except OSError as error:
        why = error.strerror or error
        raise BuildError(f"{title} cannot read {onnx.name} ({why}). Build the model again.") from error


def _set_flags(trt: Any, config: Any) -> None:
    """Ask for whole float32 numbers, and for an engine that can be captured in a graph of the card."""
    flags = trt.BuilderFlag
    config.clear_flag(flags.TF32)  # it would round float32 convolutions to 10 bits, coordinates among them
    if hasattr(flags, "REQUIRE_USER_ALLOCATION"):  # TensorRT for RTX: nothing captured may take memory
        config.set_flag(flags.REQUIRE_USER_ALLOCATION)


def _check_capabilities(library: str, capabilities: Sequence[int]) -> None:
    if library == "tensorrt":
        raise ValueError("TensorRT builds for the card in this machine only; give no capabilities.")
    unknown = [str(each) for each in capabilities if each not in RTX_CAPABILITIES]
    if unknown or not capabilities:
        known = ", ".join(str(each) for each in RTX_CAPABILITIES)
        raise ValueError(
            f"TensorRT for RTX cannot build for {', '.join(unknown) or 'no card at all'}, only for {known}."
        )


def _name_capabilities(trt: Any, config: Any, library: str, capabilities: Sequence[int] | None) -> None:
    if library == "tensorrt":
        return
    names = [f"SM{each}" for each in capabilities] if capabilities else ["CURRENT"]
    config.num_compute_capabilities = len(names)
    for index, name in enumerate(names):
        config.set_compute_capability(getattr(trt.ComputeCapability, name), index)


def _monitor_class(trt: Any) -> Any:
    class _Monitor(trt.IProgressMonitor):  # type: ignore[misc]
        """Turns TensorRT's nested phases into one fraction, and stops it when the user wants.

        TensorRT swallows what is raised in here, so it is kept and raised afterwards.
        """

        def __init__(self, progress: Progress, cancelled: Cancelled) -> None:
            trt.IProgressMonitor.__init__(self)
            self._progress = progress
            self._cancelled = cancelled
            self._phases: dict[str, tuple[str | None, int]] = {}
            self._done: dict[str, int] = {}
            self._furthest = 0.0
            self._stopped_by: BaseException | None = None

        def phase_start(self, name: str, parent: str | None, steps: int) -> None:
            self._phases[name] = (parent, max(steps, 1))
            self._done[name] = 0

        def phase_finish(self, name: str) -> None:
            self._phases.pop(name, None)

        def step_complete(self, name: str, step: int) -> bool:
            if self._stopped_by is not None:
                return False
            self._done[name] = step + 1
            try:
                self._furthest = max(self._furthest, min(1.0, self._fraction(name)))
                self._progress(self._furthest, name)
                if self._cancelled():
                    raise BuildCancelledError
            except BaseException as error:  # noqa: BLE001 - raised again by raise_what_stopped_it
                self._stopped_by = error
                return False
            return True

        def raise_what_stopped_it(self) -> None:
            if self._stopped_by is not None:
                raise self._stopped_by

        def _fraction(self, name: str) -> float:
            inner = 0.0
            phase: str | None = name
            while phase in self._phases:
                parent, steps = self._phases[phase]
                inner = (self._done[phase] + inner) / steps
                phase = parent
            return inner

    return _Monitor
