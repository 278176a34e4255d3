"""Measures how fast Talking Head Anime runs on this machine and writes the figures as JSON and as a table.

    python -m engines.tha.measure --out docs

Beside the published formulation, eager in FP32: a character's own way where it has one, and every runner. Weights are
made by a rule where no model is named; they are as fast as trained ones.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.building.built_rows import Tell, add_built_rows, silent
from engines.building.cuda_rows import Way, add_cuda_rows
from engines.building.ladder import Ladder
from engines.building.report import Report, default_effort, device_measured, report_of, write
from engines.building.stopwatch import Effort
from engines.building.table import Goal
from engines.nn.style import PLAIN, Style
from engines.runners.torch_runner import TorchRunner
from engines.tha.family import FAMILY
from engines.tha.made_models import MADE, made_model
from engines.tha.network import Pixels
from engines.tha.probe import Probe, make_probe
from engines.tha.recognise import STUDENTS
from engines.tha.student.own_runner import OwnRunner
from engines.weights.model import Model

GOALS = (Goal("ms of a step on the card", "step_ms", 2.0),)


def measure(
    model: Model,
    effort: Effort,
    *,
    picture: Pixels | None = None,
    poses: NDArray[np.float32] | None = None,
    runners: Sequence[str] | None = None,
    tell: Tell = silent,
) -> Report:
    """Measure everything that runs here and return a report that JSON can hold.

    Args:
        model: a stored one, or one made by a rule.
        effort: how long to measure.
        picture: the character, as its networks take it; a drawn one if None.
        poses: (n, 45), what it is to do; poses from all over their ranges if None.
        runners: names of runners besides PyTorch; all that can run here when None.
        tell: told what is measured next.
    """
    device = device_measured()
    tell("the reference")
    probe = make_probe(model, picture, poses, device)
    ladder = Ladder(probe, probe.forward, effort)
    ladder.add_reference("reference, eager", "fp32")
    if model.configuration == STUDENTS and find_spec("numba") is not None:
        tell("its own way")
        ladder.add_runner("guise", partial(_own, model, probe))
    if device == "cuda":
        add_cuda_rows(ladder, probe.forward, cuda_ways(model), tell)
    else:
        tell("PyTorch")
        ladder.add_runner("torch", partial(_eager_step, model))
    with tempfile.TemporaryDirectory(prefix="guise-measure-") as folder:
        left_out = add_built_rows(ladder, FAMILY, model, Path(folder), device, runners, tell)
    return report_of(ladder, model.configuration, left_out)


def cuda_ways(model: Model) -> Iterator[Way]:
    """Yield what is measured of PyTorch on a card: the step as it is, and captured."""
    for style in (PLAIN, Style("fp16")):
        step = FAMILY.graphs(model, style)["step"]
        yield Way("torch, eager", style.precision, step, captured=False)
        yield Way("torch, CUDA graph, pipeline", style.precision, step)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m engines.tha.measure", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--out", type=Path, default=Path(), help="folder for the two files")
    parser.add_argument("--configuration", choices=MADE, default=STUDENTS)
    parser.add_argument("--rounds", type=int, help="how often the reference and each runner take turns")
    parser.add_argument(
        "--runners", nargs="*", help="runners besides PyTorch; all that can run here if left out"
    )
    options = parser.parse_args(arguments)
    effort = default_effort()
    if options.rounds:
        effort = replace(effort, rounds=options.rounds)
    with tempfile.TemporaryDirectory(prefix="guise-made-") as folder:
        model = made_model(options.configuration, Path(folder))
        report = measure(model, effort, runners=options.runners, tell=_tell)
    name = f"{options.configuration}-speed"
    data, table = write(report, options.out, name, GOALS if options.configuration == STUDENTS else ())
    print(table.read_text(encoding="utf-8"))  # noqa: T201
    _tell(f"written: {data}, {table}")
    return 0


def _own(model: Model, probe: Probe) -> OwnRunner:
    from engines.tha.student.character import StudentNetwork

    own = OwnRunner(StudentNetwork(model, probe.picture))
    own.run(probe.frame(0))
    return own


def _eager_step(model: Model) -> TorchRunner:
    graph = FAMILY.graphs(model, FAMILY.plain)["step"]()
    return TorchRunner(graph, graph.inputs, graph.outputs, device="cpu")


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
