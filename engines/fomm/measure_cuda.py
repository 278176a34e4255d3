"""What is measured on an NVIDIA card with PyTorch alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch

from engines.fomm.graphs import Step
from engines.fomm.made import State
from engines.fomm.measure_rows import Ladder
from engines.fomm.parts import UPSAMPLES
from engines.fomm.recipes import Precision, Upsample
from engines.fomm.reference import Reference
from engines.fomm.stopwatch import Call
from engines.runners.cuda_backend import ModuleBackend
from engines.runners.pipeline import StreamPipeline
from engines.runners.torch_runner import TorchRunner

_EAGER: tuple[Precision, ...] = ("fp32", "fp16")


def add_cuda_rows(
    ladder: Ladder, states: Mapping[str, State], reference: Reference, tell: Callable[[str], None]
) -> None:
    """Measure the reference's other precisions, the step as it is, and the step as one graph in the pipeline."""
    tell("the reference in other precisions")
    call = ladder.probe.reference(reference)
    ladder.add_reference("reference, eager, TF32 off", "fp32", _without_tf32(call))
    ladder.add_reference("reference, eager, autocast", "fp16", _in_half(call))
    for precision in _EAGER:
        tell(f"the step as it is, {precision}")
        ladder.add_runner("torch, eager", partial(_eager, states, precision))
    for precision, upsample, channels_last in _variants():
        way = f"torch, CUDA graph, pipeline ({upsample}, channels {'last' if channels_last else 'first'})"
        tell(f"{way}, {precision}")
        ladder.add_runner(way, partial(_pipeline, states, precision, upsample, channels_last))


def _eager(states: Mapping[str, State], precision: Precision) -> TorchRunner:
    graph = Step(states["generator"], states["kp_detector"], precision=precision)
    return TorchRunner(graph, graph.inputs, graph.outputs, "cuda", precision)


def _pipeline(
    states: Mapping[str, State], precision: Precision, upsample: Upsample, channels_last: bool
) -> StreamPipeline:
    graph = Step(states["generator"], states["kp_detector"], upsample=upsample, precision=precision)
    return StreamPipeline(
        ModuleBackend(graph, graph.inputs, graph.outputs, precision, channels_last=channels_last)
    )


def _variants() -> Iterator[tuple[Precision, Upsample, bool]]:
    yield "fp32", "subpixel", False
    for upsample in UPSAMPLES:
        yield "fp16", upsample, False
        yield "fp16", upsample, True


def _in_half(call: Call) -> Call:
    """Return the call under autocast, as people run it in half precision."""

    def run(index: int) -> Any:
        with torch.autocast("cuda", torch.float16):
            return call(index)

    return run


def _without_tf32(call: Call) -> Call:
    """Return the call with convolutions in true float32; PyTorch rounds their inputs to 10 bits by itself."""

    def run(index: int) -> Any:
        with _true_float32():
            return call(index)

    return run


@contextmanager
def _true_float32() -> Iterator[None]:
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before
