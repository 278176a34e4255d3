"""Characters as Talking Head Anime 4 hands them out: a picture, and two small networks trained for that picture alone.

A character is a folder. character_model.yaml in it names the other three files:

    character_image_file_name: character.png
    face_morpher_file_name: face_morpher.pt
    body_morpher_file_name: body_morpher.pt

Nothing in the files is run, none outside the folder is opened, and the networks' shapes are looked at before their
numbers are read.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from numpy.typing import NDArray

from app.avatars.errors import CharacterError
from app.avatars.picture import LoadedPicture, load_picture
from engines.weights.checkpoint import Checkpoint, open_checkpoint
from engines.weights.model import Model, save_model

CARD = "character_model.yaml"
SIDE = 512  # of the picture, pixels
SUFFIXES = (".yaml", ".yml")
LICENCE_NOTE = "Its maker decides what it may be used for; the characters of the THA 4 demo are CC BY-NC 4.0."

_FAMILY, _CONFIGURATION = "tha", "tha4"
_NETWORKS = ("face_morpher", "body_morpher")
_PICTURE_KEY = "character_image_file_name"
_LARGEST_CARD = 16_384
_DEEPEST = 8  # lists and tables within one another; a description has two
_AGAIN = "Get the whole folder again from where the character is offered."

State = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Character:
    """What a character's files hold.

    Attributes:
        name: to show, from the folder's name.
        picture: 512 x 512 with alpha.
        networks: network -> key -> array, "face_morpher" and "body_morpher", under the published keys.
        sha256: of the two files of weights.
        origin: the description's name, with its folder's.
    """

    name: str
    picture: LoadedPicture
    networks: Mapping[str, State]
    sha256: str
    origin: str

    def store(self, folder: Path) -> Model:
        """Write the networks as a stored model (engines.weights.model) into a folder that does not exist yet.

        Raises:
            OSError: it cannot be written; nothing is left then.
        """
        made = save_model(
            folder.parent,
            self.networks,
            name=self.name,
            family=_FAMILY,
            configuration=_CONFIGURATION,
            sha256=self.sha256,
            origin=self.origin,
        )
        try:
            made.folder.rename(folder)
        except OSError:
            shutil.rmtree(made.folder, ignore_errors=True)
            raise
        return replace(made, folder=folder, id=folder.name)


def is_character(path: Path) -> bool:
    """Tell whether a path is a character's description or a folder with one; nothing is opened."""
    try:
        if path.suffix.lower() in SUFFIXES:
            return path.is_file()
        return path.is_dir() and _card_in(path) is not None
    except (OSError, ValueError):
        return False


def read_character(path: Path) -> Character:
    """Read a character.

    Args:
        path: its character_model.yaml, or the folder with it.

    Raises:
        CharacterError: the folder is not a character's, and why.
        PictureError: its picture cannot be read.
        CheckpointError: its weights cannot be read.
    """
    card = path
    if path.is_dir():
        found = _card_in(path)
        if found is None:
            raise CharacterError(
                f"The folder '{path.name}' holds no character.", f"A character's folder has a {CARD} in it."
            )
        card = found
    folder = card.absolute().parent
    named = _read_card(card)
    picture = _read_picture(_inside(folder, named, _PICTURE_KEY))
    files = {network: _inside(folder, named, f"{network}_file_name") for network in _NETWORKS}
    checkpoints = {network: open_checkpoint(file) for network, file in files.items()}
    _check_networks(checkpoints, card.name)
    states = {network: each.load([""])[""] for network, each in checkpoints.items()}
    name = folder.name if card.stem.lower() == Path(CARD).stem else card.stem
    return Character(name, replace(picture, name=name), states, _digest(files), f"{folder.name}/{card.name}")


def _card_in(folder: Path) -> Path | None:
    """Return a folder's description: the usual name first, else the only YAML file there is."""
    if (folder / CARD).is_file():
        return folder / CARD
    others = [each for each in folder.iterdir() if each.suffix.lower() in SUFFIXES and each.is_file()]
    return others[0] if len(others) == 1 else None


def _read_card(card: Path) -> Mapping[str, object]:
    """Return what the description says."""
    import yaml

    try:
        with card.open("rb") as file:
            data = file.read(_LARGEST_CARD + 1)
        if len(data) > _LARGEST_CARD:
            raise CharacterError(f"'{card.name}' is too large for a character's description.", _AGAIN)
        text = data.decode("utf-8-sig")
        if not _is_plain(text):
            raise CharacterError(f"'{card.name}' is written in a way no character's description is.", _AGAIN)
        stored = yaml.load(
            text, yaml.BaseLoader
        )  # what it says are names: no tag, date or number is looked at
    except FileNotFoundError:
        raise CharacterError(f"There is no file '{card}'.", "Check the path.") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise CharacterError(
            f"'{card.name}' cannot be read: {reason}.", "Check that you may read it."
        ) from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        raise CharacterError(f"'{card.name}' is damaged or no YAML.", _AGAIN) from None
    if not isinstance(stored, dict) or _PICTURE_KEY not in stored:
        raise CharacterError(
            f"'{card.name}' describes no character.", f"A character's says {_PICTURE_KEY} and two more names."
        )
    return stored


def _is_plain(text: str) -> bool:
    """Tell whether YAML is safe to build: a few aliases can stand for gigabytes, and nesting takes minutes to read."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > _DEEPEST:
            return False
    return True


def _inside(folder: Path, named: Mapping[str, object], key: str) -> Path:
    """Return the file a description names, which must lie in the description's own folder."""
    name = named.get(key)
    if not isinstance(name, str) or not name.strip() or not _is_text(name):
        raise CharacterError(f"The character's description does not say its {key}.", _AGAIN)
    parts = PureWindowsPath(name).parts
    outside = (
        PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor or ".." in parts or "\0" in name
    )
    path = folder.joinpath(*parts) if not outside else folder
    try:
        outside = outside or not path.resolve().is_relative_to(folder.resolve())
        there = path.is_file()
    except (OSError, RuntimeError):
        there = False
    if outside:
        raise CharacterError("The character's description names a file outside its folder.", _AGAIN)
    if not there:
        raise CharacterError(f"The character's file '{path.name}' is missing.", _AGAIN)
    return path


def _is_text(name: str) -> bool:
    """Tell whether every character is one: YAML can write halves of one, which no file's name and no message has."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_picture(path: Path) -> LoadedPicture:
    picture = load_picture(path)
    if picture.size != (SIDE, SIDE):
        width, height = picture.size
        raise CharacterError(
            f"The character's picture has {width} x {height} pixels, and its networks need {SIDE} x {SIDE}.",
            _AGAIN,
        )
    if picture.alpha is None:
        raise CharacterError(
            "The character's picture has a background; its networks need it cut out.", _AGAIN
        )
    return picture


def _check_networks(checkpoints: Mapping[str, Checkpoint], label: str) -> None:
    from engines.tha.recognise import config_of

    try:
        config_of({network: each.shapes.get("", {}) for network, each in checkpoints.items()})
    except ValueError as error:
        raise CharacterError(
            f"The networks that '{label}' names are no character's: {error}.", _AGAIN
        ) from None


def _digest(files: Mapping[str, Path]) -> str:
    digest = hashlib.sha256()
    for network in _NETWORKS:
        with files[network].open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()
