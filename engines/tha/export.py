"""The graphs of a model of any version: what makes each."""

from __future__ import annotations

from collections.abc import Callable

from engines.building.graph import Graph
from engines.nn.style import Style
from engines.tha.recognise import config_of
from engines.tha.student import graphs as student_graphs
from engines.tha.tha1 import graphs as tha1_graphs
from engines.tha.tha1.config import Tha1Config
from engines.tha.tha3 import graphs as tha3_graphs
from engines.tha.tha3.config import Tha3Config
from engines.weights.model import Model, State


def graph_makers(model: Model, style: Style, *, parts: bool = False) -> dict[str, Callable[[], Graph]]:
    """Return what makes each graph of a model, by name.

    Args:
        model: of the family.
        style: of the step; prepare is plain always.
        parts: the step as graphs that can run in different precisions, where the version has such.
    """
    config = config_of(model.shapes(), model.configuration)

    def states() -> dict[str, State]:
        return {network: model.state(network) for network in model.networks}

    if isinstance(config, Tha3Config):
        third = config
        prepare: dict[str, Callable[[], Graph]] = {"prepare": lambda: tha3_graphs.Prepare(third, states())}
        if not parts:
            return prepare | {"step": lambda: tha3_graphs.Step(third, states(), style)}
        return prepare | {
            "face": lambda: tha3_graphs.Face(third, states(), style),
            "body": lambda: tha3_graphs.Body(third, states(), style),
        }
    if isinstance(config, Tha1Config):
        first = config
        return {
            "prepare": tha1_graphs.Prepare,
            "step": lambda: tha1_graphs.Step(first, states(), style),
        }
    return {"prepare": student_graphs.Prepare, "step": lambda: student_graphs.Step(states(), style)}
