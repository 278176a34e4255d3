"""The desk for models: keeps what is known of them, starts the jobs, says what came of them. No widgets."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from app.models.jobs import JobKind, JobState, JobStatus, ModelJobs
from app.models.manifest import Published
from app.models.workshop import Overview, Workshop
from app.ui.bridge import Edge
from app.ui.jobs import Jobs

logger = logging.getLogger(__name__)


class ModelDesk(QObject):
    """What the window knows of models and asks to be done with them.

    Threads: the GUI thread. Looking runs on the desk's one-off thread, jobs on their own.

    Signals:
        changed(): the overview is another.
        jobs_changed(): a job began, went on, ended or was forgotten.
        ended(JobStatus): a job ended.
        failed(Exception): models could not be looked at.
    """

    changed = Signal()
    jobs_changed = Signal()
    ended = Signal(object)
    failed = Signal(object)

    def __init__(self, workshop: Workshop, looking: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workshop, self._looking = workshop, looking
        self._overview = Overview()
        self._known = False
        self._looks = 0  # under way
        self._stale = False  # something happened since the last look began
        self._told: set[int] = set()  # jobs whose end was said
        self._unfinished: set[tuple[str, str]] = set()
        self._edge = Edge(self)
        self._edge.risen.connect(self._jobs_went_on)
        self._jobs = ModelJobs(self._edge.call)

    @property
    def overview(self) -> Overview:
        """What is known; nothing before the first look."""
        return self._overview

    @property
    def known(self) -> bool:
        """Whether there was a look already."""
        return self._known

    def jobs(self) -> tuple[JobStatus, ...]:
        """Return the jobs that were not forgotten, oldest first."""
        return self._jobs.jobs()

    def busy_with(self, model_id: str, kind: JobKind | None = None) -> JobStatus | None:
        """Return a job under way on a model, of a kind where one is named."""
        for job in self.jobs():
            if not job.ended and job.subject == model_id and kind in (None, job.kind):
                return job
        return None

    def unfinished(self, model_id: str) -> frozenset[str]:
        """Return the runners for which a build of a model was stopped half way, and would go on from there."""
        return frozenset(runner for each, runner in self._unfinished if each == model_id)

    # Looking

    def look(self) -> None:
        """Look at the models again, elsewhere."""
        if self._looks:
            self._stale = True
            return
        self._looks += 1
        self._looking.run(self._workshop.overview, self._seen, self._not_seen)

    def look_once(self) -> None:
        """Look unless that was done already."""
        if not self._known:
            self.look()

    # Doing

    def add(self, path: Path) -> int:
        """Store a model from a file."""
        return self._jobs.start(JobKind.ADD, path.name, partial(self._workshop.add, path))

    def download(self, offer: Published | None, address: str = "") -> int:
        """Fetch a published model, or what lies at an address."""
        subject, name = (offer.name, offer.title) if offer is not None else (address, address)
        work = partial(self._workshop.download, offer, address)
        return self._jobs.start(JobKind.DOWNLOAD, subject, work, name)

    def verify(self, model_id: str) -> int:
        """Compare a model with its checksum."""
        work = partial(self._workshop.verify, model_id)
        return self._jobs.start(JobKind.VERIFY, model_id, work, self._name_of(model_id))

    def build(self, model_id: str, runner: str) -> int:
        """Build a model for a runner."""
        title = next((each.title for each in self._overview.runners if each.name == runner), runner)
        work = partial(self._workshop.build, model_id, runner)
        name = f"{self._name_of(model_id)} for {title}"
        return self._jobs.start(JobKind.BUILD, model_id, work, name, runner)

    def remove(self, model_id: str) -> int:
        """Remove a model and its builds."""
        work = partial(self._workshop.remove, model_id)
        return self._jobs.start(JobKind.REMOVE, model_id, work, self._name_of(model_id))

    def again(self, job: JobStatus) -> None:
        """Do once more what a job did that was stopped or failed."""
        self.forget(job.number)
        if job.kind is JobKind.BUILD:
            self.build(job.subject, job.detail)
        elif job.kind is JobKind.VERIFY:
            self.verify(job.subject)
        elif job.kind is JobKind.REMOVE:
            self.remove(job.subject)
        elif job.kind is JobKind.DOWNLOAD:
            offer = next((offer for offer in self._overview.offers if offer.name == job.subject), None)
            self.download(offer, "" if offer is not None else job.subject)

    def cancel(self, number: int) -> None:
        """Ask a job to stop."""
        self._jobs.cancel(number)

    def forget(self, number: int) -> None:
        """Say no more about an ended job."""
        self._jobs.forget(number)
        self.jobs_changed.emit()

    def close(self) -> list[str]:
        """Stop everything; return the names of threads that did not end in time."""
        return self._jobs.close()

    def _name_of(self, model_id: str) -> str:
        model = self._overview.model(model_id)
        return model.name if model is not None else model_id

    # Hearing

    def _seen(self, overview: Overview) -> None:
        self._looks -= 1
        self._known = True
        if overview != self._overview:
            self._overview = overview
        self.changed.emit()
        self._look_if_stale()

    def _not_seen(self, error: Exception) -> None:
        self._looks -= 1
        logger.debug("models could not be looked at", exc_info=error)
        self.failed.emit(error)
        self._look_if_stale()

    def _look_if_stale(self) -> None:
        if self._stale:
            self._stale = False
            self.look()

    @Slot()
    def _jobs_went_on(self) -> None:
        over = [job for job in self.jobs() if job.ended and job.number not in self._told]
        for job in over:
            self._told.add(job.number)
            self._note_end(job)
        self.jobs_changed.emit()
        for job in over:
            self.ended.emit(job)

    def _note_end(self, job: JobStatus) -> None:
        if job.kind is JobKind.BUILD:
            key = job.subject, job.detail
            if job.state is JobState.DONE:
                self._unfinished.discard(key)
            else:
                self._unfinished.add(key)
        if job.state is JobState.DONE and job.kind is not JobKind.VERIFY:
            self.look()
