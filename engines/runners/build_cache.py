"""Graphs built for one machine, kept in folders that appear whole or not at all.

A build belongs to a key: the model, the graph's version, the runner, the precision, the device with its driver,
and the libraries' versions. When one of them changes the build is stale: it is no longer found, and the next
finished one of the same model, runner and precision takes its place.

While a build is made its files lie in a working folder. Every finished step is written down there, so a build that
was stopped goes on where it stood. The last act is one rename. One lock lets one process build at a time.

What is written down carries a seal: a code made with a secret that each cache draws for itself. A build that somebody
else made, or changed without knowing the secret, counts as absent. Some libraries trust an engine file blindly, so
nothing that this cache did not write may reach them.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engines.runners.build_files import (
    StoredFile,
    canonical,
    digest_of,
    files_of,
    sealed,
    settle,
    storing,
    sync_folder,
    unsealed,
    write_whole,
)
from engines.runners.build_lock import locked
from engines.runners.failures import BuildCancelledError, DamagedBuildError, StorageError

Progress = Callable[[float, str], None]
"""Told how far a build is, 0 to 1, and what it is at."""
Cancelled = Callable[[], bool]
"""Asked whether the user wants the build stopped."""
Make = Callable[[Path], "Mapping[str, Any] | None"]
"""Writes a step's files into the folder it is given; returns facts worth keeping, as JSON can hold them."""

_RECORD = "build.json"
_STEPS = "steps.json"
_SECRET = ".seal"
_LOCK = ".lock"
_WORK = ".work"
_GONE = ".gone"
_PART = ".part"


def never() -> bool:
    """The Cancelled of a build that nobody stops."""
    return False


@dataclass(frozen=True)
class BuildKey:
    """What a build depends on.

    Attributes:
        model_sha256: of the model's weights.
        graph_version: of the code that makes the graphs.
        runner: by name.
        precision: fp32, fp16 or bf16.
        device: the device, its driver and capability, as engines.runners.device says them.
        libraries: names with versions: ("onnxruntime 1.31.1",).
    """

    model_sha256: str
    graph_version: int
    runner: str
    precision: str
    device: str
    libraries: tuple[str, ...] = ()

    @property
    def folder_name(self) -> str:
        """A file name that tells keys apart and says what is inside."""
        digest = hashlib.sha256(canonical(asdict(self))).hexdigest()
        slug = re.sub(r"[^a-zA-Z0-9_-]", "-", f"{self.model_sha256[:8]}-{self.runner}-{self.precision}")
        return f"{slug}-{digest[:16]}"

    @property
    def slot(self) -> tuple[str, str, str]:
        """What two keys share when one build replaces the other."""
        return self.model_sha256, self.runner, self.precision


@dataclass(frozen=True)
class StoredBuild:
    """A finished build.

    Attributes:
        folder: where its files are.
        key: what it depends on.
        files: by name relative to the folder, with forward slashes.
        facts: what the steps found out, by step, and what finish() was told, under "build".
    """

    folder: Path
    key: BuildKey
    files: Mapping[str, StoredFile]
    facts: Mapping[str, Mapping[str, Any]]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(each.size for each in self.files.values())

    def read(self, name: str) -> bytes:
        """Return a file's content, checked: these very bytes are what was built.

        Raises:
            DamagedBuildError: the file is missing or was changed.
            ValueError: the build has no such file.
        """
        path, expected = self._file(name)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DamagedBuildError(path) from error
        if hashlib.sha256(data).hexdigest() != expected.sha256:
            raise DamagedBuildError(path)
        return data

    def checked(self, name: str) -> Path:
        """Return a file's path after checking its content.

        Raises:
            DamagedBuildError: the file is missing or was changed.
            ValueError: the build has no such file.
        """
        path, expected = self._file(name)
        try:
            same = digest_of(path) == expected
        except OSError as error:
            raise DamagedBuildError(path) from error
        if not same:
            raise DamagedBuildError(path)
        return path

    def _file(self, name: str) -> tuple[Path, StoredFile]:
        if name not in self.files:
            raise ValueError(f"The build has no file '{name}'; it has {', '.join(sorted(self.files))}.")
        return self.folder / name, self.files[name]


