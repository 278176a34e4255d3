"""Writes the graphs as ONNX: static shapes, batch 1, weights inside, nothing that only PyTorch has."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import torch

from engines.fomm.graphs import Graph, Motion, Paint, Prepare, Step, Trunk
from engines.fomm.recipes import Precision, Upsample
from engines.fomm.recognise import config_of
from engines.runners.base import TensorSpec
from engines.runners.failures import BuildError
from engines.weights.model import Model, State

OPSET = 18

_TENSOR_TYPES = {"uint8": torch.uint8, "float16": torch.float16, "float32": torch.float32}


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


def export_graph(graph: Graph, path: Path) -> None:
    """Write one graph. Takes some ten seconds for a whole network."""
    program = _traced(graph)
    program.optimize()
    data = program.model_proto.SerializeToString()
    new = path.with_suffix(".new")
    new.write_bytes(data)
    os.replace(new, path)


def _traced(graph: Graph) -> torch.onnx.ONNXProgram:
    """Return the graph as the exporter writes it, without what the exporter has to say about its own insides."""
    examples = tuple(_example(spec) for spec in graph.inputs)
    talker = logging.getLogger("torch.onnx")
    level = talker.level
    try:
        talker.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                graph,
                examples,
                dynamo=True,
                opset_version=OPSET,
                input_names=[spec.name for spec in graph.inputs],
                output_names=[spec.name for spec in graph.outputs],
                verbose=False,
            )
    finally:
        talker.setLevel(level)
    if program is None:
        raise BuildError("PyTorch could not write the graph as ONNX. Choose the runner 'torch'.")
    return program


def _example(spec: TensorSpec) -> torch.Tensor:
    return torch.ones(spec.shape, dtype=_TENSOR_TYPES[spec.dtype])
