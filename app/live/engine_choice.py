"""Which engine, with which stored model and which runner: from what the user chose to what an engine is loaded with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import GuiseError
from app.paths import Paths
from app.settings import Settings
from engines.base import Avatar, EngineInfo, EngineOptions, Puppet
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


class UnsuitedError(GuiseError):
    """An engine for characters has nothing to animate an avatar with that is none."""

    def __init__(self, title: str, avatar: str) -> None:
        super().__init__(
            f"{title} has no networks for '{avatar}': it is no character, and no model for other drawings is stored.",
            "Choose a character, or add a model on the Models page or with `guise models add`.",
        )


class MisfitError(GuiseError):
    """A picture that the engine animates does not suit it."""

    def __init__(self, title: str, puppet: Puppet) -> None:
        super().__init__(
            f"'{puppet.avatar.name}' does not suit {title} well: {' '.join(puppet.remarks)}",
            "It is animated all the same; another picture may look better.",
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

    An engine for characters needs one for other avatars only; see require_suited().

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
    if not suited and not info.characters:
        raise NoModelError(info.title)
    return suited[0] if suited else None


def require_suited(info: EngineInfo, avatar: Avatar, *, has_model: bool) -> None:
    """Make sure that an engine has networks for an avatar: a stored model's, or the avatar's own.

    Raises:
        UnsuitedError: it has none.
    """
    if info.characters and not has_model and avatar.character is None:
        raise UnsuitedError(info.title, avatar.name)


@dataclass(frozen=True)
class FilesStamp:
    """What changes when something that engines are loaded from does, whoever changed it.

    Attributes:
        mapping: of the user's own table that moves characters; zeros where there is none.
        stored: folders of models and of finished builds.
    """

    mapping: tuple[int, int]
    stored: frozenset[str]

    @staticmethod
    def of(paths: Paths) -> FilesStamp:
        """Look at the files."""
        try:
            facts = paths.mapping.stat()
            mapping = facts.st_mtime_ns, facts.st_size
        except OSError:
            mapping = 0, 0
        return FilesStamp(mapping, frozenset((*_finished(paths.models), *_finished(paths.builds))))


def _finished(folder: Path) -> list[str]:
    """Return the names of the folders in a folder, but for those that are being written or removed."""
    try:
        return [name for name in os.listdir(folder) if not name.startswith(".")]
    except OSError:
        return []


def engine_options(choice: EngineChoice, model: Model | None, paths: Paths) -> EngineOptions:
    """Return what the engine is loaded with."""
    folder = None if model is None else model.folder
    characters = choice.engine in engine_names() and engine_info(choice.engine).characters
    mapping = paths.mapping if characters and paths.mapping.is_file() else None
    return EngineOptions(folder, paths.builds, choice.runner, choice.crop, mapping)
