"""A step's speed, in a few runs."""

from __future__ import annotations

import time
from statistics import median

from engines.runners.base import Arrays, Runner

_WARM_UPS, _FEWEST, _MOST, _LONG_ENOUGH_S = 2, 5, 60, 2.0


def frames_per_second(step: Runner, arrays: Arrays) -> float:
    """Return how many frames a second a step makes of these arrays, copies included. Takes seconds at most.

    Args:
        step: its state is bound.
        arrays: what changes with a frame.
    """
    for _ in range(_WARM_UPS):
        step.run(arrays)
    took: list[float] = []
    while len(took) < _FEWEST or (len(took) < _MOST and sum(took) < _LONG_ENOUGH_S):
        began = time.perf_counter()
        step.run(arrays)
        took.append(time.perf_counter() - began)
    return 1 / max(median(took), 1e-9)


def taken(step: Runner, state: Arrays) -> Arrays:
    """Return the part of a state that step takes: a runtime may have dropped what changes nothing."""
    names = {spec.name for spec in step.inputs}
    return {name: array for name, array in state.items() if name in names}
