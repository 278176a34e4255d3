"""What the graphs are made of: folded convolutions, the hourglass, the keypoint head, the painter's blocks."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from engines.fomm.geometry import axis
from engines.nn.folding import Kernel, Scale, Weights
from engines.nn.style import Style
from engines.nn.winograd import WinogradConvolution, into_phases, out_of_phases

_TEMPERATURE = 0.1  # of the softmax over a keypoint's map, in every published model


def convolution(
    kernel: Kernel, dtype: torch.dtype, *, stride: int = 1, padding: int | None = None, groups: int = 1
) -> nn.Conv2d:
    """Return a kernel as a module. Padding, where not given, keeps the size."""
    out, inputs, rows, _ = kernel.weight.shape
    keeps_size = rows // 2
    module = nn.Conv2d(
        inputs * groups,
        out,
        rows,
        stride=stride,
        padding=keeps_size if padding is None else padding,
        groups=groups,
        device="meta",
    )
    _fill(module, kernel, dtype)
    return module


def anti_alias(weights: Weights, channels: int, dtype: torch.dtype) -> tuple[nn.Module, int]:
    """Return what shrinks pictures of 0..255 to small ones of 0..1, and how many times it does.

    The published filter blurs the whole picture and keeps every k-th pixel; here only those are computed. How many k is
    follows from the filter's size, 2 round(2 (k - 1)) + 1.
    """
    if "down.weight" not in weights:
        return convolution(_eye(channels).on_bytes(), dtype), 1
    weight = weights["down.weight"]
    factor = (weight.shape[-1] - 1) // 4 + 1
    kernel = Kernel(weight, weight.new_zeros(channels)).on_bytes()
    return convolution(kernel, dtype, stride=factor, groups=channels), factor


class DoublingBlock(nn.Module):
    """Doubles its input by repetition; then 3x3 convolution and ReLU."""

    def __init__(self, kernel: Kernel, style: Style) -> None:
        super().__init__()
        self.upsample = style.upsample
        self.convolution: nn.Module
        if style.upsample == "nearest":
            self.convolution = convolution(kernel, style.bulk)
        elif style.upsample == "subpixel":
            self.convolution = convolution(kernel.on_doubled_subpixel(), style.bulk, padding=1)
        else:
            self.convolution = _transposed(kernel.on_doubled_transposed(), style.bulk)

    def forward(self, x: Tensor) -> Tensor:
        """Return (1, out, 2h, 2w) for (1, in, h, w)."""
        if self.upsample == "nearest":
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
        x = functional.relu(self.convolution(x))
        if self.upsample == "subpixel":
            x = functional.pixel_shuffle(x, 2)[:, :, 1:-1, 1:-1]
        return x


class Hourglass(nn.Module):
    """Down and up again, each level joined by what it was on the way down. The output ends with the input itself."""

    def __init__(self, weights: Weights, style: Style, inputs: list[int] | None = None) -> None:
        """Build from published weights.

        Args:
            weights: of the hourglass.
            style: how it is written.
            inputs: which published input channel each given one is; all, in order, where left out.
        """
        super().__init__()
        down = [Kernel.of_block(each) for each in weights.children("encoder.down_blocks.", "conv.weight")]
        up = [Kernel.of_block(each) for each in weights.children("decoder.up_blocks.", "conv.weight")]
        if inputs is not None:
            down[0] = down[0].with_inputs(inputs)
        self.down = nn.ModuleList(convolution(each, style.bulk) for each in down)
        self.up = nn.ModuleList(DoublingBlock(each, style) for each in up)
        self.channels = up[-1].weight.shape[0]

    def forward(self, x: Tensor) -> Tensor:
        """Return (1, channels + in, n, n) for (1, in, n, n)."""
        levels = [x]
        for module in self.down:
            levels.append(functional.avg_pool2d(functional.relu(module(levels[-1])), 2))
        x = levels.pop()
        for module in self.up:
            x = torch.cat((module(x), levels.pop()), 1)
        return x


class KeypointHead(nn.Module):
    """Features to keypoints: the mean place, and the mean 2x2 matrix, under a softmax over the map."""

    coordinates: Tensor

    def __init__(self, weights: Weights, style: Style, side: int) -> None:
        super().__init__()
        places = Kernel.of_convolution(weights.at("kp"))
        matrices = Kernel.of_convolution(weights.at("jacobian"))
        self.coordinate_type = style.fine
        self.count = places.weight.shape[0]
        self.map_side = side - places.weight.shape[-1] + 1
        sharp = Kernel(places.weight / _TEMPERATURE, places.bias / _TEMPERATURE)
        self.convolution = convolution(Kernel.merged([sharp, matrices]), style.bulk, padding=0)
        self.register_buffer("coordinates", axis(self.map_side).to(style.fine), persistent=False)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return value (1, K, 2) and jacobian (1, K, 2, 2)."""
        maps = self.convolution(features).to(self.coordinate_type)
        logits, matrices = maps[:, : self.count], maps[:, self.count :]
        heat = torch.softmax(logits.flatten(2), -1).reshape(logits.shape)
        x = (heat.sum(2) * self.coordinates).sum(-1)
        y = (heat.sum(3) * self.coordinates).sum(-1)
        # One matrix map for all keypoints where the checkpoint has but one.
        matrices = matrices.reshape(1, -1, 4, self.map_side, self.map_side)
        jacobian = (heat[:, :, None] * matrices).sum((3, 4)).reshape(1, self.count, 2, 2)
        return torch.stack((x, y), -1), jacobian


