"""What `guise doctor` looks at. Each check is a function that returns one Finding and never raises."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.versions import system, versions
from app.errors import GuiseError
from app.paths import Paths

if TYPE_CHECKING:
    from engines.runners.choose import Choice
    from engines.weights.model import Model

_PYTHONS = ((3, 10), (3, 13))
_LITTLE_DISK = 1_000_000_000
_NEURAL = "For engines with networks install them: `uv run --extra neural guise`."


class State(str, Enum):
    """How bad it is."""

    OK = "ok"
    MISSING = "missing"  # Guise works without
    BROKEN = "broken"  # Guise does not


@dataclass(frozen=True)
class Finding:
    """One line of the doctor.

    Attributes:
        name: what was looked at.
        state: how bad it is.
        detail: what was found.
        remedy: what to do, where something is not as it should be.
    """

    name: str
    state: State
    detail: str
    remedy: str = ""


Check = Callable[[Paths], Finding]


def findings(paths: Paths) -> Iterator[Finding]:
    """Yield all findings, the core first."""
    for name, check in _CHECKS.items():
        try:
            yield check(paths)
        except GuiseError as error:
            yield Finding(name, State.MISSING, error.message, error.hint)
        except Exception as error:  # noqa: BLE001 - whatever is broken here, the doctor goes on and says so
            state = State.BROKEN if name in _CORE else State.MISSING
            remedy = "Install Guise again with `uv sync --reinstall`." if name in _CORE else ""
            yield Finding(name, state, f"{type(error).__name__}: {error}", remedy)


def python(_: Paths) -> Finding:
    """Python and the system."""
    fits = _PYTHONS[0] <= sys.version_info[:2] < _PYTHONS[1]
    detail = f"{versions()['python']} on {system()}"
    if fits:
        return Finding("python", State.OK, detail)
    return Finding("python", State.BROKEN, detail, "Use Python 3.10, 3.11 or 3.12.")


def libraries(_: Paths) -> Finding:
    """Whether everything is installed and loads."""
    import importlib

    missing = [name for name, version in versions().items() if version == "missing"]
    for module in ("numpy", "cv2", "numba", "PIL", "av"):  # mediapipe: see tracking
        importlib.import_module(module)
    if missing:
        return Finding("libraries", State.MISSING, f"not installed: {', '.join(missing)}", "Run `uv sync`.")
    return Finding(
        "libraries", State.OK, ", ".join(f"{name} {v}" for name, v in list(versions().items())[2:])
    )


def tracking(_: Paths) -> Finding:
    """Whether the face tracker starts."""
    import numpy as np

    from app.tracking.tracker import FaceTracker

    with FaceTracker() as tracker:
        tracker.track(np.zeros((64, 64, 3), np.uint8), 0.0)
    return Finding("face tracking", State.OK, "the models are there and run")


def engine(_: Paths) -> Finding:
    """Which engines there are and what runs those without a network."""
    import numba

    from engines.registry import engine_info, engine_names, load_engine

    names = engine_names()
    for name in names:
        if engine_info(name).family is None:
            load_engine(name)
    threads = numba.config.NUMBA_NUM_THREADS
    return Finding(
        "engines", State.OK, f"{', '.join(names)}; runner: numba on the processor, {threads} threads"
    )


def models(paths: Paths) -> Finding:
    """Which models are stored for engines with networks; none is needed."""
    from app.models.store import ModelStore

    stored = ModelStore(paths.models).list()
    if not stored:
        return Finding(
            "models",
            State.MISSING,
            "none",
            "Engines with networks need one, but for characters: `guise models add FILE`.",
        )
    return Finding("models", State.OK, "; ".join(_told(model, paths) for model in stored))


def _told(model: Model, paths: Paths) -> str:
    """Return a model's name, and how fast each of its builds was measured to be."""
    from engines.building.build import find_build
    from engines.registry import model_families, model_family
    from engines.runners.build_cache import BuildCache
    from engines.runners.choose import candidates

    parts = [model.configuration]
    if model.family in model_families():
        family = model_family(model.family)
        cache = BuildCache(paths.builds)
        builds = [
            build
            for each in candidates()
            if (build := find_build(family, model, each.name, cache)) is not None
        ]
        builds.sort(key=lambda build: -build.frames_per_second)
        parts += [f"{build.runner} {build.frames_per_second:.1f} frames a second" for build in builds]
        parts += [] if builds else ["no build yet, so PyTorch runs it: `guise models build`"]
    return f"{model.name} ({model.family}, {', '.join(parts)})"


def runners(_: Paths) -> Finding:
    """What would run networks here, and why each other runner would not."""
    from engines.runners.choose import candidates

    choices = candidates()
    usable = [choice for choice in choices if choice.usable]
    others = [f"{choice.title}: {_why(choice, usable)}" for choice in choices if choice not in usable[:1]]
    if not usable:
        return Finding("runners", State.MISSING, f"none can run networks; {'; '.join(others)}", _NEURAL)
    first = usable[0]
    return Finding("runners", State.OK, f"{first.title} is chosen, it {first.reason}; {'; '.join(others)}")


