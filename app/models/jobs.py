"""Slow work on models away from the window's thread: adding, downloading, verifying, building, removing.

A job reports how far it is, can be cancelled, and ends in one of three ways: done, cancelled, or failed with a sentence
for the user. No Qt here; whoever wants to know is called back from the job's thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from app.errors import GuiseError
from engines.errors import EngineError

logger = logging.getLogger(__name__)

_TELL_EVERY_S = 0.05  # a download reports thousands of times a second; nobody reads that fast


class JobKind(str, Enum):
    """What is being done; the value is part of the thread's name."""

    ADD = "add"
    DOWNLOAD = "download"
    VERIFY = "verify"
    BUILD = "build"
    REMOVE = "remove"


class JobState(str, Enum):
    """Where a job is in its life."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


_ENDED = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


@dataclass(frozen=True)
class JobStatus:
    """A snapshot of one job.

    Attributes:
        number: counts the jobs; never used twice.
        kind: what is being done.
        subject: to what: a model's id, a file's name, an address.
        name: what the user calls that.
        detail: what else tells jobs on the same subject apart: the runner of a build.
        state: where it is in its life.
        step: what it does right now, in words.
        fraction: how much is done, 0 to 1; None while that is not known.
        stopping: it was asked to stop and has not yet.
        result: what a job that is done returned.
        message: why a job failed, one sentence.
        hint: the way out, one sentence.
    """

    number: int
    kind: JobKind
    subject: str
    name: str
    detail: str = ""
    state: JobState = JobState.WAITING
    step: str = ""
    fraction: float | None = None
    stopping: bool = False
    result: object = None
    message: str = ""
    hint: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing of it will change any more."""
        return self.state in _ENDED


