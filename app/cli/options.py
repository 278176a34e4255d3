"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer

from app.settings import BackgroundKind, BackgroundSettings

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for programs.")]
CameraName = Annotated[
    str | None,
    typer.Option(
        "--camera", metavar="ID|NAME|FILE|idle", help="Which camera; a clip works as one, idle needs none."
    ),
]
AvatarName = Annotated[
    str | None, typer.Option("--avatar", metavar="NAME|FILE", help="An avatar of the library, or a picture.")
]
EngineName = Annotated[str | None, typer.Option("--engine", metavar="NAME", help="See `guise engines`.")]
ModelName = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME",
        help="A stored model, for an engine with networks; see `guise models list`.",
    ),
]
RunnerName = Annotated[
    str | None,
    typer.Option("--runner", metavar="NAME", help="What runs its networks; by default the fastest here."),
]

T = TypeVar("T")

_SIZE = re.compile(r"(\d+)[xX×](\d+)")


def read_size(text: str) -> tuple[int, int]:
    """Return width and height of a text such as 1280x720.

    Raises:
        typer.BadParameter: it is none.
    """
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise typer.BadParameter(f"'{text}' is no size; write it as 1280x720.", param_hint="--size")
    return int(match[1]), int(match[2])


def read_background(text: str) -> BackgroundSettings:
    """Return what a text such as "still", "#00b140" or "beach.jpg" means as a background.

    Raises:
        typer.BadParameter: it means nothing.
    """
    from pathlib import Path

    kinds = [kind.value for kind in BackgroundKind]
    name = text.strip().lower().replace("-", "_")
    if name in kinds and name != BackgroundKind.PICTURE:
        return BackgroundSettings(kind=BackgroundKind(name))
    if text.startswith("#"):
        return checked("--background", BackgroundSettings, kind=BackgroundKind.COLOUR, colour=text)
    if Path(text).is_file():
        return BackgroundSettings(kind=BackgroundKind.PICTURE, picture=str(Path(text).absolute()))
    choices = ", ".join(kind for kind in kinds if kind != BackgroundKind.PICTURE)
    raise typer.BadParameter(
        f"'{text}' is none of {choices}, no colour such as #00b140 and no picture's path.",
        param_hint="--background",
    )


def checked(option: str, /, make: Callable[..., T], **values: Any) -> T:
    """Return make(**values); what it refuses becomes an error of that option.

    Raises:
        typer.BadParameter: a value is out of range.
    """
    try:
        return make(**values)
    except (TypeError, ValueError) as error:
        raise typer.BadParameter(f"{error}.", param_hint=option) from error
