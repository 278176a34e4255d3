"""Files written by PyTorch, looked into without PyTorch: which networks they hold, and how large everything is.

What the newer kind holds can be read without PyTorch too.

There are two kinds. The newer one is a zip archive: data.pkl describes the tensors, data/N holds the numbers of storage
N. The older one is four pickles in a row (a magic number, a version, the machine's facts, the tensors), then a pickle
with the names of the storages, then their numbers.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from engines.weights.pickle_outline import Outline, PickleShapeError, StorageOutline, TensorOutline, outline

MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."  # the magic number and version 1001
ZIP_MAGIC = b"PK\x03\x04"
LARGEST_BYTES = (
    1_500_000_000  # of a file, and of what is kept of it; the largest published models have half of it
)

_LARGEST_PICKLE = 4 << 20  # a hundred times what a model with its optimisers' states has
_LARGEST_DIRECTORY = 4 << 20
_CHUNK = 4 << 20
_SIZE_BYTES = 8
_TYPES = {
    "BoolStorage": "?",
    "ByteStorage": "u1",
    "CharStorage": "i1",
    "ShortStorage": "<i2",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",
    "IntStorage": "<i4",
    "FloatStorage": "<f4",
    "LongStorage": "<i8",
    "DoubleStorage": "<f8",
}

Networks = dict[str, dict[str, TensorOutline]]


class ScriptError(ValueError):
    """The archive is a TorchScript program."""


class ForeignArchiveError(ValueError):
    """The archive was not written by PyTorch."""


@dataclass(frozen=True)
class TorchFile:
    """What a file holds.

    Attributes:
        path: the file.
        networks: network -> key -> tensor. A network is a dictionary of tensors at the first level; the tensors of
            a file that is one network itself are named "".
        records: where it is an archive, storage key -> the archive's name of it.
    """

    path: Path
    networks: Networks
    records: Mapping[str, str] | None

    def check_contents(self, networks: Collection[str]) -> None:
        """Compare what the archive holds of some networks with its checksums.

        Raises:
            OSError: the file cannot be read.
            PickleShapeError: they differ.
        """
        if self.records is None:  # the older kind has no checksums
            return
        tensors = (tensor for network in networks for tensor in self.networks[network].values())
        try:
            with self.path.open("rb") as file, zipfile.ZipFile(_Bounded(file)) as archive:
                for key in {tensor.storage.key for tensor in tensors}:
                    with archive.open(self.records[key]) as record:
                        while record.read(_CHUNK):
                            pass
        except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
            raise PickleShapeError(f"its checksums do not fit ({error})") from None

    def read(self, networks: Collection[str]) -> dict[str, dict[str, NDArray[Any]]]:
        """Return network -> key -> array of an archive, without PyTorch; bfloat16 comes as float32.

        Call check_contents() first: it compares with the archive's checksums.

        Raises:
            OSError: the file cannot be read.
            PickleShapeError: it is damaged.
        """
        records = self.records
        if records is None:
            raise ValueError("only archives can be read without PyTorch")
        found: dict[str, dict[str, NDArray[Any]]] = {network: {} for network in networks}
        wanted = [(network, *item) for network in networks for item in self.networks[network].items()]
        uses = Counter(tensor.storage.key for _, _, tensor in wanted)
        storages: dict[str, NDArray[Any]] = {}
        try:
            with self.path.open("rb") as file, zipfile.ZipFile(_Bounded(file)) as archive:
                for network, key, tensor in wanted:
                    storage = tensor.storage
                    if storage.key not in storages:
                        storages[storage.key] = _numbers(archive, records[storage.key], storage)
                    found[network][key] = _copied(storages[storage.key], tensor)
                    uses[storage.key] -= 1
                    if not uses[storage.key]:
                        del storages[storage.key]
        except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
            raise PickleShapeError(f"it is cut off or damaged ({error})") from None
        return found


def _numbers(archive: zipfile.ZipFile, name: str, storage: StorageOutline) -> NDArray[Any]:
    """Return a storage's numbers in a row."""
    data = bytearray()
    with archive.open(name) as record:
        while piece := record.read(_CHUNK):
            data += piece
    if len(data) != storage.size:
        raise PickleShapeError("some of its numbers are missing")
    numbers = np.frombuffer(data, _TYPES[storage.kind])
    if storage.kind == "BFloat16Storage":  # the upper half of a float32
        return (numbers.astype(np.uint32) << 16).view(np.float32)
    return numbers


def _copied(numbers: NDArray[Any], tensor: TensorOutline) -> NDArray[Any]:
    """Return a tensor's own numbers; its outline was found to lie within the storage."""
    steps = tuple(stride * numbers.itemsize for stride in tensor.strides)
    return as_strided(numbers[tensor.offset :], tensor.shape, steps, writeable=False).copy()


