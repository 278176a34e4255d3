"""The avatar and the driver that every way to animate is measured with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.building.stopwatch import Call
from engines.building.trial import taken
from engines.fomm.family import FAMILY
from engines.fomm.graphs import Prepare
from engines.fomm.hull import movement_scale
from engines.fomm.made import made_matte, made_picture
from engines.fomm.reference import Reference, StepResult
from engines.runners.base import Arrays, Runner
from engines.runners.torch_runner import TorchRunner

_TURNS = (0.3, -0.6, 0.9, -0.2, 0.6, -1.0)
_RELATIVE, _JACOBIAN, _GAIN = 1.0, 1.0, 1.0

Pixels = NDArray[np.uint8]


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
        runner.bind(taken(runner, self.bound))
        return lambda index: runner.run(self.frame(index))

    def reference(self, reference: Reference) -> Call:
        """Return a call that runs the reference on frame i."""
        reference.prepare(self.source)
        neutral = reference.keypoints(self.neutral)
        return lambda index: reference.step(self.frames[index % len(self.frames)], neutral, self.controls)

    def psnr_db(self, outputs: Arrays, wanted: StepResult) -> float:
        """Return how near a step's picture is to the reference's prediction; infinite where every byte is equal."""
        prediction = np.rint(np.asarray(wanted.prediction, np.float64) * 255).clip(0, 255)
        error = float(np.mean((outputs["picture"].astype(np.float64) - prediction) ** 2))
        return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def make_probe(states: Mapping[str, Mapping[str, NDArray[Any]]]) -> Probe:
    """Return a probe for a model of these weights; takes a second on a CPU."""
    graph = Prepare(states["generator"], states["kp_detector"], FAMILY.plain)
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
