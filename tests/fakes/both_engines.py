"""A session on real engines: rig, and fomm with a network made of a few lines, so that tests run over both."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from app.live.engine_choice import EngineChoice
from engines.base import Avatar, Engine, EngineOptions
from engines.building.speed import SpeedMeter
from engines.registry import load_engine
from tests.fakes.networks import FakeStep, fake_network
from tests.fakes.sitter import made_avatar
from tests.fakes.stage import SMALL, Stage

BOTH = ("rig", "fomm")
SITTERS: dict[str, dict[str, Any]] = {
    "blue": {"size": (160, 200)},
    "green": {"size": (200, 200), "shift": (6.0, 0.0)},
    "sand": {"size": (160, 200), "has_alpha": True},
}


class EngineStage(Stage):
    """A session on one engine.

    Attributes:
        steps: of the networks loaded so far; see FakeStep.
        loaded: the options of the engines loaded so far, by name.
        refuse: loading fomm fails with this.
    """

    def __init__(self, folder: Path, engine: str, **session: Any) -> None:
        self.steps: list[FakeStep] = []
        self.loaded: list[tuple[str, EngineOptions]] = []
        self.refuse: Exception | None = None
        self.frames_per_second = 500.0
        settings = dataclasses.replace(SMALL, engine=engine)
        super().__init__(folder, settings, **{"load_engine": self.load, **session})
        self.library.avatars = {name: self._sitter(**how) for name, how in SITTERS.items()}

    def load(self, name: str, options: EngineOptions) -> Engine:
        """Load an engine as the registry does, fomm on a fake network."""
        self.loaded.append((name, options))
        if name != "fomm":
            return load_engine(name, options)
        if self.refuse is not None:
            raise self.refuse
        from engines.fomm.engine import FommEngine

        network, step = fake_network()
        network._meter = SpeedMeter(self.frames_per_second)
        self.steps.append(step)
        return FommEngine(options, network)

    @property
    def choice(self) -> EngineChoice:
        """What the settings say."""
        return EngineChoice.of(self.settings)

    def wait_on(self, engine: str) -> None:
        """Wait until an engine is on stage and a camera frame drove it."""
        from tests.fakes.stage import until

        until(lambda: self.session.status.engine == engine and not self.session.status.avatar_pending, 60)
        until(lambda: self.session._animate.scene is self.session._scenes.shown)
        self.wait_live()

    def _sitter(self, **how: Any) -> Avatar:
        return made_avatar(**how)
