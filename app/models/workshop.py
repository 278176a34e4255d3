"""What the window knows of models and can do with them, as plain values and one protocol."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from app.models.jobs import Reporter
from app.models.manifest import Published


@dataclass(frozen=True)
class BuildCard:
    """What one build of a model was measured to be.

    Attributes:
        runner: by name, as EngineOptions.runner takes it.
        precision: fp32, fp16 or bf16.
        frames_per_second: measured here, right after building; 0 where it was not.
        psnr_db: how near its pictures are to the reference's; infinite when equal.
        largest: the largest difference of a picture, in steps of 255.
        size: of its files, bytes.
    """

    runner: str
    precision: str
    frames_per_second: float = 0.0
    psnr_db: float = math.inf
    largest: float = 0.0
    size: int = 0


@dataclass(frozen=True)
class ModelCard:
    """A stored model.

    Attributes:
        id: its folder's name; what settings keep.
        name: for the user.
        family: which engines can use it.
        configuration: what was recognised, as in "vox-adv-256".
        size: of the weights, bytes.
        sha256: of the file it was added from, hexadecimal.
        licence: as its makers state it, "" where unknown.
        origin: the page or file it comes from, "" where unknown.
        added: when, ISO 8601, "" where unknown.
        builds: for this computer, up to date ones only.
    """

    id: str
    name: str
    family: str
    configuration: str
    size: int
    sha256: str
    licence: str = ""
    origin: str = ""
    added: str = ""
    builds: tuple[BuildCard, ...] = ()

    def build_for(self, runner: str) -> BuildCard | None:
        """Return the build for a runner, if there is one."""
        return next((build for build in self.builds if build.runner == runner), None)


@dataclass(frozen=True)
class RunnerCard:
    """A way to run networks on this computer.

    Attributes:
        name: as settings keep it.
        title: for the user.
        usable: it works here.
        reason: why it is usable or not, one sentence.
        built: it needs a build before it can be used; otherwise a build only checks and measures it.
    """

    name: str
    title: str
    usable: bool
    reason: str = ""
    built: bool = True


@dataclass(frozen=True)
class Overview:
    """Everything there is to know at one moment.

    Attributes:
        models: those stored, in the order they were added.
        runners: in order of preference.
        offers: those that can be downloaded, or found on a page.
        missing: why no network can run at all, one sentence; "" when one can.
        command: what to type so that one can, "" when one can.
    """

    models: tuple[ModelCard, ...] = ()
    runners: tuple[RunnerCard, ...] = ()
    offers: tuple[Published, ...] = field(default=(), repr=False)
    missing: str = ""
    command: str = ""

    def model(self, model_id: str) -> ModelCard | None:
        """Return the model of that id, if it is stored."""
        return next((model for model in self.models if model.id == model_id), None)

    def of_family(self, family: str | None) -> tuple[ModelCard, ...]:
        """Return the models an engine of that family can use."""
        return tuple(model for model in self.models if model.family == family)

    def runner_to_build(self, model: ModelCard, wanted: str = "auto") -> RunnerCard | None:
        """Return the runner a model should be built for: the one wanted, or else the first usable one.

        None where that has been done, or where nothing can be built.
        """
        for runner in self.runners:
            if runner.usable and runner.built and wanted in ("auto", runner.name):
                return runner if model.build_for(runner.name) is None else None
        return None


class Workshop(Protocol):
    """Does the work. Every method may be slow and is called away from the window's thread.

    Raises:
        GuiseError, EngineError: with one sentence for the user each.
    """

    def overview(self) -> Overview:
        """Return what there is now."""

    def add(self, path: Path, reporter: Reporter) -> str:
        """Store a model from a file; returns its id."""

    def download(self, offer: Published | None, address: str, reporter: Reporter) -> str:
        """Fetch a published model, or whatever lies at an address, and store it; returns its id."""

    def verify(self, model_id: str, reporter: Reporter) -> None:
        """Compare a stored model with its checksum."""

    def build(self, model_id: str, runner: str, reporter: Reporter) -> None:
        """Build a model for a runner; goes on where an earlier build was cancelled."""

    def remove(self, model_id: str, reporter: Reporter) -> None:
        """Remove a model and all that was built from it."""
