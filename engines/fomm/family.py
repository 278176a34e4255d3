"""The first-order motion models as the building room sees them. Needs no PyTorch."""

from __future__ import annotations

from engines.building.family import ON_A_CARD, SUFFICIENT_DB, Family, GraphMakers, Recipe
from engines.nn.style import Style
from engines.runners.base import Runner
from engines.runners.compare import Comparison
from engines.weights.model import Model

_ROUNDING = 1e-3  # what fp32 may differ by
_HALF_A_PIXEL = 1 / 256  # what keypoints may differ by in a lower precision; the picture is 2 wide


class FommFamily(Family):
    """The First Order Motion Model's, of every configuration."""

    graph_version = 2
    plain = Style(upsample="subpixel")

    def recipes(  # noqa: D102 - the base class says these
        self, configuration: str, runner: str, *, on_card: bool, bf16: bool
    ) -> tuple[Recipe, ...]:
        if runner == "openvino":
            full = Recipe("fp32", Style(upsample="deconv", winograd=True))
            # The trunk in fp32 by Winograd is as fast as in bf16 without, which its sums would not survive.
            mixed = Recipe("bf16", full.style, (("motion", "fp32"), ("trunk", "fp32"), ("paint", "bf16")))
            return (mixed, full) if bf16 else (full,)
        return ON_A_CARD if on_card else (Recipe("fp32", Style(upsample="subpixel", winograd=True)),)

    def graphs(self, model: Model, style: Style, *, parts: bool = False) -> GraphMakers:  # noqa: D102
        from engines.fomm.export import graph_makers

        return graph_makers(model, style, parts=parts)

    def accepts(self, precision: str, comparison: Comparison) -> bool:
        """Whether a build in a precision that was measured so may be offered.

        Rounding is all that fp32 may differ by. A lower precision must give nearly the same pictures, and keypoints
        that nobody can tell from the right ones: what is off there moves the face.
        """
        if precision != "fp32":
            near = comparison.largest["driving_value"] <= _HALF_A_PIXEL
            return near and comparison.psnr_db >= SUFFICIENT_DB
        floats = (value for name, value in comparison.largest.items() if name != "picture")
        return max(floats) <= _ROUNDING and comparison.largest["picture"] <= 1

    def examine(  # noqa: D102
        self, model: Model, prepare: Runner, step: Runner
    ) -> tuple[Comparison, float]:
        from engines.fomm.examine import examine

        return examine(model, prepare, step)


FAMILY = FommFamily()
