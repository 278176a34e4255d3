"""`guise models`: what engines with networks have learned, without the window."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.console import say, say_json, say_table
from app.cli.model_bars import bytes_bar, share_bar
from app.cli.options import AsJson
from app.errors import GuiseError, UnknownNameError

if TYPE_CHECKING:
    from app.models.store import ModelStore
    from engines.building.build import Build
    from engines.weights.model import Model

commands = typer.Typer(
    help="Add, list, check, build and download models.", no_args_is_help=False, rich_markup_mode=None
)

_NEURAL = "python -m uv run --extra neural guise"

Name = Annotated[str, typer.Argument(metavar="NAME", help="The model's name or id.")]
GivenName = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="What to call it; left out, as its file.")
]


@commands.command()
def add(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE|FOLDER",
            help="A checkpoint: .pth, .pth.tar, .pt or .safetensors; or the folder of a THA 3 or THA 1 model's files.",
        ),
    ],
    name: GivenName = None,
) -> None:
    """Add a model from a file, or from a folder of several; nothing in it is run."""
    from app.avatars.character import is_character
    from app.models.errors import ModelKnown

    if is_character(file):
        raise GuiseError(f"'{file.name}' is a character.", f"Add it with `guise avatars add {file}`.")
    try:
        with bytes_bar() as tell:
            model = _store().add(file, name, tell)
    except ModelKnown as known:
        say(str(known))
        return
    _say_added(model)


@commands.command("list")
def list_models(
    as_json: AsJson = False,
    published: Annotated[
        bool, typer.Option("--published", help="List those that can be downloaded instead.")
    ] = False,
) -> None:
    """List the models that are stored."""
    if published:
        _list_published(as_json)
        return
    models = _store().list()
    if as_json:
        say_json([asdict(model) for model in models])
    elif models:
        rows = [
            (each.id, each.name, each.family, each.configuration, _megabytes(each.size)) for each in models
        ]
        say_table(rows, ("ID", "NAME", "FAMILY", "CONFIGURATION", "SIZE"))
    else:
        say(
            "There are no models. Add one with `guise models add FILE`; `guise models list --published` names some."
        )


@commands.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Show what is known of a model, and what was built from it here."""
    from app.models.families import FAMILIES

    model = _store().find(name)
    builds = _builds(model)
    if as_json:
        say_json(
            asdict(model) | {"networks": model.networks, "builds": [_build_card(each) for each in builds]}
        )
        return
    family = FAMILIES.get(model.family)
    rows = [
        ("name", model.name),
        ("id", model.id),
        ("family", family.title if family else model.family),
        ("configuration", model.configuration),
        ("networks", ", ".join(model.networks)),
        ("size", _megabytes(model.size)),
        ("sha256", model.sha256),
        ("licence", model.licence or "not known"),
        ("from", model.origin or "not known"),
        ("added", model.added),
        ("folder", str(model.folder)),
        ("built", "; ".join(map(_build_words, builds)) or f"not yet: `guise models build {model.id}`"),
    ]
    say_table(rows)


@commands.command()
def remove(name: Name) -> None:
    """Remove a model and what was built from it."""
    from app.paths import user_paths
    from engines.runners.build_cache import BuildCache

    store = _store()
    models = {each.id: each for each in store.list()}
    removed = store.remove(name)
    if removed in models:  # a damaged one is no more than a folder
        BuildCache(user_paths().builds).remove_model(models[removed].sha256)
    say(f"Removed '{models[removed].name if removed in models else removed}'.")


@commands.command()
def verify(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A model's name or id; all of them if left out.")
    ] = None,
) -> None:
    """Compare stored models with their checksums."""
    store = _store()
    models = [store.find(name)] if name is not None else store.list()
    for model in models:
        with bytes_bar() as tell:
            store.verify(model.id, tell)
        say(f"'{model.name}' is as it was stored.")
    if not models:
        say("There are no models.")


