"""The two graphs of one model, shared by all its puppets: what is bound is changed only where it differs."""

from __future__ import annotations

import time
import weakref
from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.building.speed import Speed, SpeedMeter
from engines.errors import EngineError
from engines.runners.base import Runner

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


@dataclass(frozen=True, eq=False)
class State:
    """What the network knows of an avatar.

    Attributes:
        arrays: the inputs of step, by name.
        keypoints: the avatar's own.
    """

    arrays: dict[str, NDArray[Any]]
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


class Network:
    """Runs prepare and step. Any thread may call; one runs at a time.

    Attributes:
        side: pixels of pictures, each way.
    """

    def __init__(self, prepare: Runner, step: Runner, frames_per_second: float = 0.0) -> None:
        """Take two loaded graphs; they are closed with the network.

        Args:
            prepare: an avatar's crop and matte to its state.
            step: state, driving frame, neutral and controls to a picture.
            frames_per_second: as measured when the graphs were built; 0 where they were not.
        """
        self._prepare, self._step = prepare, step
        self._meter = SpeedMeter(frames_per_second)
        self._lock = Lock()
        self._state: State | None = None
        self._neutral: Keypoints | None = None
        self._neutrals: deque[tuple[weakref.ref[Pixels], Keypoints]] = deque(maxlen=_MOST_NEUTRALS)
        self._closed = False
        self._names = {spec.name for spec in step.inputs}
        self.side = next(spec.shape[0] for spec in step.inputs if spec.name == "driving")

    def encode(self, crop: Pixels, matte: Pixels) -> State:
        """Return the state of an avatar: crop (S, S, 3) and matte (S, S)."""
        with self._lock:
            self._check_open()
            given = self._prepare.run({"source": crop, "matte": matte})
        arrays = {name: array for name, array in given.items() if name in self._names}
        return State(arrays, Keypoints(given["source_value"], given["source_jacobian"]))

    def keypoints(self, state: State, driving: Pixels) -> Keypoints:
        """Return the keypoints of a driving frame; those of frames asked for lately are remembered.

        Args:
            state: of any avatar; the graph needs one to run.
            driving: (S, S, 3), not written to afterwards. It is known again by its identity and not kept.
        """
        for frame, found in tuple(self._neutrals):
            if frame() is driving:
                return found
        given = self._run(state, state.keypoints, driving, np.zeros(4, np.float32))
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
        given = self._run(state, neutral, driving, controls)
        return Result(given["picture"], given["matte"])

    def speed(self) -> Speed:
        """Return how fast the network runs: as measured lately, or when it was built."""
        with self._lock:
            return self._meter.of(self._step)

    def close(self) -> None:
        """Free the graphs. Closing twice is fine."""
        with self._lock:
            self._closed = True
            self._state = self._neutral = None
            self._neutrals.clear()
            self._prepare.close()
            self._step.close()

    def _run(
        self, state: State, neutral: Keypoints, driving: Pixels, controls: NDArray[np.float32]
    ) -> dict[str, NDArray[Any]]:
        with self._lock:
            self._check_open()
            self._bind(state, neutral)
            began = time.perf_counter()
            given = self._step.run({"driving": driving, "controls": controls})
            self._meter.note(time.perf_counter() - began)
        return given

    def _bind(self, state: State, neutral: Keypoints) -> None:
        """Give the graph what changed since its last run, and only that."""
        if state is not self._state:
            self._state = None
            self._step.bind(state.arrays)
            self._state = state
        if neutral is not self._neutral:
            self._neutral = None
            self._step.bind({"neutral_value": neutral.value, "neutral_jacobian": neutral.jacobian})
            self._neutral = neutral

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError("This network was closed. Choose the engine again.")
