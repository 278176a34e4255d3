"""The virtual camera as the process that feeds it sees it: one device, opened, fed and closed.

pyvirtualcam is imported when the device is opened and only in that process (GPL-2.0; see NOTICE).
"""

from __future__ import annotations

import logging
import os
import sys
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal

from app.devices.v4l2 import VideoNode, users_of, video_nodes
from app.errors import GuiseError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

Refusal = Literal["missing_driver", "busy", "failed"]
_LABEL = "guise"


class DeviceError(GuiseError):
    """The virtual camera cannot be had.

    Attributes:
        state: which kind of refusal, as in VirtualCameraStatus.
    """

    def __init__(self, state: Refusal, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.state = state


class VirtualDevice(ABC):
    """One virtual camera.

    Attributes:
        device: as the system calls it, such as /dev/video9.
        name: as a video call lists it.
        size: width and height, pixels; both even.
        pixels: the device's own pixel format, in words.
    """

    device: str = ""
    name: str = ""
    size: tuple[int, int] = (0, 0)
    pixels: str = ""

    @abstractmethod
    def open(self, wanted: str, size: tuple[int, int], fps: float, alpha: bool) -> None:
        """Open it.

        Args:
            wanted: which device; the best there is when empty.
            size: width and height, both even.
            fps: pictures a second.
            alpha: pictures have four channels.

        Raises:
            DeviceError: it cannot be, and why.
        """

    @abstractmethod
    def send(self, picture: NDArray[np.uint8]) -> None:
        """Show a picture of the device's size."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it; safe to call twice."""

    def readers(self) -> int | None:
        """Return how many programs read it, None where that cannot be known."""
        return None


class PyvirtualcamDevice(VirtualDevice):
    """v4l2loopback on Linux, OBS's virtual camera or Unity Capture on Windows, OBS's on macOS."""

    def __init__(self) -> None:
        self._camera: Any = None

    def open(self, wanted: str, size: tuple[int, int], fps: float, alpha: bool) -> None:
        """Open the first device that lets itself be opened."""
        problems = []
        for device, name in self._candidates(wanted):
            try:
                self._open_one(device, size, fps, alpha)
            except (RuntimeError, ValueError, OSError) as error:
                logger.info("virtual camera %s: %s", device or "of the system", error)
                problems.append(str(error))
            else:
                self.device = str(self._camera.device)
                self.name = name or self.device
                self.size = size
                self.pixels = str(self._camera.native_fmt or "")
                return
        raise _refusal(problems)

    def send(self, picture: NDArray[np.uint8]) -> None:
        """Show a picture."""
        self._camera.send(picture)

    def close(self) -> None:
        """Let go of the device."""
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.close()

    def readers(self) -> int | None:
        """Linux knows; a program of another user is not seen."""
        if sys.platform != "linux" or not self.device:
            return None
        return len(users_of(self.device, but=[os.getpid()]))

    def _open_one(self, device: str, size: tuple[int, int], fps: float, alpha: bool) -> None:
        import pyvirtualcam

        self._camera = pyvirtualcam.Camera(
            *size,
            fps,
            fmt=pyvirtualcam.PixelFormat.RGBA if alpha else pyvirtualcam.PixelFormat.RGB,
            device=device or None,
            backend="unitycapture" if alpha else None,
        )

    def _candidates(self, wanted: str) -> list[tuple[str, str]]:
        """Return (device, name) of what may be tried, the best first."""
        if sys.platform != "linux":
            return [(wanted, wanted)]
        nodes = video_nodes()
        if wanted:
            nodes = [node for node in nodes if wanted in (node.path, node.name)]
            if any(node.loopback and not node.can_output for node in nodes):
                raise _busy()
            return [(node.path, node.name) for node in nodes] or [(wanted, wanted)]
        return [(node.path, node.name) for node in free_loopbacks(nodes)]


def free_loopbacks(nodes: list[VideoNode]) -> list[VideoNode]:
    """Return the loopback devices that take pictures, the best first.

    The best is called Guise; next are those with exclusive_caps=1, which browsers accept as a camera.

    Raises:
        DeviceError: there is none, and why.
    """
    free = [node for node in nodes if node.loopback and node.can_output]
    if free:
        return sorted(free, key=lambda node: (node.name.lower() != _LABEL, node.can_capture, node.index))
    if any(node.loopback for node in nodes):
        raise _busy()
    if any(node.problem in ("EACCES", "EPERM") for node in nodes):
        raise DeviceError(
            "failed",
            "This user may not use the video devices.",
            'Run: sudo usermod -aG video "$USER", then log out and in again.',
        )
    raise DeviceError("missing_driver", "The virtual camera's driver is not loaded.")


def _refusal(problems: list[str]) -> DeviceError:
    """Sort out what the backends said."""
    said = "; ".join(problems).replace("\n", "; ")
    lowered = said.lower()
    if "permission" in lowered:
        return DeviceError(
            "failed",
            "This user may not use the virtual camera.",
            'Run: sudo usermod -aG video "$USER", then log out and in again.',
        )
    if any(part in lowered for part in ("busy", "in use", "already", "another")):
        return _busy()
    if any(
        part in lowered for part in ("not found", "not installed", "no v4l2", "could not be found", "no such")
    ):
        return DeviceError("missing_driver", "The virtual camera's driver is not installed.")
    return DeviceError(
        "failed", f"The virtual camera cannot be opened: {said.rstrip('.') or 'no reason given'}."
    )


def _busy() -> DeviceError:
    hint = "Close OBS or the other Guise."
    if sys.platform == "linux":  # with exclusive_caps=1 some versions stay shut after a program has crashed
        hint += (
            " If there is none, reload the driver: sudo modprobe -r v4l2loopback, then modprobe as before."
        )
    return DeviceError("busy", "Another program feeds the virtual camera.", hint)
