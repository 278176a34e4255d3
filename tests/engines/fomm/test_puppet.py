from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from engines.base import Avatar, Controls, EngineOptions, Face, View
from engines.errors import EngineError
from engines.fomm.engine import FommEngine
from engines.fomm.paste import backdrop_of
from engines.fomm.puppet import FommPuppet
from engines.registry import engine_info
from tests.fakes.faces import made_face
from tests.fakes.networks import FakeStep, broken, driving_frame, fake_network
from tests.fakes.sitter import made_avatar

_VIEW = View(260, 330, 1.0)
_STILL = Controls()


@pytest.fixture(scope="module")
def avatar() -> Avatar:
    return made_avatar((260, 330), share=0.35)


def _engine(*, crop: bool = True) -> tuple[FommEngine, FakeStep]:
    network, step = fake_network()
    return FommEngine(EngineOptions(crop=crop), network), step


@pytest.fixture
def engine() -> tuple[FommEngine, FakeStep]:
    return _engine()


def _live(right: float = 0.0, down: float = 0.0, time_s: float = 0.0) -> Face:
    return replace(made_face(time_s=time_s), driving=driving_frame(right, down))


def _moved(puppet: FommPuppet, face: Face, neutral: Face, controls: Controls = _STILL) -> tuple[int, int]:
    """How far the puppet slid the crop, right and down."""
    picture = puppet.result(face, neutral, controls).picture.astype(int)
    tries = {
        (x, y): np.abs(np.roll(puppet.source.crop, (y, x), axis=(0, 1)) - picture).mean()
        for x in range(-48, 49, 4)
        for y in range(-8, 9, 4)
    }
    return min(tries, key=lambda each: tries[each])


def test_the_card_says_what_the_engine_follows() -> None:
    card = engine_info("fomm")
    assert (card.sees_driver, card.gains, card.family) == (True, ("head",), "fomm")


def test_a_live_face_moves_the_picture_relative_to_the_neutral(
    engine: tuple[FommEngine, FakeStep], avatar: Avatar
) -> None:
    puppet, neutral = engine[0].prepare(avatar), _live(10)
    assert _moved(puppet, _live(10), neutral) == (0, 0)
    # The avatar's keypoints span twice the driver's: it moves twice as far.
    assert _moved(puppet, _live(16, -2), neutral) == (12, -4)
    assert _moved(puppet, _live(16), neutral, Controls(head=2)) == (24, 0)
    assert _moved(puppet, _live(16), neutral, Controls(head=0)) == (0, 0)
    assert _moved(puppet, _live(16), neutral, Controls(relative=False)) == (32, 0)


def test_the_neutral_is_looked_at_once(engine: tuple[FommEngine, FakeStep], avatar: Avatar) -> None:
    puppet, step = engine[0].prepare(avatar), engine[1]
    neutral = _live(10)
    for right in (4, 8, 12):
        puppet.result(_live(right), neutral, _STILL)
    again = Face(neutral.landmarks + np.float32(1), neutral.size, 1.0, neutral.driving)
    puppet.result(_live(16), again, _STILL)
    assert sum(frame is neutral.driving for frame in step.driven) == 1
    assert (
        sum("neutral_value" in names for names in step.bound) == 2
    )  # the avatar's own at rest, and this one
    other = _live(-10)
    puppet.result(_live(16), other, _STILL)
    puppet.result(_live(16), neutral, _STILL)
    assert sum(frame is neutral.driving for frame in step.driven) == 1


def test_a_neutral_without_pixels_is_the_first_live_face_until_one_comes(
    engine: tuple[FommEngine, FakeStep], avatar: Avatar
) -> None:
    puppet = engine[0].prepare(avatar)
    stored = made_face()
    assert _moved(puppet, _live(20), stored) == (0, 0)
    assert _moved(puppet, _live(26), stored) == (12, 0)
    assert _moved(puppet, _live(26), _live(26)) == (0, 0)
    assert _moved(puppet, _live(30), stored) == (8, 0)  # the last one known


