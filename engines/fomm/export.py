"""What makes each graph of a model."""

from __future__ import annotations

from collections.abc import Callable

from engines.building.graph import Graph
from engines.fomm.graphs import Motion, Paint, Prepare, Step, Trunk
from engines.fomm.recognise import config_of
from engines.nn.style import Style
from engines.weights.model import Model, State


def graph_makers(model: Model, style: Style, *, parts: bool = False) -> dict[str, Callable[[], Graph]]:
    """Return what makes each graph of a model, by name.

    Args:
        model: a stored first-order motion model.
        style: how they are written; prepare is in single precision always.
        parts: the step as graphs that can run in different precisions: motion, trunk and paint.
    """
    side = config_of(model.shapes()).size

    def generator() -> State:
        return model.state("generator")

    def both() -> tuple[State, State]:
        return generator(), model.state("kp_detector")

    makers: dict[str, Callable[[], Graph]] = {"prepare": lambda: Prepare(*both(), style, side)}
    if parts:
        makers["motion"] = lambda: Motion(*both(), style, side)
        makers["trunk"] = lambda: Trunk(generator(), style, side)
        makers["paint"] = lambda: Paint(generator(), style, side)
    else:
        makers["step"] = lambda: Step(*both(), style, side)
    return makers
