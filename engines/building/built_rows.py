"""What is measured of runners that need a build: all but PyTorch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from engines.building.build import build, load_step
from engines.building.family import Family
from engines.building.ladder import Ladder
from engines.errors import EngineError
from engines.runners.base import Runner
from engines.runners.build_cache import BuildCache
from engines.runners.choose import Choice, candidates
from engines.runners.pipeline import pipelined
from engines.weights.model import Model

Tell = Callable[[str], None]


def silent(_what: str) -> None:
    """A Tell that nobody listens to."""


def add_built_rows(
    ladder: Ladder,
    family: Family,
    model: Model,
    builds: Path,
    device: str,
    names: Sequence[str] | None,
    tell: Tell,
) -> list[dict[str, str]]:
    """Build and measure every runner but PyTorch; return those left out: "name" and "reason".

    Args:
        ladder: takes the rows.
        family: which the model is of.
        model: what to build.
        builds: an empty folder for the builds, so that each is made and its time measured.
        device: "cuda" or "cpu"; on a card, runners that use the CPU are left out.
        names: of the runners wanted; all when None.
        tell: told which comes next.
    """
    left_out = []
    for choice in candidates():
        if choice.name == "torch" or (names is not None and choice.name not in names):
            continue
        tell(choice.title)
        reason = _obstacle(choice, device) or _measured(ladder, family, model, choice.name, builds)
        if reason:
            left_out.append({"name": choice.name, "reason": reason})
    return left_out


def _obstacle(choice: Choice, device: str) -> str:
    if not choice.usable:
        return choice.reason
    return "runs on the CPU here" if device == "cuda" and choice.where == "CPU" else ""


def _measured(ladder: Ladder, family: Family, model: Model, name: str, builds: Path) -> str:
    """Build and measure one; return why that failed, or nothing."""

    def load() -> Runner:
        return pipelined(load_step(built))

    try:
        began = time.perf_counter()
        built = build(family, model, name, BuildCache(builds))
        ladder.add_runner(name, load, time.perf_counter() - began, built.size)
    except EngineError as error:
        return str(error)
    return ""
