"""The avatar and the driver that every way to animate is measured with."""

from __future__ import annotations

import numpy as np

from engines.building.stopwatch import Probe
from engines.fomm.family import FAMILY
from engines.fomm.hull import movement_scale
from engines.fomm.made import made_matte, made_picture
from engines.fomm.recognise import config_of
from engines.fomm.reference import Reference
from engines.runners.torch_runner import TorchRunner
from engines.weights.model import Model

_TURNS = (0.3, -0.6, 0.9, -0.2, 0.6, -1.0)
_RELATIVE, _JACOBIAN, _GAIN = 1.0, 1.0, 1.0


def make_probe(model: Model, device: str = "cpu") -> Probe:
    """Return an avatar, a neutral and a driver's frames for a model; takes seconds on a CPU.

    Motion is relative, with Jacobians, as live use has it.

    Args:
        model: a stored one.
        device: where the reference computes.
    """
    graph = FAMILY.graphs(model, FAMILY.plain)["prepare"]()
    side = graph.inputs[0].shape[0]
    source, still = made_picture(0.0, side), made_picture(-0.1, side)
    frames = [made_picture(turn, side) for turn in _TURNS]

    prepare = TorchRunner(graph, graph.inputs, graph.outputs, device="cpu")
    state = prepare.run({"source": source, "matte": made_matte(side)})
    rest = prepare.run({"source": still, "matte": made_matte(side)})
    prepare.close()
    scale = movement_scale(state["source_value"], rest["source_value"])
    controls = np.array([_RELATIVE, _JACOBIAN, scale, _GAIN], np.float32)
    at_rest = {"neutral_value": rest["source_value"], "neutral_jacobian": rest["source_jacobian"]}

    states = (model.state(network) for network in ("generator", "kp_detector"))
    reference = Reference(config_of(model.shapes()), *states, device=device)
    reference.prepare(source)
    neutral = reference.keypoints(still)
    return Probe(
        bound={**state, **at_rest, "controls": controls},
        frames=[{"driving": frame} for frame in frames],
        reference=lambda index: reference.step(frames[index % len(frames)], neutral, controls),
        picture=lambda result: result.picture,
    )
