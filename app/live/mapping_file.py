"""The user's own table from faces to the poses of characters: written to be edited, checked, and taken back."""

from __future__ import annotations

from pathlib import Path

from app.devices.snapshot import write_error
from app.errors import GuiseError
from app.paths import Paths
from engines.errors import EngineError


class MappingError(GuiseError):
    """Something in the user's table cannot be used; the default stands in for it."""


def write_mapping(paths: Paths) -> Path:
    """Make the table there for the user to edit, as a copy of the default where they have none; returns its path.

    Raises:
        WriteError: it cannot be written.
    """
    from engines.tha.posing.mapping import DEFAULT

    if not paths.mapping.exists():
        put_mapping(paths, DEFAULT.read_text(encoding="utf-8"))
    return paths.mapping


def put_mapping(paths: Paths, text: str) -> None:
    """Replace the user's table.

    Raises:
        WriteError: it cannot be written.
    """
    try:
        paths.mapping.parent.mkdir(parents=True, exist_ok=True)
        paths.mapping.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise write_error(paths.mapping, error) from None


def reset_mapping(paths: Paths) -> str:
    """Remove the user's table, so that the default holds again; returns what was in it, "" where there was none.

    Raises:
        WriteError: it cannot be removed.
    """
    try:
        text = paths.mapping.read_text(encoding="utf-8", errors="replace")
        paths.mapping.unlink()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise write_error(paths.mapping, error) from None
    return text


def check_mapping(paths: Paths) -> tuple[Path | None, list[MappingError]]:
    """Return the user's table where it can be used, and what in it cannot."""
    from engines.tha.posing.mapping import read_mapping

    if not paths.mapping.is_file():
        return None, []
    try:
        _, complaints = read_mapping(paths.mapping)
    except EngineError as error:
        return None, [MappingError(str(error))]
    return paths.mapping, [MappingError(complaint) for complaint in complaints]
