"""The networks of an avatar: its own where it brings some, a stored model's otherwise."""

from __future__ import annotations

import logging
from pathlib import Path

from engines.base import EngineOptions
from engines.building.build import Build
from engines.building.loading import (
    AUTO,
    TORCH,
    Loaded,
    built_graphs,
    load_graphs,
    unbuilt_graphs,
    wanted_model,
)
from engines.errors import EngineError
from engines.runners import choose
from engines.runners.device import nvidia_gpu
from engines.tha.card import CARD
from engines.tha.family import FAMILY
from engines.tha.network import Network, Performer, Pixels, Stage
from engines.tha.recognise import STUDENTS
from engines.weights.model import Model, load_model

logger = logging.getLogger(__name__)


def load_network(options: EngineOptions) -> Network:
    """Load the model for pictures that bring no networks.

    Raises:
        EngineError: there is none, it is another engine's or one character's own, or it cannot be run.
    """
    model = wanted_model(options.model, CARD)
    if model.configuration == STUDENTS:
        raise EngineError(
            f"The model '{model.name}' belongs to one character and animates no other picture. Choose another one."
        )
    return Network(*load_graphs(FAMILY, model, options))


def load_performer(folder: Path, rgba: Pixels, options: EngineOptions) -> Performer:
    """Load the networks a character brings.

    On a graphics card its graphs run, built or not. On a processor the character's own way is the fastest there is,
    needs no build and starts at once, so a build takes its place only where its runner was asked for by name.

    Args:
        folder: of the stored students.
        rgba: the character's picture, (512, 512, 4), straight alpha.
        options: where builds are, and the runner wanted.

    Raises:
        EngineError: they are damaged, are no students, or the runner cannot be used here.
    """
    model = load_model(folder)
    if (model.family, model.configuration) != (CARD.family, STUDENTS):
        raise EngineError(f"The networks in {folder} are no character's. Remove the avatar and add it again.")
    graphs = _graphs(model, options)
    if graphs is not None:
        return Stage(graphs, rgba, owned=True)
    from engines.tha.student.character import StudentNetwork

    return StudentNetwork(model, rgba)


def _graphs(model: Model, options: EngineOptions) -> Network | None:
    """Return a character's graphs where they are better than its own way."""
    cards = {choice.name for choice in choose.candidates() if choice.on_card}

    def suits(build: Build) -> bool:
        return build.runner == options.runner or (options.runner == AUTO and build.runner in cards)

    loaded = built_graphs(FAMILY, model, options, suits)
    if loaded is None and TORCH in cards and nvidia_gpu() is not None and options.runner in (AUTO, TORCH):
        loaded = _unbuilt_graphs(model)
    return None if loaded is None else Network(*loaded)


def _unbuilt_graphs(model: Model) -> Loaded | None:
    """Return a character's graphs as PyTorch runs them on the card; None where it cannot after all."""
    try:
        loaded = unbuilt_graphs(FAMILY, model)
    except EngineError as error:
        logger.warning("the card cannot run '%s': %s", model.name, error)
        return None
    if loaded.step.where != "CPU":
        return loaded
    logger.warning("PyTorch cannot use the card: '%s' runs on the processor", model.name)
    loaded.step.close()
    loaded.prepare.close()
    return None
