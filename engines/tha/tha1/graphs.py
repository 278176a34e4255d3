"""The two graphs of the first Talking Head Anime: `prepare`, once for a character, and `step`, for every pose.

Bytes go in, bytes come out. The pose enters every network at its first convolution, so nothing but the picture's light
depends on the picture alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from engines.building.graph import Graph
from engines.nn.style import PLAIN, Style
from engines.nn.weights import State, with_weights
from engines.runners.base import TensorSpec
from engines.tha.light import from_bytes, to_bytes
from engines.tha.rewriting import rewrite
from engines.tha.tha1.config import FACE, POSE, SIDE, TURN, Tha1Config
from engines.tha.tha1.networks import MAKERS


class Prepare(Graph):
    """A character's picture to its state. Always float32."""

    def __init__(self, style: Style = PLAIN) -> None:
        """Build the graph; half precision means single here."""
        super().__init__()
        self.fine = style.fine
        self.inputs = (TensorSpec("picture", (SIDE, SIDE, 4), "uint8"),)
        self.outputs = state_specs()

    def forward(self, picture: Tensor) -> Tensor:
        """Return the picture as the networks see it, (1, 4, 256, 256)."""
        return from_bytes(picture, self.fine, clear=False)


class Step(Graph):
    """A character's state and a pose (1, 6) to a finished picture."""

    def __init__(self, config: Tha1Config, states: Mapping[str, State], style: Style = PLAIN) -> None:
        """Build the graph.

        Args:
            config: the model.
            states: network -> published key -> weight.
            style: how it is written.
        """
        super().__init__()
        self.fine = style.fine
        self.face, self.rotator, self.combiner = (
            rewrite(with_weights(make(config), states[name]), style) for name, make in MAKERS.items()
        )
        self.inputs = (*state_specs(), TensorSpec("pose", (1, POSE), "float32"))
        self.outputs = (TensorSpec("picture", (SIDE, SIDE, 4), "uint8"),)

    def prediction(self, seen: Tensor, pose: Tensor) -> Tensor:
        """Return the picture as the published networks give it, (1, 4, 256, 256)."""
        face = self.face(seen, pose[:, FACE])
        rotated = self.rotator(face.picture, pose[:, TURN])
        picture: Tensor = self.combiner(rotated.repainted, rotated.moved, pose[:, TURN]).picture
        return picture

    def forward(self, seen: Tensor, pose: Tensor) -> Tensor:
        """Return the picture as bytes, (256, 256, 4)."""
        return to_bytes(self.prediction(seen, pose))


def state_specs() -> tuple[TensorSpec, ...]:
    """Return what `prepare` gives and `step` takes of a character."""
    return (TensorSpec("seen", (1, 4, SIDE, SIDE), "float32"),)
