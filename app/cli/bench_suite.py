"""Everything `guise bench` measures, put together."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.avatars.avatar_store import AvatarLibrary
from app.avatars.entry import AvatarEntry
from app.cli.bench_drive import Rgb, clip_frames, drawn_frames, write_clip
from app.cli.bench_stages import time_stages
from app.cli.versions import system, versions
from app.errors import GuiseError
from app.paths import user_paths
from engines.base import Avatar
from engines.registry import DEFAULT_ENGINE, load_engine

SIZES = (512, 1024)
LIVE_SIZES = ("512x512", "1280x720")
_HELP_RUNS = 5
_WARM_RUN_S = 1.0
_LONGEST_START_S = 120.0

Report = dict[str, Any]


def measure(
    driving: Path | None,
    avatar: str | None,
    frames: int,
    seconds: float,
    advance: Callable[[int, int | None], None],
) -> Report:
    """Measure everything and return a report that JSON can hold.

    Args:
        driving: a clip of a face; pictures drawn from the avatar itself if None.
        avatar: name or file; the first of the shelf if None.
        frames: how many frames per size.
        seconds: how long to run each live session; 0 leaves them out.
        advance: told what is done and how much there is.

    Raises:
        GuiseError: there is no such avatar or clip.
    """
    subject = _avatar(avatar)
    began = time.perf_counter()
    puppet = load_engine(DEFAULT_ENGINE).prepare(subject)
    prepared_s = time.perf_counter() - began
    pictures = clip_frames(driving) if driving is not None else drawn_frames(puppet)
    total, done = frames * len(SIZES), 0

    def one() -> None:
        nonlocal done
        done += 1
        advance(done, total)

    report: Report = {
        "machine": machine(),
        "versions": versions(),
        "avatar": {"name": subject.name, "size": list(subject.size), "prepare_s": round(prepared_s, 2)},
        "driving": str(driving.name) if driving is not None else "drawn",
        "frame": [time_stages(puppet, pictures, size, frames, one) for size in SIZES],
        "help_s": help_seconds(),
    }
    if seconds > 0:
        report["live"] = live(driving, avatar, pictures, seconds)
    return report


def machine() -> dict[str, Any]:
    """Return what was measured on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": system(),
        "python": platform.python_version(),
    }


def help_seconds() -> float:
    """Return how long `guise --help` takes, the median of some runs, seconds."""
    taken = []
    for _ in range(_HELP_RUNS):
        began = time.perf_counter()
        subprocess.run([*program(), "--help"], stdout=subprocess.DEVNULL, check=True)
        taken.append(time.perf_counter() - began)
    return round(statistics.median(taken), 3)


def live(driving: Path | None, avatar: str | None, pictures: list[Rgb], seconds: float) -> list[Report]:
    """Run whole sessions in processes of their own, with a clip as the camera, and return what they tell."""
    with tempfile.TemporaryDirectory(prefix="guise-bench-") as folder:
        if driving is None:
            driving = Path(folder) / "drawn.mp4"
            write_clip(pictures, driving)
        run_live(
            driving, avatar, LIVE_SIZES[0], _WARM_RUN_S
        )  # file caches and compiled code are warm after it
        return [run_live(driving, avatar, size, seconds) for size in LIVE_SIZES]


def run_live(camera: Path, avatar: str | None, size: str, seconds: float) -> Report:
    """Run one session without a window and return its summary.

    "start_s" in it is from nothing to the first animated picture.

    Raises:
        GuiseError: it failed.
    """
    command = [*program(), "run", "--no-window", "--json", "--sink", "null", "--camera", str(camera)]
    command += ["--size", size, "--fps", "30", "--seconds", str(seconds)]
    command += ["--avatar", avatar] if avatar is not None else []
    began = time.time()
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=seconds + _LONGEST_START_S
    )
    if ended.returncode != 0:
        raise GuiseError(f"A live run failed: {ended.stderr.strip() or ended.stdout.strip()}")
    summary: Report = json.loads(ended.stdout[ended.stdout.index("{") :])
    shown = summary.pop("first_picture_at")
    return {"size": size, "start_s": round(shown - began, 2), **summary}


def program() -> list[str]:
    """Return how to start Guise from here."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "app"]


def _avatar(name: str | None) -> Avatar:
    library = AvatarLibrary(user_paths())
    if name is not None:
        found = library.resolve(name)
        return library.load(found.id) if isinstance(found, AvatarEntry) else found
    entries = library.list()
    if not entries:
        raise GuiseError("There are no avatars.", "Name a picture with --avatar.")
    return library.load(entries[0].id)


def _processor() -> str:
    """Return the processor's name."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:  # not Linux
        pass
    return platform.processor() or platform.machine()
