"""Timing a step against the reference, side by side: a machine's clock drifts, a ratio of neighbours does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.building.trial import taken
from engines.runners.base import Arrays, Runner

Call = Callable[[int], Any]


@dataclass(frozen=True)
class Timing:
    """What one call takes.

    Attributes:
        p50_ms: half the calls are faster.
        p95_ms: 95 of 100 are.
    """

    p50_ms: float
    p95_ms: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Timing:
        """Return the quantiles of durations in seconds."""
        p50, p95 = np.percentile(seconds, (50, 95)) * 1e3
        return cls(float(p50), float(p95))

    @property
    def frames_per_second(self) -> float:
        """Calls a second, one after the other."""
        return 1e3 / self.p50_ms


@dataclass(frozen=True)
class Probe:
    """An avatar and a driver's frames, as every way to animate is given them.

    Attributes:
        bound: what a step keeps from frame to frame: the avatar's state, say.
        frames: what changes with a frame; the first one follows the last.
        reference: runs the reference on frame i.
        picture: makes bytes of what the reference returned.
    """

    bound: Arrays
    frames: Sequence[Arrays]
    reference: Call
    picture: Callable[[Any], NDArray[np.uint8]]

    def frame(self, index: int) -> Arrays:
        """Return what changes with a frame."""
        return self.frames[index % len(self.frames)]

    def step(self, runner: Runner) -> Callable[[int], Arrays]:
        """Return a call that runs a step on frame i and returns its outputs; the state is bound to it."""
        runner.bind(taken(runner, self.bound))
        return lambda index: runner.run(self.frame(index))


def seconds(call: Call, count: int) -> list[float]:
    """Return how long each of some calls takes."""
    taken = []
    for index in range(count):
        began = time.perf_counter()
        call(index)
        taken.append(time.perf_counter() - began)
    return taken


@dataclass(frozen=True)
class Effort:
    """How long to measure.

    Attributes:
        rounds: how often the reference and another take turns.
        slow: calls of the reference in each.
        fast: calls of the other in each.
        settle: calls after each change that are not counted: the threads of one still hinder the other.
    """

    rounds: int
    slow: int
    fast: int
    settle: int = 1


def side_by_side(reference: Call, call: Call, effort: Effort) -> tuple[Timing, Timing]:
    """Time the reference and something faster in turns; return the timings of both."""
    slow: list[float] = []
    fast: list[float] = []
    for _ in range(effort.rounds):
        seconds(reference, effort.settle)
        slow += seconds(reference, effort.slow)
        seconds(call, effort.settle)
        fast += seconds(call, effort.fast)
    return Timing.of(slow), Timing.of(fast)
