"""How a graph is written: how precise its convolutions are, and which of several equal ways they take.

Needs no PyTorch until a type is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch

Precision = Literal["fp32", "fp16", "fp64"]
"""Of the convolutions; fp64 proves the algebra and no runner offers it."""
Upsample = Literal["nearest", "subpixel", "deconv"]
"""How a doubling before a convolution is done; all three give the same numbers, runtimes differ in speed."""


@dataclass(frozen=True)
class Style:
    """How a graph is written. The numbers are the same but for rounding.

    Attributes:
        precision: of the convolutions, where nearly all the work is.
        upsample: how maps are doubled before a 3 x 3 convolution.
        winograd: the convolutions in the middle take fewer multiplications, as matrix products. For CPUs, since some
            TensorRT targets have no such product, and not for half precision.
    """

    precision: Precision = "fp32"
    upsample: Upsample = "nearest"
    winograd: bool = False

    def __post_init__(self) -> None:
        if self.winograd and self.precision == "fp16":
            raise ValueError("Winograd's sums do not fit into half precision")

    @property
    def fine(self) -> torch.dtype:
        """The type of everything but convolutions: pictures, places, flows, probabilities and sums."""
        import torch

        return torch.float64 if self.precision == "fp64" else torch.float32

    @property
    def bulk(self) -> torch.dtype:
        """The type of the convolutions."""
        import torch

        return torch.float16 if self.precision == "fp16" else self.fine


PLAIN = Style()
"""Single precision, everything as published."""
