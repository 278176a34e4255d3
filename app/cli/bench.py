"""`guise bench`: how fast Guise is on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.console import Progress, progress_bar, say, say_json
from app.cli.options import AsJson
from app.errors import GuiseError

_FRAMES = 200
_DEFAULT, _NETWORKS = "rig", ("fomm", "tha")

Report = dict[str, Any]


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
        int | None,
        typer.Option(
            "--frames", min=3, max=5000, help="How many frames: 200 per size; with a network 12 per runner."
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0, help="How long to run live; 0 not at all.")
    ] = 15.0,
    engine: Annotated[
        str,
        typer.Option(
            "--engine", metavar="NAME", help="rig: the whole of Guise; fomm, tha: their networks' runners."
        ),
    ] = _DEFAULT,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME",
            help="A stored model; one made by a rule if left out. For tha also a configuration: tha3-standard-float.",
        ),
    ] = None,
) -> None:
    """Measure how fast Guise is here.

    Tracking, animating and composing per frame, the live pipeline, the start and the memory; or, for an engine with
    a network, every runner beside the network as it was published.
    """
    measured, as_text = _measuring(engine, model, driving, avatar, frames, seconds)
    with progress_bar("Measuring") as advance:
        report = measured(advance)
    if as_json:
        say_json(report)
    else:
        say(as_text(report))


def _measuring(
    engine: str,
    model: str | None,
    driving: Path | None,
    avatar: str | None,
    frames: int | None,
    seconds: float,
) -> tuple[Callable[[Progress], Report], Callable[[Report], str]]:
    """Return what measures, and what makes text of its report.

    Raises:
        GuiseError: the engine needs no model, and one was named.
        UnknownEngineError: there is no such engine.
    """
    if engine in _NETWORKS:
        from app.cli import bench_fomm, bench_rows, bench_tha

        if engine == bench_tha.ENGINE:
            return lambda advance: bench_tha.measure(model, avatar, frames, advance), bench_rows.as_text
        return lambda advance: bench_fomm.measure(model, frames, advance), bench_rows.as_text
    if engine != _DEFAULT:
        from engines.errors import UnknownEngineError

        raise UnknownEngineError(engine, (_DEFAULT, *_NETWORKS))
    if model is not None:
        raise GuiseError(f"The engine {engine} needs no model.", "Leave out --model.")
    from app.cli import bench_suite
    from app.cli.bench_report import as_text

    return lambda advance: bench_suite.measure(driving, avatar, frames or _FRAMES, seconds, advance), as_text
