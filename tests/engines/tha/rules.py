"""Weights and pictures that stand in for Talking Head Anime's, by the rules of tests.engines.fomm.rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.engines.fomm.rules import State, make_tensor, picture

VECTORS = Path(__file__).with_name("vectors")

Shapes = dict[str, dict[str, tuple[int, ...]]]


@cache
def vectors_config(version: str) -> dict[str, Any]:
    """What was recorded and how, of "tha1" or "tha3"."""
    return dict(json.loads((VECTORS / version / "config.json").read_text("utf-8")))


@cache
def vectors(version: str) -> dict[str, NDArray[Any]]:
    """The recorded arrays by name."""
    with np.load(VECTORS / version / "io.npz") as stored:
        return dict(stored)


@cache
def stats(version: str) -> dict[str, dict[str, Any]]:
    """What was recorded of each array: its slice, its size, how exact float32 is."""
    return dict(json.loads((VECTORS / version / "stats.json").read_text("utf-8")))


@cache
def published_shapes() -> dict[str, Shapes]:
    """Configuration -> network -> key -> shape, in the order of the published files."""
    others = json.loads((VECTORS / "tha3" / "other_variants.json").read_text("utf-8"))
    found = {f"tha3-{name.replace('_', '-')}": networks for name, networks in others.items()}
    found["tha3-standard-float"] = json.loads((VECTORS / "tha3" / "keys.json").read_text("utf-8"))
    found["tha1"] = json.loads((VECTORS / "tha1" / "keys.json").read_text("utf-8"))
    return {
        name: {network: {key: tuple(shape) for key, shape, _ in rows} for network, rows in networks.items()}
        for name, networks in found.items()
    }


def states_by_rule(version: str, shapes: Mapping[str, Mapping[str, tuple[int, ...]]]) -> dict[str, State]:
    """Weights of any keys and shapes by the rules of "tha1" or "tha3"."""
    rules = vectors_config(version)["weight_rule"]
    return {
        network: {key: make_tensor(key, shape, rules[network]) for key, shape in keys.items()}
        for network, keys in shapes.items()
    }


def character(seed: int, side: int) -> NDArray[np.uint8]:
    """A drawn figure with alpha, (side, side, 4); seed 28 is that of the vectors' chains."""
    return picture(seed, side, side, 4)
