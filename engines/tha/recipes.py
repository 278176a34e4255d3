"""How the graphs are written for each runner, and in which precisions they are tried. Needs no PyTorch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engines.nn.style import Precision, Style, Upsample
from engines.runners.compare import Comparison
from engines.tha.recognise import STUDENTS
from engines.weights.model import Model

if TYPE_CHECKING:
    from engines.building.family import GraphMakers

# What a build's pictures must be like beside the reference's, whatever its precision. A flow that is off by a rounding
# moves an outline by a rounding, and an outline has all the contrast there is: single bytes differ by much where whole
# pictures do not.
_NEAR_DB = 40.0


@dataclass(frozen=True)
class Recipe:
    """One way to make a build.

    Attributes:
        precision: what it is called after.
        written: the type of the convolutions in the files.
        parts: the step's files in order, each with the precision it is run in.
        upsample: how maps are doubled; what the runner does fastest.
        winograd: the middle takes fewer multiplications.
        sufficient_db: how like the reference's its pictures must be.
    """

    precision: str
    written: Precision = "fp32"
    parts: tuple[tuple[str, str], ...] = (("step", "fp32"),)
    upsample: Upsample = "nearest"
    winograd: bool = False
    sufficient_db: float = _NEAR_DB

    def graphs(self, model: Model, *, whole: bool = False) -> GraphMakers:
        """Return what makes each graph of a model; step in one piece where `whole` says so."""
        from engines.tha.export import graph_makers

        style = Style(self.written, self.upsample, self.winograd)
        return graph_makers(model, style, parts=len(self.parts) > 1 and not whole)

    def accepts(self, comparison: Comparison) -> bool:
        """Whether a build that was measured so may be offered."""
        return comparison.psnr_db >= self.sufficient_db


def recipes(
    configuration: str, runner: str, *, on_card: bool = False, bf16: bool = False
) -> tuple[Recipe, ...]:
    """Return what to try for a runner, the fastest first; the last one is fp32.

    Args:
        configuration: of the model.
        runner: by name.
        on_card: it runs on a graphics card.
        bf16: the CPU multiplies bfloat16 by itself.
    """
    if on_card:
        return Recipe("fp16", "fp16", (("step", "fp16"),)), Recipe("fp32")
    if configuration == STUDENTS:
        return (Recipe("fp32"),)
    if runner == "openvino":
        full = Recipe("fp32", upsample="deconv")
        return (replace(full, precision="bf16", parts=(("step", "bf16"),)), full) if bf16 else (full,)
    # Winograd's weights take three times the room and a minute to write: worth it where nothing is written.
    return (Recipe("fp32", upsample="subpixel", winograd=runner == "torch"),)
