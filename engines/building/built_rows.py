"""What is measured of runners that need a build: all but PyTorch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from engines.building.build import build, load_step
from engines.building.family import Family
from engines.building.ladder import Ladder
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
) -> None:
    """Build and measure every runner but PyTorch.

    Args:
        ladder: takes the rows, and the reasons of those left out.
        family: which the model is of.
        model: what to build.
        builds: an empty folder for the builds, so that each is made and its time measured.
        device: "cuda" or "cpu"; on a card, runners that use the CPU are left out.
        names: of the runners wanted; all when None.
        tell: told which comes next.
    """
    cache = BuildCache(builds)
    for choice in candidates():
        if choice.name == "torch" or (names is not None and choice.name not in names):
            continue
        tell(choice.title)
        obstacle = _obstacle(choice, device)
        if obstacle:
            ladder.leave_out(choice.name, obstacle)
            continue
        with ladder.attempt(choice.name):
            _measure(ladder, family, model, choice.name, cache)


def _obstacle(choice: Choice, device: str) -> str:
    if not choice.usable:
        return choice.reason
    return "runs on the CPU here" if device == "cuda" and not choice.on_card else ""


def _measure(ladder: Ladder, family: Family, model: Model, name: str, cache: BuildCache) -> None:
    began = time.perf_counter()
    built = build(family, model, name, cache)
    ladder.add_runner(name, lambda: pipelined(load_step(built)), time.perf_counter() - began, built.size)
