"""Everything the user can choose, as frozen values, and the file that keeps them.

Loading never fails: a bad key alone falls back to its default with a warning, a file that is no TOML is set aside,
and one that cannot be read is left alone. SCHEMA rises when the meaning of a key changes; new keys need no rise.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import tempfile
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from app.errors import GuiseError

SCHEMA = 1
_LARGEST_FILE = 1_000_000
_LARGEST_NUMBER = 1e12
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

logger = logging.getLogger(__name__)

T = TypeVar("T", bound="_Checked")


class SettingsError(GuiseError):
    """The settings cannot be kept."""


def _number(default: Any, low: float, high: float) -> Any:
    """Return a field whose value must lie between low and high."""
    return field(default=default, metadata={"low": low, "high": high})


@dataclass(frozen=True)
class _Checked:
    """Checks every value when made: the type is the default's, numbers lie in their range.

    Raises:
        TypeError: a value has the wrong type.
        ValueError: a value is out of range.
    """

    def __post_init__(self) -> None:
        for each in fields(self):
            default = each.default_factory() if each.default_factory is not MISSING else each.default
            object.__setattr__(self, each.name, _converted(default, getattr(self, each.name)))
            self._check_range(each.name, each.metadata)

    def _check_range(self, name: str, limits: Any) -> None:
        value = getattr(self, name)
        if limits and not limits["low"] <= value <= limits["high"]:
            raise ValueError(f"{name} must be between {limits['low']} and {limits['high']}, not {value}")


class BackgroundKind(str, Enum):
    """What is behind the person."""

    AS_IS = "as_is"
    STILL = "still"
    COLOUR = "colour"
    BLUR = "blur"
    PICTURE = "picture"
    TRANSPARENT = "transparent"


class FaceLostPolicy(str, Enum):
    """What the call sees while nobody is before the camera."""

    IDLE = "idle"
    HOLD = "hold"
    SLATE = "slate"


class Theme(str, Enum):
    """How the window looks."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True)
class CameraSettings(_Checked):
    """Which camera, and what is asked of it; the camera may give something else.

    Attributes:
        name: a camera's name or id, a file's path, "idle" for none at all, "" for the first one found.
        width: pixels.
        height: pixels.
        fps: frames a second.
    """

    name: str = ""
    width: int = _number(1280, 64, 7680)
    height: int = _number(720, 64, 4320)
    fps: float = _number(30.0, 1, 240)


@dataclass(frozen=True)
class OutputSettings(_Checked):
    """What the call and the recording get.

    Attributes:
        width: pixels.
        height: pixels.
        fps: frames a second.
        mirror: flip the finished picture left to right.
        virtual_camera: feed the virtual camera.
    """

    width: int = _number(1280, 64, 4096)
    height: int = _number(720, 64, 4096)
    fps: float = _number(30.0, 1, 120)
    mirror: bool = False
    virtual_camera: bool = False


@dataclass(frozen=True)
class ControlSettings(_Checked):
    """How the avatar follows the driver.

    Attributes:
        head: gain of the head's rotation and position, 0 still to 2 twice as much.
        mouth: gain of lips and jaw.
        eyes: gain of lids and gaze.
        brows: gain of the brows.
        gaze: gain of the gaze alone, besides that of the eyes; for engines that move irises apart from lids.
        body: gain of how the body follows the head, for engines that move one.
        breathing: gain of the breathing, for engines that breathe by themselves.
        relative: motion is measured from the neutral.
        smoothing: 0 none to 1 most.
        mirror_motion: the avatar moves as a mirror would.
    """

    head: float = _number(1.0, 0, 2)
    mouth: float = _number(1.0, 0, 2)
    eyes: float = _number(1.0, 0, 2)
    brows: float = _number(1.0, 0, 2)
    gaze: float = _number(1.0, 0, 2)
    body: float = _number(1.0, 0, 2)
    breathing: float = _number(1.0, 0, 2)
    relative: bool = True
    smoothing: float = _number(0.5, 0, 1)
    mirror_motion: bool = False


@dataclass(frozen=True)
class BackgroundSettings(_Checked):
    """What is behind the person.

    Attributes:
        kind: which of the ways.
        colour: "#rrggbb", for the kind colour.
        blur: strength for the kind blur, 0 to 1.
        picture: path of the picture for the kind picture.
    """

    kind: BackgroundKind = BackgroundKind.AS_IS
    colour: str = "#00b140"
    blur: float = _number(0.5, 0, 1)
    picture: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _COLOUR.fullmatch(self.colour):
            raise ValueError(f"colour must look like #00b140, not {self.colour}")


@dataclass(frozen=True)
class PreviewSettings(_Checked):
    """What the window shows beside the picture itself; nothing of it reaches the call.

    Attributes:
        mirror: flip the preview alone.
        inset: show the camera in a corner.
        landmarks: draw the tracked mesh over the inset.
        stats: show times and rates.
    """

    mirror: bool = False
    inset: bool = True
    landmarks: bool = True
    stats: bool = False


@dataclass(frozen=True)
class FramingSettings(_Checked):
    """How much of the avatar's picture is shown.

    Attributes:
        zoom: 1 as framed by itself, 2 twice as near.
    """

    zoom: float = _number(1.0, 0.5, 3)


