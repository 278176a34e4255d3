"""A session's status in words: for the camera panel, the overlay and the status line."""

from __future__ import annotations

import math

from app.live.status import CameraState, Phase, SessionStatus
from app.settings import FaceLostPolicy, Settings
from app.ui.stage.overlay import Badge, OverlayContent
from app.ui.tokens import Tone

_CAMERA_TONES = {
    CameraState.STARTING: Tone.INFO,
    CameraState.LIVE: Tone.GOOD,
    CameraState.NO_FACE: Tone.WARN,
    CameraState.LOST: Tone.BAD,
    CameraState.NOT_FOUND: Tone.WARN,
    CameraState.BUSY: Tone.BAD,
    CameraState.SILENT: Tone.BAD,
    CameraState.IDLE: Tone.OFF,
}
_LOST_WORDS = {
    FaceLostPolicy.IDLE: "Idle motion",
    FaceLostPolicy.HOLD: "Picture held",
    FaceLostPolicy.SLATE: "Slate",
}
_ALIVE = (Phase.STARTING, Phase.RUNNING)
_TROUBLE = (CameraState.LOST, CameraState.NOT_FOUND, CameraState.BUSY, CameraState.SILENT)


def camera_words(status: SessionStatus) -> tuple[Tone, str]:
    """Return how the camera is doing."""
    state = status.camera_state
    if status.phase in (Phase.IDLE, Phase.STOPPING):
        return Tone.OFF, "Not running."
    if state is CameraState.IDLE:
        return Tone.OFF, "No camera: idle motion drives the avatar."
    if status.camera_problem:
        return _CAMERA_TONES[state], status.camera_problem
    if state is CameraState.NOT_FOUND:
        return Tone.WARN, "No camera found. Plug one in; idle motion meanwhile."
    name = status.camera or "Camera"
    if state is CameraState.LIVE:
        more = f" {status.faces} faces; the largest drives." if status.faces > 1 else ""
        note = f" {status.camera_note}" if status.camera_note else ""
        return Tone.GOOD, f"{name}: live.{more}{note}"
    if state is CameraState.NO_FACE:
        return Tone.WARN, f"{name}: no face seen. Sit in the picture, with light from the front."
    return _CAMERA_TONES[state], f"{name}: {state.value}."


def overlay_content(
    status: SessionStatus,
    settings: Settings,
    *,
    drop: bool = False,
    drop_model: bool = False,
    adding: int = 0,
) -> OverlayContent:
    """Return what is written over the preview.

    Args:
        status: of the session.
        settings: in force.
        drop: a file hangs over the window.
        drop_model: it is called like a model.
        adding: how many pictures are being added.
    """
    reading = Badge("Adding the picture…" if adding == 1 else f"Adding {adding} pictures…", Tone.INFO)
    return OverlayContent(
        left=(*_drive_badges(status, settings), *((reading,) if adding else ())),
        right=_air_badges(status),
        countdown=countdown(status),
        stats=_stats(status) if settings.preview.stats else (),
        drop=drop,
        drop_model=drop_model,
    )


def countdown(status: SessionStatus) -> int:
    """Return the seconds to show before a calibration, 0 for none."""
    return math.ceil(status.countdown_s or 0)


def _drive_badges(status: SessionStatus, settings: Settings) -> tuple[Badge, ...]:
    state = status.camera_state
    if status.phase not in _ALIVE:
        return ()
    badges = []
    if status.calibrating:
        badges.append(Badge("Hold still", Tone.INFO))
    elif state is CameraState.LIVE:
        badges.append(Badge("Live", Tone.GOOD))
    elif state is CameraState.IDLE:
        badges.append(Badge("Idle motion", Tone.OFF))
    elif state is CameraState.STARTING:
        badges.append(Badge("Camera starting", Tone.INFO))
    else:
        why = "No face" if state is CameraState.NO_FACE else "No camera"
        words = _LOST_WORDS[settings.face_lost].lower()
        badges.append(Badge(f"{why}: {words}", _CAMERA_TONES[state]))
    if status.avatar_pending:
        badges.append(Badge("Preparing the avatar…", Tone.INFO))
    return tuple(badges)


def _air_badges(status: SessionStatus) -> tuple[Badge, ...]:
    badges = []
    if status.recording is not None:
        badges.append(Badge(f"REC {clock_words(status.recording_s)}", Tone.BAD))
    if on_air(status):
        badges.append(Badge("On air", Tone.BAD))
    return tuple(badges)


def _stats(status: SessionStatus) -> tuple[tuple[str, str], ...]:
    rows = [
        ("Camera", f"{status.camera_fps:.1f} fps"),
        ("Output", f"{status.output_fps:.1f} fps"),
        ("Camera to output", _latency(status)),
        ("Skipped", f"{status.frames_skipped}"),
    ]
    rows += [(name.replace("_", " ").capitalize(), f"{ms:.1f} ms") for name, ms in status.stage_ms.items()]
    card = status.engine_run.card_ms if status.engine_run is not None else ()
    rows += [
        (name, f"{ms:.2f} ms") for name, ms in zip(("To the card", "On the card", "Back"), card, strict=False)
    ]
    return tuple(rows)


def status_words(status: SessionStatus) -> tuple[tuple[str, str, str], ...]:
    """Return (name, value, explanation) for the status line."""
    running = status.phase in _ALIVE
    camera = f"{status.camera_fps:.0f} fps" if running and status.camera_fps else "–"
    output = f"{status.output_fps:.0f} fps" if running else "–"
    return (
        ("Camera", camera, "Frames a second that come from the camera."),
        ("Output", output, "Pictures a second that go out."),
        (
            "Latency",
            _latency(status),
            "Camera to output: half of the frames are faster than the first figure, 95 % than the second.",
        ),
        (
            "Skipped",
            f"{status.frames_skipped}",
            "Camera frames left out because a stage was late, since the start.",
        ),
        ("Runs on", _place(status), "What the engine runs on. Tracking always runs on the CPU."),
    )


def _place(status: SessionStatus) -> str:
    """Return what the engine runs on."""
    if not status.engine:
        return "–"
    run = status.engine_run
    return f"{run.where} ({status.engine})" if run is not None and run.where else f"CPU ({status.engine})"


def _latency(status: SessionStatus) -> str:
    if not status.latency_p50_ms or not status.camera_fps:
        return "–"
    return f"{status.latency_p50_ms:.0f} / {status.latency_p95_ms:.0f} ms"


def clock_words(seconds: float) -> str:
    """Return 0:07, 12:34, 1:02:03."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours}:{minutes:02}:{whole % 60:02}"
    return f"{minutes}:{whole % 60:02}"


def camera_watched(status: SessionStatus) -> bool:
    """Tell whether frames of a camera are there to be seen."""
    return status.phase in _ALIVE and status.camera_state in (CameraState.LIVE, CameraState.NO_FACE)


def on_air(status: SessionStatus) -> bool:
    """Tell whether the virtual camera runs."""
    return status.virtual_camera is not None and status.virtual_camera.state == "on"


def camera_trouble(status: SessionStatus) -> bool:
    """Tell whether the camera gives nothing though it should."""
    return status.phase in _ALIVE and status.camera_state in _TROUBLE
