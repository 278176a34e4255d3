"""The student networks of Talking Head Anime 4: two small networks that know one character by heart.

Paper: Khungurn, Talking Head Anime 4: Distillation for Real-Time Performance, WACV 2025. A student is a SIREN
(Sitzmann et al., Implicit Neural Representations with Periodic Activation Functions, NeurIPS 2020): it maps a pixel's
position and the pose to what is there, so its weights hold the character. The face morpher paints the face outright;
the body morpher says where each pixel comes from, and repaints those that come from nowhere.

Pictures are (B, 4, rows, columns), RGBA in -1..1: linear light, colours premultiplied by alpha. Positions are those of
pixel centres with the outermost edges at -1 and 1 (align_corners=False), x right and y down.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from engines.tha.pictures import enlarged, identity, warped
from engines.tha.student.shapes import (
    BODY_POSE,
    BODY_SIDES,
    BODY_WIDTHS,
    FACE_LAYERS,
    FACE_POSE,
    FACE_SIDE,
    FACE_WIDTH,
    OMEGA,
)


class SineLayer(nn.Module):
    """A 1x1 convolution and a sine of `OMEGA` times it."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        """Make an untrained layer."""
        super().__init__()
        self.linear = nn.Conv2d(channels_in, channels_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return features in -1..1."""
        return torch.sin(OMEGA * self.linear(x))


class Siren(nn.Module):
    """Sine layers of one width and a plain linear one."""

    def __init__(self, channels_in: int, channels_out: int, width: int, layers: int) -> None:
        """Make an untrained network."""
        super().__init__()
        widths = [channels_in, *[width] * layers]
        self.sine_layers = nn.ModuleList(SineLayer(a, b) for a, b in pairwise(widths))
        self.last_linear = nn.Conv2d(width, channels_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return what is at each pixel: (B, channels_in, ...) to (B, channels_out, ...)."""
        for layer in self.sine_layers:
            x = layer(x)
        out: Tensor = self.last_linear(x)
        return out


class FaceMorpher(nn.Module):
    """Paints the face: brows, eyes, mouth and what is around them."""

    def __init__(self, width: int = FACE_WIDTH, layers: int = FACE_LAYERS) -> None:
        """Make an untrained network."""
        super().__init__()
        self.siren = Siren(2 + FACE_POSE, 4, width, layers)

    def forward(self, pose: Tensor) -> Tensor:
        """Return the face, (B, 4, 128, 128), for poses (B, 39); values may leave -1..1 a little."""
        face: Tensor = self.siren(_posed_positions(pose, FACE_SIDE))
        return face


class Morphed(NamedTuple):
    """A picture in another pose and how it came about.

    Attributes:
        blended: (B, 4, 512, 512), the result.
        alpha: (B, 1, 512, 512), how far `colour_change` replaces `warped`; leaves 0..1.
        colour_change: (B, 4, 512, 512), what the network paints itself.
        warped: (B, 4, 512, 512), the picture moved by the flow.
        grid_change: (B, 2, 512, 512), from where, relative to the pixel's own position.
    """

    blended: Tensor
    alpha: Tensor
    colour_change: Tensor
    warped: Tensor
    grid_change: Tensor


class BodyMorpher(nn.Module):
    """Turns head and body: a coarse level thinks, two finer ones get its features enlarged."""

    def __init__(self, widths: Sequence[int] = BODY_WIDTHS, layers: int = 3) -> None:
        """Make an untrained network with one level per width; a level's last layer has the next one's width."""
        super().__init__()
        levels = []
        given = 0
        for width, following in pairwise([*widths, widths[-1]]):
            channels = [2 + BODY_POSE + given, *[width] * (layers - 1), following]
            levels.append(nn.ModuleList(SineLayer(a, b) for a, b in pairwise(channels)))
            given = following
        self.siren_layers = nn.ModuleList(levels)
        self.last_linear = nn.Conv2d(widths[-1], 7, 1)

    def forward(self, image: Tensor, pose: Tensor) -> Morphed:
        """Return a picture (B, 4, 512, 512) in poses (B, 45)."""
        features: Tensor | None = None
        for side, level in zip(BODY_SIDES, self.siren_layers, strict=True):
            posed = _posed_positions(pose, side)
            if features is not None:
                posed = torch.cat((enlarged(features, side), posed), 1)
            features = posed
            for layer in level:  # type: ignore[attr-defined]  # a ModuleList, which its type does not tell
                features = layer(features)
        told = self.last_linear(features)
        grid_change, alpha, colour_change = told[:, :2], told[:, 2:3], told[:, 3:]
        moved = warped(image, grid_change)
        blended = (1 - alpha) * moved + alpha * colour_change
        return Morphed(blended, alpha, colour_change, moved, grid_change)


def _posed_positions(pose: Tensor, side: int) -> Tensor:
    """Return x, y and the pose at every pixel: (B, P) to (B, 2 + P, side, side)."""
    places = identity(side, pose, align_corners=False).permute(0, 3, 1, 2)
    return torch.cat(
        (places.expand(len(pose), -1, -1, -1), pose[:, :, None, None].expand(-1, -1, side, side)), 1
    )
