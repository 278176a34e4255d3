"""A model and pictures made by rules, for measuring speed where no trained model is at hand.

Speed does not depend on what weights and pictures hold, as long as no number leaves the ordinary range.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from engines.fomm.config import FommConfig
from engines.fomm.generator import Generator
from engines.fomm.keypoint_detector import KeypointDetector
from engines.weights.model import Model, State, save_model

DEFAULT_CONFIGURATION = "vox-adv-256"

_SEED = 7
# What heads are multiplied by: so that keypoints differ and move, and pictures have contrast to compare.
_KEYPOINTS, _CONTRAST = 40.0, 60.0

Pixels = NDArray[np.uint8]


def made_model(config: FommConfig, parent: Path) -> Model:
    """Store a model below a folder: 240 MB where the configuration is a published one."""
    states = made_states(config)
    return save_model(parent, states, name="made by a rule", family="fomm", configuration=config.name)


def made_states(config: FommConfig) -> dict[str, State]:
    """Return weights by network and published key: PyTorch's first guess for a seed, with livelier heads."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        detector, generator = KeypointDetector(config), Generator(config)
    with torch.no_grad():
        detector.kp.weight *= _KEYPOINTS
        generator.final.weight *= _CONTRAST
    return {"generator": _state(generator), "kp_detector": _state(detector)}


def made_picture(turn: float, side: int = 256) -> Pixels:
    """Return a soft disc with two eyes and a mouth, (side, side, 3), turned to one side by -1..1."""
    y, x = np.mgrid[0:side, 0:side] * (2 / side) - 1
    x = x - 0.15 * turn
    head = _blob(x, y, 0.0, 0.0, 0.55, 0.75)
    eyes = _blob(x, y, -0.2, -0.15, 0.1, 0.06) + _blob(x, y, 0.2, -0.15, 0.1, 0.06)
    mouth = _blob(x, y, 0.05 * turn, 0.4, 0.2, 0.04 + 0.04 * abs(turn))
    behind = np.stack([90 + 40 * x, 110 + 30 * y, 130 - 30 * x * y], -1)
    skin, dark = np.array([215.0, 170.0, 145.0]), np.array([60.0, 40.0, 45.0])
    picture = behind + head[..., None] * (skin - behind)
    picture += np.clip(eyes + mouth, 0, 1)[..., None] * (dark - picture)
    pixels: Pixels = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return pixels


def made_matte(side: int = 256) -> Pixels:
    """Return the disc's matte, (side, side), 255 inside."""
    y, x = np.mgrid[0:side, 0:side] * (2 / side) - 1
    matte: Pixels = np.rint(255 * _blob(x, y, 0.0, 0.0, 0.55, 0.75)).astype(np.uint8)
    return matte


def _blob(
    x: NDArray[np.float64], y: NDArray[np.float64], across: float, down: float, width: float, height: float
) -> NDArray[np.float64]:
    distance = np.sqrt(((x - across) / width) ** 2 + ((y - down) / height) ** 2)
    inside: NDArray[np.float64] = np.clip((1 - distance) / 0.1, 0, 1)
    return inside


def _state(network: nn.Module) -> State:
    return {key: tensor.detach().numpy() for key, tensor in network.state_dict().items()}
