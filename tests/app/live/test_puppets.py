from __future__ import annotations

import pytest

from app.live.engine_choice import EngineChoice
from app.live.puppets import Puppets, _run
from app.paths import Paths
from engines.building.speed import Speed
from engines.runners.base import StageTimes
from tests.fakes.engine import FakeEngine, made_avatar

NETWORK, OTHER = EngineChoice("tha"), EngineChoice("rig")


class Measured(FakeEngine):
    """An engine with a network; how often it was closed."""

    closed = 0

    def speed(self) -> Speed:
        return Speed(100, "NVIDIA X", "fp16", "torch", True, failed=self.fail_every == 1)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def made() -> list[Measured]:
    """Every engine that was loaded."""
    return []


@pytest.fixture
def puppets(made, tmp_path):
    def load(_name, _options):
        made.append(Measured())
        return made[-1]

    puppets = Puppets(Paths(tmp_path, tmp_path, tmp_path), load)
    yield puppets
    puppets.close()


def test_an_engine_that_failed_is_loaded_anew_when_it_is_asked_for_again(puppets, made):
    first, _ = puppets.prepare(puppets.load(NETWORK), made_avatar(), 30)
    assert puppets.load(NETWORK).engine is made[0]
    made[0].fail_every = 1
    puppets.prepare(puppets.load(NETWORK), made_avatar(), 30)
    assert puppets.load(NETWORK).engine is made[1]
    puppets.sweep(on_stage=first.puppet)
    assert not made[0].closed
    puppets.sweep(on_stage=None)
    assert (made[0].closed, made[1].closed) == (1, 0)


def test_an_engine_that_failed_is_not_kept_for_later(puppets, made):
    puppets.prepare(puppets.load(NETWORK), made_avatar(), 30)
    puppets.prepare(puppets.load(OTHER), made_avatar(), 30)
    puppets.sweep(on_stage=None)
    assert not made[0].closed
    made[0].fail_every = 1
    puppets.prepare(puppets.load(OTHER), made_avatar((1, 2, 3)), 30)
    puppets.sweep(on_stage=None)
    assert made[0].closed


def test_what_a_frame_takes_on_a_card_reaches_the_status():
    card = StageTimes(0.06, 1.2, 0.05, 1.4)
    run = _run("vox", Speed(400, "NVIDIA X", "fp16", "torch", True, card), carried=False)
    assert (run.where, run.frames_per_second, run.card_ms) == ("NVIDIA X", 400, (0.06, 1.2, 0.05))


def test_without_a_card_there_is_nothing_to_tell_of_it():
    assert _run("vox", Speed(5, "CPU", "bf16", "openvino", True), carried=True).card_ms == ()
