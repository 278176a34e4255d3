"""How the graphs are written for each runner, and in which precisions they are tried. Needs no PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from engines.runners.compare import Comparison
from engines.weights.model import Model

if TYPE_CHECKING:
    from engines.building.family import GraphMakers

Precision = Literal["fp32", "fp16"]
"""Of the weights and maps in the files."""

# What a build's pictures must be like beside the reference's. A flow that is off by a rounding moves an outline by a
# rounding, and an outline has all the contrast there is: single bytes differ by much where whole pictures do not.
_ROUNDING_DB, _NEAR_DB = 50.0, 40.0


@dataclass(frozen=True)
class Recipe:
    """One way to make a build.

    Attributes:
        precision: what it is called after.
        written: the type of weights and maps in the files.
        parts: the step's files in order, each with the precision it is run in.
        sufficient_db: how like the reference's its pictures must be.
    """

    precision: str
    written: Precision = "fp32"
    parts: tuple[tuple[str, str], ...] = (("step", "fp32"),)
    sufficient_db: float = _NEAR_DB

    def graphs(self, model: Model, *, whole: bool = False) -> GraphMakers:
        """Return what makes each graph of a model; its step is in one piece always."""
        from engines.tha.export import graph_makers

        return graph_makers(model, self.written)

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
    full = Recipe("fp32", sufficient_db=_ROUNDING_DB)
    if on_card:
        return Recipe("fp16", "fp16", (("step", "fp16"),)), full
    if runner == "openvino" and bf16:
        return Recipe("bf16", parts=(("step", "bf16"),)), full
    return (full,)
