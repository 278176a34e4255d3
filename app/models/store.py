"""The models a user has, each in a folder of its own. What is there is whole: files appear and go at once."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from app.errors import UnknownNameError
from app.models.errors import ModelError, ModelKnown, Stopped, no_room, storage_error
from app.models.families import Recognised, recognise, recognise_folder
from app.models.manifest import match
from engines.weights.checkpoint import open_checkpoint
from engines.weights.errors import ModelDamagedError
from engines.weights.model import GROWING, Model, clean_name, load_model, save_model

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, "int | None"], None]  # what is done now, bytes done, bytes in all
Cancelled = Callable[[], bool]

_GOING = ".gone-"  # how a folder begins that is being removed
_LEFT_BEHIND_S = (
    600.0  # what an ended process left half done is swept away when nobody touched it for so long
)
_CHUNK = 4 << 20
_ROOM_TO_SPARE = 50_000_000
_SUFFIXES = (".pth.tar", ".pth", ".pt", ".tar", ".ckpt", ".safetensors")

States = Mapping[str, Mapping[str, NDArray[Any]]]


def nothing(_step: str, _done: int, _total: int | None) -> None:
    """Take no notice of progress."""


def never() -> bool:
    """Never cancel."""
    return False


class ModelStore:
    """All stored models. Nothing is created before the first is added.

    Threads: any; processes may share the folder.

    Args:
        folder: of all models; Paths.models.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._complained: set[Path] = set()

    def list(self) -> list[Model]:
        """Return the models in the order they were added. Damaged ones are left out, with a warning logged."""
        models = []
        for folder in self._folders():
            try:
                models.append(load_model(folder))
            except ModelDamagedError as error:
                if folder not in self._complained:
                    self._complained.add(folder)
                    logger.warning("%s", error)
        return sorted(models, key=lambda model: (model.added, model.id))

    def find(self, name: str) -> Model:
        """Return the model of that id or name, or the only one whose name begins so.

        Raises:
            UnknownNameError: there is none.
        """
        models, wanted = self.list(), name.strip().casefold()
        for model in models:
            if wanted in (model.id.casefold(), model.name.casefold()):
                return model
        starting = [model for model in models if wanted and model.name.casefold().startswith(wanted)]
        if len(starting) == 1:
            return starting[0]
        raise UnknownNameError("model", name, [model.name for model in models])

    def add(
        self,
        path: Path,
        name: str | None = None,
        progress: Progress = nothing,
        cancelled: Cancelled = never,
        *,
        origin: str = "",
    ) -> Model:
        """Store the model in a file: .pth, .pth.tar, .pt or .safetensors, or in a folder of several. Nothing is run.

        Args:
            path: the file or the folder; it is not changed.
            name: for the user; the file's or the folder's name where left out.
            progress: told what is done and how far it is.
            cancelled: asked while it works.
            origin: where the file is from; its name where left out.

        Raises:
            CheckpointError: the file cannot be read, is damaged, or would run something.
            ModelError: it is no model an engine here can use, or it cannot be stored.
            ModelKnown: it is stored already.
            Stopped: cancelled() said so; nothing was stored.
        """

        def tell(step: str, done: int, total: int | None) -> None:
            if cancelled():
                raise Stopped("Adding the model was stopped.", "Nothing was stored.")
            progress(step, done, total)

        found, files, load = _look_into(path)
        checksums = _checksums(files, tell)
        self._refuse_known("sha256", checksums["sha256"])
        tell("Reading", 0, None)
        states = load()
        public = match(path.name, found.configuration, checksums)
        model = self._save(
            states,
            found,
            name=self._free_name(clean_name(name or "") or _stem(path)),
            sha256=checksums["sha256"],
            licence=public.licence if public else "",
            origin=origin or path.name,
            tell=tell,
        )
        logger.info("stored the model %s, %s", model.id, model.configuration)
        return model

    def remove(self, name: str) -> str:
        """Remove a model by its id or name, or a damaged one by its id; returns its id.

        Raises:
            UnknownNameError: there is none; the beginning of a name is not enough here.
            ModelError: it cannot be removed.
        """
        wanted, models = name.strip().casefold(), self.list()
        folders = {model.name.casefold(): model.folder for model in reversed(models)}
        folders |= {folder.name.casefold(): folder for folder in self._folders()}
        if wanted not in folders:
            raise UnknownNameError("model", name, [model.name for model in models])
        folder = folders[wanted]
        going = self.folder / f"{_GOING}{folder.name}-{os.urandom(4).hex()}"
        try:
            folder.rename(going)  # at once; a removal that breaks off leaves no half model
            shutil.rmtree(going, ignore_errors=True)
        except OSError as error:
            raise storage_error(error, self.folder, "remove the model") from error
        return folder.name

    def verify(self, name: str, progress: Progress = nothing, cancelled: Cancelled = never) -> Model:
        """Read a model again and compare it with what was stored.

        Raises:
            UnknownNameError: there is none of that name.
            ModelDamagedError: it is damaged.
            Stopped: cancelled() said so.
        """
        model = self.find(name)

        def tell(done: int, total: int) -> None:
            if cancelled():
                raise Stopped("Verifying the model was stopped.")
            progress("Verifying", done, total)

        model.verify(tell)
        return model

    def _save(
        self,
        states: States,
        found: Recognised,
        *,
        name: str,
        sha256: str,
        licence: str,
        origin: str,
        tell: Progress,
    ) -> Model:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._sweep()
            needed = sum(array.nbytes for state in states.values() for array in state.values())
            free = shutil.disk_usage(self.folder).free
            if free < needed + _ROOM_TO_SPARE:
                raise no_room(needed, free, self.folder, "store the model")
            model = save_model(
                self.folder,
                states,
                name=name,
                family=found.family.name,
                configuration=found.configuration,
                sha256=sha256,
                licence=licence,
                origin=origin,
                progress=lambda done, total: tell("Storing", done, total),
            )
        except FileExistsError as error:
            self._refuse_known("sha256", sha256)  # another process was faster
            hint = "Look at it with `guise models list`, or remove it with `guise models remove ID`."
            raise ModelError("A damaged model is where this one would be stored.", hint) from error
        except OSError as error:
            raise storage_error(error, self.folder, "store the model") from error
        return self._only_one(model)

    def _only_one(self, model: Model) -> Model:
        """Take a model back whose weights another has already: the same, from a file of another kind."""
        others = (other for other in self.list() if other.id != model.id)
        for other in others:
            if (other.weights_sha256, other.configuration) == (model.weights_sha256, model.configuration):
                shutil.rmtree(model.folder, ignore_errors=True)
                raise ModelKnown(other)
        return model

    def _refuse_known(self, attribute: str, value: str) -> None:
        for model in self.list():
            if getattr(model, attribute) == value:
                raise ModelKnown(model)

    def _free_name(self, name: str) -> str:
        taken = {model.name.casefold() for model in self.list()}
        if name.casefold() not in taken:
            return name
        return next(free for n in range(2, len(taken) + 3) if (free := f"{name} {n}").casefold() not in taken)

    def _folders(self) -> tuple[Path, ...]:
        try:
            visible = (each for each in self.folder.iterdir() if each.is_dir() and each.name[:1] != ".")
            return tuple(sorted(visible))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise storage_error(error, self.folder, "read the models") from error

    def _sweep(self) -> None:
        """Remove what ended processes left half done."""
        for folder in self.folder.iterdir():
            if folder.name.startswith((GROWING, _GOING)) and time.time() - _touched(folder) > _LEFT_BEHIND_S:
                shutil.rmtree(folder, ignore_errors=True)


