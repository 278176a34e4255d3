"""Making pictures smaller without moire."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class AntiAlias(nn.Module):
    """Blurs with a Gaussian, then keeps every k-th pixel from the first on; k = 1 / scale.

    The blur has sigma (k - 1) / 2 and reaches four sigmas far. Beyond the border it sees zeros, so borders darken; that
    is how the published networks were trained.

    Attributes:
        weight: the Gaussian once per channel, (channels, 1, n, n), summing to 1; published checkpoints hold it.
    """

    weight: Tensor

    def __init__(self, channels: int, scale: float) -> None:
        """Make the filter for so many channels.

        Args:
            channels: of a picture.
            scale: 1/2, 1/4, 1/8 and the like.
        """
        super().__init__()
        self.every = round(1 / scale)
        sigma = (self.every - 1) / 2
        reach = round(4 * sigma)
        distance = torch.arange(-reach, reach + 1, dtype=torch.float64)
        profile = torch.exp(-distance.square() / (2 * sigma**2))
        kernel = torch.outer(profile, profile)
        kernel = (kernel / kernel.sum()).to(torch.get_default_dtype())
        self.register_buffer("weight", kernel.expand(channels, 1, -1, -1).clone())

    def forward(self, images: Tensor) -> Tensor:
        """Return (B, C, H, W) as (B, C, H / k, W / k)."""
        reach = self.weight.shape[-1] // 2
        blurred = functional.conv2d(images, self.weight, padding=reach, groups=self.weight.shape[0])
        return blurred[..., :: self.every, :: self.every]
