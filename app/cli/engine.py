"""What a command line means by an engine, a model and a runner; what cannot be had is refused at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.live.engine_choice import EngineChoice, find_model
from app.paths import Paths
from engines.registry import engine_info

if TYPE_CHECKING:
    from engines.weights.model import Model

AUTO = "auto"


def chosen_engine(
    choice: EngineChoice, paths: Paths, *, named: bool = True
) -> tuple[EngineChoice, Model | None]:
    """Return the choice with its model's id, and the stored model; None for an engine that needs none.

    Args:
        choice: engine, model and runner as written.
        paths: the user's folders.
        named: the model was written for this engine; otherwise it is what the settings say.

    Raises:
        UnknownEngineError: there is no such engine.
        GuiseError: there is no such model, or none that suits.
        EngineError: there is no such runner, or it cannot run here.
    """
    engine_info(choice.engine)
    stored = find_model(choice, paths, strict=named)
    if stored is not None and choice.runner != AUTO:
        from engines.runners.choose import find

        find(choice.runner)
    model = choice.model if stored is None else stored.id
    return EngineChoice(choice.engine, model, choice.runner, choice.crop), stored
