"""An encoder-decoder network whose levels are joined across (U-Net)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from engines.nn.blocks import DownBlock, UpBlock


class Encoder(nn.Module):
    """Halves the size level by level."""

    def __init__(self, in_channels: int, channels: Sequence[int]) -> None:
        """Make a level for every entry of `channels` but the first, with that many channels."""
        super().__init__()
        widths = (in_channels, *channels[1:])
        self.down_blocks = nn.ModuleList(DownBlock(a, b) for a, b in pairwise(widths))

    def forward(self, features: Tensor) -> list[Tensor]:
        """Return the features of every level, the input first."""
        levels = [features]
        for block in self.down_blocks:
            levels.append(block(levels[-1]))
        return levels


class Decoder(nn.Module):
    """Doubles the size level by level and sets what the encoder had there beside it.

    Attributes:
        out_channels: of the result: channels[0] of its own and the encoder's input.
    """

    def __init__(self, in_channels: int, channels: Sequence[int]) -> None:
        """Make the levels that undo Encoder(in_channels, channels)."""
        super().__init__()
        deepest = len(channels) - 1
        self.up_blocks = nn.ModuleList(
            UpBlock(channels[level] * (1 if level == deepest else 2), channels[level - 1])
            for level in range(deepest, 0, -1)
        )
        self.out_channels = channels[0] + in_channels

    def forward(self, levels: list[Tensor]) -> Tensor:
        """Return the features at the size of the first level."""
        features = levels[-1]
        for block, across in zip(self.up_blocks, reversed(levels[:-1]), strict=True):
            features = torch.cat((block(features), across), dim=1)
        return features


class Hourglass(nn.Module):
    """Encoder and decoder.

    Attributes:
        out_channels: of the result.
    """

    def __init__(self, in_channels: int, channels: Sequence[int]) -> None:
        """Make a network for so many input channels.

        Args:
            in_channels: of the input.
            channels: of each level, the full size first. A level below sees half the size; sides must divide.
        """
        super().__init__()
        self.encoder = Encoder(in_channels, channels)
        self.decoder = Decoder(in_channels, channels)
        self.out_channels = self.decoder.out_channels

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, C, H, W) as (B, out_channels, H, W)."""
        decoded: Tensor = self.decoder(self.encoder(features))
        return decoded
