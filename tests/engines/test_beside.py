from __future__ import annotations

import threading

import pytest

from engines.beside import Beside


def test_the_work_runs_on_another_thread_and_is_waited_for() -> None:
    go, seen = threading.Event(), []

    def work() -> None:
        assert go.wait(10)
        seen.append(threading.get_ident())

    beside = Beside(work)
    assert seen == []
    go.set()
    beside.wait()
    assert len(seen) == 1
    assert seen[0] != threading.get_ident()


def test_what_goes_wrong_there_is_raised_here() -> None:
    def work() -> None:
        raise ValueError("lost")

    with pytest.raises(ValueError, match="lost"):
        Beside(work).wait()
