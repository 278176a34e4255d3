"""The convolution blocks the engines' networks are made of.

Attribute names are those of the published checkpoints' keys.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class SameBlock(nn.Module):
    """Convolution, batch norm, ReLU; the size stays."""

    def __init__(self, channels: int, out_channels: int, kernel: int = 3) -> None:
        """Make a block from so many channels to so many; the kernel's side is odd."""
        super().__init__()
        self.conv = nn.Conv2d(channels, out_channels, kernel, padding=kernel // 2)
        self.norm = nn.BatchNorm2d(out_channels)

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, C, H, W) as (B, C', H, W)."""
        return functional.relu(self.norm(self.conv(features)))


class DownBlock(SameBlock):
    """A SameBlock, then the mean of every 2 x 2 pixels."""

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, C, H, W) as (B, C', H / 2, W / 2)."""
        return functional.avg_pool2d(super().forward(features), 2)


class UpBlock(SameBlock):
    """Every pixel four times, then a SameBlock."""

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, C, H, W) as (B, C', 2 H, 2 W)."""
        return super().forward(functional.interpolate(features, scale_factor=2, mode="nearest"))


class ResBlock(nn.Module):
    """What is added to the features: twice batch norm, ReLU and a 3 x 3 convolution."""

    def __init__(self, channels: int) -> None:
        """Make a block that keeps so many channels."""
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(channels)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, C, H, W), as it came in plus what was found."""
        found: Tensor = self.conv1(functional.relu(self.norm1(features)))
        found = self.conv2(functional.relu(self.norm2(found)))
        return features + found
