"""Frames on a card as a conveyor: while one is animated, the next goes up and the last comes down.

Three streams of the card work side by side; events make them wait for each other, and the host waits nowhere but in
result(). All memory is taken once. What is computed is captured as one graph of the card, which reads and writes the
same places for ever, so that nothing is captured again for another avatar or another neutral:

    host memory  --upload-->  landing  --step: copy, graph, copy-->  leaving  --download-->  host memory

Landing, leaving and host memory exist once per frame in flight, the graph's own places once. A frame's set is used
again only after the host has seen its download end, which is after everything else that frame did.

A frame that fails gives its set back once the streams have done what they were told of it, and what is bound travels
anew with the next frame. Only a card that is lost, or that cannot even be waited for, is given up for good.

Why other inputs can be bound while frames are in flight: a new avatar or neutral travels with the next frame, through
that frame's own set, and is copied into the graph's places in the stream that runs the graph. Streams keep order: every
frame handed in before has been computed by then, every frame handed in later sees the new inputs, and nobody waits.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.errors import EngineError
from engines.runners.base import Arrays, Runner, StageTimes, TensorSpec
from engines.runners.failures import is_lost, run_error
from engines.runners.inputs import check_complete, check_inputs

_ON_CARDS = (
    "torch",
    "tensorrt",
    "tensorrt_rtx",
)  # the runners that may run on an NVIDIA card through PyTorch
_DEPTH = 2
_REMEMBERED = 120  # frames whose times the stats are made of

Stream = Any
Event = Any
Buffer = Any
Results = dict[str, NDArray[Any]]


class Backend(ABC):
    """A card and what is to be computed on it. Calls that name a stream return at once and happen in its order.

    Attributes:
        name: as Runner has it.
        where: as Runner has it.
        precision: as Runner has it.
        inputs: what the computation takes.
        outputs: what it gives.
    """

    name: str
    where: str
    precision: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    @abstractmethod
    def stream(self) -> Stream:
        """Make a stream."""

    @abstractmethod
    def event(self) -> Event:
        """Make an event that remembers when it happened."""

    @abstractmethod
    def pinned(self, spec: TensorSpec) -> Buffer:
        """Take host memory that the card copies from and to by itself."""

    @abstractmethod
    def memory(self, spec: TensorSpec) -> Buffer:
        """Take memory of the card, filled with zeros."""

    @abstractmethod
    def write(self, pinned: Buffer, array: NDArray[Any]) -> None:
        """Copy an array into host memory now."""

    @abstractmethod
    def read(self, pinned: Buffer) -> NDArray[Any]:
        """Return a copy of host memory as it is now."""

    @abstractmethod
    def copy(self, source: Buffer, target: Buffer, stream: Stream) -> None:
        """Copy between any two places."""

    @abstractmethod
    def record(self, event: Event, stream: Stream) -> None:
        """Let an event happen when the stream has done all it was told so far."""

    @abstractmethod
    def wait(self, event: Event, stream: Stream) -> None:
        """Let a stream go on only after an event, as last recorded, has happened."""

    @abstractmethod
    def finish(self, event: Event) -> None:
        """Let the host wait for an event."""

    @abstractmethod
    def milliseconds(self, begin: Event, end: Event) -> float:
        """Return the time between two events that have happened."""

    @abstractmethod
    def capture(
        self, inputs: Mapping[str, Buffer], outputs: Mapping[str, Buffer], stream: Stream
    ) -> Callable[[], None]:
        """Warm up, capture the computation and return what starts it, in that stream. Slow; the host may wait.

        Args:
            inputs: where it reads, for ever.
            outputs: where it writes, for ever.
            stream: where it runs.
        """

    @abstractmethod
    def close(self) -> None:
        """Free what the computation holds."""


@dataclass(frozen=True)
class Ticket:
    """A frame in flight."""

    number: int


class StreamPipeline(Runner):
    """A runner that takes the next frame before the last one is done.

    run() is for one frame at a time; submit() and result() keep more in flight.
    """

    def __init__(self, backend: Backend, depth: int = _DEPTH) -> None:
        """Take all memory and capture the computation: up to seconds.

        Args:
            backend: the card and the computation; closed with the pipeline.
            depth: how many frames may be in flight.

        Raises:
            EngineError: the card's memory is too small, or the computation fails on it.
        """
        self._backend = backend
        self.name, self.where, self.precision = backend.name, backend.where, backend.precision
        self.inputs, self.outputs, self.depth = backend.inputs, backend.outputs, depth
        self._flying: dict[int, _Places] = {}
        self._bound: dict[str, NDArray[Any]] = {}
        self._outdated: set[str] = set()
        self._times: tuple[tuple[float, float, float, float], ...] = ()
        self._submitted = 0
        self._closed = False
        self._failure: EngineError | None = None
        with self._told():
            self._upload, self._step, self._download = (backend.stream() for _ in range(3))
            self._reads = {spec.name: backend.memory(spec) for spec in self.inputs}
            self._writes = {spec.name: backend.memory(spec) for spec in self.outputs}
            self._free = deque(_Places.taken(backend) for _ in range(depth))
            self._start = backend.capture(self._reads, self._writes, self._step)

    def bind(self, arrays: Arrays) -> None:
        """Keep these inputs for all frames handed in from now on; those in flight keep theirs."""
        check_inputs(self.inputs, arrays)
        self._bound.update({name: np.array(array) for name, array in arrays.items()})
        self._outdated |= arrays.keys()

    def submit(self, arrays: Arrays) -> Ticket:
        """Hand in a frame; returns at once.

        Args:
            arrays: the inputs that are not bound. One given here stands in for a bound one, this time only.

        Raises:
            ValueError: an input is missing, unknown, or of another shape or type; or as many frames as may be are in
                flight: take a result first.
            EngineError: the card failed.
        """
        if self._closed:
            raise EngineError("This runner is closed. Load the engine again.")
        if self._failure:
            raise self._failure
        check_inputs(self.inputs, arrays)
        check_complete(self.inputs, self._bound.keys() | arrays.keys())
        if not self._free:
            raise ValueError(f"{self.depth} frames are in flight: take a result first.")
        places = self._free.popleft()
        sent = {**{name: self._bound[name] for name in sorted(self._outdated)}, **arrays}
        self._outdated = self._bound.keys() & arrays.keys()
        with self._told(places):
            self._send(places, sent)
            self._animate(places, sent)
            self._fetch(places)
        self._submitted += 1
        self._flying[self._submitted] = places
        return Ticket(self._submitted)

    def result(self, ticket: Ticket) -> Results:
        """Wait for a frame and return all its outputs, the caller's own. Frames end in the order they came.

        Raises:
            ValueError: the frame is not in flight: its result was taken.
            EngineError: the card failed.
        """
        places = self._flying.pop(ticket.number, None)
        if places is None:
            raise ValueError(f"Frame {ticket.number} is not in flight.")
        with self._told(places):
            self._backend.finish(places.downloaded)
            results = {name: self._backend.read(pinned) for name, pinned in places.results.items()}
            self._times = (*self._times, self._times_of(places))[-_REMEMBERED:]
        self._free.append(places)
        return results

    def run(self, arrays: Arrays) -> Results:
        """Animate one frame and wait for it; an input given here stands in for a bound one, this time only."""
        return self.result(self.submit(arrays))

    def stream(self, frames: Iterable[Arrays]) -> Iterator[Results]:
        """Yield the results of frames in order, with as many in flight as may be.

        Frames in flight when the caller breaks off are waited for.
        """
        tickets: deque[Ticket] = deque()
        try:
            for arrays in frames:
                if not self._free:
                    yield self.result(tickets.popleft())
                tickets.append(self.submit(arrays))
            while tickets:
                yield self.result(tickets.popleft())
        finally:
            while tickets:
                self.result(tickets.popleft())

    @property
    def in_flight(self) -> int:
        """How many frames were handed in whose result was not taken."""
        return len(self._flying)

    def times(self) -> StageTimes | None:
        """Return what a frame takes on the card; None before the first result."""
        times = self._times  # replaced whole by result(), perhaps on another thread meanwhile
        return StageTimes(*(float(each) for each in np.median(times, axis=0))) if times else None

    def close(self) -> None:
        """Wait for what is in flight and free everything. Closing twice is fine."""
        if self._closed:
            return
        self._closed = True
        for number in sorted(self._flying):
            with suppress(EngineError):  # who asked for the frame was told, or nobody wants it any more
                self.result(Ticket(number))
        self._free.clear()
        self._reads, self._writes, self._bound = {}, {}, {}
        del self._start
        self._backend.close()

    def _send(self, places: _Places, sent: Arrays) -> None:
        backend = self._backend
        for name, array in sent.items():
            backend.write(places.frames[name], array)
        backend.record(places.sending, self._upload)
        for name in sent:
            backend.copy(places.frames[name], places.landing[name], self._upload)
        backend.record(places.sent, self._upload)

    def _animate(self, places: _Places, sent: Arrays) -> None:
        backend = self._backend
        backend.wait(places.sent, self._step)
        backend.record(places.stepping, self._step)
        for name in sent:
            backend.copy(places.landing[name], self._reads[name], self._step)
        self._start()
        for name, written in self._writes.items():
            backend.copy(written, places.leaving[name], self._step)
        backend.record(places.stepped, self._step)

    def _fetch(self, places: _Places) -> None:
        backend = self._backend
        backend.wait(places.stepped, self._download)
        backend.record(places.downloading, self._download)
        for name, leaving in places.leaving.items():
            backend.copy(leaving, places.results[name], self._download)
        backend.record(places.downloaded, self._download)

    def _times_of(self, places: _Places) -> tuple[float, float, float, float]:
        between = self._backend.milliseconds
        return (
            between(places.sending, places.sent),
            between(places.stepping, places.stepped),
            between(places.downloading, places.downloaded),
            between(places.sending, places.downloaded),
        )

    @contextmanager
    def _told(self, places: _Places | None = None) -> Iterator[None]:
        """Turn what a library raises into what the user is told.

        Args:
            places: of the frame at hand; they are free again when it failed.
        """
        try:
            yield
        except EngineError as error:
            self._recover(places, error, lost=is_lost(error))
            raise
        except (RuntimeError, MemoryError) as error:
            told = run_error(self.where, error)
            self._recover(places, told, lost=is_lost(error))
            raise told from error

    def _recover(self, places: _Places | None, failure: EngineError, *, lost: bool) -> None:
        """Get ready for the next frame after one that failed; on a lost card all that follow fail likewise."""
        if places is None:
            return
        if not lost:
            try:
                self._settle(places)
            except (EngineError, RuntimeError, MemoryError):
                lost = True
        if lost:
            self._failure = failure
            return
        self._outdated = set(self._bound)  # who knows what of it arrived
        self._free.append(places)

    def _settle(self, places: _Places) -> None:
        """Wait until nothing that was begun touches a frame's places any more."""
        backend = self._backend
        backend.record(places.sent, self._upload)
        backend.wait(places.sent, self._step)
        backend.record(places.stepped, self._step)
        backend.wait(places.stepped, self._download)
        backend.record(places.downloaded, self._download)
        backend.finish(places.downloaded)


