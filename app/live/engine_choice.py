"""Which engine, with which stored model and which runner: from what the user chose to what an engine is loaded with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import GuiseError
from app.paths import Paths
from app.settings import Settings
from engines.base import EngineOptions
from engines.registry import engine_info, engine_names

if TYPE_CHECKING:
    from engines.weights.model import Model


class NoModelError(GuiseError):
    """An engine needs a model, and none that suits it is stored, or the one that was named does not suit it."""

    def __init__(self, title: str, named: str = "") -> None:
        if named:
            super().__init__(f"The model '{named}' is not one for the engine {title}.", "Name another one.")
            return
        super().__init__(
            f"The engine {title} needs a model, and none is stored.",
            "Add its file with `guise models add FILE`, or on the window's Models page.",
        )


@dataclass(frozen=True)
class EngineChoice:
    """What the user chose.

    Attributes:
        engine: by name.
        model: id or name of a stored model, "" for the first one that suits the engine.
        runner: by name, or "auto".
        crop: see EngineOptions.
    """

    engine: str
    model: str = ""
    runner: str = "auto"
    crop: bool = True

    @staticmethod
    def of(settings: Settings) -> EngineChoice:
        """Return what the settings say."""
        return EngineChoice(settings.engine, settings.model, settings.runner)


def find_model(choice: EngineChoice, paths: Paths, *, strict: bool = False) -> Model | None:
    """Return the stored model an engine is to use; None for an engine that needs none.

    Args:
        choice: what the user chose.
        paths: where models are stored.
        strict: the model was named for this engine; otherwise one of another engine counts as none named.

    Raises:
        GuiseError: there is none, or not the one that was named.
    """
    info = engine_info(choice.engine) if choice.engine in engine_names() else None
    if info is None or info.family is None:
        if strict and choice.model:
            raise GuiseError(f"The engine {choice.engine} needs no model.", "Leave out --model.")
        return None
    from app.models.store import ModelStore

    store = ModelStore(paths.models)
    if choice.model:
        named = store.find(choice.model)
        if named.family == info.family:
            return named
        if strict:
            raise NoModelError(info.title, choice.model)
    suited = [model for model in store.list() if model.family == info.family]
    if not suited:
        raise NoModelError(info.title)
    return suited[0]


def engine_options(choice: EngineChoice, model: Model | None, paths: Paths) -> EngineOptions:
    """Return what the engine is loaded with."""
    folder = None if model is None else model.folder
    return EngineOptions(folder, paths.builds, choice.runner, choice.crop)
