"""Which runner a model runs on: the one asked for, else the fastest that was built and measured here, else PyTorch."""

from __future__ import annotations

import logging
from pathlib import Path

from engines.base import EngineOptions
from engines.errors import EngineError
from engines.fomm.build import Build, find_build, load_prepare, load_step
from engines.fomm.card import CARD
from engines.fomm.network import Network
from engines.runners import choose
from engines.runners.base import Runner
from engines.runners.build_cache import BuildCache
from engines.runners.pipeline import pipelined
from engines.weights.model import Model, load_model

logger = logging.getLogger(__name__)

AUTO, TORCH = "auto", "torch"


def load_network(options: EngineOptions) -> Network:
    """Load a model's graphs.

    A runner the model was not built for yet is stood in for by the next best; Network.speed() tells which one runs.

    Args:
        options: the model, where its builds are, and the runner wanted.

    Raises:
        EngineError: there is no such model, the runner cannot be used here, or nothing can be loaded.
    """
    model = _model(options.model)
    if options.runner != AUTO:
        choose.find(options.runner)
    for build in _builds(model, options):
        try:
            return Network(load_prepare(build), pipelined(load_step(build)), build.frames_per_second)
        except EngineError as error:
            logger.warning("the build of '%s' for %s cannot be loaded: %s", model.name, build.runner, error)
    choose.find(TORCH)
    return Network(*_unbuilt(model))


def _model(folder: Path | None) -> Model:
    if folder is None:
        raise EngineError(
            f"{CARD.title} needs a model. Add its file with `guise models add FILE`, or choose the rig."
        )
    model = load_model(folder)
    if model.family != CARD.family:
        raise EngineError(
            f"The model '{model.name}' is no model of {CARD.title}. Choose another one, or the rig."
        )
    return model


def _builds(model: Model, options: EngineOptions) -> list[Build]:
    """Return what was built, in the order to try it: the runner asked for first, then the fastest."""
    if options.builds is None:
        return []
    cache = BuildCache(options.builds)
    names = [choice.name for choice in choose.candidates() if choice.usable]
    found = [build for name in names if (build := find_build(model, name, cache)) is not None]
    wanted = options.runner
    if wanted == TORCH and TORCH not in [build.runner for build in found]:
        return []
    return sorted(found, key=lambda build: (build.runner != wanted, -build.frames_per_second))


def _unbuilt(model: Model) -> tuple[Runner, Runner]:
    """Return prepare and step as PyTorch runs them without preparation."""
    from engines.fomm.export import graph_makers
    from engines.runners.torch_runner import TorchRunner

    graphs = [make() for make in graph_makers(model).values()]
    prepare, step = (TorchRunner(graph, graph.inputs, graph.outputs) for graph in graphs)
    return prepare, pipelined(step)