class BuildCache:
    """The folder of all builds. Nothing is created before the first build begins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, key: BuildKey) -> StoredBuild | None:
        """Return the finished build of that key, if there is one. Quick: sizes are compared, contents are not."""
        stored = self.load(self.folder / key.folder_name)
        return stored if stored and stored.key == key else None

    def all(self) -> list[StoredBuild]:
        """Return every finished build, stale ones included, by folder name."""
        try:
            folders = sorted(each for each in self.folder.iterdir() if not each.name.startswith("."))
        except OSError:
            return []
        return [stored for folder in folders if (stored := self.load(folder))]

    @contextmanager
    def building(self, key: BuildKey, cancelled: Cancelled = never) -> Iterator[Work]:
        """Hold the cache's lock and the key's working folder while a build is made.

        Waits while another build runs, here or in another process; look at Work.stored first, since that one may
        have made this very build. What finished steps wrote stays for the next time, however the block ends.

        Raises:
            BuildCancelledError: cancelled() said so while waiting.
            StorageError: the folder cannot be written to.
        """
        with storing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder / _LOCK, give_up=cancelled) as held:
            if not held:
                raise BuildCancelledError
            self._sweep()
            with storing(self.folder):
                secret = self._secret() or self._draw_secret()
            yield Work(self, key, secret, cancelled)

    @staticmethod
    def read(path: Path) -> bytes:
        """Return the content of a file in some cache's build, checked.

        Raises:
            DamagedBuildError: the file is missing or was changed, or no cache built it.
        """
        stored = BuildCache(path.parent.parent).load(path.parent)
        if stored is None or path.name not in stored.files:
            raise DamagedBuildError(path)
        return stored.read(path.name)

    def remove(self, stored: StoredBuild) -> None:
        """Delete a finished build.

        Raises:
            StorageError: it cannot be deleted; on Windows, perhaps because it is in use.
        """
        self._discard(stored.folder)
        self._sweep()

    def remove_model(self, model_sha256: str) -> None:
        """Delete every build of a model, and what its unfinished builds left.

        Raises:
            StorageError: something cannot be deleted.
        """
        if not self.folder.is_dir():
            return
        for stored in self.all():
            if stored.key.model_sha256 == model_sha256:
                self._discard(stored.folder)
        with locked(self.folder / _LOCK, give_up=lambda: True) as held:
            if held:
                for folder in (self.folder / _WORK).glob(f"{model_sha256[:8]}-*"):
                    self._discard(folder)
        self._sweep()

    def load(self, folder: Path) -> StoredBuild | None:
        """Return the finished build in one of the cache's folders, if it is whole and this cache made it."""
        record = unsealed(folder / _RECORD, self._secret())
        if record is None:
            return None
        try:
            key = BuildKey(**{**record["key"], "libraries": tuple(record["key"]["libraries"])})
            files = {name: StoredFile(**each) for name, each in record["files"].items()}
            whole = all((folder / name).stat().st_size == each.size for name, each in files.items())
            return StoredBuild(folder, key, files, record["facts"]) if whole else None
        except (
            OSError,
            KeyError,
            TypeError,
        ):  # a file is missing, or another version of Guise wrote other keys
            return None

    def _publish(self, work: Path, key: BuildKey) -> StoredBuild:
        """Give a complete working folder its final name and drop the builds it makes stale."""
        target = self.folder / key.folder_name
        with storing(self.folder):
            self._discard(target)
            os.replace(work, target)
            sync_folder(self.folder)
        stored = self.load(target)
        if stored is None:
            raise DamagedBuildError(target / _RECORD)
        for other in self.all():
            if other.key.slot == key.slot and other.key != key:
                with suppress(StorageError):  # in use by another Guise; it goes with the next build
                    self._discard(other.folder)
        self._sweep()
        return stored

    def _discard(self, folder: Path) -> None:
        """Take a folder out of sight at once; _sweep() frees its space."""
        if not folder.exists():
            return
        with storing(self.folder):
            gone = self.folder / _GONE
            gone.mkdir(exist_ok=True)
            os.replace(folder, gone / f"{folder.name}-{secrets.token_hex(4)}")

    def _sweep(self) -> None:
        shutil.rmtree(self.folder / _GONE, ignore_errors=True)

    def _secret(self) -> bytes | None:
        try:
            return (self.folder / _SECRET).read_bytes() or None
        except OSError:
            return None

    def _draw_secret(self) -> bytes:
        secret = secrets.token_bytes(32)
        write_whole(self.folder / _SECRET, secret)
        return secret