def look_into(path: Path, head: bytes) -> TorchFile:
    """Return what a file holds, having run nothing and read none of its numbers.

    Args:
        path: the file.
        head: its first bytes; which of the two kinds it is shows there.

    Raises:
        OSError: the file cannot be read.
        PickleCodeError: opening it would call something beyond plain weights.
        ScriptError: it is a program.
        ForeignArchiveError: it is an archive of something else.
        PickleShapeError: it is damaged, or claims to be larger than it is or than any model.
    """
    with path.open("rb") as file:
        found, records = _in_archive(file) if head.startswith(ZIP_MAGIC) else (_in_row(file), None)
    networks = _networks(found.tree)
    if sum(tensor.size for network in networks.values() for tensor in network.values()) > LARGEST_BYTES:
        raise PickleShapeError("its tensors would take more memory than any model does")
    return TorchFile(path, networks, records)


def _in_row(file: BinaryIO) -> Outline:
    """Look into the older kind."""
    whole = os.fstat(file.fileno()).st_size
    start = io.BytesIO(file.read(_LARGEST_PICKLE))
    if start.getvalue().startswith(MAGIC):
        start.seek(len(MAGIC))
        outline(start)
    elif outline(start):  # a bare pickle: if it would call something, that is what the user should hear
        raise PickleShapeError("it was not written by PyTorch")
    found = outline(start)
    names = outline(start).tree
    if not isinstance(names, list) or sorted(map(str, names)) != sorted(found.storages):
        raise PickleShapeError("the list of its storages is damaged")
    expected = start.tell() + sum(_SIZE_BYTES + storage.size for storage in found.storages.values())
    if expected != whole:
        raise PickleShapeError(
            "it is cut off" if whole < expected else "there is something behind its numbers"
        )
    return found


def _in_archive(file: BinaryIO) -> tuple[Outline, dict[str, str]]:
    """Look into the newer kind."""
    whole = os.fstat(file.fileno()).st_size
    try:
        with zipfile.ZipFile(_Bounded(file)) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
            root = _root(entries)
            _check_entries(archive.infolist(), whole)
            if entries[f"{root}/data.pkl"].file_size > _LARGEST_PICKLE:
                raise PickleShapeError("its description is larger than any model's")
            found = outline(io.BytesIO(archive.read(f"{root}/data.pkl")))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OverflowError) as error:
        raise PickleShapeError(f"it is cut off or damaged ({error})") from None
    records = {key: f"{root}/data/{key}" for key in found.storages}
    for key, storage in found.storages.items():
        _check_record(entries.get(records[key]), storage)
    return found, records


def _root(entries: Collection[str]) -> str:
    """Return the folder within the archive that holds everything."""
    roots = {
        name.partition("/")[0] for name in entries if name.count("/") == 1 and name.endswith("/data.pkl")
    }
    if len(roots) != 1:
        raise ForeignArchiveError
    (root,) = roots
    if f"{root}/constants.pkl" in entries or any(name.startswith(f"{root}/code/") for name in entries):
        raise ScriptError
    return root


def _check_entries(entries: Iterable[zipfile.ZipInfo], whole: int) -> None:
    """PyTorch compresses and encrypts nothing and writes each name once; other archives are bombs or damaged."""
    total, names = 0, set[str]()
    for entry in entries:
        total += entry.file_size
        plain = entry.compress_type == zipfile.ZIP_STORED and entry.file_size == entry.compress_size
        if not plain or entry.flag_bits & 1 or entry.filename in names:
            raise PickleShapeError("it is packed in a way PyTorch does not write")
        names.add(entry.filename)
    if total > whole:
        raise PickleShapeError("it claims to hold more than it does")


def _check_record(entry: zipfile.ZipInfo | None, storage: StorageOutline) -> None:
    if entry is None or entry.file_size != storage.size:
        raise PickleShapeError("some of its numbers are missing")


def _networks(tree: Any) -> Networks:
    """Return the networks in what a pickle would make; optimisers, counters and the like are left out."""
    if not isinstance(tree, dict):
        raise PickleShapeError("it holds no networks")
    named = {name: value for name, value in tree.items() if isinstance(name, str) and name}
    found = {name: _tensors(value) for name, value in named.items() if "/" not in name}
    found[""] = _tensors(tree)
    return {name: tensors for name, tensors in found.items() if tensors}


def _tensors(value: Any) -> dict[str, TensorOutline]:
    if not isinstance(value, dict):
        return {}
    return {
        key: each for key, each in value.items() if isinstance(key, str) and isinstance(each, TensorOutline)
    }


class _Bounded(io.RawIOBase):
    """A file that gives no more than a few megabytes at once, whatever a forged directory asks for."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_SET and offset < 0:
            raise zipfile.BadZipFile("its directory points before its beginning")
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(_LARGEST_DIRECTORY + 1) if size < 0 else b""
        if max(size, len(data)) > _LARGEST_DIRECTORY:
            raise zipfile.BadZipFile("its directory is too large")
        return data if size < 0 else self._file.read(size)
