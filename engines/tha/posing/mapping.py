"""The table that says which signal of a face moves which parameter of a pose: read, checked, applied.

The default is mapping.toml beside this file, which also explains the format. A user's own table is laid over it, key by
key: a bad key is told and has its default, and a file that cannot be read at all leaves the default as it is.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from engines.errors import EngineError
from engines.tha.pose import PARAMETERS, VOWELS

DEFAULT = Path(__file__).with_name("mapping.toml")

SIDED = (
    "eye_closed",
    "eye_blink",
    "eye_droop",
    "eye_wide",
    "lower_lid",
    "brow_up",
    "brow_down",
    "brow_worry",
    "brow_frown",
    "corner_up",
    "corner_down",
)  # signals that differ left and right
SHAPES = tuple(vowel.removeprefix("mouth_") for vowel in VOWELS)
SINGLE = (
    "smile",
    "frown",
    "happy",
    "smirk",
    "mouth_open",
    "mouth_wide",
    "mouth_narrow",
    *SHAPES,
    "gaze_up",
    "gaze_left",
    "head_up",
    "head_left",
    "tilt_left",
    "lean_left",
    "breath",
)

_LARGEST_FILE = 100_000
_SIDES = ("_left", "_right")


@dataclass(frozen=True)
class Rule:
    """How one parameter, or a pair of them, follows a signal.

    Attributes:
        follows: the signal.
        start: up to here it does nothing ("from" in the file).
        full: from here on the parameter is as far out as it goes ("to").
        most: how far that is.
        along: a signal that must be there too, or "" ("with").
        without: a signal that must not be there, or "".
    """

    follows: str
    start: float = 0.0
    full: float = 1.0
    most: float = 1.0
    along: str = ""
    without: str = ""


@dataclass(frozen=True)
class Shape:
    """Which mouths are a vowel.

    Attributes:
        width: range of the mouth's width against its rest, -1 as narrow as it gets to 1 as wide.
        open: range of its opening, 0 closed to 1 widest.
        opens: how far the character's mouth opens when it says the vowel, against its widest.
    """

    width: tuple[float, float] = (0.0, 0.0)
    open: tuple[float, float] = (0.0, 1.0)
    opens: float = 1.0


@dataclass(frozen=True)
class Rhythm:
    """What takes time.

    Attributes:
        breath_s: a breath, seconds.
        body_s: how long the body lags behind the head, seconds.
    """

    breath_s: float = 4.0
    body_s: float = 0.25


@dataclass(frozen=True)
class Mapping:
    """The whole table.

    Attributes:
        parameters: a rule for each parameter, by its name without "_left" and "_right".
        vowels: a shape for each of SHAPES.
        rhythm: what takes time.
    """

    parameters: Dict[str, Rule] = field(default_factory=dict)
    vowels: Dict[str, Shape] = field(default_factory=dict)
    rhythm: Rhythm = field(default_factory=Rhythm)


class BadMappingError(EngineError):
    """A table that cannot be read at all."""

    def __init__(self, path: Path, why: str) -> None:
        """Say which and why."""
        super().__init__(
            f"The mapping in {path.name} cannot be read: {why}. Correct it, or delete it to go back to the default."
        )


def stem(name: str) -> str:
    """Return a parameter's name as the table has it, for both sides."""
    for side in _SIDES:
        name = name.removesuffix(side)
    return name


STEMS = tuple(dict.fromkeys(stem(parameter.name) for parameter in PARAMETERS))
_PAIRED = {stem(parameter.name) for parameter in PARAMETERS if parameter.name.endswith(_SIDES)}


@lru_cache(maxsize=1)
def default_mapping() -> Mapping:
    """Return the table that comes with the engine."""
    mapping, complaints = _laid_over(Mapping(), _parsed(DEFAULT))
    assert not complaints, complaints
    assert mapping.parameters.keys() == set(STEMS)
    assert mapping.vowels.keys() == set(SHAPES)
    return mapping


def read_mapping(path: Path | None) -> tuple[Mapping, list[str]]:
    """Return the default table with a user's own laid over it, and what in that could not be used, a sentence each.

    Args:
        path: the user's table; None, or a file that is not there, for the default alone.

    Raises:
        BadMappingError: the file is there and is no table at all.
    """
    if path is None or not path.exists():
        return default_mapping(), []
    return _laid_over(default_mapping(), _parsed(path))


