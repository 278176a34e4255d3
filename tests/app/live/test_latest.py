from __future__ import annotations

import threading
import time

import pytest

from app.live.latest import Closed, Latest
from tests.fakes.waits import once_waiting


def test_the_newest_value_wins_and_the_others_are_counted():
    slot: Latest[int] = Latest()
    assert slot.put(1)
    assert not slot.put(2)
    assert not slot.put(3)
    assert slot.take() == 3
    assert slot.dropped == 2
    assert slot.put(4), "the slot was empty again"


def test_a_value_is_taken_once():
    slot: Latest[int] = Latest()
    slot.put(1)
    slot.take()
    with pytest.raises(TimeoutError):
        slot.take(0.01)


def test_none_is_a_value_like_any_other():
    slot: Latest[int | None] = Latest()
    slot.put(None)
    assert slot.take(0) is None


def test_clear_forgets_without_counting():
    slot: Latest[int] = Latest()
    slot.put(1)
    slot.clear()
    assert slot.put(2)
    assert slot.dropped == 0


def test_closing_wakes_who_waits():
    slot: Latest[int] = Latest()
    with once_waiting(slot.close), pytest.raises(Closed):
        slot.take()


def test_a_closed_slot_takes_nothing_and_gives_nothing_back():
    slot: Latest[int] = Latest()
    slot.put(1)
    slot.close()
    with pytest.raises(Closed):
        slot.put(2)
    with pytest.raises(Closed):
        slot.take(0)


def test_a_late_taker_sees_the_newest_of_many_and_never_an_older_one():
    slot: Latest[int] = Latest()
    seen: list[int] = []

    def take() -> None:
        try:
            while True:
                seen.append(slot.take())
                time.sleep(0.001)
        except Closed:
            pass

    thread = threading.Thread(target=take)
    thread.start()
    for number in range(500):
        slot.put(number)
    while not seen or seen[-1] != 499:
        time.sleep(0.001)
    slot.close()
    thread.join()
    assert seen == sorted(set(seen))
    assert len(seen) + slot.dropped == 500
