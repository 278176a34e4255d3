"""What the window does about models: opens their page, keeps the engine panel informed, says what jobs came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.models.jobs import JobKind, JobState, JobStatus
from app.settings import Settings
from app.ui.models.page import ModelPage
from app.ui.models.words import engine_of, job_title
from app.ui.stage.toasts import Toast
from app.ui.tokens import Tone
from engines.registry import engine_info, engine_names

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

_TONES = {JobState.DONE: Tone.GOOD, JobState.CANCELLED: Tone.INFO, JobState.FAILED: Tone.BAD}


class ModelHost(QObject):
    """Stands between the window, the page and the desk for models."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._desk = window, window.desk.models
        self._page: ModelPage | None = None
        self._desk.changed.connect(self._show_overview)
        self._desk.jobs_changed.connect(self._show_jobs)
        self._desk.ended.connect(self._ended)
        self._desk.failed.connect(window.desk.report)

    @property
    def page(self) -> ModelPage | None:
        """The page, once it was opened."""
        return self._page

    @Slot()
    def open(self) -> None:
        """Open the page, or bring it to the front."""
        if self._page is None:
            dialogs = self._window.dialogs
            self._page = ModelPage(self._desk, dialogs.models, dialogs.model_folder, self._window)
            self._page.use_wanted.connect(self._use)
            self._show_current()
        self._desk.look()
        self._page.show()
        self._page.raise_()
        self._page.activateWindow()
        self._page.take_focus()

    def add(self, paths: Sequence[Path]) -> None:
        """Open the page and store models from files."""
        self.open()
        if self._page is not None:
            self._page.add_files(list(paths))

    def show_settings(self, settings: Settings) -> None:
        """Look at the models as soon as an engine needs one; mark the one in use."""
        if settings.engine in engine_names() and engine_info(settings.engine).family is not None:
            self._desk.look_once()
        self._show_current()

    @Slot()
    def _show_overview(self) -> None:
        self._window.side.engine.show_overview(self._desk.overview, known=self._desk.known)
        self._show_current()

    @Slot()
    def _show_jobs(self) -> None:
        running = [job for job in self._desk.jobs() if not job.ended]
        self._window.side.engine.show_job(running[0] if running else None)

    @Slot(object)
    def _ended(self, job: JobStatus) -> None:
        """Say what came of a job where the page cannot, and let go of a model that is gone."""
        desk = self._window.desk
        if job.state is JobState.DONE and job.kind is not JobKind.VERIFY:
            desk.session.renew_engine()
        if job.kind is JobKind.REMOVE and job.state is JobState.DONE and job.subject == desk.settings.model:
            desk.change(replace(desk.settings, model=""))
        if self._page is not None and self._page.isVisible():
            return
        hint = f"{job.message} {job.hint}".strip()
        self._window.say(Toast(_TONES[job.state], job_title(job), hint, "Models…", self.open))
        self._desk.forget(job.number)

    @Slot(str)
    def _use(self, model_id: str) -> None:
        model = self._desk.overview.model(model_id)
        engine = engine_of(model.family) if model is not None else ""
        if engine:
            self._window.desk.change(replace(self._window.desk.settings, engine=engine, model=model_id))

    def _show_current(self) -> None:
        if self._page is not None:
            self._page.show_current(self._window.side.engine.model_in_use())
