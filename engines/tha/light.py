"""Bytes of a picture to the linear light the networks work in, and back (IEC 61966-2-1, sRGB)."""

from __future__ import annotations

import torch
from torch import Tensor


def to_linear(values: Tensor) -> Tensor:
    """Return encoded values 0..1 as light 0..1."""
    return torch.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def to_encoded(light: Tensor) -> Tensor:
    """Return light as encoded values; both 0..1, and what is beyond is cut off."""
    light = light.clamp(0, 1)
    # The power of 0 has no slope, and a runner that takes it as exp(log(x) / 2.4) finds no number there.
    curve = 1.055 * light.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(light <= 0.0031308, light * 12.92, curve)


def from_bytes(picture: Tensor, dtype: torch.dtype, *, clear: bool) -> Tensor:
    """Return a picture as the networks of versions 1 and 3 take it.

    Args:
        picture: (n, n, 4) uint8 RGBA, straight alpha.
        dtype: of the result.
        clear: what nobody can see has no colour (version 3).

    Returns:
        (1, 4, n, n), linear light and alpha, -1..1.
    """
    values = picture.to(dtype).permute(2, 0, 1)[None] / 255
    colour, alpha = to_linear(values[:, :3]), values[:, 3:]
    if clear:
        colour = colour * (alpha > 0).to(dtype)
    return torch.cat((colour, alpha), 1) * 2 - 1


def to_bytes(picture: Tensor) -> Tensor:
    """Return what the networks of versions 1 and 3 give as a picture to lay over others.

    Args:
        picture: (1, 4, n, n), linear light and straight alpha, -1..1 and what is beyond.

    Returns:
        (n, n, 4) uint8 RGBA, sRGB, premultiplied.
    """
    values = (picture[0].permute(1, 2, 0) + 1) / 2
    alpha = values[..., 3:].clamp(0, 1)
    shown = torch.cat((to_encoded(values[..., :3]) * alpha, alpha), -1)
    return torch.round(shown * 255).clamp(0, 255).to(torch.uint8)
