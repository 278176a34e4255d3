"""Which engine animates, with which model, on what, and how fast that is here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.live.status import EngineRun, SessionStatus
from app.models.jobs import JobStatus
from app.models.workshop import Overview
from app.settings import Settings
from app.ui.models.words import job_step, job_title, rate_words
from app.ui.panels.panel import Panel
from app.ui.tokens import Space, Tone
from app.ui.widgets.buttons import Button
from app.ui.widgets.choice import Choice
from app.ui.widgets.note import Note
from app.ui.widgets.progress import ProgressBar
from app.ui.widgets.texts import StateLine, field, label, row
from engines.base import EngineInfo
from engines.registry import DEFAULT_ENGINE, engine_info, engine_names

AUTO = "auto"
_SLOW = 0.9  # of the camera's rate: a little less is not seen

_Button = tuple[str, Callable[[], object]]
_Advice = tuple[Tone, str, str, tuple[_Button, ...]]


class _Building(QWidget):
    """A job on models, small."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = label("", "caption", wrap=True)
        self.bar = ProgressBar("Progress")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.XS)
        layout.addWidget(self.words)
        layout.addWidget(self.bar)
        self.hide()

    def show_job(self, job: JobStatus | None) -> None:
        """Show how far a job is; None where there is none."""
        self.setVisible(job is not None)
        if job is not None:
            self.words.setText(f"{job_title(job)}: {job_step(job)}")
            self.bar.show_fraction(job.fraction)