class Work:
    """A build in the making; see BuildCache.building.

    Attributes:
        stored: the finished build, when there is one already.
        folder: where finished steps' files are, by the names they will have.
    """

    def __init__(self, cache: BuildCache, key: BuildKey, secret: bytes, cancelled: Cancelled) -> None:
        self.stored = cache.find(key)
        self.folder = cache.folder / _WORK / key.folder_name
        self._cache = cache
        self._key = key
        self._secret = secret
        self._cancelled = cancelled
        self._steps: dict[str, dict[str, Any]] = (unsealed(self.folder / _STEPS, secret) or {}).get(
            "steps", {}
        )

    def step(self, name: str, make: Make) -> Mapping[str, Any]:
        """Do one step of the build, unless an earlier try finished it.

        Args:
            name: of the step.
            make: writes its files into the empty folder it is given; they are kept only if it returns.

        Returns:
            The step's facts.

        Raises:
            BuildCancelledError: cancelled() said so before or after.
            StorageError: the files cannot be written.
        """
        self._stop_if_cancelled()
        if self._is_finished(name):
            return dict(self._steps[name]["facts"])
        part = self.folder / _PART
        try:
            with storing(self._cache.folder):
                shutil.rmtree(part, ignore_errors=True)
                part.mkdir(parents=True)
                facts = dict(make(part) or {})
                files = {path.relative_to(part).as_posix(): path for path in files_of(part)}
                self._stop_if_cancelled()
                entry = {
                    "facts": facts,
                    "files": {each: asdict(settle(path)) for each, path in files.items()},
                }
                for each, path in files.items():
                    target = self.folder / each
                    target.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(path, target)
                self._steps[name] = entry
                write_whole(self.folder / _STEPS, sealed({"steps": self._steps}, self._secret))
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return facts

    def finish(self, facts: Mapping[str, Any] | None = None) -> StoredBuild:
        """Make the build visible, all of it at once, and drop those it makes stale.

        Args:
            facts: worth keeping beside the steps' own, under "build".

        Raises:
            BuildCancelledError: cancelled() said so.
            StorageError: it cannot be stored.
        """
        self._stop_if_cancelled()
        record = {
            "key": asdict(self._key),
            "files": {name: file for step in self._steps.values() for name, file in step["files"].items()},
            "facts": {
                **{name: step["facts"] for name, step in self._steps.items()},
                "build": dict(facts or {}),
            },
        }
        with storing(self._cache.folder):
            write_whole(self.folder / _RECORD, sealed(record, self._secret))
        stored = self._cache._publish(self.folder, self._key)  # noqa: SLF001 - the two halves of one thing
        with suppress(OSError):
            (stored.folder / _STEPS).unlink()
        return stored

    def _is_finished(self, name: str) -> bool:
        if name not in self._steps:
            return False
        files = self._steps[name]["files"].items()
        try:
            return all(digest_of(self.folder / each) == StoredFile(**expected) for each, expected in files)
        except OSError:
            return False

    def _stop_if_cancelled(self) -> None:
        if self._cancelled():
            raise BuildCancelledError
