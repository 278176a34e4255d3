"""`guise calibrate`: keep the driver's neutral face, without the window."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import say
from app.cli.options import CameraName
from app.errors import GuiseError

if TYPE_CHECKING:
    from app.devices.camera import Camera
    from app.tracking.calibration import Calibration
    from app.tracking.tracker import FaceTracker
    from engines.base import Face

_WARM_UP_S = 1.0
_COLLECT_S = 0.5
_LEAST_FRAMES = 8


def calibrate(
    camera: CameraName = None,
    countdown: Annotated[int, typer.Option("--countdown", min=0, max=10, help="Seconds to get ready.")] = 3,
    tries: Annotated[int, typer.Option("--tries", min=1, max=20, help="How often to try.")] = 5,
) -> None:
    """Keep your calm face as the neutral.

    Look into the camera: eyes open, mouth closed, head still. Motion is measured from that face.
    """
    from app.devices.discovery import open_camera
    from app.paths import user_paths
    from app.settings import Settings, load_settings
    from app.tracking.neutrals import save_neutral
    from app.tracking.tracker import FaceTracker

    paths = user_paths()
    settings = (load_settings(paths.settings_file) or Settings()).camera
    source = open_camera(settings.name if camera is None else camera, settings)
    if source.info.kind == "idle":
        raise GuiseError("Idle motion has no face to calibrate.", "Choose a camera with --camera.")
    with FaceTracker() as tracker, source:
        say(f"Camera: {source.info.name}. Look into it: eyes open, mouth closed, head still.")
        neutral = _until_good(source, tracker, countdown, tries)
    try:
        save_neutral(paths.calibrations, source.info.name, neutral)
    except OSError as error:
        raise GuiseError(
            f"The calibration cannot be kept in {paths.calibrations}: {error.strerror or error}.",
            "Make the folder writable, or set GUISE_HOME to another one.",
        ) from error
    say("Calibrated. Guise uses this neutral face with this camera from now on.")


def _until_good(source: Camera, tracker: FaceTracker, countdown: int, tries: int) -> Face:
    """Return the neutral of the first calibration without problems; says what to mend before each further try.

    Raises:
        GuiseError: none was good.
    """
    _watch(source, _WARM_UP_S)  # the exposure of a webcam settles first
    sentences = ""
    for _ in range(tries):
        for left in range(countdown, 0, -1):
            say(f"  {left} ...")
            _watch(source, 1.0)
        calibration = _measure(source, tracker)
        if calibration.neutral is not None and calibration.good:
            return calibration.neutral
        sentences = " ".join(problem.sentence for problem in calibration.problems)
        say(f"  Not yet. {sentences}")
    raise GuiseError("Not calibrated.", sentences)


def _watch(source: Camera, seconds: float) -> None:
    """Read frames and drop them, so that the next one is of now."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        source.read()


def _measure(source: Camera, tracker: FaceTracker) -> Calibration:
    """Return what half a second of frames gives."""
    from app.tracking.calibration import Calibrator

    calibrator = Calibrator()
    end, frames = time.perf_counter() + _COLLECT_S, 0
    while time.perf_counter() < end or frames < _LEAST_FRAMES:
        frame = source.read()
        frames += 1
        face = tracker.track(frame.rgb, frame.time_s)
        if face is not None:
            calibrator.add(face)
    return calibrator.result()
