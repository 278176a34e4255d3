"""Coordinates, 2x2 matrices and warps, written so that every runtime can have them.

No matrix product and no inverse appear: some TensorRT targets have no float32 matrix product, ONNX has no inverse.
Coordinates run from -1 to 1 between the centres of the outermost pixels, x before y.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

VARIANCE = 0.01
"""Of the Gaussian around a keypoint, in squared coordinates."""


def axis(count: int) -> Tensor:
    """Return the coordinates of a row of pixels, float64."""
    return 2 * torch.arange(count, dtype=torch.float64) / (count - 1) - 1


def inverse(matrix: Tensor) -> Tensor:
    """Return the inverse of matrices (..., 2, 2)."""
    a, b = matrix[..., 0, 0], matrix[..., 0, 1]
    c, d = matrix[..., 1, 0], matrix[..., 1, 1]
    adjugate = torch.stack((torch.stack((d, -b), -1), torch.stack((-c, a), -1)), -2)
    return adjugate / (a * d - b * c)[..., None, None]


def product(left: Tensor, right: Tensor) -> Tensor:
    """Return the products of matrices (..., 2, 2)."""
    return (left[..., :, :, None] * right[..., None, :, :]).sum(-2)


def applied(matrix: Tensor, vector: Tensor) -> Tensor:
    """Return matrices (..., 2, 2) times vectors (..., 2)."""
    return (matrix * vector[..., None, :]).sum(-1)


def gaussians(value: Tensor, coordinates: Tensor) -> Tensor:
    """Return keypoints (1, K, 2) as bells on a square map (1, K, n, n)."""
    bells = torch.exp((coordinates - value[..., None]).square() * (-0.5 / VARIANCE))
    return bells[:, :, 0, None, :] * bells[:, :, 1, :, None]


def local_maps(source: Tensor, matrix: Tensor, target: Tensor, coordinates: Tensor) -> tuple[Tensor, Tensor]:
    """Return where each keypoint's affine map takes every pixel of a square: source + matrix (pixel - target).

    Args:
        source: (1, K, 2).
        matrix: (1, K, 2, 2).
        target: (1, K, 2).
        coordinates: (n) of a row of pixels.

    Returns:
        x and y, each (1, K, n, n).
    """
    offset = source - applied(matrix, target)
    along, down = coordinates, coordinates[:, None]
    x, y = (
        matrix[:, :, row, 0, None, None] * along
        + (matrix[:, :, row, 1, None, None] * down + offset[:, :, row, None, None])
        for row in (0, 1)
    )
    return x, y


def sampled(planes: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return planes (1, C, h, w) read at coordinates x, y (1, rows, columns); outside them there is nothing, 0."""
    return functional.grid_sample(
        planes, torch.stack((x, y), -1), mode="bilinear", padding_mode="zeros", align_corners=True
    )
