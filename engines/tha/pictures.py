"""What is done to pictures between networks: moved, enlarged, and put into one another.

They are moved by an appearance flow, an offset for every pixel from where its colour is taken (Zhou, Tulsiani, Sun,
Malik, Efros: View Synthesis by Appearance Flow, ECCV 2016).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def identity(side: int, like: Tensor, *, align_corners: bool) -> Tensor:
    """Return every pixel's own place, (1, side, side, 2), x and y in [-1, 1].

    Args:
        side: of the picture.
        like: gives type and device.
        align_corners: -1 and 1 are the middles of the outermost pixels; otherwise the picture's edges.
    """
    exact = torch.float32 if like.device.type == "mps" else torch.float64  # Apple's GPUs know no more
    places = torch.arange(side, dtype=exact, device=like.device)
    places = 2 * places / (side - 1) - 1 if align_corners else (2 * places + 1) / side - 1
    axis = places.to(like.dtype)
    return torch.stack((axis.expand(side, side), axis[:, None].expand(side, side)), -1)[None]


def warped(picture: Tensor, flow: Tensor, *, align_corners: bool = False) -> Tensor:
    """Return a picture whose pixels were moved; beyond its edge the border goes on.

    Args:
        picture: (B, C, n, n).
        flow: (B, 2, n, n), offsets in [-1, 1] coordinates, x and y.
        align_corners: as in identity(); how the network was trained.
    """
    grid = identity(flow.shape[-1], flow, align_corners=align_corners) + flow.permute(0, 2, 3, 1)
    return functional.grid_sample(
        picture, grid, mode="bilinear", padding_mode="border", align_corners=align_corners
    )


def doubled(maps: Tensor) -> Tensor:
    """Return maps at twice their size, bilinear."""
    return functional.interpolate(maps, scale_factor=2.0, mode="bilinear", align_corners=False)


def enlarged(maps: Tensor, side: int) -> Tensor:
    """Return maps at any size, (B, C, side, side), bilinear."""
    return functional.interpolate(maps, size=(side, side), mode="bilinear", align_corners=False)


def replaced(picture: Tensor, part: Tensor, box: tuple[slice, ...]) -> Tensor:
    """Return a picture with another part in a box, rows and columns; written so that every runtime can do it."""
    rows, columns = box
    band = picture[:, :, rows]
    band = torch.cat((band[..., : columns.start], part, band[..., columns.stop :]), 3)
    return torch.cat((picture[:, :, : rows.start], band, picture[:, :, rows.stop :]), 2)
