from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engines.base import Avatar, Controls, Face, View
from engines.errors import EngineError
from engines.registry import load_engine
from engines.rig.engine import RigEngine
from engines.rig.puppet import RigPuppet
from tests.fakes.faces import made_face
from tests.fakes.sitter import made_avatar

_STILL = Controls()


def _composed(puppet: RigPuppet, face: Face, view: View, controls: Controls = _STILL) -> np.ndarray:
    person = puppet.animate(face, made_face(), controls, view).astype(float)
    return person[..., :3] + puppet.backdrop(view) * (255 - person[..., 3:]) / 255


@pytest.fixture(scope="module")
def avatar() -> Avatar:
    return made_avatar()


@pytest.fixture(scope="module")
def puppet(avatar: Avatar) -> RigPuppet:
    return RigEngine().prepare(avatar)


def test_the_registry_gives_this_engine() -> None:
    assert isinstance(load_engine("rig"), RigEngine)


def test_the_neutral_gives_the_picture_back(puppet: RigPuppet, avatar: Avatar) -> None:
    out = _composed(puppet, made_face(), View(160, 200, 1.0))
    assert np.abs(out - avatar.rgb).max() <= 2


def test_a_mirrored_view_is_the_view_mirrored(puppet: RigPuppet) -> None:
    face = made_face(yaw_deg=9, shift=(11, 3))
    plain = puppet.animate(face, made_face(), _STILL, View(160, 200, 1.0)).copy().astype(int)
    mirrored = puppet.animate(face, made_face(), _STILL, View(160, 200, 1.0, mirror=True)).astype(int)
    assert np.abs(plain[:, ::-1] - mirrored).mean() < 0.5


@pytest.mark.parametrize("scale", [0.3, 0.5, 0.77, 1.6, 3.0])
def test_a_still_person_keeps_every_view_sharp_and_in_place(puppet: RigPuppet, scale: float) -> None:
    view = View(120, 120, scale, (60 - 80 * scale, 60 - 100 * scale))
    person = puppet.animate(made_face(), made_face(), _STILL, view).astype(float)
    assert person[60, 60, 3] == 255
    assert np.abs(person[60, 60, :3] - (215, 170, 145)).max() < 25
    assert (person[..., :3] <= person[..., 3:] + 1).all()


def test_background_away_from_the_person_stays_exactly_still(puppet: RigPuppet) -> None:
    view = View(160, 200, 1.0)
    first = _composed(puppet, made_face(), view)
    second = _composed(puppet, made_face(yaw_deg=20, shift=(30, 10), mouth_open=1), view)
    assert (first[:15] == second[:15]).all()
    assert (first != second).any()


def test_nothing_of_an_earlier_frame_remains(puppet: RigPuppet) -> None:
    view = View(160, 200, 1.0)
    fresh = puppet.animate(made_face(), made_face(), _STILL, view).copy()
    puppet.animate(made_face(shift=(60, -40), yaw_deg=25), made_face(), _STILL, view)
    assert (puppet.animate(made_face(), made_face(), _STILL, view) == fresh).all()


def test_the_person_meets_the_bottom_however_high_the_head_goes(puppet: RigPuppet) -> None:
    person = puppet.animate(made_face(shift=(0, -200)), made_face(), _STILL, View(160, 200, 1.0))
    assert (person[-1, 70:90, 3] == 255).all()


def test_the_face_is_never_torn(puppet: RigPuppet, rng: np.random.Generator) -> None:
    view = View(160, 200, 1.0)
    for _ in range(10):
        face = made_face(yaw_deg=rng.uniform(-70, 70), shift=tuple(rng.uniform(-40, 40, 2)))
        noisy = Face((face.landmarks + rng.normal(0, 3, (478, 3))).astype(np.float32), face.size)
        alpha = puppet.animate(noisy, made_face(), Controls(2, 2, 2, 2), view)[..., 3]
        nose = np.array(np.nonzero(alpha == 255)).mean(axis=1).astype(int)
        assert (alpha[nose[0] - 20 : nose[0] + 20, nose[1] - 15 : nose[1] + 15] > 200).all()


def test_what_was_made_up_beyond_the_picture_is_hidden(puppet: RigPuppet) -> None:
    view = View(320, 240, 1.0, (80, 20))
    alpha = puppet.animate(made_face(shift=(50, 30)), made_face(), _STILL, view)[..., 3]
    assert not alpha[:, :80].any()
    assert not alpha[220:].any()


def test_a_cut_out_character_may_lean_out_of_its_picture() -> None:
    puppet = RigEngine().prepare(made_avatar(has_alpha=True))
    view = View(320, 240, 1.0, (80, 20))
    alpha = puppet.animate(made_face(shift=(0, -60)), made_face(), _STILL, view)[..., 3]
    assert not alpha[220:].any()
    tall = puppet.animate(made_face(shift=(200, 0)), made_face(), _STILL, View(320, 240, 1.0, (80, 20)))
    assert tall[..., 3].any()


@pytest.mark.parametrize(
    ("size", "share", "shift"),
    [
        ((64, 64), 0.6, (0, 0)),
        ((64, 64), 0.9, (10, 20)),
        ((900, 500), 0.12, (-380, -190)),
        ((120, 400), 0.2, (45, 150)),
        ((300, 300), 1.3, (0, 0)),
    ],
)
def test_any_picture_is_animated(size: tuple[int, int], share: float, shift: tuple[int, int]) -> None:
    avatar = made_avatar(size, share=share, shift=shift)
    puppet = RigEngine().prepare(avatar)
    view = View(size[0], size[1], 1.0)
    still = _composed(puppet, made_face(), view)
    assert np.abs(still - avatar.rgb).max() <= 2
    assert (_composed(puppet, made_face(yaw_deg=20, mouth_open=1), view) != still).any()


def test_a_view_expected_beforehand_shows_the_same(puppet: RigPuppet) -> None:
    view = View(100, 100, 0.6, (2.5, -7.25))
    plain = puppet.animate(made_face(), made_face(), _STILL, view).copy()
    puppet.animate(made_face(), made_face(), _STILL, View(50, 50, 0.3))
    puppet.expect(view)
    assert (puppet.animate(made_face(), made_face(), _STILL, view) == plain).all()


def test_an_avatar_without_a_face_is_refused_in_words(avatar: Avatar) -> None:
    with pytest.raises(EngineError, match="landmark editor"):
        RigEngine().prepare(replace(avatar, landmarks=np.zeros((478, 3), np.float32)))
    with pytest.raises(EngineError, match="Add the picture again"):
        RigEngine().prepare(replace(avatar, matte=avatar.matte[:-1]))
