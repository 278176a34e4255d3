"""A session without devices, engines or threads: it remembers what it was told and says what a test tells it to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from app.errors import GuiseError
from app.live.latest import Latest
from app.live.picture import Picture
from app.live.status import (
    CameraState,
    InsetFrame,
    NeutralState,
    NoEvents,
    Phase,
    SessionEvents,
    SessionStatus,
)
from app.settings import Settings
from engines.base import Face
from engines.face.canonical import canonical_head


class FakeSession:
    """Stands in for app.live.session.Session.

    Attributes:
        applied: the settings handed to apply, oldest first.
        calls: the other calls, as (name, arguments).
        refuse: an error that the next start_recording, take_snapshot or apply raises.
    """

    def __init__(self, settings: Settings | None = None, events: SessionEvents | None = None) -> None:
        self.settings = settings or Settings()
        self.events: SessionEvents = events or NoEvents()
        self.preview: Latest[Picture] = Latest()
        self.inset: Latest[InsetFrame] = Latest()
        self.status = SessionStatus(
            phase=Phase.RUNNING, camera="Fake camera", camera_state=CameraState.LIVE, faces=1
        )
        self.applied: list[Settings] = []
        self.calls: list[tuple[object, ...]] = []
        self.refuse: Exception | None = None
        self.late: list[str] = []

    def start(self) -> None:
        self.calls.append(("start",))

    def stop(self, timeout_s: float = 2.0) -> list[str]:
        self.calls.append(("stop", timeout_s))
        return self.late

    def apply(self, settings: Settings) -> None:
        self._refuse()
        self.applied.append(settings)

    def show_avatar(self, avatar: object) -> None:
        self.calls.append(("show_avatar", avatar))

    def calibrate(self, countdown_s: int = 0) -> None:
        self.calls.append(("calibrate", countdown_s))

    def undo_calibration(self) -> None:
        self.calls.append(("undo_calibration",))

    def find_better_neutral(self, on: bool) -> None:
        self.calls.append(("find_better_neutral", on))

    def accept_neutral(self) -> None:
        self.calls.append(("accept_neutral",))

    def recheck_virtual_camera(self) -> None:
        self.calls.append(("recheck_virtual_camera",))

    def renew_engine(self) -> None:
        self.calls.append(("renew_engine",))

    def start_recording(self, path: Path | None = None) -> Path:
        self._refuse()
        path = path or Path("take.mp4")
        self.calls.append(("start_recording",))
        self.say(recording=path)
        return path

    def stop_recording(self) -> None:
        self.calls.append(("stop_recording",))
        self.say(recording=None)

    def take_snapshot(self, path: Path | None = None) -> Path:
        self._refuse()
        self.calls.append(("take_snapshot",))
        return path or Path("shot.png")

    def say(self, **changes: object) -> None:
        """Change the status and tell the listener."""
        self.status = replace(self.status, **changes)  # type: ignore[arg-type]
        self.events.status_changed()

    def send(self, pixels: np.ndarray, time_s: float = 0.0) -> None:
        """Put a picture into the preview slot."""
        if self.preview.put(Picture(pixels.copy(), pixels[:, :, :3].copy(), time_s)):
            self.events.preview_ready()

    def send_inset(self, rgb: np.ndarray, face: Face | None = None) -> None:
        """Put a camera frame into the inset slot."""
        if self.inset.put(InsetFrame(rgb, face, 0.0)):
            self.events.inset_ready()

    def _refuse(self) -> None:
        error, self.refuse = self.refuse, None
        if error is not None:
            raise error


def fake_face(size: tuple[int, int] = (640, 480), scale: float = 14.0) -> Face:
    """Return the average head, looking straight ahead."""
    vertices = canonical_head().vertices
    points = np.zeros((478, 3), np.float32)
    points[:468] = vertices * [scale, -scale, -scale]
    for iris, lids in ((468, (33, 133)), (473, (263, 362))):
        points[iris : iris + 5] = points[list(lids)].mean(axis=0)
    points[:, :2] += np.array(size) / 2
    return Face(points, size)


def refused(message: str = "The disk is full.", hint: str = "Free some space.") -> GuiseError:
    return GuiseError(message, hint)


CALIBRATED = NeutralState.CALIBRATED
