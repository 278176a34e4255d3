"""Networks of Talking Head Anime made of a few lines: the pose slides the character."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engines.errors import EngineError
from engines.runners.base import Arrays, Runner, TensorSpec
from engines.tha.network import Network
from engines.tha.pose import INDEX

SLIDE = 40  # pixels that the head's turn moves the character


class FakePrepare(Runner):
    """Keeps the picture, and one tensor that no step takes."""

    name, where, precision = "fake", "nowhere", "fp32"
    outputs = ()

    def __init__(self, side: int = 512) -> None:
        self.inputs = (TensorSpec("picture", (side, side, 4), "uint8"),)
        self.closed = 0

    def bind(self, arrays: Arrays) -> None:
        raise AssertionError("nothing stays bound to prepare")

    def run(self, arrays: Arrays) -> dict[str, NDArray]:
        alpha = arrays["picture"][..., 3:].astype(np.float32) / 255
        shown = arrays["picture"].astype(np.float32)
        shown[..., :3] *= alpha
        return {"kept": np.rint(shown), "dropped": np.zeros(1, np.float32)}

    def close(self) -> None:
        self.closed += 1


class FakeStep(Runner):
    """Slides the picture as the head turns.

    Attributes:
        bound: how often a state was bound.
        poses: those of every run.
        error: raised by every run while it is not None.
    """

    name, where, precision = "fake", "nowhere", "fp32"
    outputs = ()

    def __init__(self, side: int = 512, poses: int = 45) -> None:
        self.inputs = (
            TensorSpec("kept", (side, side, 4), "float32"),
            TensorSpec("pose", (1, poses), "float32"),
        )
        self.bound = 0
        self.poses: list[NDArray[np.float32]] = []
        self.error: EngineError | None = None
        self.closed = 0
        self._state: Mapping[str, NDArray] = {}

    def bind(self, arrays: Arrays) -> None:
        specs = {spec.name: spec for spec in self.inputs}
        assert all(specs[name].accepts(array) for name, array in arrays.items())
        self.bound += 1
        self._state = dict(arrays)

    def run(self, arrays: Arrays) -> dict[str, NDArray]:
        if self.error is not None:
            raise self.error
        assert self.inputs[1].accepts(arrays["pose"])
        pose = arrays["pose"][0]
        self.poses.append(pose)
        turn = pose[INDEX["head_y"] if len(pose) == 45 else 1]
        return {"picture": np.roll(self._state["kept"], round(SLIDE * float(turn)), axis=1).astype(np.uint8)}

    def close(self) -> None:
        self.closed += 1


def fake_network(side: int = 512, poses: int = 45) -> tuple[Network, FakeStep]:
    """A network and its step."""
    step = FakeStep(side, poses)
    return Network(FakePrepare(side), step), step
