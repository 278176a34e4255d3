"""The published formulation of any of the three versions, as one call: a pose goes in, a picture comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from engines.tha.first_pose import to_first
from engines.tha.pose import Pose
from engines.tha.recognise import Config
from engines.tha.tha1_config import Tha1Config
from engines.tha.tha3_config import Tha3Config
from engines.weights.model import State

Pixels = NDArray[np.uint8]


def reference_of(
    config: Config, states: Mapping[str, State], picture: Pixels, device: str = "cpu"
) -> Callable[[Pose], Pixels]:
    """Return what paints a character in a pose (45,): (S, S, 4) uint8 RGBA, premultiplied. In float32.

    Args:
        config: which networks these are.
        states: network -> published key -> weight.
        picture: the character, (S, S, 4) RGBA with straight alpha.
        device: where to compute.
    """
    if isinstance(config, Tha3Config):
        from engines.tha.tha3_poser import Tha3Poser

        third = Tha3Poser(config, states, device=device)
        third.prepare(picture)
        return third.animate
    if isinstance(config, Tha1Config):
        from engines.tha.tha1_poser import Tha1Poser

        first = Tha1Poser(config, states, device=device)
        first.prepare(picture)
        return lambda pose: first.animate(to_first(pose))
    from engines.tha.student_reference import StudentReference

    fourth = StudentReference(states["face_morpher"], states["body_morpher"], picture, device=device)
    return fourth.animate
