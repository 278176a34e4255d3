"""Models whose weights follow a rule, for measuring speed where no trained one is at hand.

Speed does not depend on what weights hold, as long as no number leaves the ordinary range.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.tha.recognise import STUDENTS
from engines.tha.shapes import tha1_shapes, tha3_shapes, tha4_shapes
from engines.tha.student.shapes import BODY_WIDTHS, FACE_LAYERS, FACE_WIDTH, OMEGA, BodySize, FaceSize
from engines.tha.tha1 import config as tha1_config
from engines.tha.tha3 import config as tha3_config
from engines.weights.model import Model, save_model

MADE = (STUDENTS, *tha3_config.CONFIGS, tha1_config.CONFIG.name)
"""The configurations there are."""

_BODY_LAYERS = 3
# What the last weights of flows, of colours and of students are multiplied by: livelier ones make much of roundings, as
# no trained network does. A student moves its character by a few pixels and leaves what is empty empty: how much of the
# square it reaches decides how fast it is.
_FLOW, _PAINT, _STUDENT = 0.01, 0.1, 0.02

Shapes = Mapping[str, Mapping[str, tuple[int, ...]]]


def made_model(configuration: str, parent: Path) -> Model:
    """Store a model below a folder: up to 600 MB.

    Args:
        configuration: one of MADE.
        parent: the folder of all models.
    """
    return save_made(configuration, _shapes(configuration), parent)


def save_made(configuration: str, shapes: Shapes, parent: Path) -> Model:
    """Store a model of any shapes of a configuration's networks."""
    states = {network: made_state(network, keys) for network, keys in shapes.items()}
    return save_model(parent, states, name="made by a rule", family="tha", configuration=configuration)


def made_state(network: str, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[Any]]:
    """Return a network's weights; each is a function of its key and shape."""
    return {key: _weight(f"{network}/{key}", shape) for key, shape in shapes.items()}


def _shapes(configuration: str) -> Shapes:
    if configuration == STUDENTS:
        return tha4_shapes(FaceSize(FACE_WIDTH, FACE_LAYERS), BodySize(BODY_WIDTHS, _BODY_LAYERS))
    if configuration in tha3_config.CONFIGS:
        return tha3_shapes(tha3_config.CONFIGS[configuration])
    return tha1_shapes(tha1_config.CONFIG)


def _weight(key: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    if len(shape) < 2:
        return np.full(shape, 0.0 if key.endswith("bias") else 1.0, np.float32)
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    spread = float(np.sqrt(2 / np.prod(shape[1:])))
    if "sine_layers" in key or "siren_layers" in key:
        spread /= OMEGA
    elif "grid_change" in key:
        spread *= _FLOW
    elif "last_linear" in key:
        spread *= _STUDENT
    elif "color_change" in key or "direct_creator" in key:
        spread *= _PAINT
    return (spread * rng.standard_normal(shape, np.float32)).astype(np.float32)
