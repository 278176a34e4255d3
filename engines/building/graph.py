"""What every graph is before a runner has it: a PyTorch module whose inputs and outputs have names."""

from __future__ import annotations

from torch import nn

from engines.runners.base import TensorSpec


class Graph(nn.Module):
    """A graph with named inputs and outputs, in order. Shapes are static, and nothing is kept between two calls."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
