"""Measures every way to animate that this machine has, beside the published formulation; and the command for it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engines.building.built_rows import Tell, add_built_rows, silent
from engines.building.cuda_rows import Way, add_cuda_rows
from engines.building.family import Family
from engines.building.ladder import Ladder
from engines.building.report import Report, default_effort, device_measured, report_of, write
from engines.building.stopwatch import Effort, Probe
from engines.building.table import Goal
from engines.runners.base import Runner
from engines.runners.torch_runner import TorchRunner
from engines.weights.model import Model


def measure(
    family: Family,
    model: Model,
    probe: Probe,
    effort: Effort,
    *,
    ways: Iterable[Way],
    own: Callable[[], Runner] | None = None,
    runners: Sequence[str] | None = None,
    tell: Tell = silent,
) -> Report:
    """Measure everything that runs here and return a report that JSON can hold; what fails is named in it.

    Args:
        family: which the model is of.
        model: a stored one, or one made by a rule.
        probe: the frames, and the reference.
        effort: how long to measure.
        ways: for PyTorch to run the step on a card; passed over where there is none.
        own: loads an avatar's own way to be painted, where it has one.
        runners: names of runners besides PyTorch; all that can run here when None.
        tell: told what is measured next.
    """
    device = device_measured()
    tell("the reference")
    ladder = Ladder(probe, effort)
    with ladder.attempt("reference, eager"):
        ladder.add_reference("reference, eager", "fp32")
    if own is not None:
        tell("its own way")
        with ladder.attempt("guise"):
            ladder.add_runner("guise", own)
    if device == "cuda":
        add_cuda_rows(ladder, family, model, ways, tell)
    else:
        tell("PyTorch")
        with ladder.attempt("torch"):
            ladder.add_runner("torch", lambda: _plain_step(family, model))
    with tempfile.TemporaryDirectory(prefix="guise-measure-") as folder:
        add_built_rows(ladder, family, model, Path(folder), device, runners, tell)
    return report_of(ladder, model.configuration)


@dataclass(frozen=True)
class Wish:
    """What the command line asks for.

    Attributes:
        configuration: what is measured.
        effort: how long.
        runners: by name, besides PyTorch; all when None.
        out: where the files go.
    """

    configuration: str
    effort: Effort
    runners: Sequence[str] | None
    out: Path

    @classmethod
    def of(
        cls, program: str, about: str, choices: Sequence[str], usual: str, arguments: Sequence[str] | None
    ) -> Wish:
        """Read the command line; a wrong one ends the program with what is wrong.

        Args:
            program: how it is called.
            about: what it does.
            choices: of configurations.
            usual: the one that is measured where none is named.
            arguments: of the command line; the process's own when None.
        """
        parser = argparse.ArgumentParser(prog=program, description=about)
        parser.add_argument("--out", type=Path, default=Path(), help="folder for the two files")
        parser.add_argument("--configuration", choices=choices, default=usual)
        parser.add_argument("--rounds", type=int, help="how often the reference and each runner take turns")
        parser.add_argument(
            "--runners", nargs="*", help="runners besides PyTorch; all that can run here if left out"
        )
        given = parser.parse_args(arguments)
        effort = default_effort()
        if given.rounds:
            effort = replace(effort, rounds=given.rounds)
        return cls(given.configuration, effort, given.runners, given.out)

    def answer(self, report: Report, name: str, goals: Sequence[Goal] = ()) -> None:
        """Write a report as files of that name, and print its table."""
        data, table = write(report, self.out, name, goals)
        print(table.read_text(encoding="utf-8"))  # noqa: T201
        tell_aloud(f"written: {data}, {table}")


def tell_aloud(what: str) -> None:
    """A Tell for people who wait."""
    print(what, file=sys.stderr, flush=True)  # noqa: T201


def _plain_step(family: Family, model: Model) -> Runner:
    graph = family.graphs(model, family.plain)["step"]()
    return TorchRunner(graph, graph.inputs, graph.outputs, device="cpu")
