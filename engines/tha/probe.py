"""The character and the poses that every way to animate is measured with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engines.building.stopwatch import Call
from engines.building.trial import taken
from engines.runners.base import Arrays, Runner
from engines.runners.torch_runner import TorchRunner
from engines.tha.family import FAMILY
from engines.tha.made import made_character, made_poses
from engines.tha.network import Pixels
from engines.tha.recognise import config_of
from engines.tha.reference import Reference
from engines.tha.tha1.config import Tha1Config
from engines.tha.tha1.pose import to_first
from engines.weights.model import Model

_POSES = 12


@dataclass(frozen=True)
class Probe:
    """engines.building.stopwatch.Probe of Talking Head Anime.

    Attributes:
        picture: the character, (S, S, 4) uint8 RGBA, straight alpha.
        reference: it, as its authors run it.
        state: it, as a step takes it.
        poses: (n, 45), one frame's each.
        numbers: (n, P), the same as a step takes them.
    """

    picture: Pixels
    reference: Reference
    state: Arrays
    poses: NDArray[np.float32]
    numbers: NDArray[np.float32]

    def frame(self, index: int) -> dict[str, NDArray[Any]]:
        """Return what changes with a frame."""
        return {"pose": self.numbers[index % len(self.numbers)][None]}

    def step(self, runner: Runner) -> Call:
        """Return a call that runs a step on frame i; the state is bound to it."""
        runner.bind(taken(runner, self.state))
        return lambda index: runner.run(self.frame(index))

    def forward(self, index: int) -> Tensor:
        """Run the reference on frame i."""
        return self.reference.forward(self.poses[index % len(self.poses)])

    def psnr_db(self, outputs: Arrays, wanted: Tensor) -> float:
        """Return how near a step's picture is to the reference's; infinite where every byte is equal."""
        picture = self.reference.picture(wanted)
        error = float(np.mean((outputs["picture"].astype(np.float64) - picture) ** 2))
        return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def make_probe(
    model: Model, picture: Pixels | None = None, poses: NDArray[np.float32] | None = None, device: str = "cpu"
) -> Probe:
    """Return a probe for a model; takes seconds on a CPU.

    Args:
        model: a stored one.
        picture: the character, (S, S, 4) uint8 RGBA, straight alpha; a drawn one if None.
        poses: (n, 45); a dozen from all over their ranges if None.
        device: where the reference computes.
    """
    config = config_of(model.shapes(), model.configuration)
    graph = FAMILY.graphs(model, FAMILY.plain)["prepare"]()
    side = graph.inputs[0].shape[0]
    picture = made_character(side) if picture is None else picture
    poses = made_poses(_POSES) if poses is None else poses
    states = {network: model.state(network) for network in model.networks}
    prepare = TorchRunner(graph, graph.inputs, graph.outputs, device="cpu")
    state = prepare.run({"picture": picture})
    prepare.close()
    numbers = np.stack([to_first(pose) for pose in poses]) if isinstance(config, Tha1Config) else poses
    return Probe(picture, Reference(config, states, picture, device), state, poses, numbers)
