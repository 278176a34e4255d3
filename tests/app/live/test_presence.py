from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.live.presence import NeutralGlide, Presence
from app.settings import FaceLostPolicy
from engines.base import Face
from tests.fakes.faces import made_face

NEUTRAL = made_face()
TURNED = made_face(yaw_deg=20)


def play(presence: Presence, seen: dict[float, Face | None], moments: np.ndarray) -> list[float]:
    """Yaw of what is shown at each moment, given what tracking finds at some of them."""
    angles = []
    for now in moments:
        for moment in [m for m in seen if m <= now]:
            presence.see(seen.pop(moment), float(now))
        angles.append(presence.drive(float(now), NEUTRAL).face.pose.angles[0])
    return angles


def tracked(start: float, end: float, fps: int = 30) -> dict[float, Face | None]:
    return {float(moment): TURNED for moment in np.arange(start, end, 1 / fps)}


def test_a_tracked_face_is_shown_as_it_is():
    presence = Presence()
    play(presence, tracked(0, 1), np.arange(0, 1, 1 / 30))
    drive = presence.drive(1.0, NEUTRAL)
    assert drive.live
    assert drive.face is TURNED


def test_before_any_face_the_stand_in_moves():
    presence = Presence()
    faces = [presence.drive(now, NEUTRAL).face.landmarks for now in np.arange(0, 3, 0.1)]
    assert max(np.abs(face - faces[0]).max() for face in faces) > 0.5


@pytest.mark.parametrize("policy", list(FaceLostPolicy))
def test_a_face_lost_for_a_moment_changes_nothing(policy):
    presence = Presence(policy)
    play(presence, tracked(0, 2), np.arange(0, 2, 1 / 30))
    presence.see(None, 2.1)
    drive = presence.drive(2.2, NEUTRAL)
    assert drive.face is TURNED
    assert not drive.slate


def test_a_lost_face_fades_into_idle_motion_and_back_without_a_jump():
    presence = Presence(FaceLostPolicy.IDLE)
    moments = np.arange(0, 8, 1 / 30)
    angles = play(presence, {**tracked(0, 2), **tracked(5, 8)}, moments)
    start = TURNED.pose.angles[0]
    assert angles[59] == pytest.approx(start)
    assert abs(angles[140]) < 5, "idle, near rest"
    assert angles[-1] == pytest.approx(start)
    assert np.abs(np.diff(angles[30:])).max() < 4, "degrees a frame"


def test_hold_keeps_the_last_face_and_comes_back_without_a_jump():
    presence = Presence(FaceLostPolicy.HOLD)
    moments = np.arange(0, 8, 1 / 30)
    back = {moment: made_face(yaw_deg=-20) for moment in np.arange(5, 8, 1 / 30)}
    angles = play(presence, {**tracked(0, 2), **back}, moments)
    start = TURNED.pose.angles[0]
    assert angles[60:149] == pytest.approx([start] * 89, abs=0.01)
    assert angles[-1] == pytest.approx(-start, abs=0.1)
    assert np.abs(np.diff(angles[30:])).max() < 8


def test_the_slate_comes_after_the_hold_and_goes_when_the_face_returns():
    presence = Presence(FaceLostPolicy.SLATE)
    assert presence.drive(0.0, NEUTRAL).slate, "nobody has been seen yet"
    play(presence, tracked(0, 2), np.arange(0, 2, 1 / 30))
    assert not presence.drive(2.1, NEUTRAL).slate
    play(presence, {}, np.arange(2.1, 4, 1 / 30))
    assert presence.drive(4.0, NEUTRAL).slate
    presence.see(TURNED, 4.1)
    assert not presence.drive(4.15, NEUTRAL).slate


