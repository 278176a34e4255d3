from __future__ import annotations

import numpy as np
import pytest

from engines.errors import EngineError
from engines.runners.base import TensorSpec
from engines.runners.pipeline import StreamPipeline, Ticket
from tests.fakes.card import DisorderError, FakeCard

INPUTS = (
    TensorSpec("features", (2, 3), "float32"),
    TensorSpec("driving", (3,), "uint8"),
    TensorSpec("gain", (1,), "float32"),
)
OUTPUTS = (TensorSpec("picture", (2, 3), "float32"), TensorSpec("seen", (3,), "uint8"))


def compute(given):
    return {"picture": given["features"] + given["driving"] * given["gain"], "seen": given["driving"]}


def features(value):
    return np.full((2, 3), value, np.float32)


def driving(value):
    return {"driving": np.full(3, value, np.uint8)}


def bound(value, gain=1):
    return {"features": features(value), "gain": np.full(1, gain, np.float32)}


@pytest.fixture
def card():
    return FakeCard(compute, INPUTS, OUTPUTS)


@pytest.fixture
def pipeline(card):
    made = StreamPipeline(card)
    made.bind(bound(100))
    yield made
    made.close()


def test_a_frame_goes_up_through_the_graph_and_down(pipeline, card):
    results = pipeline.run(driving(7))
    assert list(results) == ["picture", "seen"]
    assert (results["picture"] == 107).all()
    assert (results["seen"] == 7).all()
    assert card.captures == 1


def test_two_frames_are_in_flight_and_the_host_waits_once_for_each(pipeline, card):
    tickets = [pipeline.submit(driving(value)) for value in (1, 2)]
    assert pipeline.in_flight == 2
    assert card.waits == 0
    assert [int(pipeline.result(ticket)["picture"][0, 0]) for ticket in tickets] == [101, 102]
    assert card.waits == 2
    assert pipeline.in_flight == 0


def test_the_next_upload_is_handed_in_before_the_last_frame_is_waited_for(pipeline, card):
    pipeline.run(driving(0))
    del card.log[:]
    pipeline.submit(driving(1))
    pipeline.submit(driving(2))
    streams = [entry.split(":")[0] for entry in card.log]
    upload, step, download = dict.fromkeys(streams)
    once = [upload, *[step] * 4, *[download] * 2]  # landing, graph, two outputs leaving; two outputs down
    assert streams == once * 2
    assert card.waits == 1


def test_a_third_frame_in_flight_is_refused(pipeline):
    first = pipeline.submit(driving(1))
    pipeline.submit(driving(2))
    with pytest.raises(ValueError, match="2 frames are in flight"):
        pipeline.submit(driving(3))
    pipeline.result(first)
    pipeline.submit(driving(3))


def test_results_may_be_taken_in_any_order_but_once(pipeline):
    first, second = pipeline.submit(driving(1)), pipeline.submit(driving(2))
    assert (pipeline.result(second)["seen"] == 2).all()
    assert (pipeline.result(first)["seen"] == 1).all()
    with pytest.raises(ValueError, match="Frame 1 is not in flight"):
        pipeline.result(first)
    with pytest.raises(ValueError, match="not in flight"):
        pipeline.result(Ticket(9))


def test_a_new_avatar_leaves_the_frames_in_flight_alone(pipeline, card):
    first = pipeline.submit(driving(1))
    pipeline.bind(bound(200, gain=2))
    second = pipeline.submit(driving(1))
    assert (pipeline.result(first)["picture"] == 101).all()
    third = pipeline.submit(driving(3))
    pipeline.bind(bound(10))
    fourth = pipeline.result(second), pipeline.submit(driving(4))
    assert (fourth[0]["picture"] == 202).all()
    assert (pipeline.result(third)["picture"] == 206).all()
    assert (pipeline.result(fourth[1])["picture"] == 14).all()
    assert card.captures == 1


def test_what_is_bound_is_copied_and_sent_once(pipeline, card):
    arrays = bound(50)
    pipeline.bind(arrays)
    arrays["features"][:] = 0
    assert (pipeline.run(driving(1))["picture"] == 51).all()
    del card.log[:]
    assert (pipeline.run(driving(2))["picture"] == 52).all()
    assert sum("features" in entry for entry in card.log) == 0


def test_of_two_bindings_between_frames_the_last_counts(pipeline):
    pipeline.bind(bound(1))
    pipeline.bind({"features": features(2)})
    assert (pipeline.run(driving(1))["picture"] == 3).all()


def test_an_input_given_with_a_frame_stands_in_for_the_bound_one_this_time_only(pipeline):
    assert (pipeline.run({**driving(1), "features": features(5)})["picture"] == 6).all()
    assert (pipeline.run(driving(1))["picture"] == 101).all()


def test_wrong_inputs_are_named_and_take_no_place(pipeline):
    for arrays, words in (
        ({}, "Missing inputs: driving"),
        ({"driving": np.zeros(4, np.uint8)}, "'driving' must be uint8"),
        ({**driving(1), "other": np.zeros(1)}, "no input 'other'"),
    ):
        with pytest.raises(ValueError, match=words):
            pipeline.submit(arrays)
    with pytest.raises(ValueError, match="'gain' must be float32"):
        pipeline.bind({"gain": np.zeros(1)})
    assert pipeline.in_flight == 0


def test_a_stream_of_frames_keeps_two_in_flight_and_the_order(pipeline):
    most, seen = 0, []
    for results in pipeline.stream(driving(value) for value in range(50)):
        most = max(most, pipeline.in_flight)
        seen.append(int(results["picture"][0, 0]))
    assert seen == list(range(100, 150))
    assert most == 1  # one was just taken, and the other is under way


