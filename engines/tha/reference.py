"""The published formulation of any of the three versions: a pose goes in, a picture comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engines.nn.weights import State
from engines.tha.light import to_bytes
from engines.tha.pose import Pose
from engines.tha.recognise import Config, config_of
from engines.tha.student.colour import screen_picture
from engines.tha.student.reference import StudentReference
from engines.tha.tha1.config import Tha1Config
from engines.tha.tha1.pose import to_first
from engines.tha.tha1.poser import Tha1Poser
from engines.tha.tha3.config import Tha3Config
from engines.tha.tha3.poser import Tha3Poser
from engines.weights.model import Model

Pixels = NDArray[np.uint8]


class Reference:
    """One character, run eagerly in float32 as its authors run it."""

    def __init__(self, model: Model, picture: Pixels, device: str = "cpu") -> None:
        """Load the networks, strictly, and take the character.

        Args:
            model: a stored one.
            picture: the character, (S, S, 4) RGBA with straight alpha.
            device: where to compute.
        """
        config = config_of(model.shapes(), model.configuration)
        states = {network: model.state(network) for network in model.networks}
        self._students = not isinstance(config, Tha3Config | Tha1Config)
        self._forward = _forward(config, states, picture, device)

    def forward(self, pose: Pose) -> Tensor:
        """Return what the last network gives for a pose (45,): (4, S, S) on the CPU."""
        return self._forward(pose)[0].cpu()

    def picture(self, painted: Tensor) -> Pixels:
        """Return what forward() gave for screens: (S, S, 4) uint8 RGBA, premultiplied in sRGB."""
        if self._students:
            return screen_picture(painted.float().numpy())
        return np.asarray(to_bytes(painted[None]).numpy(), np.uint8)


def _forward(
    config: Config, states: Mapping[str, State], picture: Pixels, device: str
) -> Callable[[Pose], Tensor]:
    if isinstance(config, Tha3Config):
        third = Tha3Poser(config, states, device=device)
        third.prepare(picture)
        return lambda pose: third.pose(pose).edited.picture
    if isinstance(config, Tha1Config):
        first = Tha1Poser(config, states, device=device)
        first.prepare(picture)
        return lambda pose: first.pose(to_first(pose)).combined.picture
    fourth = StudentReference(states["face_morpher"], states["body_morpher"], picture, device=device)
    return lambda pose: fourth.morph(pose)[0].blended
