"""The first-order motion models as the building room sees them."""

from __future__ import annotations

from engines.fomm.recipes import Recipe, recipes
from engines.runners.base import Runner
from engines.runners.choose import Choice
from engines.runners.compare import Comparison
from engines.runners.device import cpu_has_bf16
from engines.weights.model import Model


class FommFamily:
    """engines.building.family.Family of the First Order Motion Model."""

    graph_version = 1
    plain = Recipe("fp32", "subpixel")

    def recipes(self, _model: Model, choice: Choice) -> tuple[Recipe, ...]:
        """Return what to try for a runner, the fastest first; the last one is fp32."""
        return recipes(choice.name, on_card=choice.where != "CPU", bf16=cpu_has_bf16())

    def examine(self, model: Model, prepare: Runner, step: Runner) -> tuple[Comparison, float]:
        """Return how near two loaded graphs are to the published formulation, and how fast step is."""
        from engines.fomm.examine import examine

        return examine(model, prepare, step)


FAMILY = FommFamily()
