"""Measures how fast the First Order Motion Model runs on this machine and writes the figures as JSON and as a table.

    python -m engines.fomm.measure --out docs

On an NVIDIA card: the reference in FP32 and FP16, the step as PyTorch runs it, as one captured graph, and through the
pipeline with two frames in flight, then TensorRT where it knows the card. Elsewhere: every runner of the CPU, the same
way. It needs numpy, PyTorch and, to build for others than PyTorch, onnx with onnxscript; weights are made by a rule.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import get_args

from engines.building import measure as building
from engines.building.built_rows import Tell, silent
from engines.building.cuda_rows import Way
from engines.building.report import Report, device_measured
from engines.building.stopwatch import Effort
from engines.building.table import Goal
from engines.fomm.config import CONFIGS
from engines.fomm.family import FAMILY
from engines.fomm.made import DEFAULT_CONFIGURATION, made_model
from engines.fomm.probe import make_probe
from engines.nn.style import Style, Upsample
from engines.weights.model import Model

GOALS = (
    Goal("frames of the eager FP32 reference, times", "ratio", 8.0, most=False),
    Goal("ms of a step on the card", "step_ms", 1.5),
    Goal("ms from camera to output beyond the step", "overhead_ms", 2.0),
)


def _captured(style: Style, *, channels_last: bool = False) -> Way:
    order = "last" if channels_last else "first"
    name = f"torch, CUDA graph, pipeline ({style.upsample}, channels {order})"
    return Way(name, style, channels_last=channels_last)


WAYS = (
    Way("torch, eager", FAMILY.plain, captured=False),
    Way("torch, eager", Style("fp16", "subpixel"), captured=False),
    _captured(FAMILY.plain),
    *(
        _captured(Style("fp16", upsample), channels_last=channels_last)
        for upsample, channels_last in product(get_args(Upsample), (False, True))
    ),
)
"""What is measured of PyTorch on a card: the step as it is and captured, in half precision with every doubling."""


def measure(
    model: Model, effort: Effort, *, runners: Sequence[str] | None = None, tell: Tell = silent
) -> Report:
    """Measure everything that runs here; engines.building.measure says more.

    Args:
        model: a stored one, or one made by a rule.
        effort: how long to measure.
        runners: names of runners besides PyTorch; all that can run here when None.
        tell: told what is measured next.
    """
    probe = make_probe(model, device_measured())
    return building.measure(FAMILY, model, probe, effort, ways=WAYS, runners=runners, tell=tell)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as the command line says; return the exit code."""
    program, about = "python -m engines.fomm.measure", __doc__.splitlines()[0]
    wish = building.Wish.of(program, about, sorted(CONFIGS), DEFAULT_CONFIGURATION, arguments)
    with tempfile.TemporaryDirectory(prefix="guise-made-") as folder:
        model = made_model(CONFIGS[wish.configuration], Path(folder))
        report = measure(model, wish.effort, runners=wish.runners, tell=building.tell_aloud)
    wish.answer(report, "fomm-speed", GOALS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
