"""The engine on networks of a few lines: what is computed when, what is shared, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from engines.base import Avatar, Controls, EngineOptions, View
from engines.carrying.puppet import CarriedPuppet
from engines.errors import EngineError
from engines.registry import engine_info, load_engine
from engines.tha.engine import ThaEngine
from engines.tha.pose import INDEX, rest
from engines.tha.puppet import ThaPuppet
from engines.tha.tha1.pose import to_first
from tests.fakes.characters import made_character
from tests.fakes.faces import made_face
from tests.fakes.poses import FakeStep, fake_network
from tests.fakes.sitter import made_avatar

STILL = Controls()
VIEW = View(300, 380, 1.0)


@pytest.fixture
def avatar() -> Avatar:
    return made_avatar((300, 380), share=0.3, has_alpha=True)


@pytest.fixture
def prepared(avatar: Avatar) -> Iterator[tuple[ThaEngine, ThaPuppet, FakeStep]]:
    network, step = fake_network()
    engine = ThaEngine(EngineOptions(), network)
    puppet = engine.prepare(avatar)
    yield engine, puppet, step
    puppet.close()
    engine.close()
    assert step.closed


def test_its_card_says_what_it_can() -> None:
    card = engine_info("tha")
    assert (card.family, card.characters, card.still_background, card.sees_driver) == (
        "tha",
        True,
        True,
        False,
    )
    assert {"gaze", "body", "breathing"} < set(card.gains)


def test_a_face_becomes_a_pose_and_a_picture(prepared: tuple[ThaEngine, ThaPuppet, FakeStep]) -> None:
    _, puppet, step = prepared
    neutral = made_face()
    still = puppet.animate(neutral, neutral, STILL, VIEW).copy()
    turned = puppet.animate(made_face(yaw_deg=20, time_s=0.03), neutral, STILL, VIEW)
    assert turned.shape == (380, 300, 4)
    assert (turned != still).any()
    assert (turned[..., :3] <= turned[..., 3:]).all()
    assert abs(step.poses[-1][INDEX["head_y"]]) > 0.3
    assert puppet.backdrop(View(*puppet.avatar.size, 1.0)).shape == puppet.avatar.rgb.shape


def test_the_same_pose_is_not_painted_again(prepared: tuple[ThaEngine, ThaPuppet, FakeStep]) -> None:
    _, puppet, step = prepared
    face, neutral = made_face(yaw_deg=20), made_face()
    puppet.animate(face, neutral, STILL, VIEW)
    runs = len(step.poses)
    first = puppet.animate(face, neutral, STILL, VIEW)
    assert puppet.animate(face, neutral, STILL, VIEW) is first
    assert puppet.animate(face, neutral, STILL, replace(VIEW, mirror=True)) is not first
    assert len(step.poses) == runs


def test_puppets_share_a_network_and_its_state_is_bound_once(
    prepared: tuple[ThaEngine, ThaPuppet, FakeStep], avatar: Avatar
) -> None:
    engine, puppet, step = prepared
    assert step.bound == 1
    neutral = made_face()
    puppet.animate(made_face(yaw_deg=9), neutral, STILL, VIEW)
    puppet.animate(made_face(yaw_deg=12), neutral, STILL, VIEW)
    assert step.bound == 1
    other = engine.prepare(replace(avatar, rgb=255 - avatar.rgb))
    shown = other.animate(made_face(yaw_deg=5), neutral, STILL, VIEW).copy()
    assert step.bound == 2
    assert (puppet.animate(made_face(yaw_deg=5), neutral, STILL, VIEW) != shown).any()
    other.close()
    assert not step.closed  # the network is the engine's


def test_the_avatars_own_face_teaches_nothing_about_the_driver(
    prepared: tuple[ThaEngine, ThaPuppet, FakeStep], avatar: Avatar, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, puppet, _ = prepared
    monkeypatch.setattr(engine._poser, "pose", lambda *_: pytest.fail("the driver's poser was asked"))
    for own in (avatar.face, avatar.face.mirrored()):
        assert puppet.animate(own, own, STILL, VIEW).any()


def test_it_remarks_on_pictures_that_do_not_suit_the_networks(avatar: Avatar) -> None:
    network, _ = fake_network()
    for yaw, said in ((0, False), (40, True)):
        turned = replace(avatar, landmarks=made_face(size=avatar.size, yaw_deg=yaw).landmarks)
        puppet = ThaEngine(EngineOptions(), network).prepare(turned)
        assert any("looks to one side" in remark for remark in puppet.remarks) == said


def test_a_networks_failure_is_the_puppets(prepared: tuple[ThaEngine, ThaPuppet, FakeStep]) -> None:
    engine, puppet, step = prepared
    step.error = EngineError("The device was lost. Start Guise again.")
    with pytest.raises(EngineError, match="lost"):
        puppet.animate(made_face(yaw_deg=20), made_face(), STILL, VIEW)
    engine.close()
    step.error = None
    with pytest.raises(EngineError, match="closed"):
        puppet.animate(made_face(yaw_deg=20), made_face(), STILL, VIEW)


def test_without_networks_the_way_out_is_told(avatar: Avatar, tmp_path) -> None:
    engine = load_engine("tha", EngineOptions())
    with pytest.raises(EngineError, match="Choose a character"):
        engine.prepare(avatar)
    character = made_character(tmp_path)
    with pytest.raises(EngineError, match="trained for 512 by 512"):
        engine.prepare(replace(avatar, character=character.character))
    with pytest.raises(EngineError, match="do not fit"):
        engine.prepare(replace(character, matte=character.matte[:-1]))
    with pytest.raises(EngineError, match="belongs to one character"):
        load_engine("tha", EngineOptions(model=character.character))


def test_version_1_takes_six_numbers() -> None:
    pose = rest()
    pose[[INDEX[name] for name in ("head_x", "neck_z", "eye_wink_left", "mouth_aaa", "mouth_ooo")]] = (
        0.5, -0.25, 1, 0.5, 1,
    )  # fmt: skip
    assert to_first(pose).tolist() == [0.5, 0, -0.25, 1, 0, 1]
    network, step = fake_network(256, 6)
    state = network.encode(np.zeros((256, 256, 4), np.uint8))
    assert network.animate(state, pose).shape == (256, 256, 4)
    assert step.poses[-1].tolist() == to_first(pose).tolist()


def test_a_slow_network_is_carried_between_its_pictures(avatar: Avatar) -> None:
    network, step = fake_network()
    puppet = CarriedPuppet(ThaEngine(EngineOptions(), network).prepare(avatar))
    neutral = made_face()
    still = puppet.animate(neutral, neutral, STILL, VIEW).copy()
    turned = puppet.animate(made_face(yaw_deg=15, time_s=0.03), neutral, STILL, VIEW)
    assert (turned != still).any()
    assert (turned[..., :3] <= turned[..., 3:]).all()
    puppet.close()
    assert len(step.poses) >= 4