def _parsed(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise BadMappingError(path, "it is too large to be one")
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadMappingError(path, (error.strerror or "it cannot be opened").lower()) from error
    except (ValueError, RecursionError) as error:  # not TOML, not UTF-8, or nested without end
        raise BadMappingError(path, _inline(error)) from error
    return raw


def _laid_over(base: Mapping, raw: Dict[str, Any]) -> tuple[Mapping, list[str]]:
    """Take every good key, keep the base's value for each bad one, and say which."""
    reader = _Reader()
    rules, shapes = dict(base.parameters), dict(base.vowels)
    for name, row in reader.tables(raw, "parameters", STEMS):
        rules[name] = reader.rule(rules.get(name), name, row)
    for name, row in reader.tables(raw, "vowels", SHAPES):
        shapes[name] = reader.shape(shapes.get(name, Shape()), name, row)
    rhythm = reader.rhythm(base.rhythm, raw.get("rhythm", {}))
    for name in raw.keys() - {"parameters", "vowels", "rhythm"}:
        reader.complain(name, "there is no such table")
    return Mapping(rules, shapes, rhythm), reader.complaints


class _Reader:
    """Checks values one by one and collects what is wrong with them."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

    def complain(self, where: str, why: str) -> None:
        self.complaints.append(f"In the mapping, {where} was ignored: {why}.")

    def tables(
        self, raw: Dict[str, Any], title: str, known: tuple[str, ...]
    ) -> list[tuple[str, dict[str, Any]]]:
        """Return the known rows of a table."""
        table, rows = raw.get(title, {}), []
        if not isinstance(table, dict):
            self.complain(title, "a table is needed")
            return []
        for name, row in table.items():
            if name not in known:
                self.complain(f"{title}.{name}", "there is no such line")
            elif not isinstance(row, dict):
                self.complain(f"{title}.{name}", "it needs { ... } with its keys")
            else:
                rows.append((name, row))
        return rows

    def rule(self, base: Rule | None, name: str, row: dict[str, Any]) -> Rule:
        """Return a parameter's rule."""
        changes: dict[str, Any] = {}
        signals = SINGLE + (SIDED if name in _PAIRED else ())
        words = {"follows": "follows", "with": "along", "without": "without"}
        numbers = {"from": "start", "to": "full", "most": "most"}
        for key, value in row.items():
            where = f"parameters.{name}.{key}"
            if key in words:
                if value in signals or (value == "" and key != "follows"):
                    changes[words[key]] = value
                else:
                    self.complain(where, f"{value!r} is no signal it could follow")
            elif key in numbers:
                number = self.number(where, value, -1000, 1000)
                changes |= {} if number is None else {numbers[key]: number}
            else:
                self.complain(where, "there is no such key")
        rule = replace(base or Rule(""), **changes)
        if rule.start < rule.full:
            return rule
        self.complain(f"parameters.{name}", "from must be less than to")
        return replace(rule, start=base.start, full=base.full) if base else rule

    def shape(self, base: Shape, name: str, row: dict[str, Any]) -> Shape:
        """Return a vowel's shape."""
        changes: dict[str, Any] = {}
        for key, value in row.items():
            where = f"vowels.{name}.{key}"
            if key in ("width", "open"):
                ends = self.ends(where, value)
                changes |= {} if ends is None else {key: ends}
            elif key == "opens":
                number = self.number(where, value, 0.05, 2)
                changes |= {} if number is None else {key: number}
            else:
                self.complain(where, "there is no such key")
        return replace(base, **changes)

    def rhythm(self, base: Rhythm, row: Any) -> Rhythm:
        """Return what takes time."""
        if not isinstance(row, dict):
            self.complain("rhythm", "a table is needed")
            return base
        changes: dict[str, Any] = {}
        for key, value in row.items():
            where = f"rhythm.{key}"
            if key not in ("breath_s", "body_s"):
                self.complain(where, "there is no such key")
                continue
            number = self.number(where, value, 0.5 if key == "breath_s" else 0, 60)
            changes |= {} if number is None else {key: number}
        return replace(base, **changes)

    def number(self, where: str, value: Any, low: float, high: float) -> float | None:
        """Return a number, or None where it is not a good one."""
        if type(value) not in (int, float) or not math.isfinite(value) or not low <= value <= high:
            self.complain(where, f"a number from {low:g} to {high:g} is needed, not {value!r}")
            return None
        return float(value)

    def ends(self, where: str, value: Any) -> tuple[float, float] | None:
        """Return a range, or None where it is not a good one."""
        if not isinstance(value, list) or len(value) != 2:
            self.complain(where, "it needs two numbers, [least, greatest]")
            return None
        low, high = (self.number(where, end, -5, 5) for end in value)
        if low is None or high is None:
            return None
        if low > high:
            self.complain(where, "its first number must not be the greater one")
            return None
        return low, high


def _inline(error: Exception) -> str:
    """Return an error's words as part of a sentence."""
    words = " ".join(str(error).split()).rstrip(".")[:120] or "it is no TOML"
    return words[0].lower() + words[1:]
