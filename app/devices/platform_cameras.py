"""The cameras of Windows and macOS by name, in the order in which OpenCV numbers them.

macOS: system_profiler, sorted by the cameras' own ids as OpenCV's AVFoundation backend sorts them. Windows:
see windows_cameras. Neither has been tried on a real machine of its kind; where the system will not say, the
caller offers a few numbers instead.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys

from app.devices.windows_cameras import directshow_names

logger = logging.getLogger(__name__)

_PROFILER_TIMEOUT_S = 8.0
_VIRTUAL = ("obs virtual camera", "unity video capture", "virtualcam", "virtual cam", "guise")


def is_virtual(name: str) -> bool:
    """Whether a camera of that name is fed by a program rather than a lens."""
    lowered = name.lower()
    return any(part in lowered for part in _VIRTUAL)


def camera_names() -> list[str] | None:
    """Return the cameras' names in OpenCV's order; None where the system would not say."""
    try:
        return directshow_names() if sys.platform == "win32" else mac_names()
    except (OSError, ValueError, AttributeError, subprocess.SubprocessError) as error:
        logger.info("the system's list of cameras could not be had: %s", error)
        return None


def mac_names(
    command: tuple[str, ...] = ("/usr/sbin/system_profiler", "SPCameraDataType", "-json"),
) -> list[str]:
    """Return the names system_profiler gives.

    Args:
        command: prints system_profiler's JSON.
    """
    answer = subprocess.run(command, capture_output=True, timeout=_PROFILER_TIMEOUT_S, check=True)
    return parse_profiler(answer.stdout)


def parse_profiler(raw: bytes) -> list[str]:
    """Return the names in system_profiler's JSON, in the order of the cameras' own ids."""
    cameras = json.loads(raw).get("SPCameraDataType", [])
    cameras.sort(key=lambda camera: str(camera.get("spcamera_unique-id", "")))
    return [str(camera.get("_name", "Camera")) for camera in cameras]
