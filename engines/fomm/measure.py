"""Measures how fast the First Order Motion Model runs on this machine and writes the figures as JSON and as a table.

    python -m engines.fomm.measure --out docs

On an NVIDIA card: the reference in FP32 and FP16, the step as PyTorch runs it, as one captured graph, and through the
pipeline with two frames in flight, then TensorRT where it knows the card. Elsewhere: every runner of the CPU, the same
way. It needs numpy, PyTorch and, to build for others than PyTorch, onnx with onnxscript; weights are made by a rule.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import get_args

from engines.building.built_rows import Tell, add_built_rows, silent
from engines.building.cuda_rows import Way, add_cuda_rows
from engines.building.ladder import Ladder
from engines.building.report import Report, default_effort, device_measured, report_of, write
from engines.building.stopwatch import Effort
from engines.building.table import Goal
from engines.fomm.config import CONFIGS, FommConfig
from engines.fomm.family import FAMILY
from engines.fomm.graphs import Step
from engines.fomm.made import DEFAULT_CONFIGURATION, State, made_states
from engines.fomm.probe import make_probe
from engines.fomm.reference import Reference
from engines.nn.style import Style, Upsample
from engines.runners.torch_runner import TorchRunner
from engines.weights.model import Model, save_model

GOALS = (
    Goal("frames of the eager FP32 reference, times", "ratio", 8.0, most=False),
    Goal("ms of a step on the card", "step_ms", 1.5),
    Goal("ms from camera to output beyond the step", "overhead_ms", 2.0),
)
_EAGER = (FAMILY.plain, Style("fp16", "subpixel"))
_HALF = (Style("fp16", upsample) for upsample in get_args(Upsample))
_CAPTURED = ((FAMILY.plain, False), *product(_HALF, (False, True)))
"""Styles, and whether channels come last."""


def measure(
    states: Mapping[str, State],
    config: FommConfig,
    effort: Effort,
    model: Model | None = None,
    runners: Sequence[str] | None = None,
    tell: Tell = silent,
) -> Report:
    """Measure everything that runs here and return a report that JSON can hold.

    Args:
        states: weights by network and published key.
        config: of these weights.
        effort: how long to measure.
        model: the same weights as they are stored; stored for the while when None.
        runners: names of runners besides PyTorch; all that can run here when None.
        tell: told what is measured next.
    """
    device = device_measured()
    reference = Reference(config, states["generator"], states["kp_detector"], device=device)
    probe = make_probe(states)
    call = probe.reference(reference)
    ladder = Ladder(probe, call, effort)
    tell("the reference")
    ladder.add_reference("reference, eager", "fp32")
    if device == "cuda":
        add_cuda_rows(ladder, call, cuda_ways(states), tell)
    else:
        tell("PyTorch")
        ladder.add_runner("torch", partial(_eager_step, states))
    with tempfile.TemporaryDirectory(prefix="guise-measure-") as folder:
        if model is None:
            tell("storing the model")
            model = save_model(
                Path(folder), states, name="made by a rule", family="fomm", configuration=config.name
            )
        left_out = add_built_rows(ladder, FAMILY, model, Path(folder) / "builds", device, runners, tell)
    return report_of(ladder, config.name, left_out)


def cuda_ways(states: Mapping[str, State]) -> Iterator[Way]:
    """Yield what is measured of PyTorch on a card: the step as it is, and captured in every way of doubling."""

    def step(style: Style) -> Step:
        return Step(states["generator"], states["kp_detector"], style)

    for style in _EAGER:
        yield Way("torch, eager", style.precision, partial(step, style), captured=False)
    for style, channels_last in _CAPTURED:
        order = "last" if channels_last else "first"
        name = f"torch, CUDA graph, pipeline ({style.upsample}, channels {order})"
        yield Way(name, style.precision, partial(step, style), channels_last=channels_last)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m engines.fomm.measure", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--out", type=Path, default=Path(), help="folder for the two files")
    parser.add_argument("--configuration", choices=sorted(CONFIGS), default=DEFAULT_CONFIGURATION)
    parser.add_argument("--rounds", type=int, help="how often the reference and each runner take turns")
    parser.add_argument(
        "--runners", nargs="*", help="runners besides PyTorch; all that can run here if left out"
    )
    options = parser.parse_args(arguments)
    effort = default_effort()
    if options.rounds:
        effort = replace(effort, rounds=options.rounds)
    config = CONFIGS[options.configuration]
    report = measure(made_states(config), config, effort, runners=options.runners, tell=_tell)
    data, table = write(report, options.out, "fomm-speed", GOALS)
    print(table.read_text(encoding="utf-8"))  # noqa: T201
    _tell(f"written: {data}, {table}")
    return 0


def _eager_step(states: Mapping[str, State]) -> TorchRunner:
    graph = Step(states["generator"], states["kp_detector"], FAMILY.plain)
    return TorchRunner(graph, graph.inputs, graph.outputs, device="cpu")


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
