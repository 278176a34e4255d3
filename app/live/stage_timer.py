"""How long things take: durations and rates over the last few seconds."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_WINDOW = 300


class Durations:
    """The last few hundred durations of one thing.

    Threads: one thread adds, any reads.

    Attributes:
        count: how many were ever added.
    """

    def __init__(self, window: int = _WINDOW) -> None:
        self.count = 0
        self._values: deque[float] = deque(maxlen=window)
        self._lock = threading.Lock()

    def add(self, seconds: float) -> None:
        """Add one duration, seconds."""
        with self._lock:
            self._values.append(seconds)
            self.count += 1

    def quantile(self, share: float) -> float:
        """Return the duration, seconds, that the given share (0..1) of them does not exceed; 0 when there is none."""
        with self._lock:
            values = sorted(self._values)
        return values[min(int(share * len(values)), len(values) - 1)] if values else 0.0


class Rate:
    """How often something happened over the last few seconds.

    Threads: one thread ticks, any reads.
    """

    def __init__(self, clock: Callable[[], float], window_s: float = 2.0) -> None:
        self._clock, self._window_s = clock, window_s
        self._times: deque[float] = deque(maxlen=1000)
        self._lock = threading.Lock()

    def tick(self) -> None:
        """It happened now."""
        with self._lock:
            self._times.append(self._clock())

    def per_second(self) -> float:
        """Return how often a second; 0 when it stopped."""
        now = self._clock()
        with self._lock:
            while self._times and now - self._times[0] > self._window_s:
                self._times.popleft()
            times = (self._times[0], self._times[-1], len(self._times)) if self._times else (now, now, 0)
        first, last, count = times
        if count < 2 or last <= first:
            return 0.0
        # Once it stops, the silence since counts too: the rate falls at once, not after the window.
        span = last - first
        silence = now - last
        return (count - 1) / (span if silence < 2 * span / (count - 1) else span + silence)


class StageTimer:
    """Durations by name, and the camera-to-output latency.

    Threads: each name is added to by one thread; any thread reads.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._stages: dict[str, Durations] = {}
        self.latency = Durations()

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        """Time a block under a name."""
        began = self._clock()
        try:
            yield
        finally:
            self.add(name, self._clock() - began)

    def add(self, name: str, seconds: float) -> None:
        """Add a duration under a name."""
        self._stages.setdefault(name, Durations()).add(seconds)

    def medians_ms(self) -> dict[str, float]:
        """Return the median of every stage, milliseconds."""
        return {name: 1e3 * stage.quantile(0.5) for name, stage in list(self._stages.items())}

    def p95_ms(self) -> dict[str, float]:
        """Return what 95 % of every stage's runs do not exceed, milliseconds."""
        return {name: 1e3 * stage.quantile(0.95) for name, stage in list(self._stages.items())}
