"""End to end on real devices: a clip in the webcam, the virtual camera read back by ffmpeg.

Boots a kernel that has both (v4l2-vm/run beside the repository); only with -m vm, because it takes minutes.
"""

from __future__ import annotations

import faulthandler
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from app.devices.clips import read_clip
from tests.end_to_end import stand_in

pytestmark = pytest.mark.vm

REPOSITORY = Path(__file__).resolve().parents[2]
SIZE, FPS = (320, 240), 5
TIMEOUT_S = 900
_NO_AVX2 = (
    "NPY_DISABLE_CPU_FEATURES=FMA3 AVX2"  # qemu computes numpy's tanh wrongly with them (-inf, or a crash)
)


@dataclass(frozen=True)
class Story:
    """What the guest saw.

    Attributes:
        facts: its result.json.
        webcam: what the webcam gave.
        call: what the first call saw while the program ran.
        killed: what the second call saw, in which the program was killed.
        log: what the program printed.
    """

    facts: dict[str, Any]
    webcam: list[np.ndarray]
    call: list[np.ndarray]
    killed: list[np.ndarray]
    log: str


def play(shared: Path, out: Path, program: list[str]) -> Story:
    """Run the guest's story with that program."""
    runner = shared / "v4l2-vm" / "run"
    if not runner.is_file():
        pytest.skip("needs v4l2-vm/run in the shared folder")
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip("needs root on a Debian system, to boot a kernel with video devices in qemu")
    clip = shared / "data" / "clips" / "d18.mp4"
    command = [
        *(runner, "--", "env", _NO_AVX2, sys.executable, "-m", "tests.end_to_end.guest"),
        *(clip, f"{SIZE[0]}x{SIZE[1]}", str(FPS), *program),
    ]
    faulthandler.cancel_dump_traceback_later()  # pytest's alarm for hung tests: this one takes its minutes
    done = subprocess.run(
        [str(part) for part in command],
        cwd=REPOSITORY,
        env={**os.environ, "OUT": str(out), "VM_TIMEOUT": str(TIMEOUT_S), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S + 120,
        check=False,
    )
    log = (out / "program.log").read_text() if (out / "program.log").exists() else ""
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-1000:]}\nprogram:\n{log[-3000:]}"
    facts = json.loads((out / "result.json").read_text())
    return Story(facts, pictures(out / "webcam"), pictures(out / "call"), pictures(out / "killed"), log)


def pictures(folder: Path) -> list[np.ndarray]:
    """The folder's pictures, RGB."""
    return [cv2.imread(str(path))[..., ::-1] for path in sorted(folder.glob("*.png"))]


def magenta(rgb: np.ndarray) -> float:
    """Share of the picture that is magenta, as the frame around the webcam's pictures is."""
    red, green, blue = (rgb[..., channel].astype(int) for channel in range(3))
    return float(((red > 150) & (blue > 150) & (green < 100)).mean())


def check_common(story: Story, slate: np.ndarray) -> None:
    """What holds for any program that uses the devices well."""
    assert min(magenta(rgb) for rgb in story.webcam) > 0.2, "the webcam's own pictures are not recognised"
    assert max(magenta(rgb) for rgb in story.call + story.killed) == 0, "a camera's pixel was published"
    assert story.facts["alive_during_call"]
    assert story.facts["second_call_exit"] == 0
    assert len(story.call) == 15
    assert len(story.killed) == 60
    assert {rgb.shape for rgb in story.call + story.killed} == {(SIZE[1], SIZE[0], 3)}
    far = [float(np.abs(rgb.astype(int) - slate).mean()) for rgb in story.killed]
    at_kill = story.facts["pictures_at_kill"]
    assert min(far[: at_kill - 2]) > 10, "the slate was shown while the program ran"
    assert max(far[-20:]) < 4, "the slate is not shown after the program was killed"
    changes = np.flatnonzero(np.diff([distance < 4 for distance in far]))
    assert changes.size == 1, "picture and slate alternate"
    assert story.facts["let_go_after_s"] < 60


def test_the_devices_alone(shared: Path, tmp_path: Path) -> None:
    """Devices with a stand-in for the rest."""
    program = [sys.executable, "-m", "tests.end_to_end.stand_in", "FakeWebcam", *map(str, (*SIZE, FPS, 600))]
    story = play(shared, tmp_path, program)
    check_common(story, stand_in.slate(*SIZE))
    nearest = [
        min(float(np.abs(rgb.astype(int) - stand_in.ramp(*SIZE, frames)).mean()) for frames in range(51))
        for rgb in story.call
    ]
    assert max(nearest) < 3
    assert 'choose the camera "VirtualCam"' in story.log


AVATAR = "1-aoi"

# Guise, but for its patience: the emulated processor needs minutes for what numba compiles in seconds.
_PATIENT = """
import sys
from app.cli import headless
from app.cli.main import main
headless._WAIT_FOR_AVATAR_S = 600.0
sys.exit(main(sys.argv[1:]))
"""


def test_guise_itself(shared: Path, tmp_path: Path) -> None:
    """The whole of Guise: the avatar reaches the call, moves, and gives way to the slate when Guise is killed."""
    from app.live.slate import slate

    run = [sys.executable, "-m", "app", "run", "--no-window", "--avatar", AVATAR]
    output = ["--size", f"{SIZE[0]}x{SIZE[1]}", "--fps", str(FPS)]
    program = [*run, *output, "--camera", "FakeWebcam", "--sink", "virtual", "--seconds", "900"]
    story = play(shared, tmp_path / "vm", [sys.executable, "-c", _PATIENT, *program[3:]])
    check_common(story, slate(*SIZE))
    film = tmp_path / "expected.mp4"
    subprocess.run(
        [*run, *output, "--camera", "idle", "--sink", str(film), "--seconds", "2"], cwd=REPOSITORY, check=True
    )
    expected = small([rgb for rgb, _ in read_clip(film)])
    likeness = [float(np.corrcoef(expected.mean(axis=0), seen)[0, 1]) for seen in small(story.call)]
    assert min(likeness) > 0.9, "the call does not see the avatar"
    others = [float(np.corrcoef(expected.mean(axis=0), seen)[0, 1]) for seen in small(story.webcam)]
    assert max(others) < 0.7, "webcam and avatar look alike, so this test shows nothing"
    moved = np.abs(np.diff([rgb.astype(int) for rgb in story.call], axis=0)).mean(axis=(1, 2, 3))
    assert (moved > 0.05).sum() >= 2, "the avatar does not move"


def small(rgbs: list[np.ndarray]) -> np.ndarray:
    """The pictures' brightness at 40x30, one row for each."""
    return np.array(
        [cv2.resize(rgb, (40, 30), interpolation=cv2.INTER_AREA).mean(axis=2).ravel() for rgb in rgbs]
    )
