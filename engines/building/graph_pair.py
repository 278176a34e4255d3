"""The two graphs of one model, shared by all its puppets: what is bound is changed only where it differs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from numpy.typing import NDArray

from engines.building.speed import Speed, SpeedMeter
from engines.building.trial import taken
from engines.errors import EngineError
from engines.runners.base import Arrays, Runner


class GraphPair:
    """Runs prepare and step. Any thread may call; one runs at a time."""

    def __init__(self, prepare: Runner, step: Runner, frames_per_second: float = 0.0) -> None:
        """Take two loaded graphs; they are closed with the pair.

        Args:
            prepare: an avatar's picture to its state.
            step: state and frame to a picture.
            frames_per_second: of step, as measured when the graphs were built; 0 where they were not.
        """
        self._prepare, self._step = prepare, step
        self._meter = SpeedMeter(frames_per_second)
        self._lock = Lock()
        self._bound: dict[int, Arrays] = {}
        self._closed = self._failed = False

    def speed(self) -> Speed:
        """Return how fast step runs: as measured lately, or when it was built. Waits for no run: a window asks."""
        return self._meter.of(self._step, failed=self._failed)

    def close(self) -> None:
        """Free the graphs. Closing twice is fine."""
        with self._lock:
            self._closed = True
            self._bound.clear()
            self._prepare.close()
            self._step.close()

    def _run_prepare(self, arrays: Arrays) -> dict[str, NDArray[Any]]:
        """Return all that prepare gives."""
        with self._running():
            return self._prepare.run(arrays)

    def _for_step(self, given: Arrays) -> Arrays:
        """Return the part of what prepare gave that step takes."""
        return taken(self._step, given)

    def _run_step(self, arrays: Arrays, *bound: Arrays) -> dict[str, NDArray[Any]]:
        """Return all that step gives.

        Args:
            arrays: what changes with a frame.
            bound: what rarely does; each is known again by its identity and not written to.
        """
        with self._running():
            for place, kept in enumerate(bound):
                if self._bound.get(place) is not kept:
                    self._bound.pop(place, None)
                    self._step.bind(kept)
                    self._bound[place] = kept
            began = time.perf_counter()
            given = self._step.run(arrays)
            self._meter.note(time.perf_counter() - began)
        return given

    @contextmanager
    def _running(self) -> Iterator[None]:
        """Keep others out during a run, and remember whether it failed."""
        with self._lock:
            if self._closed:
                raise EngineError("This network was closed. Choose the engine again.")
            try:
                yield
            except EngineError:
                self._failed = True
                raise
            self._failed = False
