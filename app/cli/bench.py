"""`guise bench`: how fast Guise is on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import progress_bar, say, say_json
from app.cli.options import AsJson


def bench(
    as_json: AsJson = False,
    driving: Annotated[
        Path | None,
        typer.Option("--driving", metavar="FILE", help="A clip of a face; a drawn one if left out."),
    ] = None,
    avatar: Annotated[
        str | None, typer.Option("--avatar", metavar="NAME|FILE", help="Whom to animate.")
    ] = None,
    frames: Annotated[
        int, typer.Option("--frames", min=20, max=5000, help="How many frames per size.")
    ] = 200,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0, help="How long to run live; 0 not at all.")
    ] = 15.0,
) -> None:
    """Measure how fast Guise is here.

    Tracking, animating and composing per frame, the live pipeline, the start and the memory.
    """
    from app.cli.bench_report import as_text
    from app.cli.bench_suite import measure

    with progress_bar("Measuring") as advance:
        report = measure(driving, avatar, frames, seconds, advance)
    if as_json:
        say_json(report)
    else:
        say(as_text(report))
