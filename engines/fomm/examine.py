"""A build on trial: its outputs beside the reference's, and its speed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.building.trial import frames_per_second, taken
from engines.fomm.hull import movement_scale
from engines.fomm.keypoints import Keypoints
from engines.fomm.made import made_matte, made_picture
from engines.fomm.recognise import config_of
from engines.fomm.reference import Reference, StepResult
from engines.runners.base import Runner
from engines.runners.compare import Comparison, compare
from engines.weights.model import Model

_NEUTRAL = -0.1
# How far the driver has turned, and the controls: relative, Jacobians, movement scale (filled in), head gain.
_PROBES = ((0.6, (1, 1, 1)), (-0.8, (0, 0, 1)), (0.3, (1, 0, 0.5)))


def examine(model: Model, prepare: Runner, step: Runner) -> tuple[Comparison, float]:
    """Return how near two loaded graphs are to the published formulation, and how many frames a second step makes.

    The probes are drawn: no picture of the user's is needed, and every machine compares the same.
    """
    config = config_of(model.shapes())
    reference = Reference(config, model.state("generator"), model.state("kp_detector"))
    source, matte = made_picture(0.0, config.size), made_matte(config.size)
    placed = reference.prepare(source)
    neutral = reference.keypoints(made_picture(_NEUTRAL, config.size))
    scale = movement_scale(placed.value.numpy(), neutral.value.numpy())
    step.bind({**taken(step, prepare.run({"source": source, "matte": matte})), **_resting(neutral)})

    wanted: list[dict[str, NDArray[Any]]] = []
    given: list[dict[str, NDArray[Any]]] = []
    for turn, (relative, jacobian, gain) in _PROBES:
        driving = made_picture(turn, config.size)
        controls = np.array([relative, jacobian, scale, gain], np.float32)
        wanted.append(_outputs(reference.step(driving, neutral, controls)))
        given.append(step.run({"driving": driving, "controls": controls}))
    return compare(wanted, given), frames_per_second(step, {"driving": driving, "controls": controls})


def _resting(neutral: Keypoints) -> dict[str, NDArray[Any]]:
    if neutral.jacobian is None:
        raise ValueError("these keypoints have no Jacobians")
    return {"neutral_value": neutral.value.numpy(), "neutral_jacobian": neutral.jacobian.numpy()}


def _outputs(result: StepResult) -> dict[str, NDArray[Any]]:
    return {
        "picture": result.picture,
        "driving_value": result.value,
        "driving_jacobian": result.jacobian,
        "occlusion": result.occlusion,
    }