class KeypointNetwork(nn.Module):
    """A picture of 0..255 to keypoints."""

    def __init__(self, weights: Weights, style: Style, side: int) -> None:
        super().__init__()
        channels = weights["predictor.encoder.down_blocks.0.conv.weight"].shape[1]
        self.bulk_type = style.bulk
        self.shrink, factor = anti_alias(weights, channels, style.fine)
        self.hourglass = Hourglass(weights.at("predictor"), style)
        self.head = KeypointHead(weights, style, side // factor)

    def forward(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        """Return value (1, K, 2) and jacobian (1, K, 2, 2) for planes (1, 3, side, side)."""
        value, jacobian = self.head(self.hourglass(self.shrink(planes).to(self.bulk_type)))
        return value, jacobian


class Encoder(nn.Module):
    """A picture of 0..255 to the features that are warped."""

    def __init__(self, weights: Weights, style: Style) -> None:
        super().__init__()
        self.first = convolution(Kernel.of_block(weights.at("first")).on_bytes(), style.fine)
        self.down = nn.ModuleList(
            convolution(Kernel.of_block(each), style.fine)
            for each in weights.children("down_blocks.", "conv.weight")
        )

    def forward(self, planes: Tensor) -> Tensor:
        """Return the features, each level half as large."""
        x = functional.relu(self.first(planes))
        for module in self.down:
            x = functional.avg_pool2d(functional.relu(module(x)), 2)
        return x


class ResidualBlock(nn.Module):
    """x + conv(relu(conv(relu(scale(x))))): the second normalisation is inside the first convolution."""

    factor: Tensor
    shift: Tensor

    def __init__(self, weights: Weights, style: Style) -> None:
        super().__init__()
        scale = Scale.of_norm(weights.at("norm1"))
        first = Kernel.of_convolution(weights.at("conv1")).then(Scale.of_norm(weights.at("norm2")))
        second = Kernel.of_convolution(weights.at("conv2"))
        make = WinogradConvolution if style.winograd else convolution
        self.first = make(first, style.bulk)
        self.second = make(second, style.bulk)
        self.register_buffer("factor", scale.factor[:, None, None].to(style.bulk), persistent=False)
        self.register_buffer("shift", scale.shift[:, None, None].to(style.bulk), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return an array of the input's shape."""
        inner = self.first(functional.relu(x * self.factor + self.shift))
        result: Tensor = x + self.second(functional.relu(inner))
        return result


class Bottleneck(nn.Module):
    """The residual blocks one after the other, with Winograd's convolutions on phases."""

    def __init__(self, weights: Weights, style: Style) -> None:
        super().__init__()
        self.winograd = style.winograd
        blocks = weights.children("bottleneck.r", "conv1.weight")
        self.blocks = nn.Sequential(*(ResidualBlock(each, style) for each in blocks))

    def forward(self, x: Tensor) -> Tensor:
        """Return an array of the input's shape."""
        return out_of_phases(self.blocks(into_phases(x))) if self.winograd else self.blocks(x)


def _eye(channels: int) -> Kernel:
    return Kernel(torch.eye(channels, dtype=torch.float64)[:, :, None, None], torch.zeros(channels).double())


def _transposed(kernel: Kernel, dtype: torch.dtype) -> nn.Module:
    inputs, out, rows, _ = kernel.weight.shape
    module = nn.ConvTranspose2d(inputs, out, rows, stride=2, padding=1, device="meta")
    _fill(module, kernel, dtype)
    return module


def _fill(module: nn.Module, kernel: Kernel, dtype: torch.dtype) -> None:
    """Give a module made without weights its own."""
    for name, numbers in (("weight", kernel.weight), ("bias", kernel.bias)):
        module.register_parameter(name, nn.Parameter(numbers.to(dtype).contiguous(), requires_grad=False))
