"""Writes graphs as ONNX: static shapes, batch 1, weights inside, nothing that only PyTorch has."""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path

import torch

from engines.building.graph import Graph
from engines.runners.base import TensorSpec
from engines.runners.failures import BuildError

OPSET = 18

_TENSOR_TYPES = {"uint8": torch.uint8, "float16": torch.float16, "float32": torch.float32}


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
                graph.eval(),
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
