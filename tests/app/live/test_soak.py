"""A long session in a short time: everything pulled, switched and calibrated, again and again.

GUISE_SOAK_SECONDS=600 makes each run as long as a call: the camera pulled over 20 times, avatars switched over 100
times, calibrated over 50 times.
"""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.avatars.avatar_store import AvatarLibrary
from app.cli.memory import resident_mb
from app.devices.camera import Camera, CameraLost, Frame
from app.devices.file_camera import FileCamera
from app.live.follow import face_tracker
from app.live.tidy import give_memory_back
from app.settings import BackgroundKind, CameraSettings, OutputSettings, Settings
from engines.registry import load_engine
from tests.conftest import REPOSITORY
from tests.fakes.stage import Stage, until

SECONDS = float(os.environ.get("GUISE_SOAK_SECONDS", "4"))
GAP_S = 0.5
GROWTH_MB = 20.0
PULLS, SWITCHES, CALIBRATIONS = 24, 110, 56

pytestmark = pytest.mark.slow


class PluggableCamera(FileCamera):
    """A clip as a camera whose plug can be pulled."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.plugged = True

    def pull(self) -> None:
        self.plugged = False

    def plug(self) -> None:
        self.plugged = True

    def open(self) -> None:
        if not self.plugged:
            raise CameraLost("unplugged")
        super().open()

    def read(self) -> Frame:
        if not self.plugged:
            raise CameraLost("unplugged")
        return super().read()


def actions(
    stage: Stage, avatars: list[str], camera: Any, seconds: float
) -> tuple[list[Callable[[], Any]], list[Callable[[], Any]]]:
    """Return everything that can happen, twice each, and what happens in the run: shuffled, in a call's shares."""
    share = seconds / 600
    dice = random.Random(1)

    def flip(on: list[bool], yes: Callable[[], Any], no: Callable[[], Any]) -> None:
        on[0] = not on[0]
        (yes if on[0] else no)()

    pulled, recording, virtual = [False], [False], [False]
    kinds = [BackgroundKind.AS_IS, BackgroundKind.BLUR, BackgroundKind.COLOUR, BackgroundKind.TRANSPARENT]
    plenty = {
        lambda: flip(pulled, camera.pull, camera.plug): 2 * PULLS,
        lambda: stage.session.show_avatar(dice.choice(avatars)): SWITCHES,
        lambda: stage.session.calibrate(): CALIBRATIONS,
        lambda: stage.session.undo_calibration(): 10,
        lambda: stage.apply(background={"kind": dice.choice(kinds)}): 20,
        lambda: stage.apply(framing={"zoom": dice.choice([0.7, 1.0, 2.0])}): 20,
        lambda: stage.apply(output={"mirror": dice.random() < 0.5}): 10,
        lambda: flip(recording, stage.session.start_recording, stage.session.stop_recording): 12,
        lambda: flip(
            virtual,
            lambda: stage.apply(output={"virtual_camera": True}),
            lambda: stage.apply(output={"virtual_camera": False}),
        ): 12,
        lambda: stage.session.take_snapshot(): 6,
    }
    chosen = [action for action, count in plenty.items() for _ in range(max(2, 2 * round(count * share / 2)))]
    dice.shuffle(chosen)
    return list(plenty) * 2, chosen


def soak(stage: Stage, avatars: list[str], camera: Any) -> None:
    """Run the actions, spread over the time; look at memory, threads and gaps."""
    threads_before = set(threading.enumerate())
    with stage:
        until(lambda: stage.session.status.avatar, 60)
        stage.wait_live()
        everything, plan = actions(stage, avatars, camera, SECONDS)
        for action in everything:  # what is loaded at first use is there before memory is looked at
            action()
            time.sleep(0.2)
        memory = [settled_mb(stage, avatars, camera)]
        for _ in range(2):  # a second time if memory grew: a library's store grows once, a leak every time
            start = memory[-1]
            for number, action in enumerate(plan):
                if SECONDS > 60 and number in (len(plan) // 3, len(plan) * 2 // 3):
                    memory.append(settled_mb(stage, avatars, camera))
                action()
                time.sleep(SECONDS / len(plan))
            memory.append(settled_mb(stage, avatars, camera))
            if memory[-1] - start < GROWTH_MB:
                break
        alive = {worker.name: worker.alive for worker in stage.session._workers}
        assert all(alive.values()), alive
        assert stage.longest_gap_s() < GAP_S
    sys.stdout.write(f"\nmemory from start to end, MB: {[round(each, 1) for each in memory]}\n")
    assert not stage.events.named("failed")
    assert not stage.events.named("avatar_failed")
    assert all(error is None for _, error in stage.events.named("recording_stopped"))
    assert stage.sink.leaks == 0
    assert memory[-1] - start < GROWTH_MB, f"memory grew: {[round(each) for each in memory]}"
    assert set(threading.enumerate()) <= threads_before


def settled_mb(stage: Stage, avatars: list[str], camera: Any) -> float:
    """Bring the session to the same state, whatever came before, and return what it occupies then.

    The same avatars are kept, shown in the same way, with nothing recorded, and what is free has gone back to the
    system: so figures can be compared.
    """
    camera.plug()
    stage.session.stop_recording()
    stage.apply(
        background={"kind": BackgroundKind.AS_IS},
        framing={"zoom": 1.0},
        output={"virtual_camera": False, "mirror": False},
    )
    until(lambda: stage.session.status.camera_fps > 0, 30)
    for avatar in avatars:
        stage.session.show_avatar(avatar)
        until(lambda avatar=avatar: stage.session.status.avatar == avatar, 60)
    stage.wait_live()
    for sink in stage.virtual:  # fakes keep pictures
        sink.pictures.clear()
    time.sleep(1.0)
    gc.collect()
    before = resident_mb()
    give_memory_back()
    sys.stdout.write(f"\n{before:.1f} MB, {resident_mb():.1f} of them in use")
    return resident_mb()


def test_on_fakes(tmp_path):
    stage = Stage(tmp_path)
    soak(stage, list(stage.library.avatars), stage.camera)


@contextmanager
def real(folder: Path, clip: Path) -> Iterator[tuple[Stage, PluggableCamera]]:
    """A session on the real engine, tracker and avatars, with a clip as camera."""
    camera = PluggableCamera(clip)

    def open_camera(_spec: str, _settings: CameraSettings) -> Camera:
        return camera

    settings = Settings(camera=CameraSettings(name="clip"), output=OutputSettings(width=512, height=512))
    stage = Stage(
        folder,
        settings,
        open_camera=open_camera,
        make_tracker=face_tracker,
        load_engine=load_engine,
    )
    stage.session._library = AvatarLibrary(stage.paths)
    yield stage, camera


def soak_for_real(folder: Path, clip: Path) -> None:
    """Soak a session on the real engine; what it is made of lies in folder."""
    with real(folder, clip) as (stage, camera):
        soak(stage, [entry.id for entry in AvatarLibrary(stage.paths).list()][:4], camera)


def test_on_the_real_engine(tmp_path, shared):
    """In a process of its own: after a thousand tests, what a process occupies says little of the one at hand."""
    where = str(tmp_path), str(shared / "data" / "clips" / "d18.mp4")
    program = (
        "from pathlib import Path; from tests.app.live.test_soak import soak_for_real; "
        f"soak_for_real(*map(Path, {where!r}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=REPOSITORY, check=False
    )
    sys.stdout.write(ended.stdout)
    assert ended.returncode == 0, ended.stderr
