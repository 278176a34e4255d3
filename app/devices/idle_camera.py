"""No camera at all: a choice like any other. Idle motion drives the avatar then."""

from __future__ import annotations

from app.devices.camera import Camera, CameraInfo, CameraLost, Frame

IDLE_CAMERA = CameraInfo(id="idle", name="No camera (idle motion)", kind="idle")


class IdleCamera(Camera):
    """Opens and gives no frame; whoever runs the session looks at info.kind and does not read."""

    def __init__(self) -> None:
        self.info = IDLE_CAMERA

    def open(self) -> None:
        """Do nothing."""

    def read(self) -> Frame:
        """Raise CameraLost: there are no frames."""
        raise CameraLost("There is no camera, so there are no frames.")

    def close(self) -> None:
        """Do nothing."""

    @property
    def size(self) -> tuple[int, int]:
        """(0, 0)."""
        return 0, 0

    @property
    def fps(self) -> float:
        """0."""
        return 0.0
