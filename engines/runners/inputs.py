"""Checks of what a graph is given, the same words for every runner."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from engines.runners.base import Arrays, TensorSpec


def check_inputs(specs: Sequence[TensorSpec], arrays: Arrays) -> None:
    """Accept arrays that a graph takes under these names.

    Raises:
        ValueError: a name is unknown, or a shape or type differs; the message says which.
    """
    by_name = {spec.name: spec for spec in specs}
    for name, array in arrays.items():
        spec = by_name.get(name)
        if spec is None:
            raise ValueError(f"There is no input '{name}'; the graph takes {', '.join(by_name)}.")
        if not isinstance(array, np.ndarray):
            raise ValueError(f"The input '{name}' must be an array, not {type(array).__name__}.")
        if not spec.accepts(array):
            raise ValueError(
                f"The input '{name}' must be {spec.dtype} {spec.shape}, not {array.dtype} {array.shape}."
            )


def check_complete(specs: Sequence[TensorSpec], given: Collection[str]) -> None:
    """Accept a run for which every input is there.

    Raises:
        ValueError: inputs are neither bound nor given; the message names them.
    """
    missing = [spec.name for spec in specs if spec.name not in given]
    if missing:
        raise ValueError(f"Missing inputs: {', '.join(missing)}.")
