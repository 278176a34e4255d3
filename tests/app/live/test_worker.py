from __future__ import annotations

import threading
import time

import pytest

from app.live.latest import Closed
from app.live.worker import Worker


@pytest.fixture(autouse=True)
def expects_logged_errors(caplog):
    """Failures here are meant."""


def ignore(name: str, error: Exception) -> None:
    pass


def test_it_steps_until_stopped():
    steps: list[str] = []
    many = threading.Event()

    def step() -> None:
        steps.append(threading.current_thread().name)
        if len(steps) > 3:
            many.set()
        time.sleep(0.001)

    worker = Worker("some", step, ignore)
    worker.start()
    assert many.wait(2)
    worker.request_stop()
    assert worker.join(2)
    assert set(steps) == {"guise-some"}
    assert not worker.alive


def test_a_failing_step_is_reported_and_tried_again():
    told: list[tuple[str, Exception]] = []
    recovered = threading.Event()
    errors = [ValueError("one"), ValueError("two")]

    def step() -> None:
        if errors:
            raise errors.pop(0)
        recovered.set()
        time.sleep(0.001)

    worker = Worker("w", step, lambda name, error: told.append((name, error)), retry_waits_s=(0.0,))
    worker.start()
    assert recovered.wait(2)
    worker.request_stop()
    assert worker.join(2)
    assert [(name, str(error)) for name, error in told] == [("w", "one"), ("w", "two")]
    assert worker.failure is None


def test_the_waits_between_failures_grow():
    times: list[float] = []

    def step() -> None:
        times.append(time.monotonic())
        raise ValueError

    worker = Worker("w", step, ignore, retry_waits_s=(0.0, 0.02, 0.2))
    worker.start()
    while len(times) < 4:
        time.sleep(0.005)
    worker.request_stop()
    assert worker.join(2)
    assert times[2] - times[1] >= 0.02
    assert times[3] - times[2] >= 0.2


def test_stopping_ends_a_wait_at_once():
    def step() -> None:
        raise ValueError

    worker = Worker("w", step, ignore, retry_waits_s=(60.0,))
    worker.start()
    while worker.failure is None:
        time.sleep(0.001)
    worker.request_stop()
    assert worker.join(2)


def test_a_closed_slot_is_a_normal_end():
    told: list[Exception] = []

    def step() -> None:
        raise Closed

    worker = Worker("w", step, lambda _name, error: told.append(error))
    worker.start()
    assert worker.join(2)
    assert told == []


def test_an_error_while_stopping_is_nobodys_business():
    told: list[Exception] = []
    inside = threading.Event()
    leave = threading.Event()

    def step() -> None:
        inside.set()
        leave.wait(2)
        raise OSError("closed under it")

    worker = Worker("w", step, lambda _name, error: told.append(error))
    worker.start()
    assert inside.wait(2)
    worker.request_stop()
    leave.set()
    assert worker.join(2)
    assert told == []


def test_finish_runs_on_the_workers_thread_even_when_it_fails():
    names: list[str] = []

    def finish() -> None:
        names.append(threading.current_thread().name)
        raise OSError("no matter")

    worker = Worker("w", lambda: time.sleep(0.001), ignore, finish=finish)
    worker.start()
    worker.request_stop()
    assert worker.join(2)
    assert names == ["guise-w"]


def test_a_worker_that_never_started_has_ended():
    assert Worker("w", lambda: None, ignore).join(0)