def _why(choice: Choice, usable: list[Choice]) -> str:
    """Return why a runner is not the one chosen."""
    return (
        f"{choice.reason}, which {usable[0].title} is expected to do faster"
        if choice.usable
        else choice.reason
    )


def avatars(paths: Paths) -> Finding:
    """Whether there is something to animate."""
    from app.avatars.avatar_store import AvatarLibrary

    entries = AvatarLibrary(paths).list()
    if not entries:
        return Finding("avatars", State.MISSING, "none", "Add one with `guise avatars add PICTURE`.")
    own = sum(not entry.builtin for entry in entries)
    own_words = f"{len(entries) - own} built in, {own} your own"
    characters = sum(entry.character for entry in entries)
    if not characters:
        return Finding("avatars", State.OK, own_words)
    return Finding(
        "avatars",
        State.OK,
        f"{own_words}; {characters} of them characters, which tha animates without a model",
    )


def mapping(paths: Paths) -> Finding:
    """Whether the user's own table for characters, where there is one, can be used."""
    from app.live.mapping_file import check_mapping

    used, problems = check_mapping(paths)
    if problems:
        told = " ".join(problem.message for problem in problems)
        return Finding("mapping", State.MISSING, told, f"Edit {paths.mapping}, or `guise mapping --reset`.")
    return Finding("mapping", State.OK, f"your own, {used}" if used else "the default")


def camera(_: Paths) -> Finding:
    """Whether the first camera gives pictures."""
    from app.devices.discovery import list_cameras, open_camera
    from app.settings import CameraSettings

    found = list_cameras()
    if not found:
        return Finding(
            "camera",
            State.MISSING,
            "none was found",
            "Plug one in; until then idle motion or a clip can drive.",
        )
    names = ", ".join(f"{each.name} ({each.id})" for each in found)
    with open_camera(found[0].id, CameraSettings()) as source:
        source.read()
        width, height = source.size
    return Finding("camera", State.OK, f"{names}; the first gives {width}x{height}")


def virtual_camera(_: Paths) -> Finding:
    """Whether a call can see Guise as a camera."""
    from app.devices.virtual_camera import check_driver

    status = check_driver()
    usable = status.state in ("off", "on", "starting")
    return Finding(
        "virtual camera", State.OK if usable else State.MISSING, status.message, status.install_hint
    )


def display(_: Paths) -> Finding:
    """Whether a window can open."""
    from app.bootstrap import NoDisplayError, has_display

    if not has_display():
        raise NoDisplayError
    return Finding("display", State.OK, "there is one")


def gpu(_: Paths) -> Finding:
    """Whether there is an NVIDIA card; nothing here needs one."""
    tool = shutil.which("nvidia-smi")
    if tool:
        asked = subprocess.run(
            [tool, "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        if asked.returncode == 0 and asked.stdout.strip():
            return Finding("gpu", State.OK, f"{'; '.join(asked.stdout.split(chr(10))[:-1])} (not needed)")
    return Finding("gpu", State.OK, "no NVIDIA card found, and none is needed")


def encoder(_: Paths) -> Finding:
    """Whether recordings can be written."""
    import av

    for name in ("libx264", "libopenh264", "h264"):
        try:
            codec = av.Codec(name, "w")
        except ValueError:  # av's error for an encoder it was built without
            continue
        return Finding("H.264 encoder", State.OK, f"{codec.name} in PyAV {av.__version__}")
    return Finding("H.264 encoder", State.MISSING, "none", "Recording is off; reinstall PyAV from its wheel.")


def disk(paths: Paths) -> Finding:
    """Whether there is room for recordings."""
    free = shutil.disk_usage(_nearest(paths.recordings)).free
    detail = f"{free / 1e9:.1f} GB free for {paths.recordings}"
    if free > _LITTLE_DISK:
        return Finding("disk", State.OK, detail)
    return Finding("disk", State.MISSING, detail, "Free some space before recording.")


def permissions(paths: Paths) -> Finding:
    """Whether settings, avatars and logs can be kept."""
    refused = [str(folder) for folder in (paths.config, paths.data, paths.logs) if not _writable(folder)]
    if not refused:
        return Finding("folders", State.OK, f"settings in {paths.config}, avatars in {paths.data}")
    return Finding(
        "folders",
        State.MISSING,
        f"cannot be written to: {', '.join(refused)}",
        "Make them writable, or set GUISE_HOME to a folder that is.",
    )


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def _writable(folder: Path) -> bool:
    """Whether a file can be made in the folder, or the folder in the nearest one above it."""
    try:
        with tempfile.TemporaryFile(dir=_nearest(folder)):
            return True
    except OSError:
        return False


_CORE = ("python", "libraries", "face tracking", "engines")
_CHECKS: dict[str, Check] = {
    "python": python,
    "libraries": libraries,
    "face tracking": tracking,
    "engines": engine,
    "models": models,
    "runners": runners,
    "avatars": avatars,
    "mapping": mapping,
    "camera": camera,
    "virtual camera": virtual_camera,
    "display": display,
    "gpu": gpu,
    "H.264 encoder": encoder,
    "disk": disk,
    "folders": permissions,
}
