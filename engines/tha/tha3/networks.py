"""The five networks of Talking Head Anime 3, under the keys of their published weights.

Khungurn: Talking Head(?) Anime from a Single Image 3: Now the Body Too, 2022. The networks mix and repaint as
Pumarola et al. (GANimation, ECCV 2018) do, and move pixels as Zhou et al. (see engines.tha.pictures) do.

All pictures are (1, 4, n, n), linear light and straight alpha, both in -1..1; poses are (1, parameters). Masks here
mean the share of the new colour: mask * colour + (1 - mask) * picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from engines.tha.blocks import Doubled, Residual, convolution, norm, rectifier, transposed
from engines.tha.pictures import warped
from engines.tha.tha3.config import LAYOUTS, Layout, Tha3Config
from engines.tha.widths import LEVELS, Head, Widths


class Coder(nn.Module):
    """An encoder-decoder: a picture and a pose to as many features as it has channels at the full size."""

    def __init__(self, layout: Layout, widths: Widths, *, separable: bool) -> None:
        """Make it as the layout says."""
        super().__init__()
        self.joins, self.skips = layout.joins, layout.up == "skips"
        slope, at, middle = layout.slope, widths.at, widths.at(LEVELS)
        plain = layout.joins == "bottleneck"  # there the first block of the middle takes the pose in

        def block(channels: int, out: int, kernel: int) -> nn.Sequential:
            parts = convolution(channels, out, kernel, separable=separable)
            return nn.Sequential(*parts, norm(out), rectifier(slope))

        def down(channels: int, out: int) -> nn.Sequential:
            parts = convolution(channels, out, 4, stride=2, separable=separable)
            return nn.Sequential(*parts, norm(out), nn.ReLU())

        def up(level: int) -> nn.Module:
            if layout.up == "transposed":
                parts = transposed(at(level + 1), at(level), separable=separable)
                return nn.Sequential(*parts, norm(at(level)), rectifier(slope))
            if layout.up == "repeated":
                return nn.Sequential(Doubled(), block(at(level + 1), at(level), 3))
            return Joining(block(at(level + 1) + at(level), at(level), 3))

        self.downsample_blocks = nn.ModuleList(
            [block(layout.channels + (0 if plain else layout.pose_size), at(0), layout.kernel)]
            + [down(at(level), at(level + 1)) for level in range(LEVELS)]
        )
        self.bottleneck_blocks = nn.ModuleList(
            [block(middle + layout.pose_size, middle, 3)] * plain
            + [Residual(middle, slope, separable=separable) for _ in range(widths.blocks - plain)]
        )
        self.upsample_blocks = nn.ModuleList(up(level) for level in reversed(range(LEVELS)))

    def forward(self, picture: Tensor, pose: Tensor) -> Tensor:
        """Return the features, (1, start, n, n)."""
        if self.joins == "input":
            return self.think(self.look(with_pose(picture, pose)))
        *levels, features = self.look(picture)
        return self.think([*levels, with_pose(features, pose)])

    def look(self, picture: Tensor) -> list[Tensor]:
        """Return the features of every level, the full size first."""
        levels = []
        for block in self.downsample_blocks:
            picture = block(picture)
            levels.append(picture)
        return levels

    def think(self, levels: Sequence[Tensor]) -> Tensor:
        """Return the features at the full size for those of the levels; the smallest have the pose with them."""
        *across, features = levels
        for block in self.bottleneck_blocks:
            features = block(features)
        for block in self.upsample_blocks:
            features = block(features, across.pop()) if self.skips else block(features)
        return features


class Joining(nn.ModuleList):
    """Doubles its input, sets what the encoder had at that size beside it, and goes on as any block."""

    def forward(self, features: Tensor, across: Tensor) -> Tensor:
        """Return (1, C', 2 n, 2 n) for (1, C, n, n) and (1, A, 2 n, 2 n)."""
        joined = torch.cat((Doubled()(features), across), 1)
        for part in self:
            joined = part(joined)
        return joined


def with_pose(features: Tensor, pose: Tensor) -> Tensor:
    """Return features with the pose behind them, a plane of one value for each parameter."""
    planes = pose[:, :, None, None].expand(-1, -1, *features.shape[2:])
    return torch.cat((features, planes), 1)


class Network(nn.Module):
    """An encoder-decoder with heads.

    Attributes:
        layout: its own.
    """

    def __init__(self, network: str, config: Tha3Config) -> None:
        super().__init__()
        self.layout = LAYOUTS[network]
        widths = config.widths_of(network)
        coder = Coder(self.layout, widths, separable=config.separable)
        prefix = config.prefix_of(network)
        if prefix:
            self.add_module(prefix.rstrip("."), coder)
        else:  # its parts are the network's own, and nothing else holds it
            for name, part in coder.named_children():
                self.add_module(name, part)
        self._coder = [coder]  # hidden from the state dict, which has its parts already
        for head in self.layout.heads:
            self.add_module(head.name, _head(head, widths.start))

    @property
    def coder(self) -> Coder:
        """The encoder-decoder."""
        return self._coder[0]

    def heads(self, picture: Tensor, pose: Tensor) -> list[Tensor]:
        """Return what every head paints, in the layout's order."""
        features = self.coder(picture, pose)
        return [self.get_submodule(head.name)(features) for head in self.layout.heads]


def _head(head: Head, channels: int) -> nn.Module:
    if head.kind == "flow":
        return nn.Conv2d(channels, head.channels, 3, padding=1, bias=False)
    painter = nn.Conv2d(channels, head.channels, 3, padding=1)
    return nn.Sequential(painter, nn.Tanh() if head.kind == "colour" else nn.Sigmoid())


def mixed(mask: Tensor, colour: Tensor, picture: Tensor) -> Tensor:
    """Return the picture with a share of colour."""
    return mask * colour + (1 - mask) * picture


class Layers(NamedTuple):
    """What the eyebrow decomposer gives."""

    brows: Tensor
    brows_mask: Tensor
    brows_colour: Tensor
    background: Tensor
    background_mask: Tensor
    background_colour: Tensor


class EyebrowDecomposer(Network):
    """Splits the middle of a face into brows and what is behind them."""

    def __init__(self, config: Tha3Config) -> None:
        """Make the network of a variant."""
        super().__init__("eyebrow_decomposer", config)

    def forward(self, picture: Tensor) -> Layers:
        """Return both layers. The brows' mask is the share of the picture here, not that of the colour."""
        mask, colour, brows_mask, brows_colour = self.heads(picture, picture.new_zeros(1, 0))
        return Layers(
            mixed(brows_mask, picture, brows_colour),
            brows_mask,
            brows_colour,
            mixed(mask, colour, picture),
            mask,
            colour,
        )


class Brows(NamedTuple):
    """What the eyebrow morphing combiner gives; `shown` is what the next network sees."""

    combined: Tensor
    combine_mask: Tensor
    shown: Tensor
    morphed: Tensor
    morphed_mask: Tensor
    morphed_colour: Tensor
    moved: Tensor
    flow: Tensor


class EyebrowMorphingCombiner(Network):
    """Moves the layer of brows and puts it back."""

    def __init__(self, config: Tha3Config) -> None:
        """Make the network of a variant."""
        super().__init__("eyebrow_morphing_combiner", config)

    def forward(self, background: Tensor, brows: Tensor, pose: Tensor) -> Brows:
        """Return the face with brows for a pose (1, 12). Its alpha is the background's."""
        return brows_from(self.heads(torch.cat((background, brows), 1), pose), background, brows)


def brows_from(painted: Sequence[Tensor], background: Tensor, brows: Tensor) -> Brows:
    """Return what the eyebrow morphing combiner's heads make of both layers."""
    flow, mask, colour, combine = painted
    moved = warped(brows, flow)
    morphed = mixed(mask, colour, moved)
    return Brows(
        _over(morphed, background, combine),
        combine,
        _over(morphed, background, (morphed[:, 3:] + 1) / 2),
        morphed,
        mask,
        colour,
        moved,
        flow,
    )


def _over(layer: Tensor, background: Tensor, mask: Tensor) -> Tensor:
    """Return the background with a share of the layer's colours, and its own alpha."""
    return torch.cat((mixed(mask, layer[:, :3], background[:, :3]), background[:, 3:]), 1)


class Face(NamedTuple):
    """What the face morpher gives; `face` is the result."""

    face: Tensor
    eye_mask: Tensor
    eye_colour: Tensor
    iris_mouth: Tensor
    iris_mouth_mask: Tensor
    iris_mouth_colour: Tensor
    moved: Tensor


class FaceMorpher(Network):
    """Moves irises and mouth, repaints them, and paints lids over."""

    def __init__(self, config: Tha3Config) -> None:
        """Make the network of a variant."""
        super().__init__("face_morpher", config)

    def forward(self, picture: Tensor, pose: Tensor) -> Face:
        """Return the face for a pose (1, 27)."""
        return face_from(self.heads(picture, pose), picture)


def face_from(painted: Sequence[Tensor], picture: Tensor) -> Face:
    """Return what the face morpher's heads make of a picture."""
    flow, colour, mask, eye_colour, eye_mask = painted
    moved = warped(picture, flow)
    iris_mouth = mixed(mask, colour, moved)
    face = mixed(eye_mask, eye_colour, iris_mouth)
    return Face(face, eye_mask, eye_colour, iris_mouth, mask, colour, moved)


class Rotated(NamedTuple):
    """What the rotator gives."""

    direct: Tensor
    moved: Tensor
    flow: Tensor


class TwoAlgoFaceBodyRotator(Network):
    """Turns head and body in two ways: painted anew, and moved."""

    def __init__(self, config: Tha3Config) -> None:
        """Make the network of a variant."""
        super().__init__("two_algo_face_body_rotator", config)

    def forward(self, picture: Tensor, pose: Tensor) -> Rotated:
        """Return both for a pose (1, 6)."""
        direct, flow = self.heads(picture, pose)
        return Rotated(direct, warped(picture, flow), flow)


class Edited(NamedTuple):
    """What the editor gives; `picture` is the result."""

    picture: Tensor
    mask: Tensor
    colour: Tensor
    moved: Tensor
    flow: Tensor


class Editor(Network):
    """Corrects a flow at the full size, and repaints what it tore."""

    def __init__(self, config: Tha3Config) -> None:
        """Make the network of a variant."""
        super().__init__("editor", config)

    def forward(self, picture: Tensor, moved: Tensor, flow: Tensor, pose: Tensor) -> Edited:
        """Return the turned picture.

        Args:
            picture: before turning.
            moved: as the rotator moved it.
            flow: (1, 2, n, n), how.
            pose: (1, 6).
        """
        return edited_from(self.heads(torch.cat((picture, moved, flow), 1), pose), picture, flow)


def edited_from(painted: Sequence[Tensor], picture: Tensor, flow: Tensor) -> Edited:
    """Return what the editor's heads make of a picture and its flow."""
    colour, mask, correction = painted
    flow = flow + correction
    moved = warped(picture, flow)
    return Edited(mixed(mask, colour, moved), mask, colour, moved, flow)


MAKERS = {
    "eyebrow_decomposer": EyebrowDecomposer,
    "eyebrow_morphing_combiner": EyebrowMorphingCombiner,
    "face_morpher": FaceMorpher,
    "two_algo_face_body_rotator": TwoAlgoFaceBodyRotator,
    "editor": Editor,
}
"""What makes each network of a variant, by its published name."""
