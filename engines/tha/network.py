"""What paints characters: the two graphs of one model, shared by all its puppets, or a character's own way."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engines.building.graph_pair import GraphPair
from engines.building.speed import Speed
from engines.runners.base import Arrays, Runner
from engines.tha.pose import Pose
from engines.tha.tha1.pose import to_first

Pixels = NDArray[np.uint8]


class Performer(Protocol):
    """What paints one character in any pose.

    Attributes:
        side: pixels of its pictures, each way.
    """

    side: int

    def animate(self, pose: Pose) -> Pixels:
        """Return the character in a pose (45,): (side, side, 4) uint8 RGBA, premultiplied in sRGB.

        Raises:
            EngineError: the network cannot be run any more.
        """

    def speed(self) -> Speed:
        """Return how fast it paints here."""

    def close(self) -> None:
        """Free what is its own. Closing twice is fine."""


class Network(GraphPair):
    """Paints characters in poses. Any thread may call; one runs at a time.

    Attributes:
        side: pixels of pictures, each way.
    """

    def __init__(self, prepare: Runner, step: Runner, frames_per_second: float = 0.0) -> None:
        """Take two loaded graphs; see GraphPair."""
        super().__init__(prepare, step, frames_per_second)
        self.side = prepare.inputs[0].shape[0]

    def encode(self, rgba: Pixels) -> Arrays:
        """Return the state of a character: (side, side, 4) RGBA, straight alpha."""
        return self._for_step(self._run_prepare({"picture": rgba}))

    def animate(self, state: Arrays, pose: Pose) -> Pixels:
        """Return a character in a pose (45,): (side, side, 4) uint8 RGBA, premultiplied in sRGB.

        Raises:
            EngineError: the graph cannot be run any more.
        """
        return self._run_step({"pose": pose_input(self._step, pose)}, state)["picture"]


def pose_input(step: Runner, pose: Pose) -> NDArray[np.float32]:
    """Return a pose (45,) as a step takes it: (1, 45), or (1, 6) for version 1."""
    wanted = next(spec.shape[-1] for spec in step.inputs if spec.name == "pose")
    numbers = pose if wanted == len(pose) else to_first(pose)
    return np.ascontiguousarray(numbers[None], np.float32)


class Stage:
    """A network with one character on it: a Performer."""

    def __init__(self, network: Network, rgba: Pixels, *, owned: bool = False) -> None:
        """Compute the character's state.

        Args:
            network: paints.
            rgba: the character, (side, side, 4), straight alpha.
            owned: the network serves nobody else and is closed with the character.

        Raises:
            EngineError: the network cannot be run.
        """
        self.side = network.side
        self._network, self._owned = network, owned
        self._state = network.encode(rgba)

    def animate(self, pose: Pose) -> Pixels:
        """Return the character in a pose; see Performer."""
        return self._network.animate(self._state, pose)

    def speed(self) -> Speed:
        """Return how fast the network runs."""
        return self._network.speed()

    def close(self) -> None:
        """Close the network if it is the character's own; otherwise its engine does."""
        if self._owned:
            self._network.close()
