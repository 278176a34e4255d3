"""How a build's files get onto the disk: whole, settled, and sealed."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.runners.failures import BuildError, StorageError

_CHUNK = 1 << 20


@dataclass(frozen=True)
class StoredFile:
    """What a file must be to be the one that was built."""

    sha256: str
    size: int


@contextmanager
def storing(folder: Path) -> Iterator[None]:
    """Turn what goes wrong with files in the block into words about the cache's folder.

    Raises:
        StorageError: something could not be written, moved or deleted.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(folder, error) from error


def files_of(folder: Path) -> list[Path]:
    """Return all files in a folder and those below it."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def digest_of(path: Path) -> StoredFile:
    """Return what a file is now."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return StoredFile(digest.hexdigest(), size)


def settle(path: Path) -> StoredFile:
    """Bring a file safely onto the disk and return what it is."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return digest_of(path)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Only for files that one process at a time writes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def sync_folder(folder: Path) -> None:
    """Bring a rename onto the disk, where the system has a way to ask for it."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return the one way to write some content, before and after it was stored."""
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def sealed(content: Mapping[str, Any], secret: bytes) -> bytes:
    """Return a file's text with a code in it that only who knows the secret can make.

    Raises:
        BuildError: the content is not what JSON can hold.
    """
    try:
        seal = hmac.new(secret, canonical(content), hashlib.sha256).hexdigest()
    except (TypeError, ValueError) as error:
        raise BuildError(
            f"A build's facts cannot be kept ({error}). They must be what JSON can hold."
        ) from error
    return json.dumps({"seal": seal, "content": content}, indent=1, sort_keys=True).encode()


def unsealed(path: Path, secret: bytes | None) -> dict[str, Any] | None:
    """Return what a sealed file holds; None when it is absent, unreadable, or was not sealed with this secret."""
    if secret is None:
        return None
    try:
        whole = json.loads(path.read_bytes())
        content, seal = whole["content"], str(whole["seal"])
        expected = hmac.new(secret, canonical(content), hashlib.sha256).hexdigest()
        return dict(content) if hmac.compare_digest(seal.encode(), expected.encode()) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
