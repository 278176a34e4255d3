"""What was just turned off is waited for at the end: a film is completed, a device let go of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.stage import Stage, WatchingSink, until


class SlowSink(WatchingSink):
    """Takes its time to close: until it is let.

    Attributes:
        closes: closing has begun.
        may_close: set it to let closing end.
    """

    def __init__(self) -> None:
        super().__init__("slow")
        self.closes, self.may_close = threading.Event(), threading.Event()

    def close(self) -> None:
        self.closes.set()
        self.may_close.wait()
        super().close()


def record(stage: Stage) -> Callable[[], None]:
    stage.session.start_recording()
    return stage.session.stop_recording


def feed_virtual_camera(stage: Stage) -> Callable[[], None]:
    stage.apply(output={"virtual_camera": True})
    return lambda: stage.apply(output={"virtual_camera": False})


@pytest.mark.parametrize("turn_on", [record, feed_virtual_camera])
def test_a_sink_turned_off_just_before_the_end_is_waited_for(
    tmp_path: Path, turn_on: Callable[[Stage], Callable[[], None]]
) -> None:
    sink = SlowSink()
    stage = Stage(tmp_path, make_recorder=lambda _path: sink, make_virtual_camera=lambda _draw, _tell: sink)
    stage.session.start()
    turn_off = turn_on(stage)
    until(lambda: sink.count)
    turn_off()
    assert sink.closes.wait(15)
    try:
        assert "sink slow" in stage.session.stop(0.1)
    finally:
        sink.may_close.set()
    assert stage.session.stop(15) == []
    assert not sink.is_open
    assert len(stage.events.named("recording_stopped")) == (turn_on is record)
