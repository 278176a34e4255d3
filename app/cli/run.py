"""`guise run`: the live app, with a window or without."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import say
from app.cli.options import (
    AsJson,
    AvatarName,
    CameraName,
    EngineName,
    ModelName,
    RunnerName,
    checked,
    read_size,
)

if TYPE_CHECKING:
    from app.avatars.avatar_store import AvatarLibrary
    from app.live.session import Session
    from app.live.status import SessionEvents
    from app.paths import Paths
    from app.settings import Settings
    from engines.base import Avatar

Sink = Annotated[
    str | None,
    typer.Option(
        "--sink",
        metavar="virtual|null|FILE.mp4",
        help="Where pictures go besides the window (.mov and .webm keep alpha).",
    ),
]


def run(
    camera: CameraName = None,
    avatar: AvatarName = None,
    engine: EngineName = None,
    model: ModelName = None,
    runner: RunnerName = None,
    sink: Sink = None,
    size: Annotated[
        str | None, typer.Option("--size", metavar="WxH", help="Of the output, as 1280x720.")
    ] = None,
    fps: Annotated[float | None, typer.Option("--fps", min=1, max=120, help="Of the output.")] = None,
    no_window: Annotated[
        bool, typer.Option("--no-window", help="Run in the terminal; Ctrl-C ends it.")
    ] = False,
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=0.1, help="End by itself after that long.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Animate an avatar live. This is what `guise` does when no command is named."""
    from app.bootstrap import NoDisplayError, has_display
    from app.paths import user_paths
    from app.settings import Settings, load_settings

    paths = user_paths()
    kept = load_settings(paths.settings_file)
    chosen = _chosen(kept or Settings(), camera, sink, size, fps)
    settings = _with_engine(chosen, paths, engine, model, runner)
    if not no_window and not has_display():
        if sink is None:
            raise NoDisplayError
        say(f"{NoDisplayError().message} Running without one.")
        no_window = True
    if camera is not None:
        _check_camera(settings)
    shown = _avatar(paths, avatar) if avatar is not None else None
    if isinstance(shown, str):
        settings = replace(settings, avatar=shown)
        shown = None
    recording = _recording(sink)
    if no_window:
        from app.cli.headless import run_headless

        return run_headless(
            settings, paths, avatar=shown, recording=recording, seconds=seconds, as_json=as_json
        )
    remember = settings == kept and shown is None
    return _window(settings, paths, shown, recording, seconds, remember=remember, unread=kept is None)


def _window(
    settings: Settings,
    paths: Paths,
    avatar: Avatar | None,
    recording: Path | None,
    seconds: float | None,
    *,
    remember: bool,
    unread: bool,
) -> int:
    """Show the window; what the command line chose for this run alone is not remembered."""
    from app.bootstrap import run_app

    def make_session(
        settings: Settings, paths: Paths, events: SessionEvents, library: AvatarLibrary
    ) -> Session:
        from app.live.session import Session

        session = Session(settings, paths, events, library=library)
        if avatar is not None:
            session.show_avatar(avatar)
        if recording is not None:
            session.start_recording(recording)
        return session

    return run_app(
        settings,
        paths,
        remember=remember,
        unread=unread,
        quit_after_s=seconds,
        make_session=make_session,
    )


def _chosen(
    settings: Settings,
    camera: str | None,
    sink: str | None,
    size: str | None,
    fps: float | None,
) -> Settings:
    """Return the settings with what the command line says on top."""
    output = settings.output
    if size is not None:
        width, height = read_size(size)
        output = checked("--size", partial(replace, output), width=width, height=height)
    if fps is not None:
        output = replace(output, fps=fps)
    if sink is not None:
        output = replace(output, virtual_camera=sink == "virtual")
    if camera is not None:
        settings = replace(settings, camera=replace(settings.camera, name=camera))
    return replace(settings, output=output)


def _with_engine(
    settings: Settings, paths: Paths, engine: str | None, model: str | None, runner: str | None
) -> Settings:
    """Return the settings with the engine the command line names; one that cannot be had is refused at once."""
    if engine is model is runner is None:
        return settings
    from app.cli.engine import chosen_engine
    from app.live.engine_choice import EngineChoice

    wanted = EngineChoice(
        settings.engine if engine is None else engine,
        settings.model if model is None else model,
        settings.runner if runner is None else runner,
    )
    choice, _ = chosen_engine(wanted, paths, named=model is not None)
    return replace(settings, engine=choice.engine, model=choice.model, runner=choice.runner)


def _recording(sink: str | None) -> Path | None:
    """Return the file a sink's name means, or None for the other sinks."""
    if sink in (None, "virtual", "null"):
        return None
    from app.devices.film import FILMS

    path = Path(str(sink))
    if path.suffix.lower() not in FILMS:
        kinds = ", ".join(f"FILE{suffix}" for suffix in FILMS)
        raise typer.BadParameter(f"'{sink}' is none of virtual, null, {kinds}.", param_hint="--sink")
    return path


def _check_camera(settings: Settings) -> None:
    """Say at once that a camera asked for by name is not there, before anything else starts."""
    from app.devices.discovery import open_camera

    open_camera(settings.camera.name, settings.camera).close()


def _avatar(paths: Paths, name_or_file: str) -> str | Avatar:
    """Return the id of an avatar of the library, or the avatar a picture's file makes."""
    from app.avatars.avatar_store import AvatarLibrary
    from app.avatars.entry import AvatarEntry

    found = AvatarLibrary(paths).resolve(name_or_file)
    return found.id if isinstance(found, AvatarEntry) else found
