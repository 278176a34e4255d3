"""`guise render`: animate a picture with a clip, frame by frame, into a file or a folder of pictures."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.cli.console import progress_bar, say
from app.cli.options import ModelName, RunnerName, checked, read_background

if TYPE_CHECKING:
    from app.live.render import Rendered
    from engines.base import Avatar, EngineOptions

Gain = Annotated[float, typer.Option(min=0, max=2, help="0 still, 1 as the driver, 2 twice as much.")]


def render(
    avatar: Annotated[str, typer.Option("--avatar", metavar="FILE|NAME", help="The picture to animate.")],
    driving: Annotated[
        Path,
        typer.Option("--driving", metavar="FILE|DIR", help="The clip of a face, or a folder of pictures."),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            metavar="FILE.mp4|.mov|.webm|DIR",
            help="A film, or PNGs in a folder. With --background transparent all but .mp4 are transparent.",
        ),
    ],
    engine: Annotated[str, typer.Option("--engine", metavar="NAME", help="See `guise engines`.")] = "rig",
    model: ModelName = None,
    runner: RunnerName = None,
    crop: Annotated[
        str,
        typer.Option(
            metavar="head|none",
            help="Follow the head, or take picture and frames, all squares, as they are (engines with networks).",
        ),
    ] = "head",
    size: Annotated[
        int | None,
        typer.Option("--size", min=64, max=4096, help="Longest side, pixels; the picture's own if left out."),
    ] = None,
    neutral: Annotated[
        str,
        typer.Option(
            "--neutral",
            metavar="auto|FRAME",
            help="The frame of the clip with a calm face; with --crop none auto is the first.",
        ),
    ] = "auto",
    absolute: Annotated[
        bool, typer.Option("--absolute", help="Take pose and expression as they are, not from the neutral.")
    ] = False,
    gain_head: Gain = 1.0,
    gain_mouth: Gain = 1.0,
    gain_eyes: Gain = 1.0,
    gain_brows: Gain = 1.0,
    gain_gaze: Gain = 1.0,
    gain_body: Gain = 1.0,
    gain_breathing: Gain = 1.0,
    smoothing: Annotated[float, typer.Option(min=0, max=1, help="0 none to 1 most.")] = 0.5,
    mirror_motion: Annotated[bool, typer.Option("--mirror-motion", help="Move as a mirror would.")] = False,
    background: Annotated[
        str,
        typer.Option(
            metavar="KIND|#RRGGBB|FILE",
            help="as-is, still, colour, blur, transparent, a colour or a picture.",
        ),
    ] = "as-is",
) -> None:
    """Animate a picture with a clip.

    One output frame per frame of the clip, at its rate and with its sound; a folder as output gets PNGs.
    """
    from app.settings import ControlSettings

    calm, behind, framed = _neutral(neutral), read_background(background), _framed(crop, background)
    controls = checked(
        "--gain-...",
        ControlSettings,
        head=gain_head,
        mouth=gain_mouth,
        eyes=gain_eyes,
        brows=gain_brows,
        gaze=gain_gaze,
        body=gain_body,
        breathing=gain_breathing,
        relative=not absolute,
        smoothing=smoothing,
        mirror_motion=mirror_motion,
    )
    from app.live.render import render as render_clip

    options = _options(engine, model, runner, framed=framed)
    began_s = time.perf_counter()
    with progress_bar("Rendering") as advance:
        rendered = render_clip(
            _avatar(avatar) if framed else _square(avatar),
            driving,
            output,
            engine=engine,
            options=options,
            size=size,
            neutral=calm,
            controls=controls,
            background=behind,
            progress=advance,
        )
    say(f"{output}: {_summary(rendered, time.perf_counter() - began_s, framed=framed)}")
    for remark in rendered.remarks:
        say(f"Of the picture: {remark}")
    if rendered.left_out:
        say(f"Left out, because they cannot be read: {', '.join(rendered.left_out)}.")


def _summary(rendered: Rendered, took_s: float, *, framed: bool) -> str:
    text = f"{rendered.frames} frames in {took_s:.1f} s; neutral: frame {rendered.neutral}"
    if not framed:
        return f"{text}; taken as they are."
    faceless = rendered.frames - rendered.faces
    return f"{text}; " + (f"no face in {faceless} of them." if faceless else "a face in all of them.")


def _neutral(text: str) -> Literal["auto"] | int:
    if text == "auto":
        return "auto"
    if text.isdecimal():
        return int(text)
    raise typer.BadParameter(f"'{text}' is neither auto nor a frame's number.", param_hint="--neutral")


def _framed(crop: str, background: str) -> bool:
    if crop not in ("head", "none"):
        raise typer.BadParameter(f"'{crop}' is neither head nor none.", param_hint="--crop")
    if crop == "none" and background.replace("_", "-") != "as-is":
        raise typer.BadParameter(
            "it needs the person cut out, which --crop none does not do.", param_hint="--background"
        )
    return crop == "head"


def _options(engine: str, model: str | None, runner: str | None, *, framed: bool) -> EngineOptions:
    """Return what the engine is loaded with."""
    from app.cli.engine import AUTO, chosen_engine
    from app.live.engine_choice import EngineChoice, engine_options
    from app.paths import user_paths

    paths = user_paths()
    choice, stored = chosen_engine(EngineChoice(engine, model or "", runner or AUTO, framed), paths)
    return engine_options(choice, stored, paths)


def _square(name_or_file: str) -> Avatar:
    """Return an avatar whose picture is animated whole, whether it shows a face or not."""
    from app.avatars.avatar_store import AvatarLibrary
    from app.avatars.entry import AvatarEntry
    from app.avatars.whole import whole_avatar
    from app.paths import user_paths

    if Path(name_or_file).is_file():
        return whole_avatar(name_or_file)
    library = AvatarLibrary(user_paths())
    found = library.resolve(name_or_file)
    return whole_avatar(library.picture(found.id)) if isinstance(found, AvatarEntry) else found


def _avatar(name_or_file: str) -> Avatar:
    """Return the avatar of that name, or the one a picture's file makes."""
    from app.avatars.avatar_store import AvatarLibrary
    from app.avatars.entry import AvatarEntry
    from app.paths import user_paths

    library = AvatarLibrary(user_paths())
    found = library.resolve(name_or_file)
    return library.load(found.id) if isinstance(found, AvatarEntry) else found
