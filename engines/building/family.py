"""What a family of models tells the building room: its recipes, its graphs, and how a build is judged.

Every family has two graphs. `prepare` takes an avatar's picture and gives the avatar's state; `step` takes the state
and what changes with a frame, and gives a picture. Needs no PyTorch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engines.nn.style import PLAIN, Style
from engines.runners.base import Runner
from engines.runners.compare import Comparison
from engines.weights.model import Model

if TYPE_CHECKING:
    from engines.building.graph import Graph

GraphMakers = Mapping[str, "Callable[[], Graph]"]
"""What makes each graph of a model, by name: prepare first, then step, or the step's parts in their order."""

PRECISIONS = ("fp16", "bf16", "fp32")
"""What a build may be called after: what the bulk of its work is done in."""

SUFFICIENT_DB = 40.0
"""How like the reference's a build's pictures must be at least."""


@dataclass(frozen=True)
class Recipe:
    """One way to make a build.

    Attributes:
        precision: what it is called after: one of PRECISIONS.
        style: how its graphs are written.
        parts: the step's files in order, each with the precision it is run in.
    """

    precision: str
    style: Style = PLAIN
    parts: tuple[tuple[str, str], ...] = (("step", "fp32"),)


ON_A_CARD = (Recipe("fp16", Style("fp16"), (("step", "fp16"),)), Recipe("fp32"))
"""What is tried on a graphics card."""


class Family(ABC):
    """A family of models.

    Attributes:
        graph_version: raised when a graph's inputs, outputs or numbers change, or what is built of it: stored builds
            are then made again.
        plain: how PyTorch runs a model that was never built for it.
    """

    graph_version: int
    plain: Style

    @abstractmethod
    def recipes(self, configuration: str, runner: str, *, on_card: bool, bf16: bool) -> Sequence[Recipe]:
        """Return what to try for a runner, the fastest first, one for each precision; the last one is fp32.

        Args:
            configuration: of the model.
            runner: by name.
            on_card: it runs on a graphics card.
            bf16: the CPU multiplies bfloat16 by itself.
        """

    @abstractmethod
    def graphs(self, model: Model, style: Style, *, parts: bool = False) -> GraphMakers:
        """Return what makes each graph of a model.

        Args:
            model: of the family.
            style: how they are written; prepare is in single precision always.
            parts: the step as graphs that can run in different precisions, where the model has such.
        """

    @abstractmethod
    def accepts(self, precision: str, comparison: Comparison) -> bool:
        """Whether a build in a precision that was measured so may be offered."""

    @abstractmethod
    def examine(self, model: Model, prepare: Runner, step: Runner) -> tuple[Comparison, float]:
        """Return how near two loaded graphs are to the reference, and how many frames a second step makes."""
