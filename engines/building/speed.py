"""How fast a network runs, as measured while it does."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from engines.runners.base import Runner, StageTimes

# Runs looked back on, and those needed before they tell anything; the first one compiles and allocates.
_REMEMBERED, _TELLING = 30, 2


@dataclass(frozen=True)
class Speed:
    """How fast a network runs here.

    Attributes:
        frames_per_second: results a second; 0 while nothing was measured.
        where: what it runs on, in words.
        precision: what the bulk of the work is done in.
        runner: by name.
        measured: the figure was measured on this machine, in this session or when the build was made.
        card: what a frame takes on the card; None where the network runs on none.
        failed: the last run gave nothing; loading the network anew may help.
    """

    frames_per_second: float
    where: str
    precision: str
    runner: str
    measured: bool
    card: StageTimes | None = None
    failed: bool = False


class SpeedMeter:
    """Keeps the times of the last runs.

    Threads: note() on one at a time, the rest from anywhere: what is read is replaced whole, so nobody waits for a run.
    """

    def __init__(self, frames_per_second: float = 0.0) -> None:
        """Begin with the figure measured when the graphs were built; 0 where they were not."""
        self._built_fps = frames_per_second
        self._took_s: tuple[float, ...] = ()
        self._cold = True

    def note(self, took_s: float) -> None:
        """Take down how long a run took; the first one does not count."""
        if not self._cold:
            self._took_s = (*self._took_s, took_s)[-_REMEMBERED:]
        self._cold = False

    def frames_per_second(self) -> float:
        """Return what the last runs say, or the build's figure while they say nothing; 0 where nothing is known."""
        took = self._took_s
        return 1 / max(median(took), 1e-6) if len(took) >= _TELLING else self._built_fps

    def of(self, step: Runner, *, failed: bool) -> Speed:
        """Return the speed of the step that was timed, and whether its last run failed."""
        fps = self.frames_per_second()
        return Speed(fps, step.where, step.precision, step.name, fps > 0, step.times(), failed)