def _look_into(path: Path) -> tuple[Recognised, list[Path], Callable[[], States]]:
    """Return what a file or a folder holds, the files it is read from, and what reads them."""
    if path.is_dir():
        found, checkpoints = recognise_folder(path)
        kept = {network: checkpoints[network] for network in sorted(found.networks)}
        files = [checkpoint.path for checkpoint in kept.values()]
        return found, files, lambda: {network: each.load([""])[""] for network, each in kept.items()}
    checkpoint = open_checkpoint(path)
    found = recognise(checkpoint.shapes, path.name)
    return found, [path], lambda: checkpoint.load(found.networks)


def _checksums(files: Sequence[Path], progress: Progress) -> dict[str, str]:
    """Return the checksums of files, one behind the other, by hashlib's names."""
    digests = {"sha256": hashlib.sha256(), "md5": hashlib.md5(usedforsecurity=False)}
    name, done = "", 0
    try:
        total = sum(path.stat().st_size for path in files)
        for path in files:
            name = path.name
            with path.open("rb") as file:
                while piece := file.read(_CHUNK):
                    for digest in digests.values():
                        digest.update(piece)
                    done += len(piece)
                    progress("Checking", done, total)
    except OSError as error:
        raise ModelError(f"'{name}' cannot be read: {error.strerror or error}.", "Try again.") from error
    return {name: digest.hexdigest() for name, digest in digests.items()}


def _touched(folder: Path) -> float:
    """Return when something in a folder changed last, seconds since the epoch."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
    except OSError:
        return time.time()


def _stem(path: Path) -> str:
    """Return a file's name without what tells its kind."""
    lowered = path.name.lower()
    suffix = next((each for each in _SUFFIXES if lowered.endswith(each)), "")
    return clean_name(path.name[: len(path.name) - len(suffix)]) or "model"
