"""What can go wrong in an engine, in words for the user."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class EngineError(Exception):
    """An engine cannot do what it was asked. The message names the cause and the way out."""


class UnknownEngineError(EngineError):
    """No engine has that name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        guess = get_close_matches(name, names, n=1)
        hint = f" Did you mean '{guess[0]}'?" if guess else ""
        super().__init__(f"There is no engine '{name}'.{hint} Available: {', '.join(names)}.")
