"""The convolution blocks Talking Head Anime's networks are made of.

Every convolution but those of the heads goes without a bias, since an instance normalisation follows and would remove
it. It removes any constant: a pose that comes in as constant channels acts through the zeros around them alone, so
the padding must be exactly the published one.

What is submodule number n here is the n of the published keys.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


def convolution(channels: int, out: int, kernel: int, *, stride: int = 1, separable: bool) -> list[nn.Module]:
    """Return a convolution, or a depthwise and a pointwise one.

    Args:
        channels: of the input.
        out: of the result.
        kernel: its side; odd, or 4 where the stride is 2.
        stride: 1 or 2.
        separable: two of them.
    """
    padding = (kernel - 1) // 2
    if not separable:
        return [nn.Conv2d(channels, out, kernel, stride, padding, bias=False)]
    return [
        nn.Conv2d(channels, channels, kernel, stride, padding, groups=channels, bias=False),
        nn.Conv2d(channels, out, 1, bias=False),
    ]


def transposed(channels: int, out: int, *, separable: bool) -> list[nn.Module]:
    """Return a 4 x 4 convolution that doubles the size, or a depthwise and a pointwise one."""
    if not separable:
        return [nn.ConvTranspose2d(channels, out, 4, 2, 1, bias=False)]
    return [
        nn.ConvTranspose2d(channels, channels, 4, 2, 1, groups=channels, bias=False),
        nn.Conv2d(channels, out, 1, bias=False),
    ]


def norm(channels: int) -> nn.InstanceNorm2d:
    """Return an instance normalisation with a scale and a shift of its own."""
    return nn.InstanceNorm2d(channels, affine=True)


def rectifier(slope: float) -> nn.Module:
    """Return a rectifier: what is below zero is multiplied by the slope."""
    return nn.LeakyReLU(slope) if slope else nn.ReLU()


class Residual(nn.Module):
    """What is added to the features: twice a 3 x 3 convolution and a normalisation, rectified in between."""

    def __init__(self, channels: int, slope: float, *, separable: bool) -> None:
        """Make a block that keeps so many channels."""
        super().__init__()

        def same() -> nn.Module:
            parts = convolution(channels, channels, 3, separable=separable)
            return nn.Sequential(*parts) if separable else parts[0]

        self.resnet_path = nn.Sequential(same(), norm(channels), rectifier(slope), same(), norm(channels))

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, C, H, W), as it came in plus what was found."""
        found: Tensor = self.resnet_path(features)
        return features + found


class Doubled(nn.Module):
    """Every pixel four times."""

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, C, H, W) as (B, C, 2 H, 2 W)."""
        return functional.interpolate(features, scale_factor=2.0, mode="nearest")
