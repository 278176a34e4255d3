"""torch.cuda without a card: everything happens at once, on the CPU, and says what it was asked for.

What it proves is that every call exists with these arguments, and happens on the stream it is meant for. Order is
proven elsewhere (tests/fakes/card.py): here nothing is ever late.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from engines.runners import cuda_backend
from engines.runners.cuda_backend import CudaBackend

CURRENT: list[Any] = ["default"]  # the current stream is the last one
CAPTURING: list[Any] = []  # streams of captures that were begun and not ended


class Stream:
    """A stream that logs what it is told."""

    made = 0

    def __init__(self, device: Any = None, priority: int = 0) -> None:
        Stream.made += 1
        self.cuda_stream = 1000 + Stream.made
        self.log: list[str] = []

    def wait_stream(self, stream: Any) -> None:
        self.log.append("wait_stream")

    def wait_event(self, event: Event) -> None:
        assert event.recorded, "an event that was never recorded"
        self.log.append("wait_event")

    def record_event(self, event: Event) -> None:
        event.recorded = True
        self.log.append("record_event")

    def synchronize(self) -> None:
        self.log.append("synchronize")


class Event:
    """An event that can tell the time and lets the waiting thread sleep."""

    def __init__(self, enable_timing: bool = False, blocking: bool = False) -> None:
        assert enable_timing
        assert blocking
        self.recorded = False

    def synchronize(self) -> None:
        assert self.recorded

    def elapsed_time(self, end: Event) -> float:
        assert self.recorded
        assert end.recorded
        return 0.5


class Graph:
    """A captured graph; on which stream it was replayed."""

    def __init__(self) -> None:
        self.replays: list[Any] = []

    def replay(self) -> None:
        self.replays.append(CURRENT[-1])


@contextlib.contextmanager
def _current(stream: Any) -> Iterator[None]:
    CURRENT.append(stream)
    try:
        yield
    finally:
        CURRENT.pop()


@contextlib.contextmanager
def _graph(
    graph: Graph, pool: Any = None, stream: Any = None, capture_error_mode: str = "global"
) -> Iterator[None]:
    assert isinstance(stream, Stream)
    assert capture_error_mode == "thread_local"
    CAPTURING.append(stream)
    with _current(stream):
        yield
    CAPTURING.remove(stream)  # not where it breaks off: PyTorch's allocator stays in the capture then


@contextlib.contextmanager
def _no_graph(*_: Any, **__: Any) -> Iterator[None]:
    raise RuntimeError("operation not permitted when stream is capturing")
    yield


def pretend_cuda(monkeypatch: pytest.MonkeyPatch, *, captures: bool = True) -> None:
    """Replace torch.cuda as far as the backend uses it.

    Args:
        monkeypatch: of the test.
        captures: whether a graph can be captured.
    """
    CAPTURING.clear()
    for name, fake in {"Stream": Stream, "Event": Event}.items():
        real = inspect.signature(getattr(torch.cuda, name).__new__).parameters
        assert set(inspect.signature(fake.__init__).parameters) - {"self"} <= set(real), name
    assert set(inspect.signature(_graph).parameters) - {"graph"} <= set(
        inspect.signature(torch.cuda.graph.__init__).parameters
    )
    for name in ("wait_stream", "wait_event", "record_event", "synchronize"):
        assert hasattr(torch.cuda.Stream, name)
    replaced = {
        "is_available": lambda: True,
        "get_device_name": lambda device=None: "NVIDIA Made Up",
        "current_stream": lambda device=None: "default",
        "empty_cache": lambda: None,
        "memory_reserved": lambda: 0,
        "Stream": Stream,
        "Event": Event,
        "CUDAGraph": Graph,
        "stream": _current,
        "graph": _graph if captures else _no_graph,
    }
    for name, fake in replaced.items():
        monkeypatch.setattr(torch.cuda, name, fake)
    monkeypatch.setattr(
        cuda_backend, "pinned_tensor", lambda spec: torch.zeros(spec.shape, dtype=getattr(torch, spec.dtype))
    )
    captured = CudaBackend._captured

    def replaying(self: CudaBackend, compute: Callable[[], None], stream: Any) -> Callable[[], None]:
        """A real graph computes at every replay; the fake one's computation is done here."""
        start = captured(self, compute, stream)

        def again() -> None:
            start()
            with torch.inference_mode():
                compute()

        return again

    monkeypatch.setattr(CudaBackend, "_captured", replaying)
