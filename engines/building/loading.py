"""Which runner a model runs on: the one asked for, else the fastest that was built and measured here, else PyTorch."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from engines.base import EngineInfo, EngineOptions
from engines.building.build import Build, find_build, load_prepare, load_step
from engines.building.family import Family
from engines.errors import EngineError
from engines.runners import choose
from engines.runners.base import Runner
from engines.runners.build_cache import BuildCache
from engines.runners.pipeline import pipelined
from engines.weights.model import Model, load_model

logger = logging.getLogger(__name__)

AUTO, TORCH = "auto", "torch"


class Loaded(NamedTuple):
    """A model's graphs, ready to run.

    Attributes:
        prepare: an avatar's picture to its state.
        step: state and frame to a picture.
        frames_per_second: of step, as measured when it was built; 0 where it was not.
    """

    prepare: Runner
    step: Runner
    frames_per_second: float = 0.0


def wanted_model(folder: Path | None, card: EngineInfo) -> Model:
    """Return the model an engine is to use.

    Args:
        folder: of the stored model; None where the user has none.
        card: the engine's.

    Raises:
        EngineError: there is none, or it is another engine's.
    """
    if folder is None:
        raise EngineError(
            f"{card.title} needs a model. Add its file with `guise models add FILE`, or choose the rig."
        )
    model = load_model(folder)
    if model.family != card.family:
        raise EngineError(
            f"The model '{model.name}' is no model of {card.title}. Choose another one, or the rig."
        )
    return model


def load_graphs(family: Family, model: Model, options: EngineOptions) -> Loaded:
    """Load a model's graphs, built or not.

    A runner the model was not built for yet is stood in for by the next best; the step tells which one runs.

    Args:
        family: which the model is of.
        model: what to load.
        options: where builds are, and the runner wanted.

    Raises:
        EngineError: the runner cannot be used here, or nothing can be loaded.
    """
    loaded = built_graphs(family, model, options)
    if loaded is not None:
        return loaded
    choose.find(TORCH)
    return unbuilt_graphs(family, model)


def built_graphs(
    family: Family, model: Model, options: EngineOptions, suits: Callable[[Build], bool] = lambda _: True
) -> Loaded | None:
    """Load the best build of a model; None where there is none.

    Args:
        family: which the model is of.
        model: what to load.
        options: where builds are, and the runner wanted.
        suits: whether a build is worth loading.

    Raises:
        EngineError: the runner cannot be used here.
    """
    if options.runner != AUTO:
        choose.find(options.runner)
    for build in _builds(family, model, options):
        if not suits(build):
            continue
        try:
            return Loaded(load_prepare(build), pipelined(load_step(build)), build.frames_per_second)
        except EngineError as error:
            logger.warning("the build of '%s' for %s cannot be loaded: %s", model.name, build.runner, error)
    return None


def unbuilt_graphs(family: Family, model: Model) -> Loaded:
    """Load prepare and step as PyTorch runs them without preparation.

    Raises:
        EngineError: they cannot be loaded.
    """
    from engines.runners.torch_runner import TorchRunner

    graphs = [make() for make in family.graphs(model, family.plain).values()]
    prepare, step = (TorchRunner(graph, graph.inputs, graph.outputs) for graph in graphs)
    return Loaded(prepare, pipelined(step))


def _builds(family: Family, model: Model, options: EngineOptions) -> list[Build]:
    """Return what was built, in the order to try it: the runner asked for first, then the fastest."""
    if options.builds is None:
        return []
    cache = BuildCache(options.builds)
    names = [choice.name for choice in choose.candidates() if choice.usable]
    found = [build for name in names if (build := find_build(family, model, name, cache)) is not None]
    wanted = options.runner
    if wanted == TORCH and TORCH not in [build.runner for build in found]:
        return []
    return sorted(found, key=lambda build: (build.runner != wanted, -build.frames_per_second))
