"""Jobs run on threads of their own, in turn, and end done, cancelled, or failed with a sentence."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.errors import GuiseError
from app.models.jobs import JobKind, JobState, JobStatus, ModelJobs, Reporter
from engines.errors import EngineError

_PATIENCE_S = 5.0


class Watched:
    """Jobs, and the means to wait for what they say."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self.told = 0
        self.jobs = ModelJobs(self._changed)

    def _changed(self) -> None:
        with self._news:
            self.told += 1
            self._news.notify_all()

    def status(self, number: int) -> JobStatus:
        return next(status for status in self.jobs.jobs() if status.number == number)

    def wait_for(self, number: int, *states: JobState) -> JobStatus:
        with self._news:
            assert self._news.wait_for(lambda: self.status(number).state in states, _PATIENCE_S)
        return self.status(number)


@pytest.fixture
def watched() -> Iterator[Watched]:
    watched = Watched()
    yield watched
    assert watched.jobs.close(_PATIENCE_S) == []


class Gate:
    """Work that waits until it is let through, or is cancelled."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()

    def __call__(self, reporter: Reporter) -> str:
        self.begun.set()
        while not self.open.wait(0.005):
            if reporter.cancelled():
                raise EngineError("stopped")
        return threading.current_thread().name


def test_a_job_is_done_with_its_result_on_a_named_thread(watched: Watched) -> None:
    gate = Gate()
    number = watched.jobs.start(JobKind.BUILD, "vox", gate, detail="torch")
    assert gate.begun.wait(_PATIENCE_S)
    assert watched.status(number).state is JobState.RUNNING
    gate.open.set()
    status = watched.wait_for(number, JobState.DONE)
    assert (status.subject, status.name, status.detail) == ("vox", "vox", "torch")
    assert status.result == "guise-model-build"
    assert status.ended


def test_progress_is_told(watched: Watched) -> None:
    gate = Gate()

    def work(reporter: Reporter) -> None:
        reporter.progress("Reading", 0.25)
        gate(reporter)
        reporter.progress("Writing", 7.0)

    number = watched.jobs.start(JobKind.ADD, "file", work)
    assert gate.begun.wait(_PATIENCE_S)
    assert (watched.status(number).step, watched.status(number).fraction) == ("Reading", 0.25)
    gate.open.set()
    assert watched.wait_for(number, JobState.DONE).fraction == 1.0


def test_thousands_of_reports_are_few_calls() -> None:
    told: list[tuple[str, float | None]] = []
    reporter = Reporter(lambda step, fraction: told.append((step, fraction)))
    for count in range(10_000):
        reporter.progress("Downloading", count / 9_999)
    assert told[0] == ("Downloading", 0.0)
    assert told[-1] == ("Downloading", 1.0)
    assert len(told) < 5_000


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        (GuiseError("The file is no model.", "Choose another."), "The file is no model.", "Choose another."),
        (EngineError("The shapes are wrong."), "The shapes are wrong.", ""),
        (PermissionError(13, "Permission denied"), "could not be read or written: Permission denied.", ""),
        (ValueError("odd"), "Something went wrong: odd", "Details are in the log."),
    ],
)
def test_an_error_becomes_a_sentence(
    watched: Watched, error: Exception, message: str, hint: str, caplog: pytest.LogCaptureFixture
) -> None:
    def work(_: Reporter) -> None:
        raise error

    status = watched.wait_for(watched.jobs.start(JobKind.ADD, "x", work), JobState.FAILED)
    assert message in status.message
    assert status.hint == hint


def test_a_running_job_is_cancelled(watched: Watched) -> None:
    gate = Gate()
    number = watched.jobs.start(JobKind.DOWNLOAD, "vox", gate)
    assert gate.begun.wait(_PATIENCE_S)
    watched.jobs.cancel(number)
    status = watched.wait_for(number, JobState.CANCELLED)
    assert not status.stopping
    watched.jobs.cancel(number)
    assert watched.status(number).state is JobState.CANCELLED


def test_work_that_finishes_although_it_was_cancelled_is_done(watched: Watched) -> None:
    gate = Gate()

    def work(reporter: Reporter) -> str:
        gate.begun.set()
        assert gate.open.wait(_PATIENCE_S)
        return "kept"

    number = watched.jobs.start(JobKind.ADD, "x", work)
    assert gate.begun.wait(_PATIENCE_S)
    watched.jobs.cancel(number)
    assert watched.status(number).stopping
    gate.open.set()
    assert watched.wait_for(number, JobState.DONE).result == "kept"


def test_builds_take_turns_and_files_do_not_wait_for_them(watched: Watched) -> None:
    first, second, file = Gate(), Gate(), Gate()
    one = watched.jobs.start(JobKind.BUILD, "vox", first)
    two = watched.jobs.start(JobKind.BUILD, "vox", second)
    three = watched.jobs.start(JobKind.ADD, "x", file)
    assert first.begun.wait(_PATIENCE_S)
    assert file.begun.wait(_PATIENCE_S)
    assert watched.status(two).state is JobState.WAITING
    first.open.set()
    assert second.begun.wait(_PATIENCE_S)
    assert watched.status(one).ended
    for gate in (second, file):
        gate.open.set()
    watched.wait_for(two, JobState.DONE)
    watched.wait_for(three, JobState.DONE)


def test_a_waiting_job_is_cancelled_without_having_begun(watched: Watched) -> None:
    first, second = Gate(), Gate()
    one = watched.jobs.start(JobKind.BUILD, "vox", first)
    two = watched.jobs.start(JobKind.BUILD, "vox", second)
    watched.jobs.cancel(two)
    assert watched.status(two).state is JobState.CANCELLED
    first.open.set()
    watched.wait_for(one, JobState.DONE)
    assert not second.begun.is_set()


def test_only_what_has_ended_is_forgotten(watched: Watched) -> None:
    gate = Gate()
    number = watched.jobs.start(JobKind.VERIFY, "vox", gate)
    watched.jobs.forget(number)
    assert [status.number for status in watched.jobs.jobs()] == [number]
    gate.open.set()
    watched.wait_for(number, JobState.DONE)
    watched.jobs.forget(number)
    assert watched.jobs.jobs() == ()


def test_closing_cancels_and_joins() -> None:
    watched, gate = Watched(), Gate()
    running = watched.jobs.start(JobKind.BUILD, "vox", gate)
    late = watched.jobs.start(JobKind.BUILD, "vox", Gate())
    assert gate.begun.wait(_PATIENCE_S)
    assert watched.jobs.close(_PATIENCE_S) == []
    refused = watched.jobs.start(JobKind.ADD, "x", gate)
    assert [watched.status(each).state for each in (running, late, refused)] == [JobState.CANCELLED] * 3


def test_closing_names_the_late_and_tells_nobody_of_them() -> None:
    watched, stubborn = Watched(), threading.Event()
    watched.jobs.start(JobKind.BUILD, "vox", lambda _: stubborn.wait(_PATIENCE_S))
    assert watched.jobs.close(0.05) == ["guise-model-build"]
    told = watched.told
    stubborn.set()
    assert watched.jobs.close(_PATIENCE_S) == []
    assert watched.told == told
