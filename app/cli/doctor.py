"""`guise doctor`: what works here, what does not, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from app.cli.console import say, say_json
from app.cli.options import AsJson
from app.cli.versions import versions

if TYPE_CHECKING:
    from app.cli.checks import Finding

_MARKS = {"ok": "ok ", "missing": "-- ", "broken": "!! "}


def doctor(as_json: AsJson = False) -> int:
    """Say what works here, and what to do.

    Looks at cameras, drivers, display, encoder and folders. Fails only if Guise cannot run at all.
    """
    from app.cli.checks import State, findings
    from app.paths import user_paths

    found = []
    for each in findings(user_paths()):
        found.append(each)
        if not as_json:
            _say(each)
    broken = any(each.state is State.BROKEN for each in found)
    if as_json:
        say_json({"ok": not broken, "versions": versions(), "findings": [asdict(each) for each in found]})
    elif broken:
        say("\nGuise cannot run until what is marked !! is mended.")
    else:
        say("\nGuise can run. What is marked -- is missing and optional.")
    return 1 if broken else 0


def _say(finding: Finding) -> None:
    typer.echo(f"{_MARKS[finding.state.value]} {finding.name:<15} {finding.detail}")
    if finding.remedy:
        for line in finding.remedy.splitlines():
            typer.echo(f"    {'':<15} -> {line}")
