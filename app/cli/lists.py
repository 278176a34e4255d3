"""`guise cameras` and `guise engines`: what there is to choose from."""

from __future__ import annotations

from dataclasses import asdict

from app.cli.console import say, say_json, say_table
from app.cli.options import AsJson


def cameras(as_json: AsJson = False) -> None:
    """List the cameras."""
    from app.devices.discovery import list_cameras

    found = list_cameras()
    if as_json:
        say_json([asdict(each) for each in found])
    elif found:
        say_table([(each.id, each.name, each.kind) for each in found], ("ID", "NAME", "KIND"))
    else:
        say("No camera was found. Plug one in, or use `--camera FILE` or `--camera idle`.")


def engines(as_json: AsJson = False) -> None:
    """List the ways to animate pictures."""
    from engines.registry import engine_info, engine_names

    cards = [engine_info(name) for name in engine_names()]
    if as_json:
        say_json([asdict(each) for each in cards])
    else:
        say_table([(each.name, each.title, each.summary) for each in cards], ("NAME", "TITLE", "WHAT IT IS"))
