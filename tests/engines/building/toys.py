"""A family of models made of one number: prepare makes a picture brighter by it, step dims that by a frame's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engines.building.family import Family, GraphMakers, Recipe
from engines.building.graph import Graph
from engines.building.trial import frames_per_second, taken
from engines.nn.style import PLAIN, Style
from engines.runners.base import Runner, TensorSpec
from engines.runners.compare import Comparison, compare
from engines.weights.model import Model, load_model, save_model

SIDE = 8
PICTURE = TensorSpec("picture", (SIDE, SIDE, 4), "uint8")
STATE = TensorSpec("state", (SIDE, SIDE, 4), "float32")
FRAME = TensorSpec("frame", (1,), "float32")
SOURCE = np.arange(SIDE * SIDE * 4, dtype=np.uint8).reshape(PICTURE.shape) // 2


class Prepare(Graph):
    """Brightens."""

    inputs, outputs = (PICTURE,), (STATE,)

    def __init__(self, more: float) -> None:
        super().__init__()
        self.more = more

    def forward(self, picture: Tensor) -> Tensor:
        return picture.float() + self.more


class Step(Graph):
    """Dims, and in half precision is wrong by 1."""

    inputs, outputs = (STATE, FRAME), (PICTURE,)

    def __init__(self, off: float) -> None:
        super().__init__()
        self.off = off

    def forward(self, state: Tensor, frame: Tensor) -> Tensor:
        return (state * frame + self.off).round().clip(0, 255).to(torch.uint8)


class ToyFamily(Family):
    """The toys.

    Attributes:
        tries: what recipes() returns.
        sufficient_db: how like the reference's a build's pictures must be.
    """

    graph_version = 1
    plain = PLAIN

    def __init__(self, *tries: Recipe, sufficient_db: float = 60.0) -> None:
        self.tries, self.sufficient_db = tries or (Recipe("fp32"),), sufficient_db

    def recipes(self, configuration: str, runner: str, *, on_card: bool, bf16: bool) -> Sequence[Recipe]:
        return self.tries

    def graphs(self, model: Model, style: Style, *, parts: bool = False) -> GraphMakers:
        off = 0.0 if style.precision == "fp32" else 1.0
        more = float(model.state("toy")["more"][0])
        return {"prepare": lambda: Prepare(more), "step": lambda: Step(off)}

    def accepts(self, precision: str, comparison: Comparison) -> bool:
        return comparison.psnr_db >= self.sufficient_db

    def examine(self, model: Model, prepare: Runner, step: Runner) -> tuple[Comparison, float]:
        step.bind(taken(step, prepare.run({"picture": SOURCE})))
        given = step.run({"frame": np.full(1, 0.5, np.float32)})
        bright = SOURCE + model.state("toy")["more"]
        wanted = {"picture": np.rint(bright * 0.5).clip(0, 255).astype(np.uint8)}
        return compare([wanted], [given]), frames_per_second(step, {"frame": np.ones(1, np.float32)})


def toy_model(parent: Path) -> Model:
    """Store a model of the family below a folder."""
    states = {"toy": {"more": np.full(1, 16, np.float32)}}
    return load_model(save_model(parent, states, name="toy", family="toy", configuration="toy").folder)
