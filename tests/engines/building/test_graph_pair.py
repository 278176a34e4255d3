"""Two graphs that several puppets share: what is asked of them while they run."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import numpy as np
import pytest

from engines.building.graph_pair import GraphPair
from engines.errors import EngineError
from engines.runners.base import Arrays, Runner, TensorSpec

ONE = {"x": np.ones(1, np.float32)}


class Graph(Runner):
    """Gives back what it is given, once it has done something else."""

    name, where, precision = "torch", "CPU", "fp32"
    inputs = outputs = (TensorSpec("x", (1,), "float32"),)

    def __init__(self, first: Callable[[], object] = lambda: None) -> None:
        self.first = first

    def bind(self, arrays: Arrays) -> None: ...

    def run(self, arrays: Arrays) -> dict[str, Any]:
        self.first()
        return dict(arrays)

    def close(self) -> None: ...


def test_the_speed_is_told_while_a_step_takes_its_time():
    running, gate = Event(), Event()

    def held():
        running.set()
        assert gate.wait(30)

    pair = GraphPair(Graph(), Graph(held), 25)
    with ThreadPoolExecutor(2) as threads:
        step = threads.submit(pair._run_step, ONE)
        assert running.wait(30)
        try:
            assert threads.submit(pair.speed).result(30).frames_per_second == 25
        finally:
            gate.set()
        step.result(30)
    pair.close()


def test_whether_the_last_run_failed_is_told():
    failures = [EngineError("The card is out of memory. Close something.")]

    def fails():
        if failures:
            raise failures.pop()

    pair = GraphPair(Graph(), Graph(fails))
    assert not pair.speed().failed
    with pytest.raises(EngineError, match="out of memory"):
        pair._run_step(ONE)
    assert pair.speed().failed
    pair._run_step(ONE)
    assert not pair.speed().failed
    pair.close()
