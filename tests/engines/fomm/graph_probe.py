"""One avatar, one driver and the reference's answers, for the tests of graphs, exports and builds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engines.fomm.config import FommConfig
from engines.fomm.graphs import Prepare
from engines.fomm.reference import Reference
from engines.nn.style import Style
from tests.engines.fomm import rules

# Relative, Jacobian, movement scale, head gain: every switch, and numbers that float32 holds exactly.
CONTROLS = ((0, 0, 1, 1), (0, 1, 1.5, 0.5), (1, 0, 1, 1), (1, 1, 1, 1), (1, 0, 1.25, 1), (1, 1, 1.25, 0.5))

Arrays = dict[str, NDArray[Any]]


@dataclass
class Probe:
    """What goes into a step, and what should come out, for each of some controls."""

    bound: Arrays
    driving: NDArray[np.uint8]
    controls: tuple[NDArray[np.float32], ...]
    predictions: list[NDArray[Any]]
    wanted: list[Arrays]

    def inputs(self, index: int) -> Arrays:
        return {**self.bound, "driving": self.driving, "controls": self.controls[index]}

    def tensors(self, index: int, dtype: torch.dtype = torch.float32) -> dict[str, torch.Tensor]:
        tensors = {name: torch.from_numpy(np.array(array)) for name, array in self.inputs(index).items()}
        return {name: each.to(dtype) if each.is_floating_point() else each for name, each in tensors.items()}


def matte() -> NDArray[np.uint8]:
    plane = np.zeros((256, 256), np.uint8)
    plane[60:, 70:200] = 255
    return plane


def make_probe(
    config: FommConfig,
    states: dict[str, Arrays],
    dtype: torch.dtype = torch.float32,
    controls: tuple[tuple[float, ...], ...] = CONTROLS,
) -> Probe:
    reference = Reference(config, states["generator"], states["kp_detector"], dtype=dtype)
    reference.prepare(rules.source_picture())
    neutral = reference.keypoints(rules.driving_picture(0))
    driving = rules.driving_picture(2)
    arrays = tuple(np.array(each, np.float32) for each in controls)
    results = [reference.step(driving, neutral, each) for each in arrays]
    style = Style("fp64" if dtype == torch.float64 else "fp32")
    prepare = Prepare(states["generator"], states["kp_detector"], style)
    with torch.inference_mode():
        state = prepare(torch.from_numpy(rules.source_picture()), torch.from_numpy(matte()))
    bound = {spec.name: each.numpy() for spec, each in zip(prepare.outputs, state, strict=True)}
    bound |= {"neutral_value": neutral.value.numpy(), "neutral_jacobian": neutral.jacobian.numpy()}
    wanted = [
        {
            "picture": np.rint(each.prediction * 255).astype(np.uint8),
            "driving_value": each.value,
            "driving_jacobian": each.jacobian,
            "occlusion": each.occlusion,
        }
        for each in results
    ]
    return Probe(bound, driving, arrays, [each.prediction for each in results], wanted)


def small_states() -> dict[str, Arrays]:
    return {network: rules.small_state(network) for network in ("generator", "kp_detector")}


def full_states() -> dict[str, Arrays]:
    return {network: rules.rule_state(network) for network in ("generator", "kp_detector")}
