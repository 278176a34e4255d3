"""Engines and the puppets they prepared: loaded once, kept for a while, closed when nobody shows them any more."""

from __future__ import annotations

import logging
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from app.live.engine_choice import (
    EngineChoice,
    FilesStamp,
    engine_options,
    find_model,
    require_suited,
)
from app.live.idle import grimace
from app.live.mapping_file import check_mapping
from app.live.status import EngineRun
from app.paths import Paths
from engines.base import Avatar, Controls, Engine, EngineInfo, EngineOptions, Puppet, View
from engines.registry import engine_info, engine_names

if TYPE_CHECKING:
    from engines.building.speed import Speed
    from engines.weights.model import Model

logger = logging.getLogger(__name__)

_MOST_PUPPETS = 3  # at 40 to 80 MB each
_KEEPS_UP = 0.9  # of the camera's rate; a little slower is not worth a thread that fills in between results
_TRIALS = 3  # before an engine that was never measured here knows how fast it is

Key = tuple[str | int, ...]
LoadEngine = Callable[[str, EngineOptions], Engine]


def _nobody(_what: str, _error: Exception) -> None:
    """Tell nobody."""


@runtime_checkable
class _Measured(Protocol):
    """An engine that knows how fast it is, or a puppet with networks of its own that does."""

    def speed(self) -> Speed:
        """Return how fast it runs here."""


@dataclass(frozen=True)
class Loaded:
    """An engine and what it was loaded with.

    Attributes:
        choice: what the user chose.
        engine: loaded.
        key: tells it from the same engine with another model or runner, or as it was before files changed.
        model: name of its model, "" for none.
    """

    choice: EngineChoice
    engine: Engine
    key: Key
    model: str = ""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A puppet and what composing needs of it.

    Attributes:
        puppet: animates.
        backdrop: (H, W, 3) the picture without the person.
        engine: name of the engine.
        sees_driver: the engine looks at driving frames.
        run: tells how it runs at the moment; None for an engine without networks.
        failed: tells whether its network's last run failed.
    """

    puppet: Puppet
    backdrop: NDArray[np.uint8]
    engine: str
    sees_driver: bool
    run: Callable[[], EngineRun | None]
    failed: Callable[[], bool]


class Puppets:
    """Keeps engines and puppets.

    Threads: renew() from anywhere, close() once the scenes thread has ended, the rest on the scenes thread.
    """

    def __init__(
        self, paths: Paths, load_engine: LoadEngine, failed: Callable[[str, Exception], None] = _nobody
    ) -> None:
        """Prepare; nothing is loaded.

        Args:
            paths: where models, builds and the user's table are.
            load_engine: loads an engine by name, with its options.
            failed: told what of the user's table cannot be used.
        """
        self._paths, self._load_engine, self._failed = paths, load_engine, failed
        self._engines: dict[Key, Loaded] = {}
        self._puppets: OrderedDict[Key, Prepared] = OrderedDict()
        self._retired: list[tuple[Key, Puppet]] = []
        self._newest: Key = ()
        self._generation = 0
        self._stamp: FilesStamp | None = None

    def renew(self) -> None:
        """Load engines with networks anew when they are asked for next: builds, models or the user's table changed."""
        self._generation += 1
        self._stamp = FilesStamp.of(self._paths)

    @property
    def outdated(self) -> bool:
        """Since an engine was asked for last, a model or a build came or went, or the user edited their table."""
        return self._stamp is not None and self._stamp != FilesStamp.of(self._paths)

    def load(self, choice: EngineChoice) -> Loaded:
        """Return an engine, from the cache where it was loaded before and has not failed since.

        Raises:
            GuiseError, EngineError: it cannot be had, and why.
        """
        if self.outdated or self._stamp is None:
            self.renew()
        model = find_model(choice, self._paths)
        key = self._key(choice, model)
        if any(each.failed() for known, each in self._puppets.items() if known[:-1] == key):
            self.renew()
            key = self._key(choice, model)
        if key not in self._engines:
            options = engine_options(choice, model, self._paths)
            if options.mapping is not None:
                options = replace(options, mapping=self._mapping())
            engine = self._load_engine(choice.engine, options)
            self._engines[key] = Loaded(choice, engine, key, "" if model is None else model.name)
        return self._engines[key]

    def prepare(self, loaded: Loaded, avatar: Avatar, camera_fps: float) -> tuple[Prepared, bool]:
        """Return an avatar's puppet, and whether it is a new one that has not animated anything yet.

        Args:
            loaded: the engine.
            avatar: the picture.
            camera_fps: frames a second that come; a slower engine is carried between its results.

        Raises:
            UnsuitedError: the engine has no networks for the avatar.
            EngineError: the avatar cannot be animated, and why.
        """
        require_suited(loaded.engine.info, avatar, has_model=bool(loaded.model))
        key = *loaded.key, _digest(avatar)
        known = self._puppets.get(key)
        prepared = known or self._prepare(loaded, avatar, camera_fps)
        self._puppets[key] = prepared
        self._puppets.move_to_end(key)
        self._newest = loaded.key
        self._retire()
        return prepared, known is None

    def sweep(self, on_stage: Puppet | None) -> None:
        """Close what was given up, but for the puppet still on stage; engines go after their last puppet."""
        given_up, self._retired = self._retired, [each for each in self._retired if each[1] is on_stage]
        for _, puppet in given_up:
            if puppet is not on_stage:
                _close(puppet)
        used = {self._newest, *(key[:-1] for key in self._puppets), *(key for key, _ in self._retired)}
        for key in [each for each in self._engines if each not in used and len(each) > 1]:
            _close(self._engines.pop(key).engine)

    def close(self) -> None:
        """Close everything. Nobody animates any more."""
        puppets = [puppet for _, puppet in self._retired]
        puppets += [prepared.puppet for prepared in self._puppets.values()]
        engines = [loaded.engine for loaded in self._engines.values()]
        self._retired.clear()
        self._puppets.clear()
        self._engines.clear()
        for puppet in puppets:
            _close(puppet)
        for engine in engines:
            _close(engine)

    def _key(self, choice: EngineChoice, model: Model | None) -> Key:
        info = _info(choice.engine)
        if info is None or info.family is None:
            return (choice.engine,)
        chosen = ("", "") if model is None else (model.id, model.sha256)
        return (choice.engine, *chosen, choice.runner, self._generation)

    def _mapping(self) -> Path | None:
        """Return the user's table where it can be used, and tell what in it cannot."""
        usable, problems = check_mapping(self._paths)
        for problem in problems:
            self._failed("mapping", problem)
        return usable

    def _prepare(self, loaded: Loaded, avatar: Avatar, camera_fps: float) -> Prepared:
        name, engine = loaded.choice.engine, loaded.engine
        puppet = engine.prepare(avatar)
        backdrop = puppet.backdrop(View(*avatar.size, 1.0))
        measured = puppet if isinstance(puppet, _Measured) else engine
        if not isinstance(measured, _Measured):
            return Prepared(puppet, backdrop, name, engine.info.sees_driver, lambda: None, lambda: False)
        for trial in range(0 if measured.speed().measured else _TRIALS):
            face = avatar.face if trial % 2 else grimace(avatar.face)  # a face that never moves costs nothing
            puppet.animate(face, avatar.face, Controls(), View(*avatar.size, 1.0))
        shown = _carried(puppet, measured.speed().frames_per_second, camera_fps)
        model = "" if avatar.character is not None and engine.info.characters else loaded.model
        carried = shown is not puppet
        return Prepared(
            shown,
            backdrop,
            name,
            engine.info.sees_driver,
            lambda: _run(model, measured.speed(), carried),
            lambda: measured.speed().failed,
        )

    def _retire(self) -> None:
        """Give up puppets of engines that are outdated or failed when used last, and those longest unused."""
        outdated = [
            key
            for key, each in self._puppets.items()
            if (len(key) > 2 and key[-2] != self._generation) or (key[:-1] != self._newest and each.failed())
        ]
        spare = [key for key in self._puppets if key not in outdated]
        spare = spare[: max(len(spare) - _MOST_PUPPETS, 0)]
        for key in (*outdated, *spare):
            self._retired.append((key[:-1], self._puppets.pop(key).puppet))


