"""Published weights as fewer and larger convolutions that give the same numbers.

All arithmetic here is float64, so that folding adds no error worth naming; the graphs cast once, at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

_EPSILON = 1e-5  # what batch normalisation adds to a variance


class Weights:
    """A network's state dict, read below a prefix. Holds numpy arrays or tensors, under the published keys."""

    def __init__(self, state: Mapping[str, Any], prefix: str = "") -> None:
        self._state = state
        self._prefix = prefix

    def at(self, name: str) -> Weights:
        """Return what lies below a name."""
        return Weights(self._state, f"{self._prefix}{name}.")

    def __contains__(self, key: str) -> bool:
        return f"{self._prefix}{key}" in self._state

    def __getitem__(self, key: str) -> Tensor:
        return torch.as_tensor(self._state[f"{self._prefix}{key}"]).detach().to(torch.float64)

    def children(self, name: str, leaf: str) -> list[Weights]:
        """Return `name0`, `name1`, ... as long as they hold the key `leaf`."""
        found: list[Weights] = []
        while leaf in self.at(f"{name}{len(found)}"):
            found.append(self.at(f"{name}{len(found)}"))
        return found


@dataclass(frozen=True)
class Scale:
    """Per channel: x * factor + shift."""

    factor: Tensor
    shift: Tensor

    @classmethod
    def of_norm(cls, weights: Weights) -> Scale:
        """What a batch normalisation does once its statistics stand still."""
        factor = weights["weight"] / torch.sqrt(weights["running_var"] + _EPSILON)
        return cls(factor, weights["bias"] - weights["running_mean"] * factor)


@dataclass(frozen=True)
class Kernel:
    """A convolution's numbers: weight (out, in, height, width) and bias (out)."""

    weight: Tensor
    bias: Tensor

    @classmethod
    def of_convolution(cls, weights: Weights) -> Kernel:
        """The convolution as published."""
        return cls(weights["weight"], weights["bias"])

    @classmethod
    def of_block(cls, weights: Weights) -> Kernel:
        """A convolution and the batch normalisation behind it, as one."""
        return cls.of_convolution(weights.at("conv")).then(Scale.of_norm(weights.at("norm")))

    @classmethod
    def merged(cls, kernels: Sequence[Kernel]) -> Kernel:
        """Several convolutions of the same input as one; their outputs follow each other."""
        return cls(torch.cat([each.weight for each in kernels]), torch.cat([each.bias for each in kernels]))

    def then(self, scale: Scale) -> Kernel:
        """Followed by a scale."""
        return Kernel(self.weight * scale.factor[:, None, None, None], self.bias * scale.factor + scale.shift)

    def on_bytes(self) -> Kernel:
        """For pictures of 0..255, made for pictures of 0..1."""
        return Kernel(self.weight / 255, self.bias)

    def with_inputs(self, order: Sequence[int]) -> Kernel:
        """For an input whose channel i is what channel order[i] was; channels not named were always zero."""
        return Kernel(self.weight[:, list(order)], self.bias)

    def on_doubled_subpixel(self) -> Kernel:
        """A 3x3 convolution of a picture doubled by repetition, as a 2x2 convolution of the small picture.

        Of two rows that repeat one another a 3-row window sees one twice, so its three weights become two. The four
        positions inside a doubled pixel become four output channels, as torch.pixel_shuffle expects them, the odd
        position first: with one pixel of padding the shuffled output is the wanted one with a rim of one pixel.
        """
        return Kernel(
            torch.stack(
                [
                    _merge_rows(_merge_rows(self.weight, 2, row), 3, column)
                    for row in (1, 0)
                    for column in (1, 0)
                ],
                dim=1,
            ).flatten(0, 1),
            self.bias.repeat_interleave(4),
        )

    def on_doubled_transposed(self) -> Kernel:
        """The same as a transposed convolution: 4x4, stride 2, padding 1; weight (in, out, 4, 4)."""
        return Kernel(_spread(_spread(self.weight, 2), 3).transpose(0, 1), self.bias)

    def on_blocks(self) -> Kernel:
        """A k x k convolution (k odd, stride 1) as one of k+1, stride 2, giving 2x2 output pixels as four channels.

        Processors compute output channels in packs of 8 or 16, so a picture's 3 waste most of a pack and 12 do not.
        """
        out, inputs, rows, columns = self.weight.shape
        weight = self.weight.new_zeros(out, 2, 2, inputs, rows + 1, columns + 1)
        for row in (0, 1):
            for column in (0, 1):
                weight[:, row, column, :, row : row + rows, column : column + columns] = self.weight
        return Kernel(weight.flatten(0, 2), self.bias.repeat_interleave(4))


def _merge_rows(weight: Tensor, axis: int, position: int) -> Tensor:
    """Three weights along an axis as the two that the even (0) or odd (1) position of a doubled pixel sees."""
    first, middle, last = weight.unbind(axis)
    pair = (first, middle + last) if position == 0 else (first + middle, last)
    return torch.stack(pair, axis)


def _spread(weight: Tensor, axis: int) -> Tensor:
    """Three weights along an axis as the four that an input pixel spreads over the doubled output."""
    first, middle, last = weight.unbind(axis)
    return torch.stack((last, middle + last, first + middle, first), axis)
