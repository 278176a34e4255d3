"""A character's own way to be painted, looked at as a runner: so that it is measured like any other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.runners.base import Arrays, Runner, TensorSpec
from engines.tha.network import Performer
from engines.tha.pose import COUNT


class OwnRunner(Runner):
    """A Performer that takes poses as a step does. It has its character already: nothing is bound."""

    def __init__(self, performer: Performer) -> None:
        """Take a performer; it is closed with the runner."""
        self._performer = performer
        speed = performer.speed()
        self.name, self.where, self.precision = speed.runner, speed.where, speed.precision
        self.inputs = (TensorSpec("pose", (1, COUNT), "float32"),)
        side = performer.side
        self.outputs = (TensorSpec("picture", (side, side, 4), "uint8"),)

    def bind(self, arrays: Arrays) -> None:  # noqa: D102 - the base class says it
        if arrays:
            raise ValueError("nothing can be bound")

    def run(self, arrays: Arrays) -> dict[str, NDArray[Any]]:
        """Paint a pose, (1, 45)."""
        return {"picture": np.array(self._performer.animate(arrays["pose"][0]))}

    def close(self) -> None:  # noqa: D102
        self._performer.close()
