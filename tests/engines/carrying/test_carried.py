from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.base import Avatar, Controls, EngineOptions, Face, View
from engines.carrying.carrier import Carrier
from engines.carrying.puppet import CarriedPuppet
from engines.errors import EngineError
from engines.fomm.engine import FommEngine
from engines.fomm.source import framed
from tests.fakes.faces import made_face
from tests.fakes.networks import FakeStep, broken, driving_frame, fake_network
from tests.fakes.sitter import made_avatar

_STILL = Controls()
_VIEW = View(260, 330, 1.0)


@pytest.fixture(scope="module")
def avatar() -> Avatar:
    return made_avatar((260, 330), share=0.35)


@pytest.fixture
def carried(avatar: Avatar) -> Iterator[tuple[CarriedPuppet, FakeStep]]:
    network, step = fake_network()
    puppet = CarriedPuppet(FommEngine(EngineOptions(), network).prepare(avatar))
    yield puppet, step
    step.gate.set()
    puppet.close()


def _live(right: float = 0.0, *, yaw_deg: float = 0.0) -> Face:
    return replace(made_face(yaw_deg=yaw_deg), driving=driving_frame(right))


def _wait_for(step: FakeStep, runs: int) -> None:
    deadline = time.monotonic() + 10
    while len(step.driven) < runs:
        assert time.monotonic() < deadline
        time.sleep(0.002)


def _settle(puppet: CarriedPuppet) -> None:
    """Let the network finish what it has, and the take-over pass."""
    thread = puppet._thread
    if thread is not None:
        thread.join()
    time.sleep(0.1)


def test_the_first_picture_comes_before_the_network_has_seen_anybody(
    carried: tuple[CarriedPuppet, FakeStep],
) -> None:
    puppet, step = carried
    step.gate.clear()
    neutral = _live()
    first = puppet.animate(neutral, neutral, _STILL, _VIEW).copy()
    assert first[..., 3].any()
    turned = puppet.animate(_live(yaw_deg=15), neutral, _STILL, _VIEW)
    assert (turned != first).any()  # carried, while the network still looks at the first face


def test_the_newest_face_wins(carried: tuple[CarriedPuppet, FakeStep]) -> None:
    puppet, step = carried
    neutral = _live()
    puppet.animate(neutral, neutral, _STILL, _VIEW)
    _settle(puppet)
    step.gate.clear()
    step.begun.clear()
    step.driven.clear()
    faces = [_live(right) for right in (1, 2, 3, 4, 5)]
    for face in faces:
        puppet.animate(face, neutral, _STILL, _VIEW)
        assert step.begun.wait(10), "the network is at the first face when the others come"
    step.gate.set()
    _wait_for(step, 2)
    _settle(puppet)
    assert [frame is faces[0].driving for frame in step.driven] == [True, False]
    assert step.driven[-1] is faces[-1].driving


def test_results_arrive(carried: tuple[CarriedPuppet, FakeStep], avatar: Avatar) -> None:
    puppet, _ = carried
    neutral = _live()
    still = puppet.animate(neutral, neutral, _STILL, _VIEW).copy()
    _settle(puppet)
    puppet.animate(_live(15), neutral, _STILL, _VIEW)
    _settle(puppet)
    moved = puppet.animate(_live(15), neutral, _STILL, _VIEW)
    assert np.abs(moved.astype(int) - still).mean() > 3
    assert (puppet.backdrop(View(*avatar.size, 1.0)).shape) == avatar.rgb.shape


def test_a_failure_is_raised_until_the_network_works_again(carried: tuple[CarriedPuppet, FakeStep]) -> None:
    puppet, step = carried
    neutral = _live()
    puppet.animate(neutral, neutral, _STILL, _VIEW)
    _settle(puppet)

    def ask(right: float) -> NDArray[np.uint8]:
        """Animate while the network holds still, then let it look at this face."""
        step.gate.clear()
        try:
            return puppet.animate(_live(right), neutral, _STILL, _VIEW)
        finally:
            step.gate.set()
            _settle(puppet)

    step.error = broken()
    ask(3)
    for right in (4, 5):
        with pytest.raises(EngineError, match="lost"):
            ask(right)
    step.error = None
    with pytest.raises(EngineError, match="lost"):
        ask(6)
    assert ask(6).any()


def test_a_closed_puppet_says_so(carried: tuple[CarriedPuppet, FakeStep]) -> None:
    puppet, _ = carried
    puppet.animate(_live(), _live(), _STILL, _VIEW)
    puppet.close()
    puppet.close()
    with pytest.raises(EngineError, match="closed"):
        puppet.animate(_live(), _live(), _STILL, _VIEW)


def test_carrying_moves_the_picture_as_the_rig_does(avatar: Avatar) -> None:
    source = framed(avatar, 256)
    carrier = Carrier(source.as_avatar())
    neutral = made_face()
    pixels = 8.0
    scale = avatar.face.pose.scale / neutral.pose.scale * 256 / source.square.side
    there = made_face(shift=(pixels / scale, 0.0))
    then, now = carrier.rest, carrier.places(there, neutral, _STILL)
    still = np.dstack([source.crop, source.matte])
    assert carrier.carry(still, then, then) is still
    bent = carrier.carry(still, then, now)
    face = slice(90, 170), slice(90, 166)
    slid = np.roll(source.crop, round(pixels), axis=1)
    off = [np.abs(each.astype(int) - slid)[face].mean() for each in (bent[..., :3], source.crop)]
    assert off[0] < 0.6 * off[1]
    assert bent.dtype == np.uint8


def test_carrying_survives_any_face(avatar: Avatar, rng: np.random.Generator) -> None:
    carrier = Carrier(framed(avatar, 256).as_avatar())
    still = np.full((256, 256, 4), 9, np.uint8)
    for landmarks in (np.full((478, 3), np.nan), np.zeros((478, 3)), rng.normal(0, 1e4, (478, 3))):
        face = Face(landmarks.astype(np.float32), (640, 480))
        points = carrier.places(face, made_face(), Controls(head=2, relative=False))
        assert (carrier.carry(still, carrier.rest, points) == still).all()