@dataclass
class _Places:
    """The memory and the events of one frame in flight.

    Attributes:
        frames: host memory of every input.
        landing: memory of the card for every input.
        leaving: memory of the card for every output.
        results: host memory of every output.
        sending: before the upload; the other events likewise, in the order they happen.
    """

    frames: dict[str, Buffer]
    landing: dict[str, Buffer]
    leaving: dict[str, Buffer]
    results: dict[str, Buffer]
    sending: Event = field(repr=False)
    sent: Event = field(repr=False)
    stepping: Event = field(repr=False)
    stepped: Event = field(repr=False)
    downloading: Event = field(repr=False)
    downloaded: Event = field(repr=False)

    @classmethod
    def taken(cls, backend: Backend) -> _Places:
        """Take them."""
        return cls(
            {spec.name: backend.pinned(spec) for spec in backend.inputs},
            {spec.name: backend.memory(spec) for spec in backend.inputs},
            {spec.name: backend.memory(spec) for spec in backend.outputs},
            {spec.name: backend.pinned(spec) for spec in backend.outputs},
            *(backend.event() for _ in range(6)),
        )


def pipelined(runner: Runner) -> Runner:
    """Return a runner of the same graph that keeps frames in flight, where it runs on an NVIDIA card.

    Nothing may be bound yet. The given runner is taken over and must not be used any more; where it runs on no card
    it is returned as it is, and nothing is imported.

    Raises:
        EngineError: the card's memory is too small, or the graph fails on it.
    """
    if runner.name not in _ON_CARDS or runner.where == "CPU":
        return runner
    from engines.runners.cuda_backend import backend_for

    backend = backend_for(runner)
    return runner if backend is None else StreamPipeline(backend)
