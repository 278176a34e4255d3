"""Networks of versions 1 and 3 written otherwise, with the same numbers: for speed, and for half precision.

Most of the work is in 3 x 3 convolutions, and those that follow a doubling can be had for half of it, those in the
middle for a quarter (engines.nn.folding, engines.nn.winograd). Instance normalisation cannot be folded: what it
divides by is in the picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engines.nn.folding import Kernel
from engines.nn.style import Style
from engines.nn.weights import Network
from engines.nn.winograd import TILE, WinogradConvolution, into_phases, out_of_phases
from engines.tha.blocks import Doubled, Residual
from engines.tha.tha1.networks import Residual as FirstResidual
from engines.tha.tha3.networks import Coder, Joining

_EPSILON = 1e-5  # what instance normalisation adds to a variance


def rewrite(network: Network, style: Style) -> Network:
    """Return a network written in a style; it is changed in place.

    Args:
        network: of version 1 or 3, its weights loaded.
        style: how.
    """
    network.requires_grad_(False)
    for part in list(network.modules()):
        if isinstance(part, Coder) and style.upsample != "nearest":
            _rewrite_doublings(part, style)
        for name, child in part.named_children():
            if isinstance(child, nn.ModuleList) and style.winograd:
                setattr(part, name, _with_fewer_multiplications(child, style))
    for part in list(network.modules()):
        for name, child in part.named_children():
            if isinstance(child, nn.InstanceNorm2d):
                setattr(part, name, FineNorm(child, style.fine))
            elif isinstance(child, nn.ConvTranspose2d) and child.groups > 1:
                setattr(part, name, DepthwiseDoubling(child))
    network.to(style.bulk)
    for norm in (part for part in network.modules() if isinstance(part, FineNorm)):
        norm.to(style.fine)
    return network


def _rewrite_doublings(coder: Coder, style: Style) -> None:
    """Give a decoder other doublings, where its convolutions are neither transposed nor in two."""
    for index, block in enumerate(coder.upsample_blocks):
        parts = list(block.children())
        if isinstance(block, Joining) and len(parts) == 3:
            coder.upsample_blocks[index] = JoiningOtherwise(parts, style)
        elif isinstance(parts[0], Doubled) and len(list(parts[1].children())) == 3:
            convolution, *rest = parts[1].children()
            doubling = DoublingConvolution(_kernel(convolution), style)
            coder.upsample_blocks[index] = nn.Sequential(doubling, *rest)


def _with_fewer_multiplications(blocks: nn.ModuleList, style: Style) -> nn.ModuleList:
    """Return blocks whose residual ones, where their convolutions are not in two, are one module in Winograd's way."""
    made: list[nn.Module] = []
    for is_residual, run in groupby(blocks, _has_residual_parts):
        alike = list(run)
        made += [WinogradMiddle(alike, style)] if is_residual else alike
    return nn.ModuleList(made)


def _has_residual_parts(block: nn.Module) -> bool:
    return isinstance(block, FirstResidual) or (
        isinstance(block, Residual) and isinstance(block.resnet_path[0], nn.Conv2d)
    )


def _residual_parts(block: nn.Module) -> list[nn.Module]:
    """Return convolution, normalisation, rectifier, convolution and normalisation of a residual block."""
    if isinstance(block, FirstResidual):
        return [block.conv1, block.norm1, nn.ReLU(), block.conv2, block.norm2]
    return list(block.get_submodule("resnet_path").children())


class FineNorm(nn.Module):
    """An instance normalisation whose sums are precise even where its input is not."""

    def __init__(self, norm: nn.InstanceNorm2d, dtype: torch.dtype) -> None:
        super().__init__()
        self.weight, self.bias, self.fine = norm.weight, norm.bias, dtype

    def forward(self, x: Tensor) -> Tensor:
        """Return (1, C, h, w), of the input's type."""
        result = functional.instance_norm(x.to(self.fine), weight=self.weight, bias=self.bias, eps=_EPSILON)
        return result.to(x.dtype)


