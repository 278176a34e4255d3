"""What is measured on an NVIDIA card with PyTorch alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from engines.building.family import Family
from engines.building.ladder import Ladder
from engines.building.stopwatch import Call
from engines.nn.style import Style
from engines.runners.base import Runner
from engines.runners.cuda_backend import ModuleBackend
from engines.runners.full_precision import full_float32
from engines.runners.pipeline import StreamPipeline
from engines.runners.torch_runner import TorchRunner
from engines.weights.model import Model


@dataclass(frozen=True)
class Way:
    """One way for PyTorch to run a step on a card.

    Attributes:
        name: of the row.
        style: how the step is written.
        captured: as one graph of the card, in the pipeline; otherwise call by call.
        channels_last: how pictures lie in the card's memory.
    """

    name: str
    style: Style
    captured: bool = True
    channels_last: bool = False


def add_cuda_rows(
    ladder: Ladder, family: Family, model: Model, ways: Iterable[Way], tell: Callable[[str], None]
) -> None:
    """Measure the reference's other precisions, and a step in several ways.

    Args:
        ladder: takes the rows, and the reason of what fails; its reference computes on the card.
        family: which the model is of.
        model: whose step it is.
        ways: what else to measure.
        tell: told which comes next.
    """
    tell("the reference in other precisions")
    reference = ladder.probe.reference
    for name, precision, call in (
        ("reference, eager, TF32 off", "fp32", _without_tf32(reference)),
        ("reference, eager, autocast", "fp16", _in_half(reference)),
    ):
        with ladder.attempt(name):
            ladder.add_reference(name, precision, call)
    for way in ways:
        tell(f"{way.name}, {way.style.precision}")
        with ladder.attempt(f"{way.name}, {way.style.precision}"):
            ladder.add_runner(way.name, partial(_loaded, family, model, way))


def _loaded(family: Family, model: Model, way: Way) -> Runner:
    graph, precision = family.graphs(model, way.style)["step"](), way.style.precision
    if not way.captured:
        return TorchRunner(graph, graph.inputs, graph.outputs, "cuda", precision)
    backend = ModuleBackend(graph, graph.inputs, graph.outputs, precision, channels_last=way.channels_last)
    return StreamPipeline(backend)


def _in_half(call: Call) -> Call:
    """Return the call under autocast, as people run it in half precision."""

    def run(index: int) -> Any:
        with torch.autocast("cuda", torch.float16):
            return call(index)

    return run


def _without_tf32(call: Call) -> Call:
    """Return the call with convolutions in true float32; PyTorch rounds their inputs to 10 bits by itself."""

    def run(index: int) -> Any:
        with full_float32():
            return call(index)

    return run