@dataclass(frozen=True)
class Settings(_Checked):
    """Everything.

    Attributes:
        schema: of the file.
        engine: name of the engine.
        model: id of the stored model an engine with networks uses, "" for the first one that suits it.
        runner: what runs its networks, by name, or "auto" for the fastest that works here.
        avatar: id of the avatar, "" for the first one.
        camera: which camera.
        output: what the call gets.
        controls: how the avatar follows.
        background: what is behind the person.
        face_lost: what the call sees while nobody is there.
        preview: what the window shows.
        framing: how the picture is framed.
        theme: how the window looks.
        keys: action to key sequence, where the user changed it.
        countdown_s: seconds to count down before calibrating.
    """

    schema: int = SCHEMA
    engine: str = "rig"
    model: str = ""
    runner: str = "auto"
    avatar: str = ""
    camera: CameraSettings = field(default_factory=CameraSettings)
    output: OutputSettings = field(default_factory=OutputSettings)
    controls: ControlSettings = field(default_factory=ControlSettings)
    background: BackgroundSettings = field(default_factory=BackgroundSettings)
    face_lost: FaceLostPolicy = FaceLostPolicy.IDLE
    preview: PreviewSettings = field(default_factory=PreviewSettings)
    framing: FramingSettings = field(default_factory=FramingSettings)
    theme: Theme = Theme.SYSTEM
    keys: dict[str, str] = field(default_factory=dict)
    countdown_s: int = _number(0, 0, 10)


def load_settings(path: Path) -> Settings | None:
    """Return the settings in the file; what is missing or bad in it has its default.

    Returns:
        None where what the user chose is still in the file and could not be read: it must not be written over.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ValueError("too large for settings")
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        logger.warning("The settings in %s cannot be read (%s); using the defaults.", path, error.strerror)
        return None
    except (ValueError, RecursionError) as error:  # not TOML, not UTF-8, or nested without end
        return Settings() if _set_aside(path, error) else None
    schema = raw.pop("schema", SCHEMA)
    if schema != SCHEMA:
        logger.warning("The settings in %s are of another version of Guise (schema %s).", path, schema)
    return _build(Settings, raw)


def save_settings(settings: Settings, path: Path) -> None:
    """Write the settings; the file is always either the old or the new one, never half of it.

    Raises:
        SettingsError: they could not be written. Guise goes on without.
    """
    import tomli_w

    temporary = ""
    try:
        text = tomli_w.dumps(_plain(settings)).encode("utf-8")
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=path.name, suffix=".new", dir=path.parent)
        with open(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise SettingsError(
            f"The settings could not be saved in {path} ({error.strerror or error}).",
            "Free some space there or make the folder writable.",
        ) from error
    except UnicodeEncodeError as error:  # half a letter, as names of files may hold
        raise SettingsError(
            "The settings could not be saved: the name of a file in them has signs that are no text.",
            "Give that file another name and choose it again.",
        ) from error


def _set_aside(path: Path, error: Exception) -> bool:
    """Put a file that makes no sense out of the way; tell whether it could be."""
    kept = path.with_suffix(".bad.toml")
    try:
        os.replace(path, kept)
    except OSError:
        kept = path
    logger.warning(
        "The settings could not be understood (%s); using the defaults. The file is kept as %s.", error, kept
    )
    return kept != path


def _build(kind: type[T], raw: dict[str, Any], where: str = "") -> T:
    """Keep every good key, fall back to the default for each bad one, and say which."""
    defaults = kind()
    known = {each.name for each in fields(kind)}
    good: dict[str, Any] = {}
    for name, value in raw.items():
        if name not in known:
            logger.warning("settings: %s%s is unknown and was ignored.", where, name)
            continue
        default = getattr(defaults, name)
        try:
            good[name] = _read(default, value, f"{where}{name}.")
            kind(**{name: good[name]})
        except (TypeError, ValueError) as error:
            good.pop(name, None)
            logger.warning("settings: %s%s was ignored (%s); using the default.", where, name, error)
    return kind(**good)


def _read(default: Any, value: Any, where: str) -> Any:
    """Return the value as the default's kind; tables go key by key."""
    if not isinstance(default, (_Checked, dict)):
        return value
    if not isinstance(value, dict):
        raise TypeError(f"a table is needed, not {type(value).__name__}")
    if isinstance(default, _Checked):
        return _build(type(default), value, where)
    for name in [name for name, text in value.items() if not isinstance(text, str)]:
        logger.warning("settings: %s%s was ignored (a text is needed).", where, name)
        del value[name]
    return value


def _converted(default: Any, value: Any) -> Any:
    """Return the value as the default's type, if near enough: a choice's name, a whole number."""
    if isinstance(default, Enum):
        if value not in [member.value for member in type(default)]:
            choices = ", ".join(member.value for member in type(default))
            raise ValueError(f"one of {choices} is needed, not {value!r}")
        return type(default)(value)
    if isinstance(default, float) and type(value) in (int, float):
        if not abs(value) < _LARGEST_NUMBER:  # infinite, no number at all, or too large to be a float
            raise ValueError("a reasonable number is needed")
        return float(value)
    if type(value) is not type(default):
        raise TypeError(f"{type(default).__name__} is needed, not {type(value).__name__}")
    return value


def _plain(value: Any) -> Any:
    """Return the value in TOML's words."""
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Enum):
        return value.value
    return value
