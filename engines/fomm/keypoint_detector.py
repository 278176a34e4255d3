"""Finds keypoints and their local affine maps in a picture.

Paper: Siarohin et al., First Order Motion Model for Image Animation, NeurIPS 2019, section 3.1.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engines.fomm.config import FommConfig
from engines.fomm.keypoints import Keypoints
from engines.nn.antialias import AntiAlias
from engines.nn.coordinates import expectation
from engines.nn.hourglass import Hourglass


class KeypointMaps(NamedTuple):
    """What the detector computes on the way.

    Attributes:
        small: the picture it looks at, (B, C, S/4, S/4).
        features: of the hourglass, (B, F, S/4, S/4).
        logits: of where each keypoint is, (B, K, S/4 - 6, S/4 - 6).
        heatmaps: the same, summing to 1.
    """

    small: Tensor
    features: Tensor
    logits: Tensor
    heatmaps: Tensor


class KeypointDetector(nn.Module):
    """Keypoints as the mean position under a soft map; Jacobians as the mean of a map of them under the same weights.

    The heads have no padding, so their maps are six pixels smaller than the features; the coordinates of the mean
    still span [-1, 1] over that smaller map. A network was trained around this, so it stays.
    """

    def __init__(self, config: FommConfig) -> None:
        """Make an untrained detector; Jacobians start as the identity everywhere."""
        super().__init__()
        own = config.keypoints
        hourglass = own.hourglass
        self.predictor = Hourglass(
            config.num_channels, [hourglass.channels(level) for level in range(hourglass.num_blocks + 1)]
        )
        self.kp = nn.Conv2d(self.predictor.out_channels, config.num_kp, 7)
        self.jacobian: nn.Conv2d | None = None
        if config.jacobian:
            self.jacobian_maps = 1 if own.single_jacobian_map else config.num_kp
            self.jacobian = nn.Conv2d(self.predictor.out_channels, 4 * self.jacobian_maps, 7)
            nn.init.zeros_(self.jacobian.weight)
            self.jacobian.bias = nn.Parameter(torch.eye(2).flatten().repeat(self.jacobian_maps))
        self.down: nn.Module = nn.Identity()
        if own.scale != 1:
            self.down = AntiAlias(config.num_channels, own.scale)
        self.temperature = own.temperature

    def maps(self, pictures: Tensor) -> KeypointMaps:
        """Return where the keypoints may be in (B, C, S, S) pictures with values in [0, 1]."""
        small = self.down(pictures)
        features = self.predictor(small)
        logits = self.kp(features)
        heatmaps = functional.softmax(logits.flatten(2) / self.temperature, dim=2).view_as(logits)
        return KeypointMaps(small, features, logits, heatmaps)

    def read(self, maps: KeypointMaps) -> Keypoints:
        """Return the keypoints the maps stand for."""
        value = expectation(maps.heatmaps)
        if self.jacobian is None:
            return Keypoints(value, None)
        batch, _, height, width = maps.heatmaps.shape
        fields = self.jacobian(maps.features).view(batch, self.jacobian_maps, 4, height, width)
        jacobian = (maps.heatmaps[:, :, None] * fields).sum((-2, -1))
        return Keypoints(value, jacobian.unflatten(-1, (2, 2)))

    def forward(self, pictures: Tensor) -> Keypoints:
        """Return the keypoints of (B, C, S, S) pictures with values in [0, 1]."""
        return self.read(self.maps(pictures))
