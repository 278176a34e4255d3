"""Files that are no models, or worse."""

from __future__ import annotations

import io
import os
import pickle
import struct
import zipfile
from pathlib import Path

import cv2
import numpy as np

MAGIC = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2)
_FACTS = pickle.dumps({"protocol_version": 1001, "little_endian": True}, 2)


class RunsCode:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self._trace),)


def text(value: str) -> bytes:
    """Return the instruction for a text."""
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value: int) -> bytes:
    """Return the instruction for a number."""
    size = value.bit_length() // 8 + 1
    return b"\x8a" + bytes([size]) + value.to_bytes(size, "little", signed=True)


def tensor(
    count=1, shape=(1,), strides=(1,), *, key="0", offset=0, kind="FloatStorage", legacy=False
) -> bytes:
    """Return the instructions for a tensor in a storage, whatever they claim."""

    def group(*values):
        return b"(" + b"".join(map(number, values)) + b"t"

    storage = b"(" + text("storage") + f"ctorch\n{kind}\n".encode() + text(key) + text("cpu") + number(count)
    storage += (b"N" if legacy else b"") + b"tQ"
    rest = number(offset) + group(*shape) + group(*strides) + b"\x89ccollections\nOrderedDict\n)R"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + rest + b"tR"


def network(*tensors: bytes, name="generator") -> bytes:
    """Return the pickle of one network with tensors named a, b, ..."""
    items = b"".join(text(chr(97 + n)) + each for n, each in enumerate(tensors))
    return b"\x80\x02}(" + text(name) + b"}(" + items + b"uu."


def archive(path: Path, description: bytes, records: dict[str, bytes] | None = None, **options) -> Path:
    """Write a zip archive as PyTorch does."""
    with zipfile.ZipFile(path, "w", **options) as file:
        file.writestr("archive/data.pkl", description)
        for key, data in (records or {}).items():
            file.writestr(f"archive/data/{key}", data)
        file.writestr("archive/version", "3\n")
    return path


def row(path: Path, description: bytes, keys=("0",), numbers: bytes = b"") -> Path:
    """Write pickles in a row as PyTorch did before 1.6."""
    path.write_bytes(MAGIC + _FACTS + description + pickle.dumps(list(keys), 2) + numbers)
    return path


def storage(values: np.ndarray) -> bytes:
    """Return the bytes of a storage at the end of such a file."""
    return struct.pack("<q", values.size) + values.tobytes()


def sparse(path: Path, size: int) -> Path:
    """Write zeros that take no space."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def png() -> bytes:
    """Return a small picture."""
    return bytes(cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1])


def zip_of(**files: bytes) -> bytes:
    """Return an archive of something else."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, data in files.items():
            file.writestr(name, data)
    return buffer.getvalue()
