"""The virtual camera as Guise sees it: a sink whose pictures another process shows to video calls.

That process (camera_process) goes on with the slate when Guise stalls or dies, and it alone imports
pyvirtualcam.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from app.devices.camera_supervisor import CameraSupervisor
from app.devices.driver_help import (
    VirtualCameraState,
    VirtualCameraStatus,
    check_driver,
    install_hint,
    windows_drivers,
)
from app.devices.fitting import fit
from app.devices.picture_ring import PictureRing, sweep
from app.devices.sink import FrameSink
from app.errors import GuiseError

__all__ = [
    "VirtualCameraSink",
    "VirtualCameraState",
    "VirtualCameraStatus",
    "check_driver",
    "install_hint",
]

logger = logging.getLogger(__name__)

_LET_GO_S = 2.0


class VirtualCameraSink(FrameSink):
    """Feeds the virtual camera through its process. Opening never fails: status tells what is missing.

    Threads: as FrameSink; status, recheck and wait_until_on may be called from any.
    """

    name = "virtual camera"

    def __init__(
        self,
        slate: NDArray[np.uint8] | Callable[[int, int], NDArray[np.uint8]],
        *,
        device: str = "",
        transparent: bool = False,
        on_change: Callable[[VirtualCameraStatus], None] = lambda _status: None,
        command: Sequence[str] | None = None,
        extra_arguments: Sequence[str] = (),
    ) -> None:
        """Remember what to show.

        Args:
            slate: (H, W, 3) uint8, shown when there is nothing better; or what draws one of a width and
                height.
            device: which virtual camera, such as /dev/video9; the best there is when empty.
            transparent: keep transparency where the system's virtual camera can (Unity Capture on Windows).
            on_change: told every new status, from a thread of the sink's own.
            command: starts the process; for tests.
            extra_arguments: for the process; for tests.
        """
        self.wants_alpha = (
            transparent and sys.platform == "win32" and "Unity Video Capture" in windows_drivers()
        )
        self._slate = slate
        self._device = device
        self._on_change = on_change
        self._command = command
        self._extra = list(extra_arguments)
        self._ring: PictureRing | None = None
        self._fps = 30.0
        self._supervisor: CameraSupervisor | None = None

    def open(self, width: int, height: int, fps: float | Fraction) -> None:
        """Start the process, or give the running one another size or rate without a gap.

        Raises:
            GuiseError: there is no memory for the pictures.
        """
        old = self._ring
        if old is not None and (old.width, old.height, self._fps) == (width, height, float(fps)):
            return
        if old is None:
            _take_over()
        slate = self._slate(width, height) if callable(self._slate) else self._slate
        slate = fit(slate[..., :3], (width, height))
        if self.wants_alpha:
            slate = np.dstack([slate, np.full((height, width, 1), 255, np.uint8)])
        self._fps = float(fps)
        self._ring = PictureRing.create(slate)
        if old is not None:
            old.close(remove=self._supervisor is None or self._supervisor.status.state != "on")
        if self._supervisor is None:
            self._supervisor = CameraSupervisor(self._arguments, self._on_change, self._command)
            self._supervisor.start()
        else:
            self._supervisor.tell(do="ring", ring=str(self._ring.path), fps=self._fps)

    def send(self, picture: NDArray[np.uint8], time_s: float) -> None:
        """Hand one picture over; takes the time of a copy and never waits.

        Raises:
            GuiseError: the sink is not open, or the picture has another size than agreed.
        """
        ring = self._ring
        if ring is None:
            raise GuiseError("The virtual camera is off.")
        if picture.shape[:2] != (ring.height, ring.width):
            raise GuiseError(
                f"The virtual camera expects {ring.width}x{ring.height}, not {picture.shape[:2][::-1]}."
            )
        ring.write(_with_channels(picture, ring.channels))

    def close(self) -> None:
        """Let the process go and remove the shared memory."""
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.stop()
        ring, self._ring = self._ring, None
        if ring is not None:
            ring.close(remove=True)

    def status(self) -> VirtualCameraStatus:
        """Return how it is."""
        supervisor = self._supervisor
        if supervisor is None:
            return VirtualCameraStatus("off", message="The virtual camera is off.")
        return supervisor.status

    def recheck(self) -> None:
        """Try again now: the user says that something has changed."""
        if self._supervisor is not None:
            self._supervisor.look_again()

    def wait_until_on(self, timeout_s: float) -> VirtualCameraStatus:
        """Wait while it is starting; return how it is then."""
        deadline = time.monotonic() + timeout_s
        while self.status().state == "starting" and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.status()

    def _arguments(self) -> list[str]:
        ring = self._ring
        path = str(ring.path) if ring is not None else ""
        return ["--ring", path, "--fps", str(self._fps), "--device", self._device, *self._extra]


def _take_over() -> None:
    """Ask processes whose Guise is gone to let go of the device, and wait a little until they have."""
    orphans = sweep()
    for ring in orphans:
        ring.ask_to_leave()
    deadline = time.monotonic() + _LET_GO_S
    for ring in orphans:
        while ring.path.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        ring.close()


def _with_channels(picture: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Return the picture with 3 or 4 channels; what was transparent becomes black where it must be opaque."""
    have = picture.shape[2]
    if have == channels:
        return picture
    if channels == 4:
        return np.dstack([picture, np.full((*picture.shape[:2], 1), 255, np.uint8)])
    return (picture[..., :3].astype(np.uint16) * picture[..., 3:] // 255).astype(np.uint8)
