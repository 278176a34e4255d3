"""3x3 convolutions with a quarter of the multiplications, for processors that are at their limit otherwise.

Winograd's minimal filtering in two dimensions, F(4x4, 3x3): a tile of 4x4 output pixels, seen through 6x6 inputs,
takes 36 multiplications a channel instead of 144. The transforms before and after are small matrix products.

Lavin, Gray: Fast Algorithms for Convolutional Neural Networks, CVPR 2016.

Maps are kept in phases, (4, 4, C, n/4, n/4): pixel (4i + r, 4j + s) is at [r, s, :, i, j]. Phases stay phases from
one convolution to the next, so that no pixel is ever moved one by one; a tile's six rows are its four phases and one
each of its neighbours'.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from engines.nn.folding import Kernel

TILE = 4

# The matrices for the interpolation points 0, 1, -1, 2, -2 and infinity.
_INPUT = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
_FILTER = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
_OUTPUT = (
    (1, 1, 1, 1, 1, 0),
    (0, 1, -1, 2, -2, 0),
    (0, 1, 1, 4, 4, 0),
    (0, 1, -1, 8, -8, 1),
)


def into_phases(x: Tensor) -> Tensor:
    """Return a map (1, C, n, n) in phases; n is a multiple of 4."""
    _, channels, rows, columns = x.shape
    tiles = x.reshape(channels, rows // TILE, TILE, columns // TILE, TILE)
    return tiles.permute(2, 4, 0, 1, 3)


def out_of_phases(x: Tensor) -> Tensor:
    """Return a map in phases as (1, C, n, n)."""
    _, _, channels, rows, columns = x.shape
    return x.permute(2, 3, 0, 4, 1).reshape(1, channels, rows * TILE, columns * TILE)


class WinogradConvolution(nn.Module):
    """A 3x3 convolution with one pixel of padding, on maps in phases."""

    weight: Tensor
    bias: Tensor
    before: Tensor
    after: Tensor

    def __init__(self, kernel: Kernel, dtype: torch.dtype) -> None:
        super().__init__()
        spread = torch.tensor(_FILTER, dtype=torch.float64)
        weight = torch.einsum("ay,bx,oiyx->aboi", spread, spread, kernel.weight).flatten(0, 1)
        numbers = {
            "weight": weight,
            "bias": kernel.bias[:, None],
            "before": torch.tensor(_INPUT, dtype=torch.float64),
            "after": torch.tensor(_OUTPUT, dtype=torch.float64),
        }
        for name, values in numbers.items():
            self.register_buffer(name, values.to(dtype).contiguous(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (4, 4, out, n/4, n/4) for (4, 4, in, n/4, n/4)."""
        _, _, channels, rows, columns = x.shape
        above = functional.pad(x[3:], (0, 0, 1, -1))
        below = functional.pad(x[:1], (0, 0, -1, 1))
        x = self.before @ torch.cat((above, x, below), 0).reshape(6, -1)

        x = x.reshape(6, TILE, channels, rows, columns)
        left = functional.pad(x[:, 3:], (1, -1))
        right = functional.pad(x[:, :1], (-1, 1))
        x = self.before @ torch.cat((left, x, right), 1).reshape(6, 6, -1)

        x = self.weight @ x.reshape(36, channels, rows * columns)
        x = (self.after @ x.reshape(6, -1)).reshape(TILE, 6, -1)
        x = (self.after @ x).reshape(TILE * TILE, -1, rows * columns) + self.bias
        return x.reshape(TILE, TILE, -1, rows, columns)
