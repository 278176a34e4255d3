from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from app.devices.clips import read_clip
from app.devices.recorder import Recorder
from app.errors import GuiseError
from app.live.render import render
from app.settings import BackgroundKind, BackgroundSettings, ControlSettings
from engines.base import Face
from tests.fakes.engine import FakeEngine, FakePuppet, made_avatar
from tests.fakes.faces import made_face
from tests.fakes.tracker import FakeTracker

FRAMES, FPS = 40, 25


@pytest.fixture
def clip(tmp_path) -> Path:
    path = tmp_path / "driving.mp4"
    with Recorder(path, exact=True) as recorder:
        recorder.open(64, 48, FPS)
        for index in range(FRAMES):
            recorder.send(np.full((48, 64, 3), 4 * index, np.uint8), index / FPS)
    return path


class ScriptedTracker(FakeTracker):
    """Finds the face a test wants in each frame, counted from 0."""

    def __init__(self, faces: dict[int, Face | None]) -> None:
        super().__init__()
        self.script = faces

    def track(self, rgb: NDArray[np.uint8], time_s: float) -> Face | None:
        index = self.frames
        self.frames += 1
        face = self.script.get(index, made_face((64, 48), yaw_deg=index / 2))
        return None if face is None else replace(face, time_s=time_s)


class KeepingEngine(FakeEngine):
    """Remembers its puppet."""

    puppet: FakePuppet

    def prepare(self, avatar: Any) -> FakePuppet:
        self.puppet = super().prepare(avatar)
        return self.puppet


def run(
    clip: Path, output: Path, script: dict[int, Face | None] | None = None, **options: Any
) -> KeepingEngine:
    engine = KeepingEngine()
    chosen: dict[str, Any] = {"controls": ControlSettings(smoothing=0), **options}
    engine.result = render(  # type: ignore[attr-defined]
        made_avatar(),
        clip,
        output,
        make_tracker=lambda: ScriptedTracker(script or {}),
        load_engine=lambda _name, _options: engine,
        **chosen,
    )
    return engine


def pngs(folder: Path) -> list[NDArray[np.uint8]]:
    return [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in sorted(folder.iterdir())]  # type: ignore[misc]


def test_a_film_has_one_frame_for_each_of_the_clips_at_its_rate(clip, tmp_path):
    engine = run(clip, tmp_path / "out.mp4")
    out = read_clip(tmp_path / "out.mp4")
    times = [time_s for _, time_s in out]
    assert len(times) == FRAMES
    assert times == pytest.approx([time_s for _, time_s in read_clip(clip)], abs=1e-4)
    assert out.fps == FPS
    assert out.size == (96, 96)
    assert engine.result.frames == engine.result.faces == FRAMES


def test_a_folder_gets_numbered_pictures(clip, tmp_path):
    run(clip, tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"{index:06d}.png" for index in range(FRAMES)]
    assert pngs(tmp_path / "out")[0].shape == (96, 96, 3)


def test_the_size_is_that_of_the_longest_side(clip, tmp_path):
    run(clip, tmp_path / "out", size=48)
    assert pngs(tmp_path / "out")[0].shape == (48, 48, 3)


def test_a_picture_at_its_own_size_is_not_moved(clip, tmp_path):
    from app.live.framing import whole_picture
    from engines.base import View

    assert whole_picture(made_avatar().size, (96, 96)) == View(96, 96, 1.0)
    run(clip, tmp_path / "out")
    assert (pngs(tmp_path / "out")[0][0, 0] == 30).all(), "the backdrop, untouched"


def test_the_same_input_gives_the_same_output(clip, tmp_path):
    script = dict.fromkeys(range(10, 35))
    for name in ("one", "two"):
        run(clip, tmp_path / name, script, neutral=3)
    for one, two in zip(pngs(tmp_path / "one"), pngs(tmp_path / "two"), strict=True):
        assert np.array_equal(one, two)


