"""The rows of the speed table: the reference, runners of a step, and pipelines on a card."""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from engines.building.stopwatch import Call, Effort, Probe, Timing, seconds, side_by_side
from engines.errors import EngineError
from engines.runners.base import Runner
from engines.runners.compare import compare
from engines.runners.pipeline import StreamPipeline
from engines.runners.torch_runner import best_device

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Row:
    """One way to animate, measured.

    Attributes:
        name: of the way.
        precision: what its convolutions work in.
        p50_ms: from a driving frame in host memory to the picture there, one at a time.
        p95_ms: likewise, 95 of 100.
        frames_per_second: one after the other; with two in flight for a pipeline.
        ratio: how many times the frames of the reference a second, measured beside it.
        upload_ms: on the card, by events; None where there is no pipeline.
        step_ms: likewise.
        download_ms: likewise.
        psnr_db: likeness to the reference's picture; None for the reference.
        load_s: from nothing to a runner that can run: compiling, warming up, capturing.
        memory_mb: of the card, or of this process where there is none, that the runner holds after running.
        build_s: how long the build took; None where nothing is built.
        size_mb: of what was built.
    """

    name: str
    precision: str
    p50_ms: float
    p95_ms: float
    frames_per_second: float
    ratio: float
    upload_ms: float | None = None
    step_ms: float | None = None
    download_ms: float | None = None
    psnr_db: float | None = None
    load_s: float | None = None
    memory_mb: float | None = None
    build_s: float | None = None
    size_mb: float | None = None

    @property
    def overhead_ms(self) -> float | None:
        """What a frame takes beyond the step: copies to and fro, launching, waking up."""
        return None if self.step_ms is None else self.p50_ms - self.step_ms


class Ladder:
    """Measures everything against one reference, with the same frames.

    Attributes:
        probe: the frames, and the reference.
        effort: how long to measure.
        rows: what was measured.
        left_out: what was not, each with "name" and "reason".
    """

    def __init__(self, probe: Probe, effort: Effort) -> None:
        self.probe, self.effort = probe, effort
        self.rows: list[Row] = []
        self.left_out: list[dict[str, str]] = []
        self._wanted = {"picture": probe.picture(probe.reference(0))}

    def leave_out(self, name: str, reason: str) -> None:
        """Take down what is not measured, and why."""
        self.left_out.append({"name": name, "reason": reason})

    @contextmanager
    def attempt(self, name: str) -> Iterator[None]:
        """Leave out what fails inside, for whatever reason: the other rows are worth as much without it."""
        try:
            yield
        except EngineError as error:
            self.leave_out(name, str(error))
        except Exception as error:
            logger.exception("%s could not be measured", name)
            first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
            self.leave_out(name, f"{type(error).__name__}: {first}" if first else type(error).__name__)

    def add_reference(self, name: str, precision: str, call: Call | None = None) -> None:
        """Measure the reference itself, or another way to run it."""
        effort = self.effort
        if call is None:
            seconds(self.probe.reference, effort.settle)
            timing = Timing.of(seconds(self.probe.reference, effort.rounds * effort.slow))
            self.rows.append(_row(name, precision, timing, 1.0))
            return
        slow, other = side_by_side(self.probe.reference, call, replace(effort, fast=effort.slow))
        self.rows.append(_row(name, precision, other, slow.p50_ms / other.p50_ms))

    def add_runner(
        self, name: str, load: Callable[[], Runner], build_s: float | None = None, size: int = 0
    ) -> None:
        """Load a step, measure it, as a pipeline where it is one, and close it.

        Args:
            name: of the row.
            load: makes the runner.
            build_s: how long its build took.
            size: of the build, bytes.

        Raises:
            EngineError: it cannot be loaded, or fails.
        """
        held, began = held_mb(), time.perf_counter()
        runner = load()
        loaded_s = time.perf_counter() - began
        try:
            call = self.probe.step(runner)
            psnr = compare([self._wanted], [call(0)]).psnr_db
            slow, fast = side_by_side(self.probe.reference, call, self.effort)
            times = runner.times() if isinstance(runner, StreamPipeline) else None
            rate = self._throughput(runner) if isinstance(runner, StreamPipeline) else fast.frames_per_second
            held = held_mb() - held
        finally:
            runner.close()
        row = Row(
            name,
            runner.precision,
            fast.p50_ms,
            fast.p95_ms,
            rate,
            ratio=rate * slow.p50_ms / 1e3,
            upload_ms=times.upload if times else None,
            step_ms=times.step if times else None,
            download_ms=times.download if times else None,
            psnr_db=psnr,
            load_s=loaded_s,
            memory_mb=held,
            build_s=build_s,
            size_mb=size / 1e6 if size else None,
        )
        self.rows.append(row)

    def _throughput(self, pipeline: StreamPipeline) -> float:
        """Return frames a second with as many in flight as the pipeline takes."""
        count = self.effort.rounds * self.effort.fast
        began = time.perf_counter()
        deque(pipeline.stream(self.probe.frame(index) for index in range(count)), maxlen=0)
        return count / (time.perf_counter() - began)


def _row(name: str, precision: str, timing: Timing, ratio: float) -> Row:
    return Row(name, precision, timing.p50_ms, timing.p95_ms, timing.frames_per_second, ratio)


def held_mb() -> float:
    """Return the card's memory PyTorch holds, or this process's where there is no card; 0 where neither is known.

    What TensorRT takes beside PyTorch is not in it.
    """
    if best_device() == "cuda":
        return torch.cuda.memory_reserved() / 1e6
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0.0
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6
