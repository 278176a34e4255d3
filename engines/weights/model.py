"""A stored model: a folder with model.json, what is known of it, and weights.safetensors, what it learned.

Everything here needs numpy alone. The weights are keyed `<network>/<key>`, where the key is the one of the published
checkpoint; floating numbers are float32, and counters stay integers.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from hashlib import sha256 as _sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.weights.errors import ModelDamagedError
from engines.weights.tensor_file import Progress, TensorEntry, read_header, read_tensors, write_tensors

CARD, WEIGHTS = "model.json", "weights.safetensors"
SCHEMA = 1
GROWING = ".new-"  # how the folder of a model begins that is being written
_NAME_LIMIT = 80
_LARGEST_CARD = 100_000
_CHUNK = 4 << 20

State = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Model:
    """A model on disk. Its weights are read when they are asked for.

    Attributes:
        folder: where it is.
        id: never changes; also the folder's name.
        name: for the user.
        family: which engine's networks these are: "fomm".
        configuration: which of the family's: "vox-adv-256".
        sha256: of the file it came from; of the weights where it came from none.
        size: of the stored weights, bytes.
        licence: as its publisher states it; empty where nothing is known.
        origin: the file's name or the address it came from; empty where it came from none.
        added: when it was stored, ISO 8601 in UTC.
        weights_sha256: of weights.safetensors.
    """

    folder: Path = field(repr=False)
    id: str
    name: str
    family: str
    configuration: str
    sha256: str
    size: int
    licence: str
    origin: str
    added: str
    weights_sha256: str

    @property
    def weights(self) -> Path:
        """The file with the weights."""
        return self.folder / WEIGHTS

    @property
    def networks(self) -> tuple[str, ...]:
        """The names of its networks, sorted.

        Raises:
            ModelDamagedError: the weights cannot be read.
        """
        return tuple(sorted({key.partition("/")[0] for key in self._entries}))

    def shapes(self) -> dict[str, dict[str, tuple[int, ...]]]:
        """Return network -> key -> shape, without reading the weights.

        Raises:
            ModelDamagedError: the weights cannot be read.
        """
        found: dict[str, dict[str, tuple[int, ...]]] = {}
        for key, entry in sorted(self._entries.items()):
            network, _, rest = key.partition("/")
            found.setdefault(network, {})[rest] = entry.shape
        return found

    def state(self, network: str) -> State:
        """Return a network's weights by the keys of the published checkpoint; the caller's own arrays.

        Raises:
            ModelDamagedError: the weights cannot be read, or there is no such network.
        """
        keys = sorted(key for key in self._entries if key.startswith(f"{network}/"))
        if not keys:
            raise ModelDamagedError(
                f"The model '{self.name}' has no network '{network}'. Remove it and add its file again."
            )
        try:
            tensors = read_tensors(self.weights, keys)
        except (OSError, ValueError) as error:
            raise self._damaged(error) from error
        return {key.partition("/")[2]: tensor for key, tensor in tensors.items()}

    def verify(self, progress: Progress | None = None) -> None:
        """Read the weights again and compare them with what was stored.

        Args:
            progress: told the bytes read and those there are; may raise to break off.

        Raises:
            ModelDamagedError: they differ, or cannot be read.
        """
        digest, done = _sha256(), 0
        try:
            with self.weights.open("rb") as file:
                while piece := file.read(_CHUNK):
                    digest.update(piece)
                    done += len(piece)
                    if progress is not None:
                        progress(done, max(done, self.size))
        except OSError as error:
            raise self._damaged(error) from error
        if digest.hexdigest() != self.weights_sha256:
            raise self._damaged(ValueError("they are not what was stored"))

    @cached_property
    def _entries(self) -> dict[str, TensorEntry]:
        try:
            return read_header(self.weights)
        except (OSError, ValueError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> ModelDamagedError:
        why = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        return ModelDamagedError(
            f"The weights of the model '{self.name}' cannot be used: {why}. Remove it and add its file again."
        )


def load_model(folder: Path) -> Model:
    """Return the model stored in a folder. Only its card is read.

    Raises:
        ModelDamagedError: there is none, or its card is not what save_model writes.
    """
    try:
        with (folder / CARD).open("rb") as file:
            stored = json.loads(file.read(_LARGEST_CARD).decode("utf-8"))
        texts = {key: stored[key] for key in _TEXTS}
        size, schema = stored["size"], stored["schema"]
        if not all(isinstance(text, str) for text in texts.values()) or type(size) is not int:
            raise ValueError("a value has the wrong type")
        if schema != SCHEMA:
            raise ValueError(f"it was written by another version of Guise (schema {schema})")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise ModelDamagedError(
            f"The model in {folder} cannot be used: {why}. Remove the folder and add the model's file again."
        ) from error
    return Model(folder=folder, id=folder.name, size=size, **texts)


def save_model(
    parent: Path,
    networks: Mapping[str, Mapping[str, NDArray[Any]]],
    *,
    name: str,
    family: str,
    configuration: str,
    sha256: str = "",
    licence: str = "",
    origin: str = "",
    progress: Progress | None = None,
) -> Model:
    """Store a model in a folder of its own below a parent: whole or not at all.

    Args:
        parent: the folder of all models; made where it is missing.
        networks: network -> key -> array. Floating numbers are stored as float32, integers as they are.
        name: for the user; also the beginning of the id.
        family: as in Model.
        configuration: as in Model.
        sha256: of the file the weights came from; left out, that of the stored weights.
        licence: as in Model.
        origin: as in Model.
        progress: told the bytes written and those there will be; may raise to break off, and nothing is left.

    Raises:
        OSError: the folder cannot be written to, or is full.
        FileExistsError: a model with these weights and this name is there already.
    """
    parent.mkdir(parents=True, exist_ok=True)
    tensors = {
        f"{network}/{key}": _stored(array)
        for network, state in networks.items()
        for key, array in state.items()
    }
    growing = parent / f"{GROWING}{os.getpid()}-{os.urandom(4).hex()}"
    try:
        growing.mkdir()
        weights_sha256 = write_tensors(growing / WEIGHTS, tensors, progress)
        model_id = f"{_slug(name)}-{(sha256 or weights_sha256)[:6]}"
        model = Model(
            folder=parent / model_id,
            id=model_id,
            name=clean_name(name) or configuration,
            family=family,
            configuration=configuration,
            sha256=sha256 or weights_sha256,
            size=(growing / WEIGHTS).stat().st_size,
            licence=licence,
            origin=origin,
            added=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            weights_sha256=weights_sha256,
        )
        _write_card(growing / CARD, model)
        if model.folder.exists():
            raise FileExistsError(f"{model.folder} is there already")
        growing.rename(model.folder)
    except BaseException:  # an interruption too leaves nothing behind
        shutil.rmtree(growing, ignore_errors=True)
        raise
    return model


def clean_name(name: str) -> str:
    """Return a name fit to show: one line, without outer spaces, of bounded length."""
    printable = "".join(letter if letter.isprintable() else " " for letter in name)
    return " ".join(printable.split())[:_NAME_LIMIT].strip()


_TEXTS = ("name", "family", "configuration", "sha256", "licence", "origin", "added", "weights_sha256")


def _write_card(path: Path, model: Model) -> None:
    values = asdict(model)
    card = {"schema": SCHEMA, "size": model.size} | {key: values[key] for key in _TEXTS}
    with path.open("wb") as file:
        file.write(json.dumps(card, ensure_ascii=False, indent=1).encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())


def _stored(array: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(array, np.float32) if np.issubdtype(array.dtype, np.floating) else np.asarray(array)


def _slug(name: str) -> str:
    """Return a name as a folder may begin on every system."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:32].strip("-") or "model"
