"""The two graphs of one model, as its puppets use them."""

from __future__ import annotations

import weakref
from collections import deque
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engines.building.graph_pair import GraphPair
from engines.runners.base import Arrays, Runner

Pixels = NDArray[np.uint8]

_MOST_NEUTRALS = 4


@dataclass(frozen=True, eq=False)
class Keypoints:
    """Keypoints of one picture.

    Attributes:
        value: (1, K, 2) float32.
        jacobian: (1, K, 2, 2) float32.
    """

    value: NDArray[np.float32]
    jacobian: NDArray[np.float32]

    @cached_property
    def as_neutral(self) -> Arrays:
        """The inputs of step that tell of the driver at rest."""
        return {"neutral_value": self.value, "neutral_jacobian": self.jacobian}


@dataclass(frozen=True, eq=False)
class State:
    """What the network knows of an avatar.

    Attributes:
        arrays: the inputs of step, by name.
        keypoints: the avatar's own.
    """

    arrays: Arrays
    keypoints: Keypoints


@dataclass(frozen=True, eq=False)
class Result:
    """One animated picture.

    Attributes:
        picture: (S, S, 3) uint8.
        matte: (S, S) uint8, 255 where the person is in it.
    """

    picture: Pixels
    matte: Pixels


class Network(GraphPair):
    """Animates avatars as driving frames want it. Any thread may call; one runs at a time.

    Attributes:
        side: pixels of pictures, each way.
    """

    def __init__(self, prepare: Runner, step: Runner, frames_per_second: float = 0.0) -> None:
        """Take two loaded graphs; see GraphPair."""
        super().__init__(prepare, step, frames_per_second)
        self._neutrals: deque[tuple[weakref.ref[Pixels], Keypoints]] = deque(maxlen=_MOST_NEUTRALS)
        self.side = next(spec.shape[0] for spec in step.inputs if spec.name == "driving")

    def encode(self, crop: Pixels, matte: Pixels) -> State:
        """Return the state of an avatar: crop (S, S, 3) and matte (S, S)."""
        given = self._run_prepare({"source": crop, "matte": matte})
        return State(self._for_step(given), Keypoints(given["source_value"], given["source_jacobian"]))

    def keypoints(self, state: State, driving: Pixels) -> Keypoints:
        """Return the keypoints of a driving frame; those of frames asked for lately are remembered.

        Args:
            state: of any avatar; the graph needs one to run.
            driving: (S, S, 3), not written to afterwards. It is known again by its identity and not kept.
        """
        for frame, found in tuple(self._neutrals):
            if frame() is driving:
                return found
        inputs: Arrays = {"driving": driving, "controls": np.zeros(4, np.float32)}
        given = self._run_step(inputs, state.arrays, state.keypoints.as_neutral)
        found = Keypoints(given["driving_value"], given["driving_jacobian"])
        self._neutrals.append((weakref.ref(driving), found))
        return found

    def animate(
        self, state: State, neutral: Keypoints, driving: Pixels, controls: NDArray[np.float32]
    ) -> Result:
        """Return the avatar as the driving frame wants it.

        Args:
            state: of the avatar.
            neutral: of the driver at rest.
            driving: (S, S, 3) uint8.
            controls: (4,) float32: relative 0 or 1, Jacobian 0 or 1, movement scale, head gain.

        Raises:
            EngineError: the graph cannot be run any more.
        """
        inputs: Arrays = {"driving": driving, "controls": controls}
        given = self._run_step(inputs, state.arrays, neutral.as_neutral)
        return Result(given["picture"], given["matte"])
