"""Blends the keypoints' local motions into one flow for the whole picture.

Paper: Siarohin et al., First Order Motion Model for Image Animation, NeurIPS 2019, sections 3.1 and 3.2.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engines.fomm.config import FommConfig
from engines.fomm.keypoints import Keypoints, inverted
from engines.nn.antialias import AntiAlias
from engines.nn.coordinates import coordinate_grid, gaussians, sample
from engines.nn.hourglass import Hourglass


class Motion(NamedTuple):
    """How the source has to move, and what the network computes on the way. s is the flow's side, S/4.

    Attributes:
        heatmaps: (B, K+1, s, s), driving Gaussians less source Gaussians; zero for the background.
        candidates: (B, K+1, s, s, 2), where each keypoint alone would have a pixel taken from; the background first.
        deformed: (B, K+1, C, s, s), the small source moved by each candidate.
        features: (B, F, s, s) of the hourglass.
        mask: (B, K+1, s, s), each candidate's share; they sum to 1.
        flow: (B, s, s, 2), where in the source a pixel is taken from.
        occlusion: (B, 1, s, s) in 0..1, or None: how much of what the flow brings is to be used.
    """

    heatmaps: Tensor
    candidates: Tensor
    deformed: Tensor
    features: Tensor
    mask: Tensor
    flow: Tensor
    occlusion: Tensor | None


class DenseMotion(nn.Module):
    """From two sets of keypoints and the source to a flow and an occlusion map."""

    def __init__(self, config: FommConfig) -> None:
        """Make an untrained network."""
        super().__init__()
        own = config.dense_motion
        hourglass = own.hourglass
        self.hourglass = Hourglass(
            (config.num_kp + 1) * (config.num_channels + 1),
            [hourglass.channels(level) for level in range(hourglass.num_blocks + 1)],
        )
        self.mask = nn.Conv2d(self.hourglass.out_channels, config.num_kp + 1, 7, padding=3)
        self.occlusion: nn.Conv2d | None = None
        if config.generator.occlusion:
            self.occlusion = nn.Conv2d(self.hourglass.out_channels, 1, 7, padding=3)
        self.down: nn.Module = nn.Identity()
        if own.scale != 1:
            self.down = AntiAlias(config.num_channels, own.scale)
        self.variance = own.variance

    def forward(self, source: Tensor, driving: Keypoints, source_keypoints: Keypoints) -> Motion:
        """Return the motion that takes the source to the driving pose.

        Args:
            source: (B, C, S, S).
            driving: where the keypoints shall be.
            source_keypoints: where they are in the source.
        """
        small = self.down(source)
        height, width = small.shape[-2:]
        heatmaps = self.heatmaps(driving.value, source_keypoints.value, height, width)
        candidates = self.candidates(driving, source_keypoints, height, width)
        deformed = self.deformed(small, candidates)
        # Per candidate its heatmap, then its channels: the order the published hourglass expects.
        features = self.hourglass(torch.cat((heatmaps[:, :, None], deformed), dim=2).flatten(1, 2))
        mask = functional.softmax(self.mask(features), dim=1)
        flow = (mask[..., None] * candidates).sum(1)
        occlusion = None if self.occlusion is None else torch.sigmoid(self.occlusion(features))
        return Motion(heatmaps, candidates, deformed, features, mask, flow, occlusion)

    def heatmaps(self, driving: Tensor, source: Tensor, height: int, width: int) -> Tensor:
        """Return H_k of equation 6 for every keypoint, and zeros before them for the background."""
        difference = gaussians(driving, height, width, self.variance) - gaussians(
            source, height, width, self.variance
        )
        return functional.pad(difference, (0, 0, 0, 0, 1, 0))

    def candidates(self, driving: Keypoints, source: Keypoints, height: int, width: int) -> Tensor:
        """Return T_{S<-D} around every keypoint by equations 4 and 5, the unmoved background before them.

        z goes to s_k + J_k (z - d_k) with J_k = S_k D_k^-1, s_k and d_k the keypoints and S_k and D_k their Jacobians.
        """
        grid = coordinate_grid(height, width, driving.value)
        offsets = grid - driving.value[:, :, None, None, :]
        if driving.jacobian is not None and source.jacobian is not None:
            local = source.jacobian @ inverted(driving.jacobian)
            offsets = (local[:, :, None, None] @ offsets[..., None]).squeeze(-1)
        moved = source.value[:, :, None, None, :] + offsets
        return torch.cat((grid.expand(moved.shape[0], 1, -1, -1, -1), moved), dim=1)

    def deformed(self, small: Tensor, candidates: Tensor) -> Tensor:
        """Return the small source sampled by every candidate, (B, K+1, C, s, s)."""
        batch, count = candidates.shape[:2]
        copies = small[:, None].expand(-1, count, -1, -1, -1).flatten(0, 1)
        return sample(copies, candidates.flatten(0, 1)).view(batch, count, *small.shape[1:])