def _info(engine: str) -> EngineInfo | None:
    """Return an engine's card, None for one the registry does not know."""
    return engine_info(engine) if engine in engine_names() else None


def _carried(puppet: Puppet, fps: float, camera_fps: float) -> Puppet:
    """Return the puppet, carried between its results where they come too seldom."""
    from engines.carrying.puppet import Carriable, CarriedPuppet

    if not isinstance(puppet, Carriable) or fps >= min(_KEEPS_UP * camera_fps, puppet.carried_below_fps):
        return puppet
    return CarriedPuppet(puppet)


def _run(model: str, speed: Speed, carried: bool) -> EngineRun:
    card = speed.card
    return EngineRun(
        model,
        speed.runner,
        speed.where,
        speed.precision,
        speed.frames_per_second,
        carried,
        () if card is None else (card.upload, card.step, card.download),
    )


def _close(each: Engine | Puppet) -> None:
    try:
        each.close()
    except Exception:
        logger.exception("%s could not be closed", type(each).__name__)


def _digest(avatar: Avatar) -> int:
    """A number that changes with anything in the avatar."""
    digest = zlib.crc32(f"{avatar.name} {avatar.style} {avatar.has_alpha} {avatar.character}".encode())
    for array in (avatar.rgb, avatar.matte, avatar.landmarks):
        digest = zlib.crc32(np.ascontiguousarray(array).data, digest)
    return digest
