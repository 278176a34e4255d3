"""The character and the poses that every way to animate is measured with."""

from __future__ import annotations

import numpy as np

from engines.building.stopwatch import Probe
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


def make_probe(model: Model, picture: Pixels | None = None, device: str = "cpu") -> Probe:
    """Return a character and a dozen poses from all over their ranges for a model; takes seconds on a CPU.

    Args:
        model: a stored one.
        picture: the character, (S, S, 4) uint8 RGBA, straight alpha; a drawn one if None.
        device: where the reference computes.
    """
    graph = FAMILY.graphs(model, FAMILY.plain)["prepare"]()
    picture = made_character(graph.inputs[0].shape[0]) if picture is None else picture
    prepare = TorchRunner(graph, graph.inputs, graph.outputs, device="cpu")
    state = prepare.run({"picture": picture})
    prepare.close()
    poses, reference = made_poses(_POSES), Reference(model, picture, device)
    is_first = isinstance(config_of(model.shapes(), model.configuration), Tha1Config)
    numbers = np.stack([to_first(pose) for pose in poses]) if is_first else poses
    return Probe(
        bound=state,
        frames=[{"pose": each[None]} for each in numbers],
        reference=lambda index: reference.forward(poses[index % _POSES]),
        picture=reference.picture,
    )
