"""The driver's real face never reaches a sink: in no state, and in no transition between two."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

import app.live
from app.avatars.avatar_store import AvatarLibrary
from app.devices.camera import Frame
from app.devices.clips import read_clip
from app.devices.file_camera import FileCamera
from app.live.follow import face_tracker
from app.live.outputs import Outlet
from app.live.picture import Picture
from app.live.render import render
from app.live.slate import slate
from app.settings import BackgroundKind, FaceLostPolicy
from engines.registry import load_engine
from tests.fakes.camera import one_colour
from tests.fakes.engine import FakeEngine, made_avatar
from tests.fakes.library import COLOURS
from tests.fakes.stage import REAL_FACE, Stage, WatchingSink, shows_real_face, until
from tests.fakes.tracker import FakeTracker

ROOM = Path(app.live.__file__).parent


@pytest.fixture
def stage(tmp_path, caplog) -> Iterator[Stage]:
    """A session whose every sink is watched, to the very end."""
    made = Stage(tmp_path)
    made.apply(output={"virtual_camera": True})
    yield made
    sinks = [made.sink, *made.virtual]
    assert all(sink.count for sink in sinks)
    assert [sink.leaks for sink in sinks] == [0] * len(sinks)
    last = made.session._publisher.last
    assert last is not None
    assert not shows_real_face(last.rgb)


def test_the_watch_would_notice():
    assert shows_real_face(one_colour(REAL_FACE))
    mixed = cv2.addWeighted(one_colour(REAL_FACE), 0.5, one_colour((30, 30, 30)), 0.5, 0)
    assert shows_real_face(np.asarray(mixed, np.uint8)), "even half a camera picture"
    single = np.zeros((90, 160, 3), np.uint8)
    single[40, 80] = REAL_FACE
    assert shows_real_face(single), "even one pixel"
    assert not shows_real_face(slate(320, 180))
    for colour in COLOURS.values():
        assert not shows_real_face(one_colour(colour))


def test_the_camera_shows_its_colour_in_the_inset_alone(stage):
    with stage:
        stage.wait_live()
        assert shows_real_face(stage.session.inset.take(5).rgb)
        assert not shows_real_face(stage.session.preview.take(5).pixels)


def test_starting_up(stage):
    stage.engine.gate.clear()
    with stage:
        until(lambda: stage.session.inset.take(5) is not None)
        stage.wait_pictures(10)
        assert stage.session._publisher.last.slate
        stage.engine.gate.set()
        stage.wait_shown("blue")
        stage.wait_live()


@pytest.mark.slow
@pytest.mark.parametrize("policy", list(FaceLostPolicy))
def test_no_face_one_face_two_faces(stage, policy):
    stage.apply(face_lost=policy)
    with stage:
        for faces, pictures in ((1, 10), (0, 80), (2, 80), (0, 20), (1, 50)):  # 80: given up and faded away
            stage.tracker.faces = faces
            until(lambda faces=faces: stage.session.status.faces == faces)
            stage.wait_pictures(pictures)


@pytest.mark.parametrize("policy", list(FaceLostPolicy))
def test_the_camera_is_pulled_and_plugged_in_again(stage, policy):
    stage.apply(face_lost=policy)
    with stage:
        stage.wait_live()
        stage.camera.pull()
        stage.wait_pictures(80)
        stage.camera.plug()
        stage.wait_live()


def test_avatars_are_switched(stage):
    stage.engine.prepare_s = 0.1
    with stage:
        stage.wait_live()
        for avatar in ("green", "sand", "nobody", "blue", "grey"):
            stage.session.show_avatar(avatar)
            stage.wait_pictures(20)
        stage.wait_shown("grey")


def test_the_engine_fails_now_and_then_and_for_good(stage):
    with stage:
        stage.wait_live()
        for every in (3, 1):
            stage.engine.fail_every = every
            stage.wait_pictures(60)
        assert stage.session._publisher.last.slate
        stage.engine.fail_every = 0
        stage.wait_shown("blue")


@pytest.mark.parametrize("kind", [kind for kind in BackgroundKind if kind is not BackgroundKind.PICTURE])
def test_every_background(stage, kind):
    with stage:
        stage.wait_live()
        stage.apply(background={"kind": kind, "colour": "#203040"})
        stage.wait_pictures(20)


def test_sizes_mirrors_zoom_and_cameras_change(stage):
    with stage:
        stage.wait_live()
        stage.apply(output={"width": 90, "height": 160, "mirror": True})
        stage.wait_pictures(10)
        stage.apply(framing={"zoom": 0.5}, controls={"mirror_motion": True, "relative": False})
        stage.wait_pictures(10)
        stage.apply(camera={"name": "Other"})
        stage.wait_live()
        stage.apply(camera={"name": "idle"})
        stage.wait_pictures(30)
        stage.apply(camera={"name": "missing"})
        stage.wait_pictures(30)
        stage.apply(camera={"name": "Fake"})
        stage.wait_live()


def test_calibrating(stage):
    with stage:
        stage.wait_live()
        stage.tracker.moving = False
        stage.session.calibrate()
        until(lambda: stage.events.named("calibrated"))
        stage.wait_pictures(20)
        stage.session.undo_calibration()
        stage.wait_pictures(20)


def test_the_virtual_camera_goes_off_and_on(stage):
    with stage:
        for on in (False, True, False, True):
            stage.wait_live()
            stage.apply(output={"virtual_camera": on})
            stage.wait_pictures(10)
        until(lambda: all(sink.count for sink in stage.virtual))
    assert len(stage.virtual) == 3


def test_recordings_and_snapshots(stage, tmp_path):
    with stage:
        film = stage.session.start_recording(tmp_path / "film.mp4")
        shots = []
        for state in (lambda: None, stage.camera.pull, stage.camera.plug):
            state()
            stage.wait_pictures(40)
            shots.append(stage.session.take_snapshot(tmp_path / f"{len(shots)}.png"))
        stage.wait_recorded(61)
        stage.session.stop_recording()
        until(lambda: stage.events.named("recording_stopped"))
    frames = [rgb for rgb, _ in read_clip(film)]
    frames += [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in shots]
    assert len(frames) > 60
    assert not any(shows_real_face(np.asarray(frame, np.uint8)) for frame in frames)


def test_stopping_and_starting_again(stage, tmp_path):
    with stage:
        stage.wait_live()
    with Stage(tmp_path / "again") as again:
        again.wait_live()
    assert again.sink.leaks == 0


class TintedClip(FileCamera):
    """A clip of a real face in shades of the camera's unmistakable colour."""

    def read(self) -> Frame:
        frame = super().read()
        light = frame.rgb.max(axis=2)
        tinted = np.dstack([np.maximum(light, 110), light // 12, np.maximum(light, 110)])
        return Frame(np.ascontiguousarray(tinted, np.uint8), frame.time_s, frame.index)


@pytest.mark.slow
def test_a_real_face_through_the_real_stages(tmp_path, shared, caplog):
    camera = TintedClip(shared / "data" / "clips" / "d18.mp4")
    stage = Stage(
        tmp_path,
        open_camera=lambda _spec, _settings: camera,
        make_tracker=face_tracker,
        load_engine=load_engine,
    )
    stage.session._library = library = AvatarLibrary(stage.paths)
    with stage:
        until(lambda: stage.session.status.avatar, 60)
        stage.wait_live()
        assert shows_real_face(stage.session.inset.take(5).rgb)
        for entry in library.list():
            stage.session.show_avatar(entry.id)
            until(lambda entry=entry: stage.session.status.avatar == entry.id, 60)
            stage.wait_live()
            stage.wait_pictures(20)  # longer than the cross-fade
    assert stage.sink.count > 100
    assert stage.sink.leaks == 0


def test_rendering_a_clip(tmp_path):
    clip = tmp_path / "clip"
    clip.mkdir()
    for index in range(8):
        cv2.imwrite(str(clip / f"{index}.png"), one_colour(REAL_FACE)[..., ::-1])
    engine = FakeEngine()
    render(
        made_avatar(),
        clip,
        tmp_path / "out",
        make_tracker=FakeTracker,
        load_engine=lambda _name, _options: engine,
    )
    written = [
        cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in (tmp_path / "out").iterdir()
    ]
    assert len(written) == 8
    assert not any(shows_real_face(np.asarray(frame, np.uint8)) for frame in written)


def test_nothing_but_a_picture_can_be_sent():
    outlet = Outlet(WatchingSink(), lambda: 30.0, lambda _name, _error: None)
    with pytest.raises(TypeError, match="only a Picture"):
        outlet.offer(one_colour(REAL_FACE), 0.0)  # type: ignore[arg-type]


# The same, read from the source: it stays so when somebody changes a stage and forgets about this page.

MAKERS = {"compose.py", "slate.py"}
SEES_FRAMES = {"capture.py", "track.py", "session.py"}
SHOWS_CAMERA = {"track.py", "status.py", "session.py"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOM.rglob("*.py")):
        yield path.name, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    """Dotted names of what a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def test_only_compose_and_slate_make_pictures():
    makers = {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Picture"
    }
    assert makers == MAKERS


@pytest.mark.parametrize("name", ["Frame", "Shot"])
def test_camera_frames_are_known_to_capture_and_track_alone(name):
    knows = {file for file, tree in sources() if any(each.endswith(f".{name}") for each in imported(tree))}
    assert knows <= SEES_FRAMES
    reads = {
        file
        for file, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "frame"
    }
    assert reads <= {"track.py"}


def test_the_cameras_own_picture_is_made_for_the_inset_alone():
    knows = {file for file, tree in sources() if any(each.endswith(".InsetFrame") for each in imported(tree))}
    assert knows | {"status.py"} <= SHOWS_CAMERA


def test_what_makes_and_sends_pictures_cannot_even_name_a_camera():
    for name, tree in sources():
        if name in MAKERS | {"outputs.py", "desks.py", "animate.py", "scene.py", "presence.py", "picture.py"}:
            assert not {each for each in imported(tree) if each.startswith("app.devices.camera")}, name
            assert "app.live.capture" not in imported(tree), name


def test_driving_frames_are_handled_by_few_and_looked_at_by_none():
    handles = {
        file
        for file, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "driving"
    }
    assert handles <= {"animate.py", "idle.py", "neutral_keeper.py", "presence.py"}
    makes = {file for file, tree in sources() if "app.tracking.driving" in imported(tree)}
    assert makes <= {"clip_faces.py", "neutral_keeper.py", "track.py"}
    for name, tree in sources():
        if name in MAKERS | {"outputs.py", "desks.py", "picture.py"}:
            assert "engines.base.Face" not in imported(tree), f"{name} could reach a driving frame"


def test_a_sighting_carries_nothing_but_a_face():
    from app.live.track import Sighting

    assert set(Sighting.__dataclass_fields__) == {"face", "time_s", "epoch"}
    assert set(Picture.__dataclass_fields__) == {"pixels", "rgb", "time_s", "driven", "slate"}
