"""The graphs of a model: what makes each, and all of them as ONNX files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engines.building.export import export_graph
from engines.building.graph import Graph
from engines.fomm.graphs import Motion, Paint, Prepare, Step, Trunk
from engines.fomm.recipes import Precision, Upsample
from engines.fomm.recognise import config_of
from engines.weights.model import Model, State


def export_graphs(
    model: Model,
    folder: Path,
    *,
    upsample: Upsample = "subpixel",
    precision: Precision = "fp32",
    parts: bool = False,
    winograd: bool = False,
) -> dict[str, Path]:
    """Write a model's graphs into a folder.

    Args:
        model: a stored first-order motion model.
        folder: an existing one.
        upsample: how pictures are doubled.
        precision: of the step; prepare is float32 always.
        parts: write the step as graphs that can run in different precisions: motion, trunk and paint.
        winograd: write the trunk with fewer multiplications, as matrix products.

    Returns:
        The files by graph: prepare, and step or its parts in order.
    """
    makers = graph_makers(model, upsample=upsample, precision=precision, parts=parts, winograd=winograd)
    paths = {name: folder / f"{name}.onnx" for name in makers}
    for name, make in makers.items():
        export_graph(make(), paths[name])
    return paths


def graph_makers(
    model: Model,
    *,
    upsample: Upsample = "subpixel",
    precision: Precision = "fp32",
    parts: bool = False,
    winograd: bool = False,
) -> dict[str, Callable[[], Graph]]:
    """Return what makes each graph of a model, by name; the arguments are those of export_graphs()."""
    side = config_of(model.shapes()).size

    def both() -> tuple[State, State]:
        return model.state("generator"), model.state("kp_detector")

    def prepare() -> Graph:
        return Prepare(*both(), upsample=upsample, side=side)

    def motion() -> Graph:
        return Motion(*both(), upsample=upsample, precision=precision, side=side)

    def trunk() -> Graph:
        return Trunk(model.state("generator"), precision=precision, side=side, winograd=winograd)

    def paint() -> Graph:
        return Paint(model.state("generator"), upsample=upsample, precision=precision, side=side)

    def step() -> Graph:
        return Step(*both(), upsample=upsample, precision=precision, side=side, winograd=winograd)

    chain: dict[str, Callable[[], Graph]] = {"motion": motion, "trunk": trunk, "paint": paint}
    return {"prepare": prepare, **(chain if parts else {"step": step})}
