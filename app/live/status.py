"""What a session tells about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from app.devices.virtual_camera import VirtualCameraStatus
    from app.tracking.calibration import Calibration
    from engines.base import Face


class Phase(str, Enum):
    """Where a session is in its life."""

    IDLE = "idle"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


class CameraState(str, Enum):
    """What the camera does; the value is the word for the user."""

    STARTING = "starting"
    LIVE = "live"
    NO_FACE = "no face"
    LOST = "lost, reconnecting"
    NOT_FOUND = "not found, looking for it"
    BUSY = "in use by another program"
    SILENT = "not answering"
    IDLE = "idle motion"


class NeutralState(str, Enum):
    """Where the neutral face comes from."""

    NONE = "none yet"
    PROVISIONAL = "provisional"
    CALIBRATED = "calibrated"


@dataclass(frozen=True, eq=False)
class InsetFrame:
    """The camera's own picture, for the window's inset and for nothing else: it shows the real face.

    Attributes:
        rgb: (H, W, 3) uint8.
        face: what was found in it, before smoothing.
        time_s: when it was captured.
    """

    rgb: NDArray[np.uint8]
    face: Face | None
    time_s: float


@dataclass(frozen=True)
class EngineRun:
    """How an engine with networks runs here, for the user to judge.

    Attributes:
        model: name of the stored model.
        runner: what executes it, by name: torch, onnxruntime, openvino, tensorrt, tensorrt_rtx.
        where: what it runs on, in words: "CPU", "NVIDIA H200".
        precision: fp32, fp16 or bf16.
        frames_per_second: results a second as measured on this machine; 0 while nothing was measured.
        carried: it is slower than the camera, so the rig's motion carries the picture between two results.
        card_ms: what a frame takes on a graphics card: upload, step, download; empty where there is none.
    """

    model: str = ""
    runner: str = ""
    where: str = ""
    precision: str = ""
    frames_per_second: float = 0.0
    carried: bool = False
    card_ms: tuple[float, ...] = ()


@dataclass(frozen=True)
class SessionStatus:
    """A snapshot.

    Attributes:
        phase: where the session is in its life.
        camera: the camera's name, "" while there is none.
        camera_state: what it does.
        camera_problem: why it gives no frames, and what to do; "" while it does.
        camera_note: where the camera gives something else than was asked for; "" otherwise.
        faces: how many faces the last frame showed.
        camera_fps: frames a second that come.
        output_fps: pictures a second that go out.
        latency_p50_ms: from capture to publishing, median of the last few hundred frames; 0 without any.
        latency_p95_ms: likewise, what 95 % do not exceed.
        frames_skipped: camera frames left out because a stage was late, since everything is loaded.
        virtual_camera: None while it is off.
        recording: the file being written, if any.
        recording_s: how long it is.
        avatar: id of the avatar shown, "" for none or one that is not in the library.
        avatar_pending: an avatar is being prepared.
        engine: name of the engine that animates; another than the settings' while theirs cannot be used.
        engine_run: how it runs; None for an engine without networks.
        engine_problem: why the engine of the settings is not used, and the way out; "" while it is.
        neutral: where the neutral face comes from.
        can_undo: there is a calibration to undo.
        countdown_s: seconds until a calibration begins, None when none is due.
        calibrating: frames are being collected.
        stage_ms: median milliseconds of each stage.
        stage_p95_ms: what 95 % of each stage's runs do not exceed, milliseconds.
        note: what is not as it should be, in words; "" when all is well.
    """

    phase: Phase = Phase.IDLE
    camera: str = ""
    camera_state: CameraState = CameraState.STARTING
    camera_problem: str = ""
    camera_note: str = ""
    faces: int = 0
    camera_fps: float = 0.0
    output_fps: float = 0.0
    latency_p50_ms: float = 0.0
    latency_p95_ms: float = 0.0
    frames_skipped: int = 0
    virtual_camera: VirtualCameraStatus | None = None
    recording: Path | None = None
    recording_s: float = 0.0
    avatar: str = ""
    avatar_pending: bool = False
    engine: str = ""
    engine_run: EngineRun | None = None
    engine_problem: str = ""
    neutral: NeutralState = NeutralState.NONE
    can_undo: bool = False
    countdown_s: float | None = None
    calibrating: bool = False
    stage_ms: Mapping[str, float] = field(default_factory=dict)
    stage_p95_ms: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def calibrated(self) -> bool:
        """The user calibrated, now or at an earlier start."""
        return self.neutral is NeutralState.CALIBRATED


class SessionEvents(Protocol):
    """Who wants to know. Called from worker threads: return quickly, never block, never call stop()."""

    def preview_ready(self) -> None:
        """The preview slot was empty and holds a picture now."""

    def inset_ready(self) -> None:
        """The inset slot was empty and holds a frame now."""

    def status_changed(self) -> None:
        """Something in the status changed, or its figures are half a second old."""

    def calibrated(self, calibration: Calibration) -> None:
        """A calibration ended; look at its problems to see whether it counts."""

    def neutral_offered(self, score: float) -> None:
        """A clearly better neutral than the present one was seen; accept_neutral() takes it. score: 0..1."""

    def avatar_shown(self, avatar_id: str) -> None:
        """Another avatar is on; "" when it is not one of the library's."""

    def avatar_failed(self, avatar_id: str, error: Exception) -> None:
        """An avatar could not be shown; the one before stays."""

    def recording_stopped(self, path: Path, error: Exception | None) -> None:
        """A recording ended, as asked or because of an error; what was written can be played either way."""

    def failed(self, worker: str, error: Exception) -> None:
        """Something failed and is tried again by itself."""


class NoEvents:
    """Nobody wants to know."""

    def preview_ready(self) -> None:
        """Do nothing."""

    def inset_ready(self) -> None:
        """Do nothing."""

    def status_changed(self) -> None:
        """Do nothing."""

    def calibrated(self, calibration: Calibration) -> None:
        """Do nothing."""

    def neutral_offered(self, score: float) -> None:
        """Do nothing."""

    def avatar_shown(self, avatar_id: str) -> None:
        """Do nothing."""

    def avatar_failed(self, avatar_id: str, error: Exception) -> None:
        """Do nothing."""

    def recording_stopped(self, path: Path, error: Exception | None) -> None:
        """Do nothing."""

    def failed(self, worker: str, error: Exception) -> None:
        """Do nothing."""