def test_the_first_frame_is_driven_like_any_other(clip, tmp_path):
    engine = run(clip, tmp_path / "out", neutral=0)
    face, neutral = engine.puppet.seen[0]
    assert np.array_equal(face.landmarks, neutral.landmarks)
    yaws = [face.pose.angles[0] for face, _ in engine.puppet.seen]
    assert np.diff(yaws) == pytest.approx([0.5] * (FRAMES - 1), abs=0.05), "every frame shows its own face"


def test_the_neutral_may_be_named(clip, tmp_path):
    engine = run(clip, tmp_path / "out", neutral=20)
    assert engine.result.neutral == 20
    assert {id(neutral) for _, neutral in engine.puppet.seen} == {id(engine.puppet.seen[0][1])}
    assert engine.puppet.seen[20][0].landmarks == pytest.approx(engine.puppet.seen[20][1].landmarks)


def test_the_calmest_frame_is_found(clip, tmp_path):
    script = {index: made_face((64, 48), yaw_deg=30, mouth_open=2.0, closed=1.0) for index in range(FRAMES)}
    script |= {index: made_face((64, 48)) for index in range(22, 30)}
    engine = run(clip, tmp_path / "out", script)
    assert 22 <= engine.result.neutral < 30


@pytest.mark.parametrize("frame", [5, -1, FRAMES, 10**6])
def test_a_neutral_without_a_face_is_refused_with_the_nearest_that_has_one(clip, tmp_path, frame):
    with pytest.raises(GuiseError, match=f"Frame {frame}.*nearest"):
        run(clip, tmp_path / "out", {4: None, 5: None, 6: None}, neutral=frame)


def test_a_clip_without_any_face_is_refused(clip, tmp_path):
    with pytest.raises(GuiseError, match="No face"):
        run(clip, tmp_path / "out.mp4", dict.fromkeys(range(FRAMES)))
    assert not (tmp_path / "out.mp4").exists()


def test_frames_without_a_face_are_filled(clip, tmp_path):
    engine = run(clip, tmp_path / "out", dict.fromkeys(range(10, 40)), neutral=0)
    assert engine.result.faces == 10
    assert len(pngs(tmp_path / "out")) == FRAMES
    yaws = [face.pose.angles[0] for face, _ in engine.puppet.seen]
    assert yaws[12] == pytest.approx(yaws[9]), "held at first"
    assert abs(yaws[39] - yaws[0]) < 4, "then at rest"
    assert np.abs(np.diff(yaws)).max() < 2.5


def test_a_clip_that_begins_without_a_face(clip, tmp_path):
    run(clip, tmp_path / "out", dict.fromkeys(range(10)), neutral=15)
    assert len(pngs(tmp_path / "out")) == FRAMES


def test_mirrored_motion(clip, tmp_path):
    plain = run(clip, tmp_path / "one", neutral=0)
    mirrored = run(
        clip, tmp_path / "two", neutral=0, controls=ControlSettings(smoothing=0, mirror_motion=True)
    )
    assert mirrored.puppet.seen[30][0].pose.angles[0] == pytest.approx(
        -plain.puppet.seen[30][0].pose.angles[0], abs=0.2
    )


def test_a_transparent_background_keeps_its_alpha_in_a_folder(clip, tmp_path):
    settings = BackgroundSettings(kind=BackgroundKind.TRANSPARENT)
    run(clip, tmp_path / "out", background=settings)
    picture = pngs(tmp_path / "out")[0]
    assert picture.shape == (96, 96, 4)
    assert picture[0, 0, 3] == 0
    assert picture[48, 48, 3] == 255
    run(clip, tmp_path / "out.mp4", background=settings)
    assert len(list(read_clip(tmp_path / "out.mp4"))) == FRAMES


