"""What can go wrong, in words for the user: the cause and the way out."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class GuiseError(Exception):
    """Base of every error a user may see.

    Attributes:
        message: one sentence that names the cause.
        hint: one sentence that names the way out, or nothing.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class UnknownNameError(GuiseError):
    """Nothing of that kind has that name; the hint lists what there is and guesses what was meant.

    Attributes:
        kind: what was looked for, as in "camera".
        name: what was asked for.
        known: the names there are.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.name = name
        self.known = tuple(known)
        super().__init__(f"There is no {kind} '{name}'.", self._guess())

    def _guess(self) -> str:
        if not self.known:
            return f"No {self.kind} was found."
        lowered = {known.lower(): known for known in self.known}
        close = get_close_matches(self.name.lower(), lowered, n=1)
        guess = f"Did you mean '{lowered[close[0]]}'? " if close else ""
        return f"{guess}Available: {', '.join(self.known)}."
