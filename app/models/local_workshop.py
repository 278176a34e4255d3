"""The workshop of this computer: the store, the manifest, the runners and the builds behind one door."""

from __future__ import annotations

import math
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from app.models.jobs import Reporter
from app.models.manifest import Published, published
from app.models.workshop import BuildCard, ModelCard, Overview, RunnerCard
from app.paths import Paths
from engines.errors import EngineError

if TYPE_CHECKING:
    from app.models.store import ModelStore, Progress
    from engines.building.build import Build
    from engines.runners.choose import Choice
    from engines.weights.model import Model

_NEEDED = ("torch", "onnx")  # what reads checkpoints and makes graphs of them
_COMMAND = "uv run --extra neural guise"


class LocalWorkshop:
    """app.models.workshop.Workshop for the user's own folders. Nothing is imported or read before it is asked for.

    Threads: any.
    """

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    def overview(self) -> Overview:
        """Return what there is now."""
        from engines.runners.choose import candidates

        choices = candidates()
        usable = [choice.name for choice in choices if choice.usable]
        missing = _missing()
        return Overview(
            tuple(self._card(model, usable) for model in self._store().list()),
            tuple(_runner_card(choice) for choice in choices),
            published(),
            missing,
            _COMMAND if missing and not _frozen() else "",
        )

    def add(self, path: Path, reporter: Reporter) -> str:
        """Store a model from a file; returns its id."""
        return self._store().add(path, None, _progress(reporter), reporter.cancelled).id

    def download(self, offer: Published | None, address: str, reporter: Reporter) -> str:
        """Fetch a published model, or whatever lies at an address, and store it; returns its id."""
        from app.models.fetch import fetch_model

        store, progress = self._store(), _progress(reporter)
        return fetch_model(store, offer, address, progress=progress, cancelled=reporter.cancelled).id

    def verify(self, model_id: str, reporter: Reporter) -> None:
        """Compare a stored model with its checksum."""
        self._store().verify(model_id, _progress(reporter), reporter.cancelled)

    def build(self, model_id: str, runner: str, reporter: Reporter) -> None:
        """Build a model for a runner; goes on where an earlier build was cancelled."""
        from engines.building.build import build
        from engines.registry import model_family
        from engines.runners.build_cache import BuildCache

        model = self._store().find(model_id)
        build(
            model_family(model.family),
            model,
            runner,
            BuildCache(self._paths.builds),
            lambda fraction, step: reporter.progress(step, fraction),
            reporter.cancelled,
        )

    def remove(self, model_id: str, reporter: Reporter) -> None:
        """Remove a model and all that was built from it."""
        from engines.runners.build_cache import BuildCache

        store = self._store()
        model = store.find(model_id)
        store.remove(model_id)
        BuildCache(self._paths.builds).remove_model(model.sha256)

    def _store(self) -> ModelStore:
        from app.models.store import ModelStore

        return ModelStore(self._paths.models)

    def _card(self, model: Model, usable: list[str]) -> ModelCard:
        return ModelCard(
            id=model.id,
            name=model.name,
            family=model.family,
            configuration=model.configuration,
            size=model.size,
            sha256=model.sha256,
            licence=model.licence,
            origin=model.origin,
            added=model.added,
            builds=tuple(card for runner in usable if (card := self._build_card(model, runner)) is not None),
        )

    def _build_card(self, model: Model, runner: str) -> BuildCard | None:
        from engines.building.build import find_build
        from engines.registry import model_family
        from engines.runners.build_cache import BuildCache

        try:
            found = find_build(model_family(model.family), model, runner, BuildCache(self._paths.builds))
        except EngineError:  # one damaged build must not hide the models
            return None
        return None if found is None else _build_card(found)


def _build_card(build: Build) -> BuildCard:
    from engines.runners.compare import EQUAL_DB

    comparison = build.comparison
    return BuildCard(
        runner=build.runner,
        precision=build.precision,
        frames_per_second=build.frames_per_second,
        psnr_db=math.inf if comparison.psnr_db >= EQUAL_DB else comparison.psnr_db,
        largest=comparison.largest.get("picture", 0.0),
        size=build.size,
    )


def _runner_card(choice: Choice) -> RunnerCard:
    reason = f"{choice.reason[:1].upper()}{choice.reason[1:]}".rstrip(".")
    return RunnerCard(
        choice.name, choice.title, choice.usable, f"{reason}." if reason else "", built=choice.name != "torch"
    )


def _progress(reporter: Reporter) -> Progress:
    """Return what tells a job's reporter of steps and bytes."""

    def tell(step: str, done: int, total: int | None) -> None:
        reporter.progress(step, done / total if total else None)

    return tell


def _missing() -> str:
    """Return why no network can run here, "" when one can."""
    if all(find_spec(name) is not None for name in _NEEDED):
        return ""
    if _frozen():
        return "Engines with networks are not part of this program. Run Guise from its source to use them."
    return "Engines with networks need the extra “neural”, which is not installed."


def _frozen() -> bool:
    return bool(getattr(sys, "frozen", False))
