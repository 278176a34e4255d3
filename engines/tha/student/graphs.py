"""The two graphs of a Talking Head Anime 4 character: `prepare`, its picture once, and `step`, for every pose.

Bytes go in, bytes come out. The networks' weights are part of the step, rearranged as engines.tha.student.folding
tells: what depends on a pixel's place is a row and a column that are added, what depends on the pose one number a
channel, and features are multiplied before they are enlarged. The results equal the published networks' but for
rounding.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from engines.building.graph import Graph
from engines.nn.style import PLAIN, Style
from engines.nn.weights import State
from engines.runners.base import TensorSpec
from engines.tha.light import to_encoded, to_linear
from engines.tha.pictures import enlarged, replaced, warped
from engines.tha.student.folding import Layer, Level, folded_body, folded_face
from engines.tha.student.shapes import (
    BODY_POSE,
    BODY_SIDES,
    FACE_COLUMNS,
    FACE_POSE,
    FACE_ROWS,
    FACE_SIDE,
    SIDE,
)

_FACE = (FACE_ROWS, FACE_COLUMNS)
_IMAGE = TensorSpec("image", (1, 4, SIDE, SIDE), "float32")


class Prepare(Graph):
    """A character's picture as its networks see it. Always float32."""

    def __init__(self, style: Style = PLAIN) -> None:
        """Build the graph; half precision means single here."""
        super().__init__()
        self.fine = style.fine
        self.inputs = (TensorSpec("picture", (SIDE, SIDE, 4), "uint8"),)
        self.outputs = (_IMAGE,)

    def forward(self, picture: Tensor) -> Tensor:
        """Return the state: linear light, premultiplied, -1..1."""
        values = picture.to(self.fine).permute(2, 0, 1)[None] / 255
        alpha = values[:, 3:]
        return torch.cat((to_linear(values[:, :3]) * alpha, alpha), 1) * 2 - 1


class Step(Graph):
    """A character's state and a pose to a finished picture."""

    def __init__(self, states: Mapping[str, State], style: Style = PLAIN) -> None:
        """Build the graph.

        Args:
            states: network -> published key -> weight.
            style: its precision is that of the hidden layers.
        """
        super().__init__()
        levels = folded_body(states["body_morpher"])
        self.face = LevelGraph(folded_face(states["face_morpher"]), FACE_SIDE, style, final=True)
        self.body = nn.ModuleList(
            LevelGraph(level, side, style, final=level is levels[-1])
            for level, side in zip(levels, BODY_SIDES, strict=True)
        )
        self.inputs = (_IMAGE, TensorSpec("pose", (1, BODY_POSE), "float32"))
        self.outputs = (TensorSpec("picture", (SIDE, SIDE, 4), "uint8"),)

    def prediction(self, image: Tensor, pose: Tensor) -> Tensor:
        """Return the picture as the published networks give it, (1, 4, 512, 512)."""
        told: Tensor | None = None
        for level in self.body:
            told = level(pose, told)
        assert told is not None
        flow, alpha, painted = told[:, :2], told[:, 2:3], told[:, 3:]
        moved = warped(replaced(image, self.face(pose[:, :FACE_POSE]), _FACE), flow)
        return moved + alpha * (painted - moved)

    def forward(self, image: Tensor, pose: Tensor) -> Tensor:
        """Return the picture as bytes, (512, 512, 4)."""
        values = ((self.prediction(image, pose)[0].permute(1, 2, 0) + 1) / 2).clamp(0, 1)
        alpha = values[..., 3:]
        straight = values[..., :3] / alpha.clamp(min=1e-6)
        shown = torch.cat((to_encoded(straight) * alpha, alpha), -1)
        return torch.round(shown * 255).clamp(0, 255).to(torch.uint8)


class LevelGraph(nn.Module):
    """One size of a network at every pixel."""

    column: Tensor
    row: Tensor
    weight: Tensor
    bias: Tensor

    def __init__(self, level: Level, side: int, style: Style, *, final: bool) -> None:
        """Build it.

        Args:
            level: its weights.
            side: pixels, each way.
            style: its precision is that of the hidden layers.
            final: the last layer is a result, and kept fine.
        """
        super().__init__()
        self.side, self.bulk = side, style.bulk
        places = (2 * np.arange(side) + 1) / side - 1
        radians = 2 * np.pi
        for name, numbers in (
            ("column", radians * level.x[None, :, None, None] * places),
            ("row", radians * level.y[None, :, None, None] * places[:, None]),
            ("weight", radians * level.first.weight),
            ("bias", radians * level.first.bias),
        ):
            self.register_buffer(name, torch.from_numpy(numbers).to(style.fine), persistent=False)
        self.hidden = nn.ModuleList(_convolution(layer, radians, style.bulk) for layer in level.hidden)
        self.last_type = style.fine if final else style.bulk
        self.last = _convolution(level.last, 1 if final else radians, self.last_type)

    def forward(self, pose: Tensor, given: Tensor | None = None) -> Tensor:
        """Return a result, or what the next level is given.

        Args:
            pose: (1, parameters).
            given: by the level of half the size; None for the first.
        """
        constant = (self.weight * pose).sum(1) + self.bias  # some targets have no float32 matrix product
        angles = self.column + (self.row + constant[:, None, None])
        if given is not None:
            angles = angles + enlarged(given, self.side).to(angles.dtype)
        features = torch.sin(angles)
        for layer in self.hidden:
            features = torch.sin(layer(features.to(self.bulk)))
        told: Tensor = self.last(features.to(self.last_type))
        return told


def _convolution(layer: Layer, scale: float, dtype: torch.dtype) -> nn.Module:
    wanted, given = layer.weight.shape
    made = nn.Conv2d(given, wanted, 1, dtype=dtype)
    with torch.no_grad():
        made.weight.copy_(torch.from_numpy(scale * layer.weight)[:, :, None, None])
        made.bias.copy_(torch.from_numpy(scale * layer.bias))  # type: ignore[union-attr]  # it was asked for
    return made.requires_grad_(requires_grad=False)
