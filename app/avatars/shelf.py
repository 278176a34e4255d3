"""The user's order of the avatars, and what they changed about the built-in ones: shelf.json."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.avatars.disk import write_atomically

logger = logging.getLogger(__name__)
_SCHEMA = 1


@dataclass(frozen=True)
class Shelf:
    """How the avatars stand.

    Attributes:
        order: ids, first to last; avatars it does not name follow behind.
        hidden: ids of built-in avatars the user removed.
        names: id of a built-in avatar -> the user's name for it.
    """

    order: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    names: dict[str, str] = field(default_factory=dict)

    def sorted(self, ids: list[str]) -> list[str]:
        """Return ids in the user's order; those without a place keep theirs, behind."""
        place = {avatar: index for index, avatar in enumerate(self.order)}
        return sorted(ids, key=lambda avatar: place.get(avatar, len(place)))

    def moved(self, ids: list[str], avatar: str, position: int) -> Shelf:
        """Return the shelf with one avatar at another position among ids (all that are shown, in order)."""
        others = [other for other in ids if other != avatar]
        position = max(0, min(position, len(others)))
        return replace(self, order=(*others[:position], avatar, *others[position:]))


def load_shelf(path: Path) -> Shelf:
    """Read shelf.json; whatever of it is damaged has its default.

    A file that makes no sense at all is set aside, with a warning, before another one takes its place.

    Raises:
        OSError: it is there and cannot be read, or not be set aside: what it says must not be written over.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(stored, dict):
            raise ValueError(f"a {type(stored).__name__} is no shelf")
    except FileNotFoundError:
        return Shelf()
    except (ValueError, RecursionError) as error:
        kept = path.with_suffix(".bad.json")
        os.replace(path, kept)
        logger.warning(
            "the avatars' order could not be understood (%s); using the default order. The file is kept as %s",
            error,
            kept,
        )
        return Shelf()
    order, hidden, names = stored.get("order"), stored.get("hidden"), stored.get("names")
    return Shelf(
        order=tuple(dict.fromkeys(_strings(order))),
        hidden=frozenset(_strings(hidden)),
        names={key: value for key, value in names.items() if isinstance(value, str)}
        if isinstance(names, dict)
        else {},
    )


def save_shelf(path: Path, shelf: Shelf) -> None:
    """Write shelf.json, creating its folder.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    stored = {
        "schema": _SCHEMA,
        "order": list(shelf.order),
        "hidden": sorted(shelf.hidden),
        "names": shelf.names,
    }
    write_atomically(path, json.dumps(stored, ensure_ascii=False, indent=1).encode("utf-8"))


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