def test_a_folder_of_pictures_of_different_sizes_drives_too(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for index, size in enumerate([(64, 48), (128, 96), (48, 64)]):
        cv2.imwrite(str(folder / f"{index}.png"), np.zeros((size[1], size[0], 3), np.uint8))
    engine = KeepingEngine()
    render(
        made_avatar(),
        folder,
        tmp_path / "out",
        make_tracker=FakeTracker,
        load_engine=lambda _name, _options: engine,
    )
    assert len(pngs(tmp_path / "out")) == 3
    assert {face.size for face, _ in engine.puppet.seen} == {(64, 48)}


def test_progress_rises_to_the_number_of_frames(clip, tmp_path):
    told: list[tuple[int, int | None]] = []
    run(clip, tmp_path / "out", progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (FRAMES, FRAMES)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len(told) == 2 * FRAMES


def test_an_output_that_is_neither_film_nor_folder(clip, tmp_path):
    with pytest.raises(GuiseError, match="mp4"):
        run(clip, tmp_path / "out.avi")


def test_an_output_never_overwrites_what_drives_it(clip, tmp_path):
    before = clip.read_bytes()
    with pytest.raises(GuiseError, match="overwrite"):
        run(clip, tmp_path / ".." / tmp_path.name / clip.name)
    assert clip.read_bytes() == before


def test_a_clip_that_is_not_there(tmp_path):
    with pytest.raises(GuiseError, match="no file"):
        run(tmp_path / "gone.mp4", tmp_path / "out")


@pytest.mark.slow
def test_the_real_thing_is_deterministic_and_keeps_the_sound(shared, tmp_path):
    from app.avatars.rigging import read_avatar

    driving = shared / "data" / "clips" / "d18.mp4"
    avatar = read_avatar(shared / "data" / "portraits" / "macron_256.png")
    films = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    for film in films:
        render(avatar, driving, film, size=128)
    one, two = ([rgb for rgb, _ in read_clip(film)] for film in films)
    assert len(one) == len(two) == len(list(read_clip(driving).lazy()))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert read_clip(films[0]).has_audio == read_clip(driving).has_audio


class SeeingEngine(KeepingEngine):
    """Looks at the driver."""

    info = replace(FakeEngine.info, sees_driver=True)


def _seen(clip: Path, output: Path, script: dict[int, Face | None] | None = None, **options: Any) -> Any:
    engine = SeeingEngine()
    render(
        made_avatar(),
        clip,
        output,
        controls=ControlSettings(smoothing=0),
        make_tracker=lambda: ScriptedTracker(script or {}),
        load_engine=lambda _name, _options: engine,
        **options,
    )
    return engine.puppet.seen


def test_an_engine_that_looks_at_the_driver_gets_every_frame_cut_at_the_neutrals_place(clip, tmp_path):
    seen = _seen(clip, tmp_path / "out", neutral=20)
    neutral = seen[0][1]
    assert all(rest is neutral for _, rest in seen)
    assert np.array_equal(seen[20][0].driving, neutral.driving)
    greys = [float(face.driving.mean()) for face, _ in seen]
    assert greys == pytest.approx([4 * index for index in range(FRAMES)], abs=3), "each its own frame"
    again = _seen(clip, tmp_path / "again", neutral=20)
    assert all(np.array_equal(a[0].driving, b[0].driving) for a, b in zip(seen, again, strict=True))


def test_frames_without_a_face_drive_by_idle_motion(clip, tmp_path):
    seen = _seen(clip, tmp_path / "out", dict.fromkeys(range(10, 40)), neutral=0)
    assert seen[9][0].driving is not None
    assert np.array_equal(seen[12][0].driving, seen[9][0].driving), "held at first"
    assert seen[39][0].driving is None


def test_mirrored_motion_mirrors_the_frames(clip, tmp_path):
    engine = SeeingEngine()
    render(
        made_avatar(),
        clip,
        tmp_path / "out",
        controls=ControlSettings(smoothing=0, mirror_motion=True),
        make_tracker=lambda: ScriptedTracker({}),
        load_engine=lambda _name, _options: engine,
    )
    assert len({id(rest.driving) for _, rest in engine.puppet.seen}) == 1, "the neutral is mirrored once"


def test_an_engine_that_needs_no_frames_gets_none(clip, tmp_path):
    engine = run(clip, tmp_path / "out")
    assert all(face.driving is None and rest.driving is None for face, rest in engine.puppet.seen)
