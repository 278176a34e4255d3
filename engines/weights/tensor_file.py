"""Safetensors files, read and written with numpy alone.

The format: 8 bytes with the length of a header (little endian), the header as JSON (for each tensor its type, its
shape and where its bytes begin and end), then the bytes of all tensors without gaps. Everything the header claims is
checked against the file's size before memory is asked for, so a file cannot make Guise ask for more than it holds.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Progress = Callable[[int, int], None]

_LENGTH_BYTES = 8
_LONGEST_HEADER = 16 << 20
_MOST_AXES = 8
_LARGEST_NUMBER = 1 << 48
_CHUNK = 4 << 20
_DTYPES = {
    "BOOL": "|b1",
    "U8": "|u1",
    "I8": "|i1",
    "I16": "<i2",
    "I32": "<i4",
    "I64": "<i8",
    "F16": "<f2",
    "BF16": "<u2",  # numpy has no bfloat16; read_tensors widens it
    "F32": "<f4",
    "F64": "<f8",
}
_CODES = {np.dtype(dtype): code for code, dtype in _DTYPES.items() if code != "BF16"}


@dataclass(frozen=True)
class TensorEntry:
    """What a header says of one tensor.

    Attributes:
        code: its type as the format names it, "F32" for one.
        shape: of the tensor; () for a single number.
        begin: position of its first byte in the file.
        size: its bytes.
    """

    code: str
    shape: tuple[int, ...]
    begin: int
    size: int


def read_header(path: Path) -> dict[str, TensorEntry]:
    """Return the tensors a file holds, without reading them.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no safetensors file, or it is cut off or inconsistent; the text says which.
    """
    with path.open("rb") as file:
        whole = os.fstat(file.fileno()).st_size
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        start = _LENGTH_BYTES + length
        if whole < _LENGTH_BYTES or not 2 <= length <= _LONGEST_HEADER:
            raise ValueError("it does not begin with a header")
        if start > whole:
            raise ValueError("it is cut off")
        header = _parsed(file.read(length))
    entries = {key: _entry(key, value, start) for key, value in header.items() if key != "__metadata__"}
    position = start
    for entry in sorted(entries.values(), key=lambda entry: (entry.begin, entry.size)):
        if entry.begin != position:
            raise ValueError("its tensors overlap or leave gaps")
        position += entry.size
    if position > whole:
        raise ValueError("it is cut off")
    if position < whole:
        raise ValueError("there is something behind its last tensor")
    return entries


def read_tensors(path: Path, keys: Collection[str] | None = None) -> dict[str, NDArray[Any]]:
    """Return the tensors of a file, the caller's own; bfloat16 comes as float32.

    Args:
        path: the file.
        keys: which ones; all where None.

    Raises:
        OSError: the file cannot be read.
        ValueError: as read_header; or a key is missing.
    """
    entries = read_header(path)
    missing = [] if keys is None else [key for key in keys if key not in entries]
    if missing:
        raise ValueError(f"it has no tensor '{missing[0]}'")
    wanted = entries if keys is None else {key: entries[key] for key in keys}
    tensors: dict[str, NDArray[Any]] = {}
    with path.open("rb") as file:
        for key, entry in wanted.items():
            file.seek(entry.begin)
            flat = np.fromfile(file, _DTYPES[entry.code], prod(entry.shape))
            if flat.nbytes != entry.size:
                raise ValueError("it is cut off")
            if entry.code == "BF16":
                flat = (flat.astype("<u4") << np.uint32(16)).view("<f4")
            tensors[key] = flat.reshape(entry.shape)
    return tensors


def write_tensors(path: Path, tensors: Mapping[str, NDArray[Any]], progress: Progress | None = None) -> str:
    """Write a file and return its sha256. The same tensors always give the same bytes.

    Args:
        path: the file; replaced where there is one.
        tensors: by name; types numpy and the format share.
        progress: told the bytes written and those there will be; may raise to break off.

    Raises:
        OSError: the file cannot be written.
    """
    # The widest types first, so that every tensor lies where its type may be mapped into memory.
    arrays = {
        key: np.ascontiguousarray(tensors[key], tensors[key].dtype.newbyteorder("<")).reshape(
            tensors[key].shape
        )
        for key in sorted(tensors, key=lambda key: (-tensors[key].dtype.itemsize, key))
    }
    header = _header(arrays)
    pieces = (memoryview(header), *(_bytes_of(array) for array in arrays.values()))
    total, done, digest = sum(map(len, pieces)), 0, hashlib.sha256()
    with path.open("wb") as file:
        for piece in pieces:
            for position in range(0, len(piece), _CHUNK):
                part = piece[position : position + _CHUNK]
                file.write(part)
                digest.update(part)
                done += len(part)
                if progress is not None:
                    progress(done, total)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _bytes_of(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _header(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    description: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    position = 0
    for key, array in arrays.items():
        description[key] = {
            "dtype": _CODES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [position, position + array.nbytes],
        }
        position += array.nbytes
    text = json.dumps(description, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(_LENGTH_BYTES, "little") + text


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError):
        raise ValueError("its header cannot be read") from None
    if not isinstance(header, dict):
        raise ValueError("its header cannot be read")
    return header


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _entry(key: str, value: Any, start: int) -> TensorEntry:
    """Return one entry of the header, checked."""
    wrong = ValueError(f"its header says nothing sensible of '{key}'")
    try:
        code, shape, (begin, end) = value["dtype"], tuple(value["shape"]), value["data_offsets"]
    except (TypeError, KeyError, ValueError):
        raise wrong from None
    if not isinstance(code, str) or code not in _DTYPES or len(shape) > _MOST_AXES:
        raise wrong
    if not all(type(number) is int and 0 <= number <= _LARGEST_NUMBER for number in (*shape, begin, end)):
        raise wrong
    size = prod(shape) * np.dtype(_DTYPES[code]).itemsize
    if end - begin != size:
        raise wrong
    return TensorEntry(code, shape, start + begin, size)
