"""A stand-in for a graphics card that keeps its promises and no others.

Copies and computations are put off until the host waits for an event, and then only what must have happened before that
event is done: what nobody waited for stays undone. Beside that every access is checked at once: two accesses to one
place, one of them a write, must be ordered by streams, events or the host (vector clocks). Taking memory or capturing
after the first capture fails too, and so does waiting anywhere but in StreamPipeline.result() and after a failure.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.runners.base import TensorSpec
from engines.runners.pipeline import Backend

Clock = dict[str, int]
HOST = "host"


class DisorderError(AssertionError):
    """The pipeline asked for something that would go wrong on a real card, now and then."""


def _after(later: Clock, earlier: tuple[str, int]) -> bool:
    return later.get(earlier[0], 0) >= earlier[1]


def _merge(into: Clock, other: Clock) -> None:
    for name, count in other.items():
        into[name] = max(into.get(name, 0), count)


@dataclass
class FakeBuffer:
    """A place in memory, and who touched it last."""

    name: str
    array: NDArray[Any]
    written: tuple[str, int] = (HOST, 0)
    read: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class FakeStream:
    """A queue of the card."""

    name: str
    clock: Clock = field(default_factory=dict)


@dataclass
class FakeEvent:
    """What a stream had done, and waited for, when it was recorded last."""

    clock: Clock = field(default_factory=dict)
    recorded: bool = False
    finished: bool = False


@dataclass
class _Put:
    """Work put off."""

    stamp: tuple[str, int]
    work: Callable[[], None]


class FakeCard(Backend):
    """A card that computes with a function of numpy arrays.

    Attributes:
        log: what was asked for, in order, in words.
        waits: how often the host waited.
        failing: what every wait fails with, "" for nothing.
        hiccup: which call fails next, once, and what with.
    """

    name, where, precision = "fake", "a fake card", "fp32"

    def __init__(
        self,
        compute: Callable[[Mapping[str, NDArray[Any]]], Mapping[str, NDArray[Any]]],
        inputs: Sequence[TensorSpec],
        outputs: Sequence[TensorSpec],
    ) -> None:
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self.log: list[str] = []
        self.waits = 0
        self.closed = 0
        self.captures = 0
        self.failing = ""
        self.hiccup = ("", "")
        self._compute = compute
        self._host: Clock = {}
        self._pending: list[_Put] = []
        self._count = 0

    def stream(self) -> FakeStream:
        return FakeStream(self._named("stream"))

    def event(self) -> FakeEvent:
        self._named("event")
        return FakeEvent()

    def pinned(self, spec: TensorSpec) -> FakeBuffer:
        return self._taken("pinned", spec)

    def memory(self, spec: TensorSpec) -> FakeBuffer:
        return self._taken("memory", spec)

    def write(self, pinned: FakeBuffer, array: NDArray[Any]) -> None:
        self._may_fail("write")
        self._host_tick()
        self._writes(pinned, HOST, self._host)
        np.copyto(pinned.array, array)

    def read(self, pinned: FakeBuffer) -> NDArray[Any]:
        self._may_fail("read")
        self._host_tick()
        self._reads(pinned, HOST, self._host)
        return pinned.array.copy()

    def copy(self, source: FakeBuffer, target: FakeBuffer, stream: FakeStream) -> None:
        self._may_fail("copy")
        self.log.append(f"{stream.name}: {source.name} to {target.name}")
        self._touch(stream, [source], [target], lambda: np.copyto(target.array, source.array))

    def record(self, event: FakeEvent, stream: FakeStream) -> None:
        self._told(stream)
        event.clock, event.recorded, event.finished = dict(stream.clock), True, False

    def wait(self, event: FakeEvent, stream: FakeStream) -> None:
        self._told(stream)
        if not event.recorded:
            raise DisorderError(f"{stream.name} waits for an event that was never recorded")
        _merge(stream.clock, event.clock)

    def finish(self, event: FakeEvent) -> None:
        callers, frame = set(), sys._getframe(1)
        while frame is not None:
            callers.add(frame.f_code.co_name)
            frame = frame.f_back
        if not callers & {"result", "_settle"}:
            raise DisorderError("the host waits outside result()")
        self._may_fail("finish")
        if self.failing:
            raise RuntimeError(self.failing)
        self.waits += 1
        event.finished = True
        ready = [put for put in self._pending if _after(event.clock, put.stamp)]
        self._pending = [put for put in self._pending if not _after(event.clock, put.stamp)]
        for put in ready:  # handed in in an order that keeps every dependency
            put.work()
        _merge(self._host, event.clock)

    def milliseconds(self, begin: FakeEvent, end: FakeEvent) -> float:
        if not (begin.recorded and _within(begin.clock, self._host) and _within(end.clock, self._host)):
            raise DisorderError("the time of an event was asked for before it happened")
        return float(sum(end.clock.values()) - sum(begin.clock.values()))

    def capture(
        self, inputs: Mapping[str, FakeBuffer], outputs: Mapping[str, FakeBuffer], stream: FakeStream
    ) -> Callable[[], None]:
        self._named("graph")
        self.captures += 1

        def work() -> None:
            results = self._compute({name: each.array for name, each in inputs.items()})
            for name, each in outputs.items():
                np.copyto(each.array, results[name])

        def start() -> None:
            self._may_fail("start")
            self.log.append(f"{stream.name}: graph")
            self._touch(stream, inputs.values(), outputs.values(), work)

        return start

    def close(self) -> None:
        if self._pending:
            raise DisorderError("memory is freed while the card works in it")
        self.closed += 1

    def _taken(self, kind: str, spec: TensorSpec) -> FakeBuffer:
        return FakeBuffer(f"{self._named(kind)} {spec.name}", np.zeros(spec.shape, spec.dtype))

    def _named(self, kind: str) -> str:
        if self.captures:
            raise DisorderError(f"a new {kind} after the warm-up")
        self._count += 1
        return f"{kind} {self._count}"

    def _may_fail(self, call: str) -> None:
        if self.hiccup[0] == call:
            (_, text), self.hiccup = self.hiccup, ("", "")
            raise RuntimeError(text)

    def _host_tick(self) -> None:
        self._host[HOST] = self._host.get(HOST, 0) + 1

    def _told(self, stream: FakeStream) -> None:
        """The host's word is after everything the host did before."""
        _merge(stream.clock, self._host)

    def _touch(
        self,
        stream: FakeStream,
        sources: Sequence[FakeBuffer],
        targets: Sequence[FakeBuffer],
        work: Callable[[], None],
    ) -> None:
        self._told(stream)
        stream.clock[stream.name] = stream.clock.get(stream.name, 0) + 1
        for source in sources:
            self._reads(source, stream.name, stream.clock)
        for target in targets:
            self._writes(target, stream.name, stream.clock)
        self._pending.append(_Put((stream.name, stream.clock[stream.name]), work))

    def _reads(self, buffer: FakeBuffer, who: str, clock: Clock) -> None:
        if not _after(clock, buffer.written):
            raise DisorderError(f"{who} reads '{buffer.name}' while {buffer.written[0]} may still write it")
        buffer.read = [each for each in buffer.read if not _after(clock, each)] + [(who, clock[who])]

    def _writes(self, buffer: FakeBuffer, who: str, clock: Clock) -> None:
        for other in (buffer.written, *buffer.read):
            if not _after(clock, other):
                raise DisorderError(f"{who} writes '{buffer.name}' while {other[0]} may still use it")
        buffer.written, buffer.read = (who, clock[who]), []


def _within(clock: Clock, other: Clock) -> bool:
    return all(other.get(name, 0) >= count for name, count in clock.items())