def test_two_avatars_share_a_network_and_only_rebind(
    engine: tuple[FommEngine, FakeStep], avatar: Avatar
) -> None:
    other = made_avatar((400, 400), share=0.4)
    puppets = [engine[0].prepare(each) for each in (avatar, other)]
    neutral = _live()
    for puppet in (*puppets, *puppets):
        assert _moved(puppet, _live(6), neutral) == (12, 0)
    states = sum("small" in names for names in engine[1].bound)
    assert states == 6
    engine[1].bound.clear()
    puppets[1].result(_live(8), neutral, _STILL)
    assert not engine[1].bound


def test_without_a_driver_the_rig_moves_the_avatars_own_picture(
    engine: tuple[FommEngine, FakeStep], avatar: Avatar
) -> None:
    puppet, step = engine[0].prepare(avatar), engine[1]
    rest = made_face()
    puppet.result(rest, rest, _STILL)
    assert np.abs(step.driven[-1].astype(int) - puppet.source.crop).max() <= 2
    puppet.result(made_face(yaw_deg=20, mouth_open=1), rest, _STILL)
    assert np.abs(step.driven[-1].astype(int) - puppet.source.crop).max() > 40
    assert step.controls[-1][2] == 1
    own = puppet.source.crop.reshape(-1, 3).mean(axis=0)[:2] / 127.5 - 1
    assert step.neutrals[-1] == pytest.approx(own, abs=0.01)


def test_live_and_idle_fade_into_each_other(engine: tuple[FommEngine, FakeStep], avatar: Avatar) -> None:
    puppet, neutral = engine[0].prepare(avatar), _live()
    engine[1].paint = lambda driving, slid: np.full_like(
        slid, 250 if (driving == driving[0, 0]).all() else 50
    )
    levels = []
    for frame in range(12):
        face = _live(time_s=0.1 + frame / 30) if frame < 2 else made_face(time_s=frame / 30)
        levels.append(int(puppet.result(face, neutral, _STILL).picture[0, 0, 0]))
    assert levels[:2] == [250, 250]
    assert levels[2:] == sorted(levels[2:], reverse=True)
    assert 50 < levels[5] < 250
    assert levels[-1] == 50
    assert max(a - b for a, b in pairwise(levels)) < 60


def test_a_fade_ends_even_when_faces_tell_no_time(
    engine: tuple[FommEngine, FakeStep], avatar: Avatar
) -> None:
    puppet, neutral = engine[0].prepare(avatar), _live()
    engine[1].paint = lambda driving, slid: np.full_like(slid, driving[0, 0, 2])
    puppet.result(_live(), neutral, _STILL)
    for _ in range(10):
        last = puppet.result(made_face(), neutral, _STILL).picture
    assert (last != 255).all()


def test_around_the_networks_picture_stands_the_avatars_alone(
    engine: tuple[FommEngine, FakeStep], avatar: Avatar
) -> None:
    puppet = engine[0].prepare(avatar)
    view = View(700, 700, 1.0, (100, 30))
    engine[1].paint = lambda driving, _: driving.copy()
    seen, other = (
        puppet.animate(_live(right, down), _live(), _STILL, view).copy()
        for right, down in ((40, -50), (-50, 10))
    )
    square = puppet.source.square
    inside = np.zeros((700, 700), bool)
    left, top = round(square.left) + 100, round(square.top) + 30
    inside[max(top, 0) : top + round(square.side) + 1, max(left, 0) : left + round(square.side) + 1] = True
    assert (seen != other).any()
    assert (seen == other)[~inside].all()
    engine[1].paint = lambda _, slid: slid
    assert (puppet.animate(_live(), _live(), _STILL, view) == seen)[~inside].all()


