"""The student networks' weights rearranged for speed; the results stay the published networks' but for rounding.

- A sine layer's first factor goes into its weights, in turns: the sine of a full turn's multiple is all that is left.
- What a level's first layer makes of a pixel's position and of the pose is the same at every pixel but for two numbers,
  so it is no product of matrices: a plane of x, one of y, and one constant a pose.
- Enlarging does not mix channels and a 1x1 convolution does not mix pixels, so they may change places: what a level's
  first layer makes of the coarser level's features is computed there, at a quarter of the pixels.

Numpy alone; the fast path and the graphs share it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.tha.student.shapes import BODY_POSE, FACE_POSE, OMEGA, BodySize, FaceSize

State = Mapping[str, Any]
Numbers = NDArray[np.float64]

_TURNS = OMEGA / (2 * np.pi)


@dataclass(frozen=True)
class Layer:
    """A product with a matrix and a sum.

    Attributes:
        weight: (out, in).
        bias: (out,).
    """

    weight: Numbers
    bias: Numbers


@dataclass(frozen=True)
class Level:
    """One size of a network: features = sin(2 pi (x * column + y * row + first(pose) + what the coarser level gave)).

    Attributes:
        x: (channels,), what a pixel's x counts, in turns.
        y: (channels,), what its y counts.
        first: of the pose, to `channels`, in turns.
        hidden: sine layers, in turns, one after the other.
        last: what follows them, linear: of the last level the result, of the others what the next one is given.
    """

    x: Numbers
    y: Numbers
    first: Layer
    hidden: tuple[Layer, ...]
    last: Layer


def folded_face(state: State) -> Level:
    """Return the face morpher; its pose is the first 39 parameters."""
    layers = [_layer(state, f"siren.sine_layers.{n}.linear") for n in range(FaceSize.of(state).layers)]
    return _level(layers, FACE_POSE, _layer(state, "siren.last_linear"))


def folded_body(state: State) -> tuple[Level, ...]:
    """Return the body morpher, coarse level first; the results are x and y of the flow, alpha and four colours."""
    size = BodySize.of(state)
    levels = [
        [_layer(state, f"siren_layers.{level}.{n}.linear") for n in range(size.layers)]
        for level in range(len(size.widths))
    ]
    given = [layers[0].weight[:, : -2 - BODY_POSE] * _TURNS for layers in levels[1:]]
    lasts = [*(Layer(weight, np.zeros(len(weight))) for weight in given), _layer(state, "last_linear")]
    return tuple(_level(layers, BODY_POSE, last) for layers, last in zip(levels, lasts, strict=True))


def _layer(state: State, key: str) -> Layer:
    weight = np.asarray(state[f"{key}.weight"], np.float64)
    return Layer(weight.reshape(weight.shape[:2]), np.asarray(state[f"{key}.bias"], np.float64))


def _level(layers: list[Layer], pose: int, last: Layer) -> Level:
    turned = [Layer(layer.weight * _TURNS, layer.bias * _TURNS) for layer in layers]
    own = turned[0].weight[:, -2 - pose :]
    return Level(own[:, 0], own[:, 1], Layer(own[:, 2:], turned[0].bias), tuple(turned[1:]), last)
