"""Paints the source in the driving pose.

Paper: Siarohin et al., First Order Motion Model for Image Animation, NeurIPS 2019, section 3.2: an image translation
network of the kind of Johnson et al. 2016 whose features are warped in the middle.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engines.fomm.config import FommConfig
from engines.fomm.dense_motion import DenseMotion, Motion
from engines.fomm.keypoints import Keypoints
from engines.nn.blocks import DownBlock, ResBlock, SameBlock, UpBlock
from engines.nn.coordinates import sample


class Generated(NamedTuple):
    """A painted picture and how it came about.

    Attributes:
        prediction: (B, C, S, S) in 0..1.
        deformed: (B, C, S, S), the source moved by the flow and nothing else: a preview.
        motion: the flow and its parts.
    """

    prediction: Tensor
    deformed: Tensor
    motion: Motion


class Generator(nn.Module):
    """Encodes the source, moves its features by the dense motion, dims what is hidden, and decodes."""

    def __init__(self, config: FommConfig) -> None:
        """Make an untrained network."""
        super().__init__()
        own = config.generator
        widths = [own.channels(level) for level in range(own.num_down_blocks + 1)]
        steps = list(pairwise(widths))
        self.dense_motion_network = DenseMotion(config)
        self.first = SameBlock(config.num_channels, widths[0], kernel=7)
        self.down_blocks = nn.ModuleList(DownBlock(a, b) for a, b in steps)
        self.up_blocks = nn.ModuleList(UpBlock(b, a) for a, b in reversed(steps))
        self.bottleneck = nn.Sequential()
        for index in range(own.num_bottleneck_blocks):
            self.bottleneck.add_module(f"r{index}", ResBlock(widths[-1]))
        self.final = nn.Conv2d(widths[0], config.num_channels, 7, padding=3)

    def encode(self, source: Tensor) -> Tensor:
        """Return the features of a source, (B, C, S, S) to (B, F, S/4, S/4). They depend on nothing else."""
        features: Tensor = self.first(source)
        for block in self.down_blocks:
            features = block(features)
        return features

    def decode(self, features: Tensor) -> Tensor:
        """Return the picture in warped features, (B, F, S/4, S/4) to (B, C, S, S) in 0..1."""
        features = self.bottleneck(features)
        for block in self.up_blocks:
            features = block(features)
        return torch.sigmoid(self.final(features))

    def forward(self, source: Tensor, driving: Keypoints, source_keypoints: Keypoints) -> Generated:
        """Return the source as it looks in the driving pose.

        Args:
            source: (B, C, S, S) with values in 0..1.
            driving: where the keypoints shall be.
            source_keypoints: where they are in the source.
        """
        features = self.encode(source)
        motion: Motion = self.dense_motion_network(source, driving, source_keypoints)
        warped = warp(features, motion.flow)
        if motion.occlusion is not None:
            warped = warped * _resized(motion.occlusion, warped)  # equation 8
        return Generated(self.decode(warped), warp(source, motion.flow), motion)


def warp(images: Tensor, flow: Tensor) -> Tensor:
    """Return images taken from where a flow says; the flow is stretched to their size if it has another.

    Args:
        images: (B, C, H, W).
        flow: (B, h, w, 2), as in Motion.
    """
    if flow.shape[1:3] != images.shape[2:]:
        flow = _resized(flow.permute(0, 3, 1, 2), images).permute(0, 2, 3, 1)
    return sample(images, flow)


def _resized(maps: Tensor, like: Tensor) -> Tensor:
    if maps.shape[2:] == like.shape[2:]:
        return maps
    return functional.interpolate(maps, size=like.shape[2:], mode="bilinear", align_corners=False)