@commands.command()
def build(
    name: Name,
    runner: Annotated[
        str | None,
        typer.Option("--runner", metavar="NAME", help="For this runner alone; see `guise doctor`."),
    ] = None,
) -> int:
    """Make a model ready for this machine, for each runner that works here, and measure how fast each is.

    A character's name will do too: its networks are built for graphics cards. A processor needs no build of them.
    """
    from app.paths import user_paths
    from engines.building.build import build as build_model
    from engines.errors import EngineError
    from engines.registry import model_family
    from engines.runners.build_cache import BuildCache
    from engines.runners.choose import candidates

    model, is_avatar = _model_or_character(name)
    usable, builds = [each for each in candidates() if each.usable], BuildCache(user_paths().builds)
    if is_avatar and runner is None and usable:
        usable = [each for each in usable if each.where != "CPU"]
        if not usable:
            say(f"'{name}' is as fast as it gets on a processor without any build. There is nothing to do.")
            return 0
    runners = [runner] if runner is not None else [each.name for each in usable]
    if not runners:
        raise GuiseError("No runner for networks is installed.", f"Run `{_NEURAL} models build {name}`.")
    made: list[Build] = []
    for each in runners:
        try:
            with share_bar(each) as tell:
                made.append(build_model(model_family(model.family), model, each, builds, tell))
        except EngineError as error:
            if len(runners) == 1:
                raise
            say(f"{each}: {error}")
        else:
            say(_build_words(made[-1]))
    if len(made) > 1:
        best = max(made, key=lambda each: each.frames_per_second)
        say(f"Guise uses {best.runner}, the fastest here.")
    return 0 if made else 1


@commands.command()
def download(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As in `guise models list --published`.")],
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="Fetch it from this address instead.")
    ] = "",
) -> None:
    """Download a published model, or any with --url, and add it."""
    from app.models.errors import ModelKnown
    from app.models.fetch import fetch_model
    from app.models.manifest import find_published

    offer, called = None, None
    try:
        offer = find_published(name)
    except UnknownNameError:
        if not url:
            raise
        called = name
    try:
        with bytes_bar() as tell:
            model = fetch_model(_store(), offer, url, name=called, progress=tell)
    except ModelKnown as known:
        say(str(known))
        return
    _say_added(model)


def _store() -> ModelStore:
    from app.models.store import ModelStore
    from app.paths import user_paths

    return ModelStore(user_paths().models)


def _model_or_character(name: str) -> tuple[Model, bool]:
    """Return a stored model, or the networks of one of the library's characters and True.

    Raises:
        UnknownNameError: there is neither.
    """
    from app.avatars.avatar_store import AvatarLibrary
    from app.avatars.record import character_of
    from app.paths import user_paths
    from engines.weights.model import load_model

    try:
        return _store().find(name), False
    except UnknownNameError:
        for entry in AvatarLibrary(user_paths()).list():
            networks = character_of(entry.folder)
            if networks and name.casefold() in (entry.id.casefold(), entry.name.casefold()):
                return load_model(networks), True
        raise


def _say_added(model: Model) -> None:
    say(f"Added '{model.name}' ({model.id}): {model.configuration}, {_megabytes(model.size)}.")
    if model.licence:
        say(f"Licence, as its authors state it: {model.licence}")
    say(f"Make it ready for this machine with `guise models build {model.id}`.")


def _list_published(as_json: bool) -> None:
    from app.models.manifest import published

    if as_json:
        say_json([asdict(each) for each in published()])
        return
    rows = [(each.name, each.configuration, each.file, each.title) for each in published()]
    say_table(rows, ("NAME", "CONFIGURATION", "FILE", "WHAT IT IS"))
    for page, licence in dict.fromkeys((each.page, each.licence) for each in published()):
        say(f"\nOffered by their authors at {page}\n{licence}")


def _builds(model: Model) -> list[Build]:
    """Return what was built from a model for this machine, the fastest first."""
    from app.paths import user_paths
    from engines.building.build import find_build
    from engines.registry import model_families, model_family
    from engines.runners.build_cache import BuildCache
    from engines.runners.choose import candidates

    if model.family not in model_families():  # another version of Guise stored it
        return []
    cache, family = BuildCache(user_paths().builds), model_family(model.family)
    found = (find_build(family, model, choice.name, cache) for choice in candidates() if choice.usable)
    return sorted(filter(None, found), key=lambda build: -build.frames_per_second)


def _build_card(build: Build) -> dict[str, Any]:
    return {
        "runner": build.runner,
        "precision": build.precision,
        "frames_per_second": build.frames_per_second,
        "psnr_db": build.comparison.psnr_db,
        "largest": dict(build.comparison.largest),
        "size": build.size,
    }


def _build_words(build: Build) -> str:
    near = f"{build.comparison.psnr_db:.0f} dB from the reference"
    return (
        f"{build.runner}: {build.frames_per_second:.1f} frames a second here, {build.precision}, {near}, "
        f"{_megabytes(build.size)}"
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
