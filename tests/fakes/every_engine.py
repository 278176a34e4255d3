"""A session on real engines: rig, and fomm and tha with networks made of a few lines, so that tests run over all."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from app.live.engine_choice import EngineChoice
from engines.base import Avatar, Engine, EngineOptions
from engines.building.speed import SpeedMeter
from engines.registry import engine_info, load_engine
from tests.fakes import networks, poses
from tests.fakes.characters import made_character
from tests.fakes.models import store_model
from tests.fakes.sitter import made_avatar
from tests.fakes.stage import SMALL, Stage, until

ENGINES = ("rig", "fomm", "tha")
SITTERS: dict[str, dict[str, Any]] = {
    "blue": {"size": (160, 200), "share": 0.4},
    "green": {"size": (200, 200), "shift": (6.0, 0.0), "share": 0.4},
    "sand": {"size": (160, 200), "has_alpha": True, "share": 0.4},
}


class EngineStage(Stage):
    """A session on one engine.

    Attributes:
        steps: of the networks loaded so far that look at the driver; see tests.fakes.networks.
        posed: of those that are moved by poses; see tests.fakes.poses.
        loaded: the options of the engines loaded so far, by name.
        refuse: loading fomm fails with this.
    """

    def __init__(self, folder: Path, engine: str, **session: Any) -> None:
        self.steps: list[networks.FakeStep] = []
        self.posed: list[poses.FakeStep] = []
        self.loaded: list[tuple[str, EngineOptions]] = []
        self.refuse: Exception | None = None
        self.frames_per_second = 500.0
        settings = dataclasses.replace(SMALL, engine=engine)
        super().__init__(folder, settings, **{"load_engine": self.load, **session})
        self.library.avatars = {name: self._sitter(**how) for name, how in SITTERS.items()}

    def load(self, name: str, options: EngineOptions) -> Engine:
        """Load an engine as the registry does, those with networks on fake ones."""
        self.loaded.append((name, options))
        if name == "fomm" and self.refuse is not None:
            raise self.refuse
        if name == "fomm":
            from engines.fomm.engine import FommEngine

            network, step = networks.fake_network()
            network._meter = SpeedMeter(self.frames_per_second)
            self.steps.append(step)
            return FommEngine(options, network)
        if name == "tha":
            from engines.tha.engine import ThaEngine

            return ThaEngine(options, None if options.model is None else self.pose_network())
        return load_engine(name, options)

    def pose_network(self) -> Any:
        """Return a network that is moved by poses."""
        network, step = poses.fake_network()
        network._meter = SpeedMeter(self.frames_per_second)
        self.posed.append(step)
        return network

    def store_models(self) -> None:
        """Store a model for every engine that needs one."""
        for name in ENGINES:
            family = engine_info(name).family
            if family is not None:
                store_model(self.paths.models, f"{name} faces", family)

    def add_characters(self, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
        """Put characters among the avatars; their networks are fake ones."""
        from engines.tha.network import Stage as Performer

        def load_performer(_folder: Path, rgba: Any, _options: EngineOptions) -> Performer:
            return Performer(self.pose_network(), rgba, owned=True)

        monkeypatch.setattr("engines.tha.engine.load_performer", load_performer)
        for name in names:
            self.library.avatars[name] = made_character(self.paths.data / name)

    @property
    def choice(self) -> EngineChoice:
        """What the settings say."""
        return EngineChoice.of(self.settings)

    def wait_on(self, engine: str) -> None:
        """Wait until an engine is on stage and a camera frame drove it."""
        until(lambda: self.session.status.engine == engine and not self.session.status.avatar_pending, 60)
        until(lambda: self.session._animate.scene is self.session._scenes.shown)
        self.wait_live()

    def _sitter(self, **how: Any) -> Avatar:
        return made_avatar(**how)
