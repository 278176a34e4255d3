"""Talking Head Anime's models as the building room sees them: three versions, one way to build them."""

from __future__ import annotations

from engines.building.family import ON_A_CARD, SUFFICIENT_DB, Family, GraphMakers, Recipe
from engines.nn.style import PLAIN, Style
from engines.runners.base import Runner
from engines.runners.compare import Comparison
from engines.tha.recognise import STUDENTS
from engines.weights.model import Model


class ThaFamily(Family):
    """Talking Head Anime's, of every version."""

    graph_version = 2
    plain = PLAIN

    def recipes(  # noqa: D102 - the base class says these
        self, configuration: str, runner: str, *, on_card: bool, bf16: bool
    ) -> tuple[Recipe, ...]:
        if on_card:
            return ON_A_CARD
        if configuration == STUDENTS:
            return (Recipe("fp32"),)
        if runner == "openvino":
            full = Recipe("fp32", Style(upsample="deconv"))
            return (Recipe("bf16", full.style, (("step", "bf16"),)), full) if bf16 else (full,)
        # Winograd's weights take three times the room and a minute to write: worth it where nothing is written.
        return (Recipe("fp32", Style(upsample="subpixel", winograd=runner == "torch")),)

    def graphs(self, model: Model, style: Style, *, parts: bool = False) -> GraphMakers:  # noqa: D102
        from engines.tha.export import graph_makers

        return graph_makers(model, style, parts=parts)

    def accepts(self, precision: str, comparison: Comparison) -> bool:
        """Whether a build in a precision that was measured so may be offered.

        Whole pictures are compared, whatever the precision. A flow that is off by a rounding moves an outline by a
        rounding, and an outline has all the contrast there is: single bytes differ by much where pictures do not.
        """
        return comparison.psnr_db >= SUFFICIENT_DB

    def examine(  # noqa: D102
        self, model: Model, prepare: Runner, step: Runner
    ) -> tuple[Comparison, float]:
        from engines.tha.examine import examine

        return examine(model, prepare, step)


FAMILY = ThaFamily()