class EnginePanel(Panel):
    """Engine, model and runner, how fast they are, and what would help.

    Signals:
        models_wanted(): the user wants the page of models.
        build_wanted(str, str): build the model of that id for a runner.
    """

    models_wanted = Signal()
    build_wanted = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows.setSpacing(Space.S)
        self._overview, self._known = Overview(), False
        self._busy = False  # a job on models is under way
        self._status = SessionStatus()
        self._advised: tuple[object, ...] = ()
        self.engine = Choice("Engine", "What animates the picture.")
        self.engine.offer([(name, engine_info(name).title) for name in engine_names()])
        self.summary = label("", "caption", wrap=True)
        self.model = Choice("Model", "The trained network this engine animates with.")
        self.models = Button("Models…")
        self.models.setToolTip("Add, download, build and remove models.")
        self.model_row = field("Model", row(self.model, self.models))
        self.runner = Choice(
            "Runs on", "What runs the network. The fastest that was measured is a good choice."
        )
        self.runner_row = field("Runs on", self.runner)
        self.speed = StateLine()
        self.advice = Note()
        self.building = _Building()
        self.note = label("", "caption", wrap=True)
        for widget in (
            self.engine, self.summary, self.model_row, self.runner_row, self.speed, self.advice, self.building,
            self.note,
        ):  # fmt: skip
            self._rows.addWidget(widget)
        self.note.hide()
        self.engine.chosen.connect(self._engine_chosen)
        self.model.chosen.connect(self._model_chosen)
        self.runner.chosen.connect(self._runner_chosen)
        self.models.clicked.connect(self.models_wanted)

    def show_settings(self, settings: Settings) -> None:
        """Show these settings, silently."""
        super().show_settings(settings)
        self.engine.show_value(settings.engine, settings.engine)
        info = self._info()
        self.summary.setText(info.summary if info is not None else "This engine is not installed.")
        self._show_choices()
        self._show_state()

    def show_overview(self, overview: Overview, *, known: bool) -> None:
        """Offer these models and runners.

        Args:
            overview: what there is.
            known: whether anyone has looked.
        """
        self._overview, self._known = overview, known
        self._show_choices()
        self._show_state()

    def show_status(self, status: SessionStatus) -> None:
        """Say how the engine runs."""
        self._status = status
        self.note.setText(status.note)
        self.note.setVisible(bool(status.note))
        self._show_state()

    def show_job(self, job: JobStatus | None) -> None:
        """Show a job on models that is under way."""
        self.building.show_job(job)
        self._busy = job is not None
        self._show_state()

    def model_in_use(self) -> str:
        """Return the id of the model the settings mean, "" where the engine needs none or there is none."""
        models = self._overview.of_family(self._family())
        if any(model.id == self._settings.model for model in models):
            return self._settings.model
        return models[0].id if models else ""

    # Plumbing

    def _info(self) -> EngineInfo | None:
        name = self._settings.engine
        return engine_info(name) if name in engine_names() else None

    def _family(self) -> str | None:
        info = self._info()
        return info.family if info is not None else None

    def _show_choices(self) -> None:
        family = self._family()
        self.model_row.setVisible(family is not None)
        models = self._overview.of_family(family) if family is not None else ()
        info = self._info()
        characters = info is not None and info.characters
        none = "Characters’ own" if characters else "None stored"
        nothing = [("", none if self._known else "Looking…")]
        self.model.offer([(model.id, model.name) for model in models] or nothing)
        self.model.show_value(self.model_in_use())
        self.model.setEnabled(bool(models))
        self.runner_row.setVisible(bool(models) or characters)
        usable = [(runner.name, runner.title) for runner in self._overview.runners if runner.usable]
        self.runner.offer([(AUTO, "The fastest here"), *usable])
        self.runner.show_value(self._settings.runner, f"{self._settings.runner} (not available)")

    def _show_state(self) -> None:
        needs = self._family() is not None
        run = self._status.engine_run
        self.speed.setVisible(needs and run is not None)
        if run is not None:
            self.speed.say(*self._speed_words(run))
        advice = self._advice() if needs else None
        said = advice[:3] if advice is not None else ()
        if advice is None:
            self.advice.hide()
        elif said != self._advised:  # saying it anew would take the focus off its buttons
            self.advice.say(*advice)
        self._advised = said

    def _speed_words(self, run: EngineRun) -> tuple[Tone, str]:
        parts = [f"{self._title(run.runner)} on {run.where}, {run.precision}: {self._why(run)}."]
        if run.frames_per_second <= 0:
            return Tone.INFO, f"{parts[0]} Its speed is not measured yet."
        parts.append(f"About {rate_words(run.frames_per_second)} on {_place(run)}, measured.")
        if run.carried:
            parts.append("In between, the rig's motion carries the picture.")
        return Tone.WARN if self._slow(run) else Tone.GOOD, " ".join(parts)

    def _why(self, run: EngineRun) -> str:
        """Return why this runner is used."""
        if not run.model:
            return "with the character's own networks"
        wanted = self._settings.runner
        if wanted == run.runner:
            return "as chosen"
        if wanted != AUTO:
            return f"{self._title(wanted)} is not built for this model yet"
        model = self._overview.model(self.model_in_use())
        built = model is not None and model.build_for(run.runner) is not None
        return "the fastest measured here" if built else "the best there is so far"

    def _title(self, runner: str) -> str:
        return next((each.title for each in self._overview.runners if each.name == runner), runner)

    def _advice(self) -> _Advice | None:
        """Return what would help, if anything."""
        overview, info, status = self._overview, self._info(), self._status
        title = info.title if info is not None else self._settings.engine
        rig = ("Use the rig", self._use_rig)
        characters = info is not None and info.characters
        if overview.missing and not (characters and status.engine == self._settings.engine):
            copy = (("Copy the command", self._copy_command),) if overview.command else ()
            return Tone.INFO, overview.missing, overview.command, (*copy, rig)
        if self._known and not characters and not overview.of_family(self._family()):
            hint = "Add one, or download one."
            return Tone.WARN, f"{title} needs a model, and none is stored.", hint, (self._get(), rig)
        if status.engine_problem:
            return Tone.WARN, status.engine_problem, "", (self._get(), rig)
        return self._advice_to_build(rig) or self._advice_on_speed(rig)

    def _advice_to_build(self, rig: _Button) -> _Advice | None:
        model = self._overview.model(self.model_in_use())
        if model is None or self._busy:
            return None
        runner = self._overview.runner_to_build(model, self._settings.runner)
        if runner is None:
            return None
        hint = "A build is usually much faster. It takes minutes, and the avatar goes on meanwhile."
        build = "Build", partial(self.build_wanted.emit, model.id, runner.name)
        return Tone.INFO, f"This model is not built for {runner.title} yet.", hint, (build, rig)

    def _advice_on_speed(self, rig: _Button) -> _Advice | None:
        run = self._status.engine_run
        if run is None or not self._slow(run):
            return None
        text = f"{rate_words(run.frames_per_second)} is slower than the camera's {self._camera_rate():.0f}."
        return Tone.INFO, text, "The rig keeps up on any computer, at the picture's own sharpness.", (rig,)

    def _get(self) -> _Button:
        return "Models…", self.models_wanted.emit

    def _slow(self, run: EngineRun) -> bool:
        return 0 < run.frames_per_second < _SLOW * self._camera_rate()

    def _camera_rate(self) -> float:
        return self._status.camera_fps or self._settings.camera.fps

    def _use_rig(self) -> None:
        self._change(engine=DEFAULT_ENGINE)

    def _copy_command(self) -> None:
        QGuiApplication.clipboard().setText(self._overview.command)

    @Slot(object)
    def _engine_chosen(self, name: str) -> None:
        self._change(engine=name)

    @Slot(object)
    def _model_chosen(self, model_id: str) -> None:
        self._change(model=model_id)

    @Slot(object)
    def _runner_chosen(self, name: str) -> None:
        self._change(runner=name)


def _place(run: EngineRun) -> str:
    return "this CPU" if run.where == "CPU" else run.where
