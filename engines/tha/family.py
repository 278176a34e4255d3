"""Talking Head Anime's models as the building room sees them: three versions, one way to build them."""

from __future__ import annotations

from engines.runners.base import Runner
from engines.runners.choose import Choice
from engines.runners.compare import Comparison
from engines.runners.device import cpu_has_bf16
from engines.tha.recipes import Recipe, recipes
from engines.weights.model import Model


class ThaFamily:
    """engines.building.family.Family of Talking Head Anime."""

    graph_version = 1
    plain = Recipe("fp32")

    def recipes(self, model: Model, choice: Choice) -> tuple[Recipe, ...]:
        """Return what to try for a runner, the fastest first; the last one is fp32."""
        return recipes(model.configuration, choice.name, on_card=choice.where != "CPU", bf16=cpu_has_bf16())

    def examine(self, model: Model, prepare: Runner, step: Runner) -> tuple[Comparison, float]:
        """Return how near two loaded graphs are to the published formulation, and how fast step is."""
        from engines.tha.examine import examine

        return examine(model, prepare, step)


FAMILY = ThaFamily()
