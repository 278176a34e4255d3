"""What every test gets: windows without a screen, a home of its own, and checks for what it left behind."""

from __future__ import annotations

import logging
import os
import random
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Each of several test processes takes its share of the cores: more threads than cores wait for each other, spinning.
_PROCESSES = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
if _PROCESSES > 1:
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // _PROCESSES)))
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # tests import openvino in their own ways

REPOSITORY = Path(__file__).resolve().parents[1]
_LEAVE_WITHIN_S = 2.0


@pytest.fixture(autouse=True)
def guise_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, with a space and letters beyond ASCII in its name."""
    home = tmp_path / "gu\u00efse h\u014dme"
    monkeypatch.setenv("GUISE_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real clips and pictures beside the repository; tests that need it are skipped without."""
    folder = Path(os.environ.get("GUISE_SHARED") or REPOSITORY.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip("needs the test data folder 'shared' beside the repository (or GUISE_SHARED=FOLDER)")
    return folder


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(20260101)


@pytest.fixture(autouse=True)
def seeded() -> None:
    """The same random numbers in every run for the standard library too."""
    random.seed(20260101)


@pytest.fixture(autouse=True)
def short_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build's speed is taken from its first few runs: what a test looks at is that there is one."""
    monkeypatch.setattr("engines.building.trial._LONG_ENOUGH_S", 0.0)


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    """Fail a test that leaves a thread running."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + _LEAVE_WITHIN_S
    while leaked := [each for each in threading.enumerate() if each not in before and each.is_alive()]:
        if time.monotonic() > deadline:
            pytest.fail(f"threads left running: {[each.name for each in leaked]}; stop and join them")
        time.sleep(0.01)


class _Warnings(logging.Handler):
    """Keeps what our own loggers warn of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def no_unexpected_warnings(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test in which Guise logs a warning, unless it asks for caplog and so looks at the log itself."""
    handler = _Warnings()
    loggers = [logging.getLogger(name) for name in ("app", "engines")]
    for each in loggers:
        each.addHandler(handler)
    yield
    for each in loggers:
        each.removeHandler(handler)
    if handler.lines and "caplog" not in request.fixturenames:
        pytest.fail(
            "unexpected warnings (a test that expects them asks for caplog):\n" + "\n".join(handler.lines)
        )
