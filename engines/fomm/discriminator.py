"""Tells real pictures from painted ones; only training needs it.

Paper: Siarohin et al., First Order Motion Model for Image Animation, NeurIPS 2019, section 3.3. Published in three
forms: plain, with the keypoints' Gaussians beside the picture (the "-adv" models), and with spectral norm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import spectral_norm

from engines.fomm.config import FommConfig
from engines.nn.coordinates import gaussians


class Judgement(NamedTuple):
    """What a discriminator finds in a batch of pictures.

    Attributes:
        features: of each block, for feature matching.
        score: (B, 1, h, w), a map: 1 real, 0 painted, as in least squares GANs.
    """

    features: list[Tensor]
    score: Tensor


class JudgeBlock(nn.Module):
    """4 x 4 convolution without padding, instance norm, leaky ReLU, and a halving of the size."""

    def __init__(self, channels: int, out_channels: int, *, norm: bool, pool: bool, spectral: bool) -> None:
        """Make a block from so many channels to so many.

        Args:
            channels: of the input.
            out_channels: of the output.
            norm: with instance norm.
            pool: halve the size at the end.
            spectral: with spectral norm on the weights.
        """
        super().__init__()
        self.conv = _maybe_spectral(nn.Conv2d(channels, out_channels, 4), spectral)
        self.norm: nn.Module = nn.Identity()
        if norm:
            self.norm = nn.InstanceNorm2d(out_channels, affine=True)
        self.pool = pool

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, C, H, W) as (B, C', H - 3, W - 3), or half of that."""
        features = functional.leaky_relu(self.norm(self.conv(features)), 0.2)
        return functional.avg_pool2d(features, 2) if self.pool else features


class Discriminator(nn.Module):
    """Judges overlapping patches of a picture of one size."""

    def __init__(self, config: FommConfig) -> None:
        """Make an untrained network."""
        super().__init__()
        own = config.discriminator
        self.variance = config.dense_motion.variance
        first = config.num_channels + (config.num_kp if own.sees_keypoints else 0)
        widths = [first] + [
            min(own.max_features, own.block_expansion * 2 ** (level + 1)) for level in range(own.num_blocks)
        ]
        self.sees_keypoints = own.sees_keypoints
        self.down_blocks = nn.ModuleList(
            JudgeBlock(
                widths[level],
                widths[level + 1],
                norm=level > 0,
                pool=level < own.num_blocks - 1,
                spectral=own.spectral_norm,
            )
            for level in range(own.num_blocks)
        )
        self.conv = _maybe_spectral(nn.Conv2d(widths[-1], 1, 1), own.spectral_norm)

    def forward(self, pictures: Tensor, keypoints: Tensor | None = None) -> Judgement:
        """Judge pictures.

        Args:
            pictures: (B, C, H, W) with values in 0..1.
            keypoints: (B, K, 2), their places, where the network sees them.

        Raises:
            ValueError: the network sees keypoints and got none.
        """
        if self.sees_keypoints:
            if keypoints is None:
                raise ValueError("this discriminator looks at keypoints too")
            height, width = pictures.shape[2:]
            marks = gaussians(keypoints, height, width, self.variance)
            pictures = torch.cat((pictures, marks), dim=1)
        features = []
        for block in self.down_blocks:
            pictures = block(pictures)
            features.append(pictures)
        return Judgement(features, self.conv(pictures))


class MultiScaleDiscriminator(nn.Module):
    """One discriminator for each size of the picture.

    Attributes:
        discs: by the size, written as the published keys have it: "1", "0-5".
    """

    def __init__(self, config: FommConfig) -> None:
        """Make untrained networks."""
        super().__init__()
        self.scales = config.discriminator.scales
        self.discs = nn.ModuleDict({_key(scale): Discriminator(config) for scale in self.scales})

    def forward(
        self, pyramid: Mapping[float, Tensor], keypoints: Tensor | None = None
    ) -> dict[float, Judgement]:
        """Judge a picture at every size.

        Args:
            pyramid: scale -> (B, C, H, W); scales nobody judges are left alone.
            keypoints: as in Discriminator.
        """
        return {scale: self.discs[_key(scale)](pyramid[scale], keypoints) for scale in self.scales}


def _key(scale: float) -> str:
    return f"{scale:g}".replace(".", "-")


def _maybe_spectral(conv: nn.Conv2d, spectral: bool) -> nn.Module:
    return spectral_norm(conv) if spectral else conv
