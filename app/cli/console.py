"""How the command line speaks: tables, JSON, progress."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import typer

Progress = Callable[[int, "int | None"], None]


def say(text: str) -> None:
    """Print one line for the user."""
    typer.echo(text)


def complain(text: str) -> None:
    """Print one line to stderr about something that went wrong while the rest goes on."""
    typer.echo(f"guise: {text}", err=True)


def say_json(value: Any) -> None:
    """Print a value for programs; only ASCII, so any console takes it."""
    typer.echo(json.dumps(value, indent=2, default=str))


def say_table(rows: Sequence[Sequence[str]], headings: Sequence[str] = ()) -> None:
    """Print rows in columns as wide as their widest cell; nothing is cut."""
    everything = [*([headings] if headings else []), *rows]
    if not everything:
        return
    widths = [max(len(row[column]) for row in everything) for column in range(len(everything[0]))]
    for row in everything:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def is_terminal() -> bool:
    """Whether a person watches stderr, where progress goes."""
    return sys.stderr is not None and sys.stderr.isatty()


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Show a bar on stderr while the block runs; the function given takes what is done, and of how much."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)

        def advance(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        yield advance
