"""How the graphs are written for each runner, and in which precisions they are tried. Needs no PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engines.nn.style import Precision, Style, Upsample
from engines.runners.compare import Comparison
from engines.weights.model import Model

if TYPE_CHECKING:
    from engines.building.family import GraphMakers

SUFFICIENT_DB = 40.0  # a lower precision must come this near to fp32
_ROUNDING = 1e-3  # what fp32 may differ by
_HALF_A_PIXEL = 1 / 256  # what keypoints may differ by in a lower precision; the picture is 2 wide


@dataclass(frozen=True)
class Recipe:
    """One way to make a build.

    Attributes:
        precision: what it is called after.
        upsample: how pictures are doubled; what the runner does fastest.
        written: the type of the convolutions in the files.
        parts: the step's files in order, each with the precision it is run in.
        winograd: the trunk takes fewer multiplications.
    """

    precision: str
    upsample: Upsample
    written: Precision = "fp32"
    parts: tuple[tuple[str, str], ...] = (("step", "fp32"),)
    winograd: bool = False

    def graphs(self, model: Model, *, whole: bool = False) -> GraphMakers:
        """Return what makes each graph of a model; step in one piece where `whole` says so."""
        from engines.fomm.export import graph_makers

        style = Style(self.written, self.upsample, self.winograd)
        return graph_makers(model, style, parts=len(self.parts) > 1 and not whole)

    def accepts(self, comparison: Comparison) -> bool:
        """Whether a build that was measured so may be offered.

        Rounding is all that fp32 may differ by. A lower precision must give nearly the same pictures, and keypoints
        that nobody can tell from the right ones: what is off there moves the face.
        """
        if self.precision != "fp32":
            near = comparison.largest["driving_value"] <= _HALF_A_PIXEL
            return near and comparison.psnr_db >= SUFFICIENT_DB
        floats = (value for name, value in comparison.largest.items() if name != "picture")
        return max(floats) <= _ROUNDING and comparison.largest["picture"] <= 1


def recipes(runner: str, *, on_card: bool = False, bf16: bool = False) -> tuple[Recipe, ...]:
    """Return what to try for a runner, the fastest first; the last one is fp32.

    Args:
        runner: by name.
        on_card: it runs on a graphics card.
        bf16: the CPU multiplies bfloat16 by itself.
    """
    if runner == "openvino":
        # The trunk in fp32 by Winograd is as fast as in bf16 without, which its sums would not survive.
        parts = (("motion", "fp32"), ("trunk", "fp32"), ("paint", "bf16"))
        mixed = Recipe("bf16", "deconv", parts=parts, winograd=True)
        return (*([mixed] if bf16 else []), Recipe("fp32", "deconv", winograd=True))
    if on_card:
        half = Recipe("fp16", "nearest", written="fp16", parts=(("step", "fp16"),))
        return half, Recipe("fp32", "nearest")
    return (Recipe("fp32", "subpixel", winograd=True),)
