"""Measures how fast Talking Head Anime runs on this machine and writes the figures as JSON and as a table.

    python -m engines.tha.measure --out docs

Beside the published formulation, eager in FP32: a character's own way where it has one, and every runner. Weights are
made by a rule where no model is named; they are as fast as trained ones.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from engines.building import measure as building
from engines.building.built_rows import Tell, silent
from engines.building.cuda_rows import Way
from engines.building.report import Report, device_measured
from engines.building.stopwatch import Effort
from engines.building.table import Goal
from engines.nn.style import PLAIN, Style
from engines.tha.family import FAMILY
from engines.tha.made import made_character
from engines.tha.made_models import MADE, made_model
from engines.tha.network import Pixels
from engines.tha.probe import make_probe
from engines.tha.recognise import STUDENTS
from engines.tha.student.own_runner import OwnRunner
from engines.tha.student.shapes import SIDE
from engines.weights.model import Model

GOALS = (Goal("ms of a step on the card", "step_ms", 2.0),)

WAYS = tuple(
    Way(name, style, captured=captured)
    for style in (PLAIN, Style("fp16"))
    for name, captured in (("torch, eager", False), ("torch, CUDA graph, pipeline", True))
)
"""What is measured of PyTorch on a card: the step as it is, and captured."""


def measure(
    model: Model,
    effort: Effort,
    *,
    picture: Pixels | None = None,
    runners: Sequence[str] | None = None,
    tell: Tell = silent,
) -> Report:
    """Measure everything that runs here; engines.building.measure says more.

    Args:
        model: a stored one, or one made by a rule.
        effort: how long to measure.
        picture: the character, as its networks take it; a drawn one if None.
        runners: names of runners besides PyTorch; all that can run here when None.
        tell: told what is measured next.
    """
    probe = make_probe(model, picture, device_measured())

    def own() -> OwnRunner:
        from engines.tha.student.character import StudentNetwork

        runner = OwnRunner(StudentNetwork(model, made_character(SIDE) if picture is None else picture))
        runner.run(probe.frame(0))
        return runner

    has_own = model.configuration == STUDENTS and find_spec("numba") is not None
    return building.measure(
        FAMILY, model, probe, effort, ways=WAYS, own=own if has_own else None, runners=runners, tell=tell
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as the command line says; return the exit code."""
    program, about = "python -m engines.tha.measure", __doc__.splitlines()[0]
    wish = building.Wish.of(program, about, MADE, STUDENTS, arguments)
    with tempfile.TemporaryDirectory(prefix="guise-made-") as folder:
        model = made_model(wish.configuration, Path(folder))
        report = measure(model, wish.effort, runners=wish.runners, tell=building.tell_aloud)
    goals = GOALS if wish.configuration == STUDENTS else ()
    wish.answer(report, f"{wish.configuration}-speed", goals)
    return 0


if __name__ == "__main__":
    sys.exit(main())
