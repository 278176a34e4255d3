from __future__ import annotations

import pytest

from app.live.stage_timer import Durations, Rate, StageTimer


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_quantiles_of_durations():
    durations = Durations()
    for value in range(1, 101):
        durations.add(value)
    assert durations.quantile(0.5) == pytest.approx(50, abs=1)
    assert durations.quantile(0.95) == pytest.approx(95, abs=1)


def test_no_durations_are_zero():
    assert Durations().quantile(0.95) == 0


def test_only_the_last_durations_count():
    durations = Durations(window=3)
    for value in (100, 100, 1, 1, 1):
        durations.add(value)
    assert durations.quantile(1.0) == 1


def test_a_rate_is_read_from_the_times_between():
    clock = Clock()
    rate = Rate(clock)
    for _ in range(31):
        rate.tick()
        clock.now += 1 / 30
    assert rate.per_second() == pytest.approx(30, rel=0.05)


def test_a_rate_falls_at_once_when_it_stops_and_ends_at_zero():
    clock = Clock()
    rate = Rate(clock)
    for _ in range(30):
        rate.tick()
        clock.now += 1 / 30
    clock.now += 0.5
    assert rate.per_second() < 25
    clock.now += 5
    assert rate.per_second() == 0


def test_one_tick_is_no_rate():
    rate = Rate(Clock())
    rate.tick()
    assert rate.per_second() == 0


def test_sections_are_timed_by_name_even_when_they_fail():
    clock = Clock()
    timer = StageTimer(clock)
    with timer.section("track"):
        clock.now += 0.004
    failing = timer.section("animate")
    failing.__enter__()
    clock.now += 0.008
    assert not failing.__exit__(ValueError, ValueError("inside"), None), "the error goes on"
    assert timer.medians_ms() == pytest.approx({"track": 4.0, "animate": 8.0})
    assert timer.p95_ms() == pytest.approx({"track": 4.0, "animate": 8.0})
