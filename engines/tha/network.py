"""The two graphs of one model, shared by all its puppets: what is bound is changed only where it differs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engines.building.speed import Speed, SpeedMeter
from engines.building.trial import taken
from engines.errors import EngineError
from engines.runners.base import Runner
from engines.tha.pose import Pose
from engines.tha.tha1.pose import to_first

Pixels = NDArray[np.uint8]
State = Mapping[str, NDArray[Any]]


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


class Network:
    """Runs prepare and step. Any thread may call; one runs at a time.

    Attributes:
        side: pixels of pictures, each way.
    """

    def __init__(self, prepare: Runner, step: Runner, frames_per_second: float = 0.0) -> None:
        """Take two loaded graphs; they are closed with the network.

        Args:
            prepare: a character's picture to its state.
            step: state and pose to a picture.
            frames_per_second: as measured when the graphs were built; 0 where they were not.
        """
        self._prepare, self._step = prepare, step
        self._meter = SpeedMeter(frames_per_second)
        self._lock = Lock()
        self._state: State | None = None
        self._closed = False
        self.side = prepare.inputs[0].shape[0]

    def encode(self, rgba: Pixels) -> State:
        """Return the state of a character: (side, side, 4) RGBA, straight alpha."""
        with self._lock:
            self._check_open()
            return taken(self._step, self._prepare.run({"picture": rgba}))

    def animate(self, state: State, pose: Pose) -> Pixels:
        """Return a character in a pose (45,): (side, side, 4) uint8 RGBA, premultiplied in sRGB.

        Raises:
            EngineError: the graph cannot be run any more.
        """
        numbers = pose_input(self._step, pose)
        with self._lock:
            self._check_open()
            if state is not self._state:
                self._state = None
                self._step.bind(state)
                self._state = state
            began = time.perf_counter()
            given = self._step.run({"pose": numbers})
            self._meter.note(time.perf_counter() - began)
        return given["picture"]

    def speed(self) -> Speed:
        """Return how fast the network runs: as measured lately, or when it was built."""
        with self._lock:
            return self._meter.of(self._step)

    def close(self) -> None:
        """Free the graphs. Closing twice is fine."""
        with self._lock:
            self._closed, self._state = True, None
            self._prepare.close()
            self._step.close()

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError("This network was closed. Choose the engine again.")


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
