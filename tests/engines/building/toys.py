"""A family of models made of one number: prepare makes a picture brighter by it, step dims that by a frame's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engines.building.graph import Graph
from engines.building.trial import frames_per_second, taken
from engines.runners.base import Runner, TensorSpec
from engines.runners.choose import Choice
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


@dataclass(frozen=True)
class ToyRecipe:
    """The toy in a precision."""

    precision: str = "fp32"
    parts: Sequence[tuple[str, str]] = (("step", "fp32"),)
    sufficient_db: float = 60.0

    def graphs(self, model: Model, *, whole: bool = False) -> dict[str, Callable[[], Graph]]:
        off = 0.0 if self.precision == "fp32" else 1.0
        more = float(model.state("toy")["more"][0])
        return {"prepare": lambda: Prepare(more), "step": lambda: Step(off)}

    def accepts(self, comparison: Comparison) -> bool:
        return comparison.psnr_db >= self.sufficient_db


class ToyFamily:
    """engines.building.family.Family.

    Attributes:
        tries: what recipes() returns.
    """

    graph_version = 1
    plain = ToyRecipe()

    def __init__(self, *tries: ToyRecipe) -> None:
        self.tries = tries or (ToyRecipe(),)

    def recipes(self, _model: Model, _choice: Choice) -> Sequence[ToyRecipe]:
        return self.tries

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
