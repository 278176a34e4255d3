"""Where finished pictures go. Every taker has a slot and a thread of its own, so that a slow one slows nobody."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from app.devices.sink import FrameSink
from app.live.announcer import Announcer
from app.live.latest import Closed, Latest
from app.live.picture import Picture
from app.live.slate import slate_picture
from app.live.stage_timer import Rate, StageTimer
from app.live.worker import Worker
from app.settings import OutputSettings

logger = logging.getLogger(__name__)

# Without a new picture for so many periods, the last one is sent again.
_REPEAT_PERIODS = 2.0
_PREDECESSOR_WAIT_S = 5.0

OnEnd = Callable[[Exception | None], None]


class Outlet:
    """One sink with its slot and its thread.

    Threads: offer() from the publish thread, stop methods from anywhere; the sink is used on the outlet's thread only.
    """

    def __init__(
        self,
        sink: FrameSink,
        fps: Callable[[], float],
        on_failure: Callable[[str, Exception], None],
        *,
        once: bool = False,
        on_end: OnEnd | None = None,
        after: Outlet | None = None,
    ) -> None:
        """Make an outlet.

        Args:
            sink: not yet open.
            fps: the output's rate now.
            on_failure: told the sink's name and its error.
            once: the sink ends with its first error; otherwise it is opened again.
            on_end: told how it ended, on the outlet's thread, after the sink was closed.
            after: an outlet of the same device that is ending; waited for.
        """
        self.sink = sink
        self._fps, self._on_failure, self._once, self._on_end = fps, on_failure, once, on_end
        self._after = after
        self._slot: Latest[tuple[Picture, float]] = Latest()
        self._opened: tuple[tuple[int, int], float] | None = None
        self._error: Exception | None = None
        self._worker = Worker(f"sink {sink.name}", self._step, on_failure, finish=self._finish)

    def start(self) -> None:
        """Start sending."""
        self._worker.start()

    def offer(self, picture: Picture, time_s: float) -> None:
        """Hand over a picture; one not sent yet is replaced.

        Raises:
            TypeError: it is not a Picture. Nothing else may ever reach a sink.
        """
        if not isinstance(picture, Picture):
            raise TypeError(f"only a Picture can be sent, not {type(picture).__name__}")
        with suppress(Closed):
            self._slot.put((picture, time_s))

    def request_stop(self) -> None:
        """Ask for the end; returns at once."""
        self._worker.request_stop()
        self._slot.close()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; False when it did not come in time."""
        return self._worker.join(timeout_s)

    @property
    def name(self) -> str:
        """Of the thread."""
        return self._worker.name

    @property
    def alive(self) -> bool:
        """Whether its thread runs; it does until the sink is closed and on_end was told."""
        return self._worker.alive

    def _step(self) -> None:
        if self._after is not None:
            self._after.join(_PREDECESSOR_WAIT_S)
            self._after = None
        picture, time_s = self._slot.take()
        try:
            self._send(picture, time_s)
        except Exception as error:
            self._opened = None
            if not self._once:
                self.sink.close()
                raise
            self._error = error
            logger.warning("%s ended: %s", self._worker.name, error)
            self.request_stop()

    def _send(self, picture: Picture, time_s: float) -> None:
        wanted = picture.size, self._fps()
        if self._opened != wanted:
            self.sink.open(*picture.size, wanted[1])
            self._opened = wanted
        self.sink.send(picture.pixels if self.sink.wants_alpha else picture.rgb, time_s)

    def _finish(self) -> None:
        try:
            self.sink.close()
        except Exception as error:  # noqa: BLE001 - how a sink ends is told, whatever it was
            self._error = self._error or error
        if self._on_end is not None:
            self._on_end(self._error)
        elif self._error is not None:
            self._on_failure(self._worker.name, self._error)


class Publisher:
    """Gives every picture to the preview and to all outlets, without ever leaving a gap.

    Threads: step() on the publish thread, everything else from anywhere.

    Attributes:
        preview: the newest picture, for the window.
        rate: of what goes out.
        last: the picture sent last.
    """

    def __init__(
        self,
        output: OutputSettings,
        pictures: Latest[Picture],
        announcer: Announcer,
        timer: StageTimer,
        clock: Callable[[], float],
    ) -> None:
        self.preview: Latest[Picture] = Latest()
        self.rate = Rate(clock)
        self.last: Picture | None = None
        self._output, self._pictures = output, pictures
        self._announcer, self._timer, self._clock = announcer, timer, clock
        self._outlets: tuple[Outlet, ...] = ()
        self._leaving: tuple[Outlet, ...] = ()
        self._lock = threading.Lock()

    @property
    def fps(self) -> float:
        """The rate asked for."""
        return self._output.fps

    def apply(self, output: OutputSettings) -> None:
        """Use another rate and, where the slate must stand in, another size."""
        self._output = output

    def add(self, outlet: Outlet) -> None:
        """Send to one more; it sees the last picture at once."""
        with self._lock:
            self._outlets = (*self._outlets, outlet)
        outlet.start()
        if self.last is not None:
            outlet.offer(self.last, self._clock())

    def remove(self, outlet: Outlet) -> None:
        """Send to it no more; its thread ends by itself."""
        with self._lock:
            self._outlets = tuple(each for each in self._outlets if each is not outlet)
            self._leaving = (*(each for each in self._leaving if each.alive and each is not outlet), outlet)
        outlet.request_stop()

    @property
    def outlets(self) -> tuple[Outlet, ...]:
        """Who is sent to."""
        return self._outlets

    @property
    def leaving(self) -> tuple[Outlet, ...]:
        """Who was removed and may not have come to its end yet: a film takes a moment to complete."""
        return self._leaving

    def step(self) -> None:
        """Send the next picture, or the last one again when none comes in time, or the slate when there is none."""
        try:
            picture = self._pictures.take(_REPEAT_PERIODS / self._output.fps if self.last else 0.0)
            if picture.driven:
                self._timer.latency.add(self._clock() - picture.time_s)
        except TimeoutError:
            picture = self._again()
        self._publish(picture)

    def _again(self) -> Picture:
        size = self._output.width, self._output.height
        if self.last is not None and (self.last.size == size or not self.last.slate):
            return self.last
        return slate_picture(*size, self._clock())

    def _publish(self, picture: Picture) -> None:
        now = self._clock()
        self.last = picture
        for outlet in self._outlets:
            outlet.offer(picture, now)
        if self.preview.put(picture):
            self._announcer.preview_ready()
        self.rate.tick()