class Reporter:
    """What a job's work is handed: where it says how far it is, and where it learns that it shall stop.

    Threads: any; in practice the job's own.
    """

    def __init__(self, tell: Callable[[str, float | None], None]) -> None:
        self._tell = tell
        self._stop = threading.Event()
        self._step = ""
        self._told_s = -1.0

    def progress(self, step: str, fraction: float | None = None) -> None:
        """Say what is done now and how much of it all is done, 0 to 1, where that is known."""
        now = time.monotonic()
        if step == self._step and now - self._told_s < _TELL_EVERY_S and (fraction or 0.0) < 1.0:
            return
        self._step, self._told_s = step, now
        self._tell(step, fraction)

    def cancelled(self) -> bool:
        """Tell whether the work shall stop."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._stop.set()


Work = Callable[[Reporter], object]


@dataclass
class _Job:
    """A job with what only its lane may touch."""

    status: JobStatus
    work: Work
    reporter: Reporter
    thread: threading.Thread | None = None


class ModelJobs:
    """Runs jobs on threads of their own: one build at a time, and beside it one job on files.

    Threads: start, cancel, forget and close from the owner's thread; `jobs` from any. `changed` is called from the
    jobs' threads and from start and cancel: it must return quickly and must not call back.

    Args:
        changed: called whenever a status is another.
    """

    def __init__(self, changed: Callable[[], object]) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._jobs: dict[int, _Job] = {}
        self._waiting: deque[int] = deque()
        self._count = 0
        self._closed = False

    def jobs(self) -> tuple[JobStatus, ...]:
        """Return all jobs that were not forgotten, oldest first."""
        with self._lock:
            return tuple(job.status for job in self._jobs.values())

    def start(self, kind: JobKind, subject: str, work: Work, name: str = "", detail: str = "") -> int:
        """Do some work as soon as its turn comes.

        Args:
            kind: what is done.
            subject: to what.
            work: does it; its result is the job's, an error it raises is told to the user. When it ends with an error
                after it was asked to stop, it counts as cancelled.
            name: what the user calls the subject, where that differs.
            detail: what else tells it apart.

        Returns:
            The job's number; after close() the work is not done and the job counts as cancelled.
        """
        with self._lock:
            self._count += 1
            number = self._count
            state = JobState.CANCELLED if self._closed else JobState.WAITING
            status = JobStatus(number, kind, subject, name or subject, detail, state)
            reporter = Reporter(lambda step, fraction: self._report(number, step, fraction))
            self._jobs[number] = _Job(status, work, reporter)
            if not self._closed:
                self._waiting.append(number)
                self._start_waiting()
        self._changed()
        return number

    def cancel(self, number: int) -> None:
        """Ask a job to stop; one that has not begun ends at once, one that has ended stays as it is."""
        with self._lock:
            job = self._jobs.get(number)
            if job is None or job.status.ended:
                return
            job.reporter.cancel()
            if number in self._waiting:
                self._waiting.remove(number)
                job.status = replace(job.status, state=JobState.CANCELLED)
            else:
                job.status = replace(job.status, stopping=True)
        self._changed()

    def forget(self, number: int) -> None:
        """Leave an ended job out of the list from now on."""
        with self._lock:
            job = self._jobs.get(number)
            if job is not None and job.status.ended:
                del self._jobs[number]

    def close(self, timeout_s: float = 2.0) -> list[str]:
        """Ask everything to stop and wait for it; nobody is called back any more.

        Returns:
            The names of the threads that did not end in time.
        """
        with self._lock:
            self._closed = True
            for number in self._waiting:
                self._jobs[number].status = replace(self._jobs[number].status, state=JobState.CANCELLED)
            self._waiting.clear()
            for job in self._jobs.values():
                job.reporter.cancel()
            threads = [job.thread for job in self._jobs.values() if job.thread is not None]
        deadline = time.monotonic() + timeout_s
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return [thread.name for thread in threads if thread.is_alive()]

    def _start_waiting(self) -> None:
        """Begin what may begin now: the first of each lane whose lane is free. The lock is held."""
        busy = {_lane(job.status.kind) for job in self._jobs.values() if job.status.state is JobState.RUNNING}
        for number in list(self._waiting):
            job = self._jobs[number]
            if _lane(job.status.kind) in busy:
                continue
            busy.add(_lane(job.status.kind))
            self._waiting.remove(number)
            job.status = replace(job.status, state=JobState.RUNNING)
            name = f"guise-model-{job.status.kind.value}"
            # A daemon: a compiler that does not look at `cancelled` for minutes must not keep the program alive.
            job.thread = threading.Thread(target=self._run, args=(job,), name=name, daemon=True)
            job.thread.start()

    def _run(self, job: _Job) -> None:
        try:
            ending = {"state": JobState.DONE, "result": job.work(job.reporter), "fraction": 1.0}
        except Exception as error:
            if job.reporter.cancelled():
                logger.debug("%s was cancelled", job.status.kind.value, exc_info=True)
                ending = {"state": JobState.CANCELLED}
            else:
                message, hint = _words(error)
                ending = {"state": JobState.FAILED, "message": message, "hint": hint}
        with self._lock:
            job.status = replace(job.status, stopping=False, **ending)  # type: ignore[arg-type]
            if not self._closed:
                self._start_waiting()
        self._tell()

    def _report(self, number: int, step: str, fraction: float | None) -> None:
        with self._lock:
            job = self._jobs.get(number)
            if job is None or job.status.ended:
                return
            whole = None if fraction is None else min(max(fraction, 0.0), 1.0)
            job.status = replace(job.status, step=step, fraction=whole)
        self._tell()

    def _tell(self) -> None:
        if not self._closed:
            self._changed()


def _lane(kind: JobKind) -> str:
    """Builds take minutes and every core: one at a time. The rest reads and writes the models' folder: in turn too."""
    return "builds" if kind is JobKind.BUILD else "files"


def _words(error: Exception) -> tuple[str, str]:
    """Return what went wrong and the way out."""
    if isinstance(error, GuiseError):
        return error.message, error.hint
    if isinstance(error, EngineError):
        return str(error), ""
    logger.error("a job on a model failed", exc_info=error)
    if isinstance(error, OSError) and error.strerror:
        return f"The file could not be read or written: {error.strerror}.", ""
    return f"Something went wrong: {error}", "Details are in the log."
