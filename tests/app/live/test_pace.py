from __future__ import annotations

import numpy as np
import pytest

from app.live.pace import Pace


def shown(arrivals: list[float], fps: float, until: float) -> tuple[list[float], int]:
    """Play a session: times of the pictures shown, and how many of them came from a frame."""
    pace, now, times, fresh = Pace(fps), 0.0, [], 0
    queue = sorted(arrivals)
    while now < until:
        late = now + pace.late_s(now)
        if queue and queue[0] <= late:
            now = max(now, queue.pop(0))
            now += pace.early_s(now)
            while queue and queue[0] <= now:
                queue.pop(0)
            fresh += 1
        else:
            now = late
        pace.done(now)
        times.append(now)
    return times, fresh


@pytest.mark.parametrize("camera_fps", [29.95, 30.0, 30.05])
def test_a_camera_of_the_outputs_rate_loses_no_frame(camera_fps):
    rng = np.random.default_rng(1)
    arrivals = [n / camera_fps + rng.uniform(0, 0.012) for n in range(3000)]
    times, fresh = shown(arrivals, 30, 3000 / camera_fps)
    assert fresh >= 2999
    assert len(times) <= 3000 + 30, "hardly any picture is repeated"


@pytest.mark.parametrize("camera_fps", [24, 25, 15, 10, 7.5])
def test_a_slower_camera_still_gives_the_outputs_rate(camera_fps):
    arrivals = [n / camera_fps for n in range(int(60 * camera_fps))]
    times, fresh = shown(arrivals, 30, 60)
    assert fresh >= len(arrivals) - 1
    assert len(times) == pytest.approx(1800, rel=0.05)


@pytest.mark.parametrize("camera_fps", [40, 60, 90])
def test_a_faster_camera_gives_the_outputs_rate_and_no_more(camera_fps):
    arrivals = [n / camera_fps for n in range(60 * camera_fps)]
    times, _ = shown(arrivals, 30, 60)
    assert len(times) == pytest.approx(1800, rel=0.05)


def test_without_a_camera_the_rate_is_even():
    times, _ = shown([], 30, 10)
    gaps = np.diff(times)[2:]
    assert gaps == pytest.approx(1 / 30, rel=0.01)


def test_no_burst_follows_a_stall():
    pace = Pace(30)
    pace.done(0.0)
    pace.done(5.0)
    assert pace.late_s(5.0) >= 0.9 / 30
    pace.done(5.0 + pace.late_s(5.0))
    assert pace.early_s(5.05) < 1 / 30
