"""Timing a step against the reference, side by side: a machine's clock drifts, a ratio of neighbours does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.fomm.graphs import Prepare
from engines.fomm.hull import movement_scale
from engines.fomm.made import made_matte, made_picture
from engines.fomm.reference import Reference
from engines.runners.base import Runner
from engines.runners.torch_runner import TorchRunner

_TURNS = (0.3, -0.6, 0.9, -0.2, 0.6, -1.0)
_RELATIVE, _JACOBIAN, _GAIN = 1.0, 1.0, 1.0

Pixels = NDArray[np.uint8]
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
    """An avatar, a neutral and a driver's frames, as every runner is given them.

    Attributes:
        source: the avatar, (S, S, 3).
        neutral: the driver at rest, (S, S, 3).
        frames: the driver, each (S, S, 3).
        controls: (4,), relative with Jacobians, as live use has them.
        bound: what a step keeps from frame to frame: state, neutral and controls.
    """

    source: Pixels
    neutral: Pixels
    frames: tuple[Pixels, ...]
    controls: NDArray[np.float32]
    bound: dict[str, NDArray[Any]]

    def frame(self, index: int) -> dict[str, NDArray[Any]]:
        """Return what changes with a frame."""
        return {"driving": self.frames[index % len(self.frames)]}

    def step(self, runner: Runner) -> Call:
        """Return a call that runs a step on frame i; the state is bound to it."""
        runner.bind({name: array for name, array in self.bound.items() if _takes(runner, name)})
        return lambda index: runner.run(self.frame(index))

    def reference(self, reference: Reference) -> Call:
        """Return a call that runs the reference on frame i."""
        reference.prepare(self.source)
        neutral = reference.keypoints(self.neutral)
        return lambda index: reference.step(self.frames[index % len(self.frames)], neutral, self.controls)

    def psnr_db(self, picture: Pixels, prediction: NDArray[Any]) -> float:
        """Return how near a step's picture is to the reference's prediction; infinite where every byte is equal."""
        wanted = np.rint(np.asarray(prediction, np.float64) * 255).clip(0, 255)
        error = float(np.mean((picture.astype(np.float64) - wanted) ** 2))
        return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def make_probe(states: Mapping[str, Mapping[str, NDArray[Any]]]) -> Probe:
    """Return a probe for a model of these weights; takes a second on a CPU."""
    graph = Prepare(states["generator"], states["kp_detector"])
    side = graph.inputs[0].shape[0]
    prepare = TorchRunner(graph, graph.inputs, graph.outputs, device="cpu")
    source, neutral = made_picture(0.0, side), made_picture(-0.1, side)
    state = prepare.run({"source": source, "matte": made_matte(side)})
    rest = prepare.run({"source": neutral, "matte": made_matte(side)})
    prepare.close()
    scale = movement_scale(state["source_value"], rest["source_value"])
    controls = np.array([_RELATIVE, _JACOBIAN, scale, _GAIN], np.float32)
    bound = {
        **state,
        "neutral_value": rest["source_value"],
        "neutral_jacobian": rest["source_jacobian"],
        "controls": controls,
    }
    return Probe(source, neutral, tuple(made_picture(turn, side) for turn in _TURNS), controls, bound)


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


def _takes(runner: Runner, name: str) -> bool:
    return any(spec.name == name for spec in runner.inputs)
