"""Builds: a model's graphs made for one runner on this machine, compared with the reference and timed.

A build is made in steps that are kept: the graphs are written, an engine is made of them where the runner wants one,
the result is compared with the published formulation and its speed is measured. What was measured decides whether the
build is offered at all. Nothing heavy is imported before something is built or loaded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.building.family import PRECISIONS, Family, Recipe
from engines.errors import EngineError
from engines.runners import choose
from engines.runners.base import Runner
from engines.runners.build_cache import BuildCache, Cancelled, Progress, StoredBuild, Work, never
from engines.runners.choose import Choice
from engines.runners.compare import Comparison
from engines.runners.device import cpu_has_bf16
from engines.runners.failures import BuildError, CardError
from engines.weights.model import Model

if TYPE_CHECKING:
    from engines.building.graph import Graph

logger = logging.getLogger(__name__)

_ENGINES = ("tensorrt_rtx", "tensorrt")
_CHECK = "check"  # the step whose facts say how good and how fast a build is


@dataclass(frozen=True)
class Build:
    """A finished build.

    Attributes:
        family: which the model is of.
        model: what was built.
        stored: its files.
        runner: by name.
        recipe: how it was made.
        comparison: how near it is to the reference.
        frames_per_second: of step, measured when it was made, copies included.
        offered: it is near enough.
        on_card: it is for a graphics card, and not loaded elsewhere.
    """

    family: Family
    model: Model
    stored: StoredBuild
    runner: str
    recipe: Recipe
    comparison: Comparison
    frames_per_second: float
    offered: bool
    on_card: bool

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self.stored.folder

    @property
    def precision(self) -> str:
        """What the bulk of its work is done in: fp32, fp16 or bf16."""
        return self.recipe.precision

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return self.stored.size


def find_build(family: Family, model: Model, runner_name: str, builds: BuildCache) -> Build | None:
    """Return the fastest build of a model for a runner that is up to date and near enough, if there is one."""
    choice = {each.name: each for each in choose.candidates()}.get(runner_name)
    if choice is None or not choice.usable:
        return None
    found = (_stored(family, model, choice, precision, builds) for precision in PRECISIONS)
    return max(
        (each for each in found if each and each.offered),
        key=lambda each: each.frames_per_second,
        default=None,
    )


def build(
    family: Family,
    model: Model,
    runner_name: str,
    builds: BuildCache,
    progress: Progress = lambda _fraction, _what: None,
    cancelled: Cancelled = never,
) -> Build:
    """Make a model ready for a runner, or return what was made before. Takes from seconds to minutes.

    Lower precisions come first. One that is not near enough is kept as a note, so that it is not tried again, and the
    next is made.

    Args:
        family: which the model is of.
        model: what to build.
        runner_name: one that is usable here.
        builds: where to keep it.
        progress: told how far it is, from this thread.
        cancelled: asked between steps, and inside those that take long where the library allows it.

    Raises:
        BuildCancelledError: cancelled() said so; the next call goes on where this one stood.
        BuildError: the result differs too much from the reference, or cannot be made or stored.
        CardError: the runner was to use a card and cannot, and why.
        EngineError: the runner cannot be used here, and why.
    """
    choice = choose.find(runner_name)
    *lower, full = _recipes(family, model, choice)
    for recipe in (*lower, full):
        key = choice.key(model.sha256, family.graph_version, recipe.precision)
        try:
            with builds.building(key, cancelled) as work:
                stored = (
                    work.stored or _Maker(family, model, choice, recipe, work, progress, cancelled).make()
                )
        except (BuildError, CardError):
            raise
        except EngineError as error:
            if recipe is full:
                raise
            logger.info("%s cannot work in %s: %s", choice.title, recipe.precision, error)
            continue
        made = _read(family, model, choice, stored)
        if made is not None and made.offered:
            progress(1.0, "Done")
            return made
    raise BuildError(
        f"The model '{model.name}' does not give the right pictures with {choice.title}. Choose another runner."
    )


def load_prepare(build: Build) -> Runner:
    """Load the graph that encodes an avatar.

    Raises:
        DamagedBuildError: its file was changed.
        EngineError: it cannot be loaded.
    """
    return _load_graph(build, "prepare")


def load_step(build: Build) -> Runner:
    """Load the graph that animates.

    Raises:
        DamagedBuildError: its file was changed.
        EngineError: it cannot be loaded.
    """
    return _load_graph(build, "step")


def _load_graph(build: Build, name: str) -> Runner:
    return _load(
        build.family, build.model, build.runner, build.recipe, name, build.stored.checked, build.on_card
    )


class _Maker:
    """Makes one build."""

    def __init__(
        self,
        family: Family,
        model: Model,
        choice: Choice,
        recipe: Recipe,
        work: Work,
        progress: Progress,
        cancelled: Cancelled,
    ) -> None:
        self._family, self._model, self._choice, self._recipe = family, model, choice, recipe
        self._work, self._progress, self._cancelled = work, progress, cancelled

    def make(self) -> StoredBuild:
        if self._choice.name != "torch":  # it runs the modules as they are
            self._write_graphs()
        self._progress(0.75, "Comparing with the reference")
        measured = self._work.step(_CHECK, self._check)
        comparison = Comparison.of_facts(measured["comparison"])
        offered = self._family.accepts(self._recipe.precision, comparison)
        return self._work.finish({"offered": offered})

    def _write_graphs(self) -> None:
        parts = len(self._recipe.parts) > 1
        makers = self._family.graphs(self._model, self._recipe.style, parts=parts)
        each = 0.75 / len(makers)
        for index, (name, make) in enumerate(makers.items()):
            self._progress(index * each, "Writing the graphs")
            self._work.step(name, self._writer(name, make, index * each, each))

    def _writer(
        self, name: str, make: Callable[[], Graph], done: float, share: float
    ) -> Callable[[Path], None]:
        def write(folder: Path) -> None:
            from engines.building.export import export_graph

            onnx = folder / f"{name}.onnx"
            export_graph(make(), onnx)
            if self._choice.name in _ENGINES:
                self._make_engine(onnx, done + share / 2, share / 2)

        return write

    def _make_engine(self, onnx: Path, done: float, share: float) -> None:
        from engines.runners.tensorrt_build import build_engine

        engine = build_engine(
            onnx,
            self._choice.name,
            progress=lambda fraction, _phase: self._progress(done + share * fraction, "Building the engine"),
            cancelled=self._cancelled,
        )
        onnx.with_suffix(".engine").write_bytes(engine)
        onnx.unlink()

    def _check(self, _folder: Path) -> dict[str, Any]:
        prepare, step = (
            _load(
                self._family,
                self._model,
                self._choice.name,
                self._recipe,
                name,
                self._work.folder.joinpath,
                self._choice.on_card,
            )
            for name in ("prepare", "step")
        )
        try:
            comparison, frames_per_second = self._family.examine(self._model, prepare, step)
        finally:
            step.close()
            prepare.close()
        return {"comparison": comparison.facts, "frames_per_second": frames_per_second}


def _recipes(family: Family, model: Model, choice: Choice) -> Sequence[Recipe]:
    """Return what to try here, as Family.recipes() does."""
    return family.recipes(model.configuration, choice.name, on_card=choice.on_card, bf16=cpu_has_bf16())


def _stored(family: Family, model: Model, choice: Choice, precision: str, builds: BuildCache) -> Build | None:
    stored = builds.find(choice.key(model.sha256, family.graph_version, precision))
    return _read(family, model, choice, stored) if stored else None


def _read(family: Family, model: Model, choice: Choice, stored: StoredBuild) -> Build | None:
    """Return what a stored build says of itself; None where this version of Guise makes no such build."""
    made = {each.precision: each for each in _recipes(family, model, choice)}
    try:
        recipe, measured = made[stored.key.precision], stored.facts[_CHECK]
        return Build(
            family,
            model,
            stored,
            choice.name,
            recipe,
            Comparison.of_facts(measured["comparison"]),
            float(measured["frames_per_second"]),
            bool(stored.facts["build"]["offered"]),
            choice.on_card,
        )
    except (KeyError, TypeError, ValueError):
        return None


def _load(
    family: Family,
    model: Model,
    runner: str,
    recipe: Recipe,
    name: str,
    path: Callable[[str], Path],
    on_card: bool,
) -> Runner:
    """Load one of the two graphs.

    Args:
        family: which the model is of.
        model: whose graph it is.
        runner: by name.
        recipe: how the build is made.
        name: prepare or step.
        path: tells where a file is.
        on_card: the processor must not stand in for a card: what it does would be taken for the card's.

    Raises:
        CardError: the card cannot be used.
    """
    parts = recipe.parts if name == "step" else (("prepare", "fp32"),)
    (first, precision), *_ = parts
    if runner == "torch":
        from engines.runners.torch_runner import TorchRunner, best_device

        if on_card and best_device() == "cpu":
            raise CardError(
                "PyTorch cannot use the graphics card here: the driver is too old for it, or it was not built for "
                "this card. Update the driver, install another build of PyTorch, or choose another runner."
            )
        graph = family.graphs(model, recipe.style)[name]()
        return TorchRunner(graph, graph.inputs, graph.outputs, precision=precision)
    if runner == "openvino":
        from engines.runners.openvino_runner import OpenVinoRunner

        return OpenVinoRunner([(path(f"{part}.onnx"), precise) for part, precise in parts])
    if runner in _ENGINES:
        from engines.runners.tensorrt_runner import TensorRtRunner

        return TensorRtRunner(path(f"{first}.engine").read_bytes(), runner, precision)
    from engines.runners.onnx_runner import OnnxRunner

    return OnnxRunner(path(f"{first}.onnx"), precision=precision, on_card=on_card)
