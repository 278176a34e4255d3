"""Positions in pictures: the grid of pixel coordinates, Gaussians on it, and expectations under a map.

Everywhere, pixel i of n has the coordinate 2 i / (n - 1) - 1, so the centres of the outermost pixels lie at -1 and 1,
and the last axis of a position is ordered x, y. Sampling at such positions therefore wants align_corners=True.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def coordinate_grid(height: int, width: int, like: Tensor) -> Tensor:
    """Return every pixel's own position, (height, width, 2), with the type and device of `like`."""
    x = 2 * torch.arange(width, dtype=like.dtype, device=like.device) / (width - 1) - 1
    y = 2 * torch.arange(height, dtype=like.dtype, device=like.device) / (height - 1) - 1
    return torch.stack((x.expand(height, width), y[:, None].expand(height, width)), dim=-1)


def gaussians(centres: Tensor, height: int, width: int, variance: float) -> Tensor:
    """Return maps exp(-d^2 / (2 variance)), d the distance to a centre.

    Args:
        centres: (..., 2).
        height: of a map.
        width: of a map.
        variance: in squared coordinates.

    Returns:
        (..., height, width); 1 at a centre.
    """
    offsets = coordinate_grid(height, width, centres) - centres[..., None, None, :]
    return torch.exp(-0.5 * offsets.square().sum(-1) / variance)


def expectation(maps: Tensor) -> Tensor:
    """Return the mean position under maps that sum to 1 (soft-argmax): (..., height, width) to (..., 2)."""
    height, width = maps.shape[-2:]
    grid = coordinate_grid(height, width, maps)
    return (maps[..., None] * grid).sum((-3, -2))


def sample(images: Tensor, positions: Tensor) -> Tensor:
    """Return images read at positions: bilinear, and zero outside.

    The published weights were trained when the framework meant align_corners=True without being told.

    Args:
        images: (B, C, H, W).
        positions: (B, h, w, 2), x and y in [-1, 1].

    Returns:
        (B, C, h, w).
    """
    return functional.grid_sample(
        images, positions, mode="bilinear", padding_mode="zeros", align_corners=True
    )
