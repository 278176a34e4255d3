"""`guise mapping`: the table that turns a face into a character's pose, the user's own or the default."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.console import complain, say


def mapping(
    edit: Annotated[
        bool,
        typer.Option(
            "--edit", help="Write the default table as your own, to be edited; keeps one that is there."
        ),
    ] = False,
    reset: Annotated[
        bool, typer.Option("--reset", help="Remove your own table: the default holds again.")
    ] = False,
) -> int:
    """Show or edit the table that turns a face into a pose."""
    from app.live.mapping_file import check_mapping, reset_mapping, write_mapping
    from app.paths import user_paths

    if edit and reset:
        raise typer.BadParameter("choose one of them.", param_hint="--edit, --reset")
    paths = user_paths()
    if reset:
        say("Your own table is gone." if reset_mapping(paths) else "There is no table of your own.")
        return 0
    if edit:
        write_mapping(paths)
    used, problems = check_mapping(paths)
    for problem in problems:
        complain(str(problem))
    if used is not None:
        say(f"{used} is used; changes show at once while Guise runs.")
    elif not problems:
        say("The default is used. `guise mapping --edit` writes a table of your own to start from.")
    return 1 if problems else 0
