"""The three networks of the first Talking Head Anime, under the keys of their published weights.

Khungurn: Talking Head Anime from a Single Image, 2019.

All pictures are (1, 4, 256, 256), linear light and straight alpha, both in -1..1; poses are (1, 3). Masks here mean
the share of what was there: mask * picture + (1 - mask) * colour, the other way round than in version 3.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engines.tha.blocks import norm
from engines.tha.pictures import identity, warped
from engines.tha.tha1.config import LAYOUTS, Tha1Config
from engines.tha.widths import LEVELS, Head, Widths


class Residual(nn.Module):
    """What is added to the features: twice a 3 x 3 convolution and a normalisation, rectified in between."""

    def __init__(self, channels: int) -> None:
        """Make a block that keeps so many channels."""
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm1 = norm(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = norm(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, C, H, W), as it came in plus what was found."""
        found: Tensor = self.norm2(self.conv2(functional.relu(self.norm1(self.conv1(features)))))
        return features + found


def _same(channels: int, out: int) -> nn.Module:
    convolution = nn.Conv2d(channels, out, 7, padding=3, bias=False)
    return nn.Sequential(convolution, norm(out), nn.ReLU())


def _down(channels: int, out: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(channels, out, 4, 2, 1, bias=False), norm(out), nn.ReLU())


def _up(channels: int, out: int) -> nn.Module:
    return nn.Sequential(nn.ConvTranspose2d(channels, out, 4, 2, 1, bias=False), norm(out), nn.ReLU())


class Straight(nn.Module):
    """An encoder-decoder, one block after the other."""

    def __init__(self, channels: int, widths: Widths) -> None:
        """Make it for so many input channels."""
        super().__init__()
        at = widths.at
        self.module_list = nn.ModuleList(
            [
                _same(channels, at(0)),
                *(_down(at(level), at(level + 1)) for level in range(LEVELS)),
                *(Residual(at(LEVELS)) for _ in range(widths.blocks)),
                *(_up(at(level + 1), at(level)) for level in reversed(range(LEVELS))),
            ]
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return the features, (1, start, n, n)."""
        for block in self.module_list:
            features = block(features)
        return features


class Joined(nn.Module):
    """An encoder-decoder whose levels are joined across; the decoder is stored with its last block first."""

    def __init__(self, channels: int, widths: Widths) -> None:
        """Make it for so many input channels."""
        super().__init__()
        at = widths.at
        self.downward_modules = nn.ModuleList(
            [_same(channels, at(0)), *(_down(at(level), at(level + 1)) for level in range(LEVELS))]
        )
        self.bottleneck_modules = nn.ModuleList(Residual(at(LEVELS)) for _ in range(widths.blocks))
        self.upsampling_modules = nn.ModuleList(
            [
                _same(2 * at(0), at(0)),
                *(
                    _up(at(level + 1) * (1 if level == LEVELS - 1 else 2), at(level))
                    for level in range(LEVELS)
                ),
            ]
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return the features, (1, start, n, n)."""
        levels = []
        for block in self.downward_modules:
            features = block(features)
            levels.append(features)
        levels.pop()
        for block in self.bottleneck_modules:
            features = block(features)
        for block in reversed(self.upsampling_modules[1:]):
            features = torch.cat((block(features), levels.pop()), 1)
        joined: Tensor = self.upsampling_modules[0](features)
        return joined


class _Network(nn.Module):
    """An encoder-decoder with heads."""

    def __init__(self, network: str, config: Tha1Config) -> None:
        super().__init__()
        self.layout = LAYOUTS[network]
        make = Joined if self.layout.skips else Straight
        self.main_body = make(self.layout.channels, config.widths)
        for head in self.layout.heads:
            self.add_module(head.name, _head(head, config.widths.start))

    def heads(self, *inputs: Tensor) -> list[Tensor]:
        """Return what every head paints, in the layout's order; the last input is the pose."""
        *pictures, pose = inputs
        planes = pose[:, :, None, None].expand(-1, -1, *pictures[0].shape[2:])
        seen = torch.cat((*pictures, planes), 1)
        # The convolutions may be in half precision while pictures never are.
        features = self.main_body(seen.to(next(self.parameters()).dtype))
        return [self.get_submodule(head.name)(features).to(seen.dtype) for head in self.layout.heads]


def _head(head: Head, channels: int) -> nn.Module:
    painter = nn.Conv2d(channels, head.channels, 7, padding=3, bias=False)
    if head.kind == "flow":
        return painter
    return nn.Sequential(painter, nn.Tanh() if head.kind == "colour" else nn.Sigmoid())


def kept(mask: Tensor, picture: Tensor, colour: Tensor) -> Tensor:
    """Return the share of the picture that the mask keeps, and colour for the rest."""
    return mask * picture + (1 - mask) * colour


class Face(NamedTuple):
    """What the face morpher gives; `picture` is the result."""

    picture: Tensor
    mask: Tensor
    colour: Tensor


class FaceMorpher(_Network):
    """Closes eyes and opens the mouth."""

    def __init__(self, config: Tha1Config) -> None:
        """Make the network."""
        super().__init__("face_morpher", config)

    def forward(self, picture: Tensor, pose: Tensor) -> Face:
        """Return the face for left eye, right eye and mouth."""
        colour, mask = self.heads(picture, pose)
        return Face(kept(mask, picture, colour), mask, colour)


class Rotated(NamedTuple):
    """What the rotator gives."""

    repainted: Tensor
    moved: Tensor
    colour: Tensor
    mask: Tensor
    flow: Tensor
    grid: Tensor


class TwoAlgoFaceRotator(_Network):
    """Turns the head in two ways: repainted, and moved."""

    def __init__(self, config: Tha1Config) -> None:
        """Make the network."""
        super().__init__("two_algo_face_rotator", config)

    def forward(self, picture: Tensor, pose: Tensor) -> Rotated:
        """Return both for head x, head y and neck z."""
        colour, mask, flow = self.heads(picture, pose)
        grid = identity(flow.shape[-1], flow, align_corners=True) + flow.permute(0, 2, 3, 1)
        moved = warped(picture, flow, align_corners=True)
        return Rotated(kept(mask, picture, colour), moved, colour, mask, flow, grid)


class Combined(NamedTuple):
    """What the combiner gives; `picture` is the result."""

    picture: Tensor
    combined: Tensor
    combine_mask: Tensor
    retouch_mask: Tensor
    retouch_colour: Tensor


class Combiner(_Network):
    """Mixes two pictures of a turned head and retouches the mixture."""

    def __init__(self, config: Tha1Config) -> None:
        """Make the network."""
        super().__init__("combiner", config)

    def forward(self, repainted: Tensor, moved: Tensor, pose: Tensor) -> Combined:
        """Return the result for head x, head y and neck z."""
        combine, retouch, colour = self.heads(repainted, moved, pose)
        combined = kept(combine, repainted, moved)
        return Combined(kept(retouch, combined, colour), combined, combine, retouch, colour)


MAKERS = {
    "face_morpher": FaceMorpher,
    "two_algo_face_rotator": TwoAlgoFaceRotator,
    "combiner": Combiner,
}
"""What makes each network, by its published name."""