class DepthwiseDoubling(nn.Module):
    """A depthwise transposed convolution, 4 x 4 and stride 2, as an ordinary one and a shuffle.

    An output pixel sees 2 x 2 of the 4 x 4 weights, which of them its place inside a doubled pixel says; the four
    places become four output channels. Runtimes are slow at the transposed kind where channels stay apart.
    """

    def __init__(self, transposed: nn.ConvTranspose2d) -> None:
        super().__init__()
        weight = transposed.weight.detach()  # (C, 1, 4, 4)
        channels = weight.shape[0]
        # The odd place sees taps 2 and 0, the even place 3 and 1, of the pixels in order; the odd one comes first,
        # since with one pixel of padding the shuffled output has a rim of one pixel.
        taps = ([2, 0], [3, 1])
        phases = [weight[:, 0][:, rows][:, :, columns] for rows in taps for columns in taps]
        self.convolution = nn.Conv2d(channels, 4 * channels, 2, padding=1, groups=channels, bias=False)
        self.convolution.weight = nn.Parameter(torch.stack(phases, 1).reshape(4 * channels, 1, 2, 2), False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (1, C, 2 h, 2 w) for (1, C, h, w)."""
        return functional.pixel_shuffle(self.convolution(x), 2)[:, :, 1:-1, 1:-1]


class DoublingConvolution(nn.Module):
    """Doubles its input by repetition; then a 3 x 3 convolution."""

    def __init__(self, kernel: Kernel, style: Style) -> None:
        super().__init__()
        self.shuffles = style.upsample == "subpixel"
        other = kernel.on_doubled_subpixel() if self.shuffles else kernel.on_doubled_transposed()
        rows, columns = other.weight.shape[:2]
        self.convolution: nn.Conv2d | nn.ConvTranspose2d = (
            nn.Conv2d(columns, rows, 2, padding=1, bias=False)
            if self.shuffles
            else nn.ConvTranspose2d(rows, columns, 4, 2, 1, bias=False)
        )
        self.convolution.weight = nn.Parameter(other.weight.to(style.fine).contiguous(), False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (1, out, 2 h, 2 w) for (1, in, h, w)."""
        x = self.convolution(x)
        return functional.pixel_shuffle(x, 2)[:, :, 1:-1, 1:-1] if self.shuffles else x


class JoiningOtherwise(nn.Module):
    """A Joining block whose convolution sees the doubled part and the other one apart."""

    def __init__(self, parts: list[nn.Module], style: Style) -> None:
        super().__init__()
        convolution, *rest = parts
        kernel = _kernel(convolution)
        across = _across(kernel)
        ahead = kernel.weight.shape[1] - across
        self.doubling = DoublingConvolution(kernel.with_inputs(range(ahead)), style)
        other = kernel.with_inputs(range(ahead, ahead + across))
        self.beside = nn.Conv2d(across, kernel.weight.shape[0], 3, padding=1, bias=False)
        self.beside.weight = nn.Parameter(other.weight.to(style.fine).contiguous(), False)
        self.rest = nn.Sequential(*rest)

    def forward(self, features: Tensor, across: Tensor) -> Tensor:
        """Return what the Joining block does."""
        joined: Tensor = self.rest(self.doubling(features) + self.beside(across))
        return joined


def _across(kernel: Kernel) -> int:
    """Return how many channels come from the encoder: as many as go out."""
    return int(kernel.weight.shape[0])


class WinogradMiddle(nn.Module):
    """Residual blocks on maps in phases (engines.nn.winograd)."""

    def __init__(self, blocks: Iterable[nn.Module], style: Style) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(_WinogradResidual(block, style) for block in blocks)

    def forward(self, x: Tensor) -> Tensor:
        """Return an array of the input's shape."""
        if x.shape[-1] % TILE:
            raise ValueError(f"maps of {x.shape[-1]} pixels do not fall into tiles of {TILE}")
        x = into_phases(x)
        for block in self.blocks:
            x = block(x)
        return out_of_phases(x)


class _WinogradResidual(nn.Module):
    """A residual block on maps in phases."""

    def __init__(self, block: nn.Module, style: Style) -> None:
        super().__init__()
        first, norm, rectifier, second, other_norm = _residual_parts(block)
        self.first = WinogradConvolution(_kernel(first), style.fine)
        self.norm, self.rectifier = _PhaseNorm(norm), rectifier
        self.second = WinogradConvolution(_kernel(second), style.fine)
        self.other_norm = _PhaseNorm(other_norm)

    def forward(self, x: Tensor) -> Tensor:
        found = self.rectifier(self.norm(self.first(x)))
        result: Tensor = x + self.other_norm(self.second(found))
        return result


class _PhaseNorm(nn.Module):
    """An instance normalisation of maps in phases, (4, 4, C, h, w)."""

    def __init__(self, norm: Any) -> None:
        super().__init__()
        self.weight = nn.Parameter(norm.weight.detach()[:, None, None], False)
        self.bias = nn.Parameter(norm.bias.detach()[:, None, None], False)

    def forward(self, x: Tensor) -> Tensor:
        away = x - x.mean((0, 1, 3, 4), keepdim=True)
        variance = away.square().mean((0, 1, 3, 4), keepdim=True)
        return away * (self.weight / torch.sqrt(variance + _EPSILON)) + self.bias


def _kernel(convolution: nn.Module) -> Kernel:
    """Return a convolution without a bias."""
    weight = convolution.get_parameter("weight").detach().to(torch.float64)
    return Kernel(weight, weight.new_zeros(weight.shape[0]))
