"""The library of avatars: the user's own, in the data folder, and the built-in ones, never written to."""

from __future__ import annotations

import logging
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.avatars import record
from app.avatars.character import SUFFIXES, Character, is_character, read_character
from app.avatars.character_face import character_face
from app.avatars.entry import AvatarEntry
from app.avatars.errors import AvatarDamaged, storage_error
from app.avatars.folders import new_id, visible_folders
from app.avatars.picture import LoadedPicture, load_picture, picture_from_array
from app.avatars.record import Card
from app.avatars.rigging import choose_face, flatten_corners, has_hand_before_face, matte_of, read_avatar
from app.avatars.shelf import Shelf, load_shelf, save_shelf
from app.errors import UnknownNameError
from app.paths import Paths, assets
from engines.base import Avatar, Style
from engines.errors import EngineError

logger = logging.getLogger(__name__)
_OVERRIDES = ".built-in"  # the user's own landmarks for built-in avatars, by id
_VISITORS = ".visitors"  # networks of characters that were animated without being added, by checksum


class AvatarLibrary:
    """All avatars, in the user's order. Safe to use from several threads.

    Args:
        paths: the user's folders.
        builtin_folder: where the built-in avatars are; those of the app by default.
    """

    def __init__(self, paths: Paths, builtin_folder: Path | None = None) -> None:
        self._folder, self._builds = paths.avatars, paths.builds
        self._builtin_folder = builtin_folder or assets() / "avatars"
        self._shelf_file = paths.avatars / "shelf.json"
        self._lock = threading.RLock()
        self._complained: set[Path] = set()

    def list(self) -> list[AvatarEntry]:
        """Return what is on the shelf, in order. Damaged avatars are left out, with a warning logged."""
        with self._lock:
            return list(self._standing(self._shelf()))

    def hidden(self) -> tuple[AvatarEntry, ...]:
        """Return the built-in avatars the user removed."""
        with self._lock:
            shelf = self._shelf()
            return tuple(entry for entry in self._all(shelf) if entry.id in shelf.hidden)

    def get(self, avatar_id: str) -> AvatarEntry:
        """Return the entry with that id.

        Raises:
            UnknownNameError: there is none on the shelf.
        """
        entries = self.list()
        for entry in entries:
            if entry.id == avatar_id:
                return entry
        raise UnknownNameError("avatar", avatar_id, [entry.id for entry in entries])

    def add(
        self,
        source: str | Path | bytes | LoadedPicture | NDArray[np.uint8],
        name: str | None = None,
        face_index: int | None = None,
        landmarks: NDArray[np.float32] | None = None,
        style: Style | None = None,
    ) -> AvatarEntry:
        """Add a picture or a character to the end of the shelf. Takes a second or so.

        Args:
            source: a file, the bytes of one, decoded RGB(A) pixels, or the picture an earlier error carried; or a
                character's folder or description, which needs none of the other arguments but the name.
            name: for the user; the file's name by default.
            face_index: which face, where an earlier call raised SeveralFaces.
            landmarks: (478, 3) placed by hand; no face is looked for then.
            style: photo or drawn; what the picture looks like by default.

        Raises:
            PictureError: the source is no usable picture.
            NoFaceFound: place landmarks by hand, then add the error's picture with them.
            SeveralFaces: choose one, then add the error's picture with its index.
            CharacterError, CheckpointError: it is no usable character.
            StorageError: the disk is full or may not be written to.
        """
        if isinstance(source, (str, Path)) and _means_character(Path(source)):
            return self._add_character(read_character(Path(source)), name)
        picture = flatten_corners(_loaded(source))
        name = self._named(name, picture)
        guessed = False
        if landmarks is None:
            face = choose_face(picture, name, face_index)
            landmarks, style, guessed = face.landmarks, style or face.style, not face.is_sure
        landmarks = record.checked_landmarks(landmarks)
        card = Card(name, style or Style.PHOTO, guessed, has_hand_before_face(picture, landmarks))
        return self._keep(picture, card, landmarks)

    def load(self, avatar_id: str) -> Avatar:
        """Read an avatar for an engine.

        Raises:
            UnknownNameError: there is none with that id.
            AvatarDamaged: its files are damaged, or it has no landmarks yet.
        """
        entry = self.get(avatar_id)
        picture, landmarks = record.read_picture(entry.folder), self._landmarks(entry)
        if landmarks is None:
            raise AvatarDamaged(
                f"'{entry.name}' has no face landmarks.", "Place them in the landmark editor."
            )
        matte = picture.alpha if picture.alpha is not None else record.read_matte(entry.folder, picture.size)
        if matte is None:
            matte = matte_of(picture, landmarks)
        has_alpha, networks = picture.alpha is not None, record.character_of(entry.folder)
        return Avatar(
            entry.name,
            picture.rgb,
            matte,
            landmarks,
            entry.style,
            has_alpha,
            networks,
            entry.hand_before_face,
        )

    def picture(self, avatar_id: str) -> LoadedPicture:
        """Return an avatar's picture, for the landmark editor.

        Raises:
            UnknownNameError: there is none with that id.
            AvatarDamaged: the picture is damaged.
        """
        return record.read_picture(self.get(avatar_id).folder)

    def landmarks(self, avatar_id: str) -> NDArray[np.float32] | None:
        """Return an avatar's landmarks, (478, 3), or None where it still needs them."""
        return self._landmarks(self.get(avatar_id))

    def set_landmarks(self, avatar_id: str, landmarks: NDArray[np.float32]) -> AvatarEntry:
        """Keep other landmarks for an avatar; those of a built-in one are kept beside the user's avatars.

        Raises:
            UnknownNameError: there is none with that id.
            StorageError: the disk is full or may not be written to.
        """
        entry, points = self.get(avatar_id), record.checked_landmarks(landmarks)
        picture = record.read_picture(entry.folder)
        folder = self._folder / _OVERRIDES / avatar_id if entry.builtin else entry.folder
        matte = None if entry.builtin or picture.alpha is not None else matte_of(picture, points)
        hand = not entry.builtin and not entry.character and has_hand_before_face(picture, points)
        with self._writing("save the landmarks"):
            folder.mkdir(parents=True, exist_ok=True)
            record.write_landmarks(folder, points)
            record.write_thumbnail(folder, picture, points)
            if matte is not None:
                record.write_matte(folder, matte)
            if not entry.builtin:
                record.write_card(folder, Card(entry.name, entry.style, hand_before_face=hand))
        return self.get(avatar_id)

    def rename(self, avatar_id: str, name: str) -> AvatarEntry:
        """Give an avatar another name; a blank one is ignored.

        Raises:
            UnknownNameError: there is none with that id.
            StorageError: the disk is full or may not be written to.
        """
        entry, name = self.get(avatar_id), record.clean_name(name)
        if not name:
            return entry
        with self._writing("rename the avatar"):
            if entry.builtin:
                shelf = load_shelf(self._shelf_file)
                save_shelf(self._shelf_file, replace(shelf, names={**shelf.names, avatar_id: name}))
            else:
                record.write_card(entry.folder, replace(record.read_card(entry.folder), name=name))
        return self.get(avatar_id)

    def remove(self, avatar_id: str) -> None:
        """Delete one of the user's avatars with all that was built for it, or hide a built-in one.

        Raises:
            UnknownNameError: there is none with that id.
            StorageError: the folder may not be written to.
        """
        entry = self.get(avatar_id)
        with self._writing("remove the avatar"):
            if entry.builtin:
                shelf = load_shelf(self._shelf_file)
                save_shelf(self._shelf_file, replace(shelf, hidden=shelf.hidden | {avatar_id}))
            else:
                gone = entry.folder.with_name(f".removed-{entry.folder.name}")
                entry.folder.rename(gone)  # at once and whole: nobody sees an avatar half deleted
                _forget_builds(gone, self._builds)
                shutil.rmtree(gone, ignore_errors=True)

    def restore(self) -> None:
        """Show all built-in avatars again.

        Raises:
            StorageError: the folder may not be written to.
        """
        with self._writing("restore the built-in avatars"):
            save_shelf(self._shelf_file, replace(load_shelf(self._shelf_file), hidden=frozenset()))

    def move(self, avatar_id: str, position: int) -> None:
        """Put an avatar at another place on the shelf, 0 the first.

        Raises:
            UnknownNameError: there is none with that id.
            StorageError: the folder may not be written to.
        """
        self.get(avatar_id)
        with self._writing("reorder the avatars"):
            shelf = load_shelf(self._shelf_file)
            ids = [entry.id for entry in self._standing(shelf)]
            save_shelf(self._shelf_file, shelf.moved(ids, avatar_id, position))

    def resolve(self, name_or_file: str) -> AvatarEntry | Avatar:
        """Return what a command line means: an id, a name, the unique beginning of one, a picture or a character.

        Raises:
            UnknownNameError: nothing is called that.
            PictureError: it names a file that is no usable picture.
            NoFaceFound: the picture shows no face.
            CharacterError, CheckpointError: it names a character that cannot be used.
            StorageError: a character's networks cannot be kept for a while.
        """
        entries, wanted = self.list(), name_or_file.casefold()
        for entry in entries:
            if wanted in (entry.id.casefold(), entry.name.casefold()):
                return entry
        if is_character(Path(name_or_file)):
            return self._visitor(read_character(Path(name_or_file)))
        if Path(name_or_file).is_file() or re.search(r"[/\\]|\.\w{2,4}$", name_or_file):
            return read_avatar(name_or_file)
        starting = [entry for entry in entries if wanted and entry.name.casefold().startswith(wanted)]
        if len(starting) == 1:
            return starting[0]
        raise UnknownNameError("avatar", name_or_file, [entry.name for entry in entries])

    def _shelf(self) -> Shelf:
        """Return the shelf to look at, in the default order where it cannot be read; who writes must not use this."""
        try:
            return load_shelf(self._shelf_file)
        except OSError as error:
            logger.warning("the avatars' order cannot be read (%s); using the default order", error)
            return Shelf()

    def _standing(self, shelf: Shelf) -> Iterator[AvatarEntry]:
        """Yield what is not hidden, in the shelf's order."""
        entries = {entry.id: entry for entry in self._all(shelf) if entry.id not in shelf.hidden}
        return (entries[avatar] for avatar in shelf.sorted(list(entries)))

    def _all(self, shelf: Shelf) -> Iterator[AvatarEntry]:
        for folder in visible_folders(self._builtin_folder):
            yield from self._entry(folder, builtin=True, name=shelf.names.get(folder.name))
        for folder in visible_folders(self._folder):
            yield from self._entry(folder, builtin=False)

    def _entry(self, folder: Path, *, builtin: bool, name: str | None = None) -> Iterator[AvatarEntry]:
        """Yield the entry a folder holds, or nothing where it is damaged."""
        try:
            card = record.read_card(folder)
        except AvatarDamaged as error:
            if folder not in self._complained:
                self._complained.add(folder)
                logger.warning("%s It is left out and kept as it is.", error.message)
            return
        override = self._folder / _OVERRIDES / folder.name
        thumbnails = (override / record.THUMBNAIL, folder / record.THUMBNAIL, folder / record.PICTURE)
        entry = AvatarEntry(
            id=folder.name,
            name=record.clean_name(name or "") or card.name,
            thumbnail=next((path for path in thumbnails[not builtin :] if path.is_file()), thumbnails[-1]),
            builtin=builtin,
            style=card.style,
            needs_landmarks=False,
            folder=folder,
            character=record.character_of(folder) is not None,
            face_guessed=card.face_guessed,
            hand_before_face=card.hand_before_face,
        )
        yield replace(entry, needs_landmarks=self._landmarks(entry) is None)

    def _landmarks(self, entry: AvatarEntry) -> NDArray[np.float32] | None:
        own = record.read_landmarks(self._folder / _OVERRIDES / entry.id) if entry.builtin else None
        return own if own is not None else record.read_landmarks(entry.folder)

    def _add_character(self, character: Character, name: str | None) -> AvatarEntry:
        landmarks, found = character_face(character.picture)
        card = Card(self._named(name, character.picture), Style.DRAWN, face_guessed=not found)
        return self._keep(character.picture, card, landmarks, character)

    def _visitor(self, character: Character) -> Avatar:
        """Return a character that is not on the shelf; its networks wait in a hidden folder for the next visit."""
        folder = self._folder / _VISITORS / character.sha256[:16]
        with self._writing("read the character"):
            if not folder.is_dir():
                character.store(folder)
        picture, landmarks = character.picture, character_face(character.picture)[0]
        assert picture.alpha is not None
        return Avatar(character.name, picture.rgb, picture.alpha, landmarks, Style.DRAWN, True, folder)

    def _keep(
        self,
        picture: LoadedPicture,
        card: Card,
        landmarks: NDArray[np.float32],
        character: Character | None = None,
    ) -> AvatarEntry:
        """Put a new avatar behind the others."""
        avatar_id = new_id(card.name)
        matte = None if picture.alpha is not None else matte_of(picture, landmarks)
        with self._writing("save the avatar"):
            shelf = load_shelf(self._shelf_file)
            order = (*(entry.id for entry in self._standing(shelf)), avatar_id)
            record.create(self._folder / avatar_id, picture, card, landmarks, matte, character)
            save_shelf(self._shelf_file, replace(shelf, order=order))
        return self.get(avatar_id)

    def _named(self, name: str | None, picture: LoadedPicture) -> str:
        """Return what a new avatar is called: as asked, or as its file."""
        return self._free_name(record.clean_name(name or picture.name.replace("_", " ")) or "Avatar")

    def _free_name(self, name: str) -> str:
        taken = {entry.name.casefold() for entry in self.list()}
        if name.casefold() not in taken:
            return name
        return next(free for n in range(2, len(taken) + 3) if (free := f"{name} {n}").casefold() not in taken)

    @contextmanager
    def _writing(self, doing: str) -> Iterator[None]:
        """Hold the lock and put failed writes into words."""
        with self._lock:
            try:
                yield
            except OSError as error:
                raise storage_error(error, self._folder, doing) from error


def _means_character(path: Path) -> bool:
    """Tell whether who named this path meant a character: a folder, or a description, whether it is any good or not."""
    try:
        return path.is_dir() or path.suffix.lower() in SUFFIXES
    except (OSError, ValueError):
        return False


def _forget_builds(avatar: Path, builds: Path) -> None:
    """Delete the graphs built for a character's networks; what cannot be deleted is only in the way."""
    networks = record.character_of(avatar)
    if networks is None or not builds.is_dir():
        return
    from engines.runners.build_cache import BuildCache
    from engines.weights.model import load_model

    try:
        BuildCache(builds).remove_model(load_model(networks).sha256)
    except EngineError as error:
        logger.info("the builds of %s stay: %s", avatar.name, error)


def _loaded(source: str | Path | bytes | LoadedPicture | NDArray[np.uint8]) -> LoadedPicture:
    if isinstance(source, LoadedPicture):
        return source
    return picture_from_array(source) if isinstance(source, np.ndarray) else load_picture(source)


__all__ = ["AvatarEntry", "AvatarLibrary", "read_avatar"]
