from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from app.devices.virtual_camera import VirtualCameraSink
from app.errors import GuiseError
from app.live.desks import DrawSlate
from app.live.status import CameraState, Phase
from app.settings import BackgroundKind, FaceLostPolicy
from tests.fakes.engine import made_avatar
from tests.fakes.stage import SMALL, Stage, until
from tests.fakes.virtual_device_log import BACKEND, DeviceFolder


def test_the_slate_is_out_first_then_the_avatar(tmp_path):
    stage = Stage(tmp_path)
    stage.engine.gate.clear()
    with stage:
        until(lambda: stage.sink.count)
        assert stage.session._publisher.last.slate
        assert stage.session.status.phase is Phase.STARTING
        stage.engine.gate.set()
        stage.wait_shown("blue")
        until(lambda: stage.session.status.phase is Phase.RUNNING)
        assert stage.events.named("avatar_shown") == [("blue",)]
    assert stage.tracker.is_closed
    assert not stage.camera.is_open
    assert not stage.sink.is_open


def test_the_drivers_face_moves_the_avatar(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        stage.wait_live()
        places = set()

        def moved() -> bool:
            blue = stage.sink.newest[45, :, 2] > 150
            places.add(int(np.flatnonzero(blue).mean()) if blue.any() else -1)
            return len(places) > 3

        until(moved)
        status = stage.session.status
        assert status.camera == "Fake"
        assert status.camera_state is CameraState.LIVE
        assert status.faces == 1
        assert status.latency_p95_ms > 0
        assert {"track", "animate", "compose"} <= set(status.stage_ms)


def test_preview_and_inset_hold_the_newest_and_tell_once(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_live()
        assert stage.events.counts["preview_ready"] == 1, "nobody took it, so nobody is told again"
        assert stage.session.preview.take(1).size == (160, 90)
        inset = stage.session.inset.take(1)
        assert inset.face is not None
        assert inset.rgb.shape == (48, 64, 3)
        until(lambda: stage.events.counts["preview_ready"] == 2)


def test_two_faces_are_counted(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_live()
        stage.tracker.faces = 2
        until(lambda: stage.session.status.faces == 2)


def test_a_lost_face_is_said_and_idle_motion_goes_on(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_live()
        stage.tracker.faces = 0
        until(lambda: stage.session.status.camera_state is CameraState.NO_FACE)
        stage.wait_pictures(5)  # those on their way
        driven = stage.driven()
        stage.wait_pictures(40)
        assert stage.driven() <= driven + 1
        assert not stage.session._publisher.last.slate


def test_the_slate_policy(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_live()
        stage.apply(face_lost=FaceLostPolicy.SLATE)
        stage.tracker.faces = 0
        until(lambda: stage.session._publisher.last.slate)
        stage.tracker.faces = 1
        stage.wait_shown("blue")


def test_avatars_change_while_the_old_one_goes_on(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        stage.engine.gate.clear()
        stage.session.show_avatar("green")
        assert stage.session.status.avatar_pending
        stage.wait_pictures(7)  # they go on while it is prepared
        stage.engine.gate.set()
        stage.wait_shown("green")
        assert stage.session.status.avatar == "green"
        assert stage.longest_gap_s() < 0.5


def test_a_change_of_avatar_is_a_short_cross_fade(tmp_path):
    slow = 4  # so that a machine is not busy for a whole fade
    stage = Stage(tmp_path, clock=lambda: time.perf_counter() / slow)
    stage.tracker.moving = False
    middles = set()
    with stage:
        stage.wait_shown("blue")
        stage.sink.check = lambda picture: middles.add(tuple(picture[45, 80]))
        stage.session.show_avatar("green")
        stage.wait_shown("green")
    assert len(middles) > 2, "mixtures of both were seen"


def test_the_newest_of_many_wishes_wins(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        stage.engine.preparing.clear()
        stage.engine.gate.clear()
        stage.session.show_avatar("green")
        assert stage.engine.preparing.wait(10)
        for avatar in ("sand", "green", "grey", "sand"):
            stage.session.show_avatar(avatar)
        stage.engine.gate.set()
        stage.wait_shown("sand")
        assert stage.engine.prepared == 3, "nobody saw grey, so nobody prepared it"
        assert stage.events.named("avatar_shown")[-1] == ("sand",)


def test_avatars_prepared_before_are_kept(tmp_path):
    with Stage(tmp_path) as stage:
        for avatar in ("blue", "green", "blue", "green"):
            stage.session.show_avatar(avatar)
            stage.wait_shown(avatar)
        assert stage.engine.prepared == 2


def test_an_edited_avatar_is_prepared_again(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        stage.library.avatars["blue"] = made_avatar((250, 250, 250))
        stage.session.show_avatar("blue")
        stage.wait_shown("blue")
        assert stage.engine.prepared == 2


def test_an_avatar_that_is_not_in_the_library(tmp_path):
    with Stage(tmp_path) as stage:
        stage.session.show_avatar(made_avatar((1, 2, 250)))
        until(lambda: ("",) in stage.events.named("avatar_shown"))
        assert stage.session.status.avatar == ""


def test_an_avatar_that_fails_leaves_the_old_one_on(tmp_path, caplog):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        stage.session.show_avatar("nobody")
        until(lambda: stage.events.named("avatar_failed"))
        avatar, error = stage.events.named("avatar_failed")[0]
        assert avatar == "nobody"
        assert "nobody" in str(error)
        stage.engine.refuse = True
        stage.session.show_avatar("green")
        until(lambda: len(stage.events.named("avatar_failed")) == 2)
        stage.apply(framing={"zoom": 1.5})
        stage.wait_pictures(10)
        stage.wait_shown("blue")
        assert not stage.session.status.avatar_pending


def test_a_first_avatar_that_is_gone_is_replaced_by_the_first_on_the_shelf(tmp_path, caplog):
    settings = Stage(tmp_path).settings
    stage = Stage(tmp_path, type(settings)(camera=settings.camera, output=settings.output, avatar="deleted"))
    with stage:
        stage.wait_shown("blue")
        assert stage.events.named("avatar_failed")[0][0] == "deleted"


def test_settings_take_effect_one_by_one(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        stage.apply(avatar="green")
        stage.wait_shown("green")
        stage.apply(background={"kind": BackgroundKind.COLOUR, "colour": "#102030"})
        until(lambda: (stage.sink.newest[2, 2] == (0x10, 0x20, 0x30)).all())
        stage.apply(output={"width": 200, "height": 100, "fps": 30.0})
        until(lambda: stage.sink.sizes[-1] == (200, 100) and stage.sink.newest.shape == (100, 200, 3))
        until(lambda: 25 < stage.session.status.output_fps < 35)
        stage.apply(controls={"head": 0.5, "smoothing": 0.9, "mirror_motion": True})
        stage.apply(engine="other")
        until(lambda: stage.session.status.engine == "other")
        assert stage.engine.prepared == 3, "another engine prepares for itself"


def test_mirrored_motion_mirrors_driver_and_neutral(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_live()
        puppet = stage.session._scenes.shown.puppet
        plain = {float(neutral.landmarks[33, 0]) for _, neutral in puppet.seen}
        stage.apply(controls={"mirror_motion": True})
        stage.wait_pictures(10)
        until(lambda: float(puppet.seen[-1][1].landmarks[33, 0]) not in plain)


def test_a_transparent_background_reaches_those_who_want_it(tmp_path):
    with Stage(tmp_path) as stage:
        stage.sink.wants_alpha = True
        stage.apply(background={"kind": BackgroundKind.TRANSPARENT})
        until(lambda: stage.sink.count and stage.sink.newest.shape[2] == 4)
        assert stage.session._publisher.last.rgb.shape[2] == 3


def test_the_virtual_camera_goes_on_and_off(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        assert stage.session.status.virtual_camera is None
        stage.apply(output={"virtual_camera": True})
        until(lambda: stage.virtual and stage.virtual[0].count > 3)
        assert stage.session.status.virtual_camera.state == "on"
        stage.session.recheck_virtual_camera()
        stage.apply(output={"virtual_camera": False})
        until(lambda: not stage.virtual[0].is_open)
        assert stage.session.status.virtual_camera is None
        stage.apply(output={"virtual_camera": True})
        until(lambda: len(stage.virtual) == 2 and stage.virtual[1].count > 3)


def test_another_camera(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_live()
        stage.apply(camera={"name": "Other"})
        until(lambda: stage.session.status.camera == "Other")
        stage.wait_live()
        until(lambda: not stage.camera.is_open)
        assert stage.session.inset.take(1) is not None
        until(lambda: stage.session.inset.take(1).rgb.shape == (60, 80, 3))


def test_no_camera_by_choice(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_live()
        stage.apply(camera={"name": "idle"}, face_lost=FaceLostPolicy.SLATE)
        until(lambda: stage.session.status.camera_state is CameraState.IDLE)
        stage.wait_pictures(30)
        assert not stage.session._publisher.last.slate
        stage.apply(camera={"name": "Fake"})
        stage.wait_live()


def test_a_snapshot_is_the_picture_shown(tmp_path):
    import cv2

    with Stage(tmp_path) as stage:
        stage.tracker.moving = False
        stage.wait_shown("blue")
        path = stage.session.take_snapshot()
        assert path.parent == stage.paths.snapshots
        written = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        assert tuple(written[45, 80]) == (40, 90, 220)
        chosen = tmp_path / "chosen.png"
        assert stage.session.take_snapshot(chosen) == chosen
        assert chosen.exists()


def test_a_snapshot_before_any_picture_is_refused(tmp_path):
    stage = Stage(tmp_path)
    with pytest.raises(GuiseError, match="no picture"):
        stage.session.take_snapshot()


def test_a_recording(tmp_path):
    from app.devices.clips import read_clip

    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        path = stage.session.start_recording()
        with pytest.raises(GuiseError, match="already"):
            stage.session.start_recording()
        assert stage.session.status.recording == path
        until(lambda: stage.session.status.recording_s > 0.3)
        stage.wait_recorded(21)
        stage.session.stop_recording()
        until(lambda: stage.events.named("recording_stopped"))
        assert stage.events.named("recording_stopped") == [(path, None)]
        assert stage.session.status.recording is None
        again = stage.session.start_recording()
        assert again != path
        stage.wait_recorded(6)
    frames = [rgb for rgb, _ in read_clip(path)]
    assert len(frames) > 20
    assert np.abs(frames[-1][45, 80].astype(int) - (40, 90, 220)).max() < 20
    assert stage.events.named("recording_stopped")[1] == (again, None), (
        "stopping the session completes the file"
    )
    assert len(list(read_clip(again))) > 5


def test_a_session_lives_once(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_pictures(2)
    with pytest.raises(RuntimeError):
        stage.session.start()


def test_a_session_that_never_started_can_be_stopped(tmp_path):
    assert Stage(tmp_path).session.stop() == []


def test_settings_may_change_before_the_start(tmp_path):
    stage = Stage(tmp_path)
    stage.apply(camera={"name": "Other"}, avatar="green", output={"virtual_camera": True})
    with stage:
        stage.wait_shown("green")
        until(lambda: stage.session.status.camera == "Other")
        until(lambda: stage.virtual and stage.virtual[0].count)


def test_a_listener_that_fails_stops_nothing(tmp_path, caplog):
    stage = Stage(tmp_path, SMALL)

    def fail() -> None:
        raise RuntimeError("the window is gone")

    stage.events.preview_ready = stage.events.inset_ready = stage.events.status_changed = fail
    with stage:
        stage.wait_live()
        stage.wait_pictures(10)


def test_every_thread_has_a_name_and_ends(tmp_path):
    before = set(threading.enumerate())
    with Stage(tmp_path) as stage:
        stage.wait_live()
        names = {thread.name for thread in set(threading.enumerate()) - before - {stage.stalls._thread}}
        assert names == {
            "guise-publish", "guise-animate", "guise-track", "guise-scenes", "guise-watch", "guise-capture",
            "guise-sink watching",
        }  # fmt: skip
    assert set(threading.enumerate()) == before


def test_stopping_right_after_a_change_of_camera_waits_for_both(tmp_path):
    stage = Stage(tmp_path)
    stage.camera._read_timeout_s = 60
    with stage:
        stage.wait_live()
        stage.camera.freeze()
        stage.wait_pictures(5)
        for name in ("Other", "idle", "Other"):
            stage.apply(camera={"name": name})
    assert stage.late == []
    assert not stage.camera.is_open
    assert not stage.other.is_open


@pytest.mark.skipif(sys.platform == "win32", reason="the fake device's process is looked at the POSIX way")
def test_the_real_virtual_camera_shows_the_slate_and_then_the_avatar(tmp_path):
    device = DeviceFolder(tmp_path / "device")

    def make(draw_slate: DrawSlate, on_change: Callable[[], None]) -> VirtualCameraSink:
        return VirtualCameraSink(
            draw_slate,
            device=str(device.path),
            extra_arguments=BACKEND,
            on_change=lambda _status: on_change(),
        )

    stage = Stage(tmp_path, make_virtual_camera=make)
    stage.apply(output={"virtual_camera": True})
    with stage:
        until(lambda: stage.session.status.virtual_camera.state == "on", 30)
        stage.wait_shown("blue")
        until(lambda: device.shown and device.shown[-1].high == 220)
        assert {shown.size for shown in device.shown} == {(160, 90)}
        stage.apply(output={"virtual_camera": False})
        until(lambda: stage.session.status.virtual_camera is None)


def test_a_puppet_prepares_for_a_view_before_it_is_shown(tmp_path):
    with Stage(tmp_path) as stage:
        stage.wait_shown("blue")
        stage.apply(framing={"zoom": 2.0})
        puppet = stage.session._scenes.shown.puppet
        until(lambda: len(puppet.expected) == 2)
        until(lambda: stage.session._animate._scene.view == puppet.expected[1])
        assert puppet.expected[0] != puppet.expected[1]