def test_breaking_off_a_stream_leaves_nothing_in_flight(pipeline):
    for _ in pipeline.stream(driving(value) for value in range(50)):
        break
    assert pipeline.in_flight == 0
    assert (pipeline.run(driving(3))["picture"] == 103).all()


def test_many_frames_bindings_and_orders_stay_right(card):
    random = np.random.default_rng(3)
    pipeline = StreamPipeline(card, depth=3)
    state, gain = 0, 1
    pipeline.bind(bound(state))
    flying = []
    for _ in range(400):
        if len(flying) == 3 or (flying and random.random() < 0.4):
            ticket, expected = flying.pop(random.integers(len(flying)))
            assert (pipeline.result(ticket)["picture"] == expected).all()
        if random.random() < 0.3:
            state = int(random.integers(1000))
            pipeline.bind({"features": features(state)})
        if random.random() < 0.3:
            gain = int(random.integers(1, 4))
            pipeline.bind({"gain": np.full(1, gain, np.float32)})
        if len(flying) < 3:
            value = int(random.integers(256))
            flying.append((pipeline.submit(driving(value)), state + gain * value))
    pipeline.close()
    assert card.captures == 1


def test_the_time_of_every_stage_is_told(pipeline):
    assert pipeline.times() is None
    pipeline.run(driving(1))
    times = pipeline.times()
    assert min(times.upload, times.step, times.download) > 0
    assert times.whole >= times.upload + times.step + times.download


def test_closing_waits_for_what_is_in_flight_and_frees_once(card):
    pipeline = StreamPipeline(card)
    pipeline.bind(bound(1))
    pipeline.submit(driving(1))
    pipeline.close()
    pipeline.close()
    assert card.closed == 1
    with pytest.raises(EngineError, match="closed"):
        pipeline.run(driving(1))


def test_a_card_that_failed_is_told_of_and_gives_nothing_more(card):
    pipeline = StreamPipeline(card)
    pipeline.bind(bound(1))
    card.failing = "CUDA error: an illegal memory access was encountered"
    with pytest.raises(EngineError, match="a fake card stopped answering"):
        pipeline.run(driving(1))
    with pytest.raises(EngineError, match="stopped answering"):
        pipeline.submit(driving(1))
    card._pending.clear()
    pipeline.close()


@pytest.mark.parametrize("call", ["write", "copy", "start", "finish", "read"])
def test_a_card_that_failed_once_goes_on_with_what_is_bound(pipeline, card, call):
    pipeline.run(driving(1))
    pipeline.bind(bound(7))
    first = pipeline.submit(driving(2))
    pipeline.bind(bound(8))
    card.hiccup = call, "CUDA out of memory. Tried to allocate 20.00 MiB"
    with pytest.raises(EngineError, match=r"a fake card ran out of memory\. Close what else uses it"):
        pipeline.result(first) if call in ("finish", "read") else pipeline.submit(driving(3))
    if pipeline.in_flight:
        assert (pipeline.result(first)["picture"] == 9).all()
    tickets = [pipeline.submit(driving(value)) for value in (4, 5)]
    assert [int(pipeline.result(ticket)["picture"][0, 0]) for ticket in tickets] == [12, 13]


def test_a_card_that_cannot_be_waited_for_after_a_failure_is_given_up(pipeline, card):
    card.hiccup = "start", "out of memory"
    card.failing = "unknown error"
    for _ in range(2):
        with pytest.raises(EngineError, match="ran out of memory"):
            pipeline.submit(driving(1))
    card._pending.clear()


class Deaf(FakeCard):
    """A card on which a stream forgets one of the frame's waits."""

    def __init__(self, forgotten):
        super().__init__(compute, INPUTS, OUTPUTS)
        self.forgotten, self.asked = forgotten, 0

    def wait(self, event, stream):
        self.asked += 1
        if self.asked % 2 != self.forgotten:
            super().wait(event, stream)


@pytest.mark.parametrize(
    ("forgotten", "words"),
    [(1, r"reads 'memory \d+ driving' while"), (0, r"reads 'memory \d+ picture' while")],
)
def test_a_missing_wait_is_caught(forgotten, words):
    pipeline = StreamPipeline(Deaf(forgotten))
    with pytest.raises(DisorderError, match=words):
        pipeline.run({**bound(1), **driving(1)} if forgotten == 0 else {**driving(1), **bound(1)})


def test_places_used_again_before_their_frame_is_down_are_caught(pipeline, card):
    pipeline.submit(driving(1))
    pipeline._free.append(next(iter(pipeline._flying.values())))
    pipeline.submit(driving(2))
    with pytest.raises(DisorderError, match="host writes 'pinned"):
        pipeline.submit(driving(3))
    card._pending.clear()


def test_a_result_read_before_its_event_is_caught(pipeline, card, monkeypatch):
    ticket = pipeline.submit(driving(1))
    monkeypatch.setattr(card, "finish", lambda event: None)
    with pytest.raises(DisorderError, match="host reads 'pinned"):
        pipeline.result(ticket)
    card._pending.clear()


def test_the_host_may_wait_in_result_only(pipeline, card):
    pipeline.submit(driving(1))
    with pytest.raises(DisorderError, match="outside result"):
        card.finish(next(iter(pipeline._flying.values())).downloaded)


@pytest.mark.parametrize("kind", ["pinned", "memory"])
def test_memory_taken_after_the_warm_up_is_caught(pipeline, card, kind):
    with pytest.raises(DisorderError, match="after the warm-up"):
        getattr(card, kind)(INPUTS[0])
