"""What a run without a window says: a greeting, the status, news, a summary."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.live.status import SessionStatus
from app.settings import Settings


@dataclass
class Outcome:
    """What a run came to.

    Attributes:
        first_picture_at: when the first avatar was on, seconds since 1970; None when none came.
        ran_s: how long it ran, from the first picture on.
        status: the last status while it ran.
        memory_mb: resident at the end.
        late: names of threads that did not end in time.
    """

    first_picture_at: float | None
    ran_s: float
    status: SessionStatus
    memory_mb: float
    late: list[str]


def greeting(settings: Settings, recording: Path | None) -> str:
    """Return what is started, in words."""
    output = settings.output
    where = [str(recording)] if recording is not None else []
    where += ["the virtual camera"] if output.virtual_camera else []
    return f"Guise: {output.width}x{output.height} to {' and '.join(where) or 'nowhere'}. Ctrl-C ends it."


def summary(outcome: Outcome) -> dict[str, Any]:
    """Return what a run came to, for programs; first_picture_at is seconds since 1970."""
    status = outcome.status
    return {
        "first_picture_at": outcome.first_picture_at,
        "ran_s": round(outcome.ran_s, 2),
        "output_fps": round(status.output_fps, 2),
        "camera_fps": round(status.camera_fps, 2),
        "latency_p50_ms": round(status.latency_p50_ms, 1),
        "latency_p95_ms": round(status.latency_p95_ms, 1),
        "frames_skipped": status.frames_skipped,
        "stage_ms": {name: round(value, 2) for name, value in status.stage_ms.items()},
        "memory_mb": round(outcome.memory_mb),
        "late_threads": outcome.late,
    }


def summary_text(outcome: Outcome, recording: Path | None) -> str:
    """Return what a run came to, in words."""
    status = outcome.status
    lines = [
        f"Ran {outcome.ran_s:.1f} s: {status.output_fps:.1f} pictures a second, "
        f"camera to output {status.latency_p50_ms:.0f} ms (95 %: {status.latency_p95_ms:.0f} ms), "
        f"{status.frames_skipped} frames skipped, {outcome.memory_mb:.0f} MB."
    ]
    if recording is not None:
        lines.append(f"Recorded {recording}.")
    if outcome.late:
        lines.append(f"These did not end in time: {', '.join(outcome.late)}.")
    return "\n".join(lines)


def status_line(status: SessionStatus) -> str:
    """Return the state of a run in one line."""
    parts = [
        f"{status.camera or 'Camera'}: {status.camera_state.value}",
        f"{status.output_fps:.0f} fps",
        f"{status.latency_p50_ms:.0f}/{status.latency_p95_ms:.0f} ms",
        f"{status.frames_skipped} skipped",
    ]
    if status.virtual_camera is not None:
        parts.append(f"virtual camera: {status.virtual_camera.message}")
    if status.recording is not None:
        parts.append(f"recording {status.recording_s:.0f} s")
    if status.camera_problem or status.note:
        parts.append(status.camera_problem or status.note)
    return "  ".join(parts)


def news(status: SessionStatus) -> list[str]:
    """Return what to say again only when it changes, for a log instead of a terminal."""
    lines = [f"{status.camera or 'Camera'}: {status.camera_state.value}. {status.camera_problem}".rstrip()]
    if status.virtual_camera is not None:
        lines.append(f"Virtual camera: {status.virtual_camera.message}")
    return [*lines, status.note] if status.note else lines
