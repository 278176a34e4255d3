"""The frozen app starts, renders, opens and closes its window. Only with `pytest -m bundle`: it builds for a minute.

GUISE_BUNDLE=FOLDER tests a build that is there already instead of making one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app import __version__
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.bundle

FRAMES = 12


@pytest.fixture(scope="module")
def guise(tmp_path_factory):
    """Runs the frozen app in an environment without Python's own paths, and returns what came of it."""
    folder = Path(os.environ.get("GUISE_BUNDLE") or _build(tmp_path_factory.mktemp("bundle")))
    program = folder / ("guise.exe" if sys.platform == "win32" else "guise")
    home = tmp_path_factory.mktemp("home ü")
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    env = {**kept, "GUISE_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *arguments],
            cwd=home,
            env={**env, **more},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    return run


def _build(folder: Path) -> Path:
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += [
        "--distpath",
        str(folder / "dist"),
        "--workpath",
        str(folder / "build"),
        str(REPOSITORY / "build.spec"),
    ]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder / "dist" / "guise"


def _face_clip(path: Path) -> Path:
    """A clip of a drawn face that moves, made with what Guise ships."""
    from app.avatars.avatar_store import AvatarLibrary
    from app.cli.bench_drive import drawn_frames, write_clip
    from app.paths import user_paths
    from engines.registry import load_engine

    library = AvatarLibrary(user_paths())
    avatar = next(library.load(entry.id) for entry in library.list() if entry.style.value == "photo")
    write_clip(drawn_frames(load_engine().prepare(avatar), count=FRAMES), path)
    return path


def test_it_tells_its_version(guise):
    done = guise("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"guise {__version__}\n")
    assert "missing" not in done.stdout


def test_its_doctor_finds_it_well(guise):
    done = guise("doctor", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    broken = [each for each in report["findings"] if each["state"] == "broken"]
    assert broken == []
    names = {each["name"]: each["state"] for each in report["findings"]}
    assert names["avatars"] == names["H.264 encoder"] == "ok"


def test_it_renders(guise, tmp_path):
    import cv2

    clip, folder = _face_clip(tmp_path / "drive.mp4"), tmp_path / "out"
    avatar = json.loads(guise("avatars", "list", "--json").stdout)[0]["id"]
    done = guise(
        "render", "--avatar", avatar, "--driving", str(clip), "--output", str(folder), "--size", "256"
    )
    assert done.returncode == 0, done.stderr
    pictures = [cv2.imread(str(path)) for path in sorted(folder.glob("*.png"))]
    assert len(pictures) == FRAMES
    assert all(picture.std() > 10 for picture in pictures)
    assert any(np.abs(picture.astype(int) - pictures[0]).max() > 20 for picture in pictures[1:])


def test_it_runs_live_without_a_window_and_records(guise, tmp_path):
    path = tmp_path / "take.mp4"
    done = guise(
        "run", "--no-window", "--camera", "idle", "--seconds", "2", "--sink", str(path), "--size", "320x240"
    )
    assert done.returncode == 0, done.stderr
    assert path.stat().st_size > 1000


def test_its_window_opens_and_closes(guise):
    done = guise(GUISE_QUIT_AFTER_S="3")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_it_is_its_own_camera_process(guise):
    done = guise("--camera-process", "--ring", "nowhere", "--fps", "30")
    assert done.returncode == 2
    assert json.loads(done.stdout)["state"] == "failed"