@pytest.mark.parametrize("policy", list(FaceLostPolicy))
def test_without_a_camera_by_choice_idle_motion_drives_whatever_the_policy(policy):
    presence = Presence(policy)
    presence.always_idle = True
    drives = [presence.drive(now, NEUTRAL) for now in np.arange(0, 3, 0.1)]
    assert not any(drive.slate for drive in drives)
    assert max(np.abs(drive.face.landmarks - drives[0].face.landmarks).max() for drive in drives) > 0.5


def test_forgetting_ends_what_was_seen():
    presence = Presence()
    play(presence, tracked(0, 2), np.arange(0, 2, 1 / 30))
    presence.forget()
    assert presence.size is None
    assert not presence.drive(2.0, NEUTRAL).live


def test_frames_that_change_size_while_a_face_is_held():
    presence = Presence(FaceLostPolicy.HOLD)
    play(presence, tracked(0, 1), np.arange(0, 1, 1 / 30))
    play(presence, {}, np.arange(1, 3, 1 / 30))
    presence.see(made_face((1280, 960), yaw_deg=20), 3.0)
    shown = presence.drive(3.02, NEUTRAL).face
    assert shown.size == (1280, 960)
    assert shown.landmarks[4, 0] == pytest.approx(2 * TURNED.landmarks[4, 0], rel=0.02)


def test_a_new_neutral_is_glided_to():
    glide, other = NeutralGlide(), made_face(mouth_open=1.0, shift=(30, 0))
    assert glide.at(0.0, NEUTRAL, NEUTRAL.size) is NEUTRAL
    places = [glide.at(1 + t / 30, other, NEUTRAL.size).landmarks[4, 0] for t in range(30)]
    assert np.abs(np.diff(places)).max() < 8
    assert places[0] == pytest.approx(NEUTRAL.landmarks[4, 0], abs=0.5)
    assert places[-1] == pytest.approx(other.landmarks[4, 0])
    assert glide.at(3.0, other, NEUTRAL.size) is other


def test_a_neutral_of_another_kind_is_jumped_to():
    glide, other = NeutralGlide(), made_face(shift=(30, 0))
    glide.at(0.0, NEUTRAL, NEUTRAL.size)
    assert glide.at(1.0, other, other.size, jump=True) is other


def test_the_neutral_follows_the_size_of_the_frames():
    glide = NeutralGlide()
    glide.at(0.0, NEUTRAL, (640, 480))
    assert glide.at(1.0, NEUTRAL, (1280, 960)).size == (1280, 960)
    settled = glide.at(2.0, NEUTRAL, (1280, 960))
    assert settled.landmarks == pytest.approx(2 * NEUTRAL.landmarks, abs=0.01)


def test_driving_frames_are_kept_while_held_and_gone_while_idle():
    frame, newer = (np.full((256, 256, 3), value, np.uint8) for value in (1, 2))
    for policy, kept in ((FaceLostPolicy.HOLD, frame), (FaceLostPolicy.IDLE, None)):
        presence = Presence(policy, present=True)
        presence.see(replace(NEUTRAL, driving=frame), 0.0)
        assert presence.drive(0.0, NEUTRAL).face.driving is frame
        lost = [presence.drive(0.5 + index / 10, NEUTRAL) for index in range(20)]
        assert all(each.face.driving is kept for each in lost)
        presence.see(replace(NEUTRAL, driving=newer), 2.5)
        back = [presence.drive(2.5 + index / 10, NEUTRAL) for index in range(3)]
        assert [each.back for each in back] == [True, False, False], "told once, for the picture to fade"
        assert back[0].face.driving is (None if kept is None else newer)


def test_a_gliding_neutral_has_the_frame_of_where_it_goes():
    one, other = (replace(NEUTRAL, driving=np.full((256, 256, 3), value, np.uint8)) for value in (1, 2))
    glide = NeutralGlide()
    glide.at(0.0, one, NEUTRAL.size)
    assert glide.at(0.1, other, NEUTRAL.size).driving is other.driving
    assert glide.at(0.2, other, (320, 240)).driving is other.driving
