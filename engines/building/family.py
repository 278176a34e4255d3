"""What a family of models tells the building room: its recipes, its graphs, and how a build is judged.

Every family has two graphs. `prepare` takes an avatar's picture and gives the avatar's state; `step` takes the state
and what changes with a frame, and gives a picture. Needs no PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from engines.runners.base import Runner
from engines.runners.choose import Choice
from engines.runners.compare import Comparison
from engines.weights.model import Model

if TYPE_CHECKING:
    from engines.building.graph import Graph

GraphMakers = Mapping[str, "Callable[[], Graph]"]
"""What makes each graph of a model, by name: prepare first, then step, or the step's parts in their order."""

PRECISIONS = ("fp16", "bf16", "fp32")
"""What a build may be called after: what the bulk of its work is done in."""


class Recipe(Protocol):
    """One way to make a build."""

    @property
    def precision(self) -> str:
        """What it is called after: one of PRECISIONS."""

    @property
    def parts(self) -> Sequence[tuple[str, str]]:
        """The step's files in order, each with the precision it is run in."""

    def graphs(self, model: Model, *, whole: bool = False) -> GraphMakers:
        """Return what makes the graphs it needs; with a step in one piece where the runner takes no parts."""

    def accepts(self, comparison: Comparison) -> bool:
        """Whether a build that was measured so may be offered."""


class Family(Protocol):
    """A family of models."""

    @property
    def graph_version(self) -> int:
        """Raised when a graph's inputs, outputs or numbers change: stored builds are then made again."""

    @property
    def plain(self) -> Recipe:
        """How PyTorch runs a model that was never built for it."""

    def recipes(self, model: Model, choice: Choice) -> Sequence[Recipe]:
        """Return what to try for a runner, the fastest first, one for each precision; the last one is fp32."""

    def examine(self, model: Model, prepare: Runner, step: Runner) -> tuple[Comparison, float]:
        """Return how near two loaded graphs are to the reference, and how many frames a second step makes."""