def test_a_network_that_fails_shows_nothing(engine: tuple[FommEngine, FakeStep], avatar: Avatar) -> None:
    puppet, neutral = engine[0].prepare(avatar), _live()
    puppet.animate(_live(5), neutral, _STILL, _VIEW)
    engine[1].error = broken()
    with pytest.raises(EngineError, match="lost"):
        puppet.animate(_live(9), neutral, _STILL, _VIEW)
    with pytest.raises(EngineError, match="lost"):
        puppet.animate(_live(9), _live(3), _STILL, _VIEW)
    with pytest.raises(EngineError, match="lost"):
        puppet.animate(made_face(), neutral, _STILL, _VIEW)
    engine[1].error = None
    assert puppet.animate(_live(9), neutral, _STILL, _VIEW).any()


def test_at_rest_the_picture_comes_back(engine: tuple[FommEngine, FakeStep], avatar: Avatar) -> None:
    puppet, neutral = engine[0].prepare(avatar), _live()
    person = puppet.animate(_live(), neutral, _STILL, _VIEW).astype(float)
    out = person[..., :3] + puppet.backdrop(_VIEW) * (255 - person[..., 3:]) / 255
    assert np.abs(out - avatar.rgb).mean() < 2.5
    assert (puppet.backdrop(_VIEW) == backdrop_of(puppet.source, _VIEW)).all()


def test_a_view_expected_beforehand_shows_the_same(
    engine: tuple[FommEngine, FakeStep], avatar: Avatar
) -> None:
    puppet, neutral, view = engine[0].prepare(avatar), _live(), View(200, 200, 0.5, (-20.5, -40))
    plain = puppet.animate(_live(4), neutral, _STILL, view).copy()
    puppet.animate(_live(4), neutral, _STILL, _VIEW)
    puppet.expect(view)
    assert (puppet.animate(_live(4), neutral, _STILL, view) == plain).all()


def test_a_whole_square_needs_no_face() -> None:
    engine, step = _engine(crop=False)
    rgb = np.random.default_rng(5).integers(0, 256, (256, 256, 3), np.uint8)
    avatar = Avatar("square", rgb, np.zeros((256, 256), np.uint8), np.zeros((478, 3), np.float32))
    puppet = engine.prepare(avatar)
    faceless = Face(np.zeros((478, 3), np.float32), (256, 256))
    person = puppet.animate(replace(faceless, driving=driving_frame(6)), _live(), _STILL, View(256, 256, 1.0))
    assert (person[..., :3] == np.roll(rgb, 12, axis=1)).all()
    assert (person[..., 3] == 255).all()
    assert (puppet.result(faceless, faceless, _STILL).picture.shape) == rgb.shape
    assert (step.driven[-1] == rgb).all()
    assert (puppet.backdrop(View(256, 256, 1.0)) == rgb).all()


def test_avatars_that_cannot_be_animated_are_refused_in_words(
    engine: tuple[FommEngine, FakeStep], avatar: Avatar
) -> None:
    with pytest.raises(EngineError, match="landmark editor"):
        engine[0].prepare(replace(avatar, landmarks=np.zeros((478, 3), np.float32)))
    with pytest.raises(EngineError, match="Add the picture again"):
        engine[0].prepare(replace(avatar, matte=avatar.matte[:-1]))


def test_speed_is_told_once_it_was_measured(engine: tuple[FommEngine, FakeStep], avatar: Avatar) -> None:
    assert not engine[0].speed().measured
    puppet = engine[0].prepare(avatar)
    for right in range(4):
        puppet.result(_live(right), _live(), _STILL)
    speed = engine[0].speed()
    assert speed.measured
    assert speed.frames_per_second > 1
    assert (speed.where, speed.precision, speed.runner) == ("nowhere", "fp32", "fake")


def test_a_closed_engine_says_so(engine: tuple[FommEngine, FakeStep], avatar: Avatar) -> None:
    puppet = engine[0].prepare(avatar)
    engine[0].close()
    engine[0].close()
    assert engine[1].closed
    with pytest.raises(EngineError, match="closed"):
        puppet.animate(_live(), _live(), _STILL, _VIEW)
