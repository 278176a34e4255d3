"""Talking to OpenCV's camera drivers: opening with wishes, reasons for refusals, and what is a picture."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.devices.camera import CameraBusy, CameraLost, CameraNotFound
from app.devices.v4l2 import users_of, video_nodes
from app.settings import CameraSettings

Capture = Any  # cv2.VideoCapture or a fake of it

_LARGEST_SIDE = 8192
_SMALLEST_SIDE = 16
_ERRORS_ONLY = 2
_V4L2_TIMEOUT_S = "2"  # OpenCV's own is ten seconds, too long to get a device back after it stalled


def to_rgb(picture: object) -> NDArray[np.uint8] | None:
    """Return OpenCV's picture as RGB, or None where it is no picture.

    Args:
        picture: (H, W, 3) BGR, (H, W, 4) BGRA or (H, W) grey, uint8, from a driver that may give anything.
    """
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8 or picture.ndim not in (2, 3):
        return None
    if not all(_SMALLEST_SIDE <= side <= _LARGEST_SIDE for side in picture.shape[:2]):
        return None
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    code = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}.get(channels)
    if code is None:
        return None
    return np.asarray(cv2.cvtColor(picture, code), np.uint8)


def open_with_opencv(device: str, settings: CameraSettings) -> Capture:
    """Open a camera with OpenCV and ask for size, rate and MJPG (the only way to 720p at 30 over USB 2).

    Args:
        device: /dev/video* or OpenCV's number.
        settings: size and rate to ask for.

    Raises:
        CameraNotFound: the device is gone.
        CameraBusy: another program has it, or this user may not.
    """
    _check_access(device)
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", _V4L2_TIMEOUT_S)
    cv2.setLogLevel(_ERRORS_ONLY)
    backend = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}.get(
        sys.platform, cv2.CAP_ANY
    )
    number = int(device.removeprefix("/dev/video"))
    wishes = [
        cv2.CAP_PROP_FOURCC,
        cv2.VideoWriter.fourcc(*"MJPG"),
        cv2.CAP_PROP_FRAME_WIDTH,
        settings.width,
        cv2.CAP_PROP_FRAME_HEIGHT,
        settings.height,
        cv2.CAP_PROP_FPS,
        round(settings.fps),
    ]
    # DirectShow chooses its format once, while opening; one refused wish fails the whole opening.
    capture = cv2.VideoCapture(number, backend, wishes)
    if not capture.isOpened():
        capture = cv2.VideoCapture(number, backend)
        for key, value in zip(wishes[0::2], wishes[1::2], strict=True):
            capture.set(key, value)
    if not capture.isOpened():
        capture.release()
        raise _refusal(device)
    return capture


def _check_access(device: str) -> None:
    """Let Linux say why a node cannot be opened; OpenCV would only say that it cannot."""
    if not device.startswith("/dev/"):
        return
    try:
        os.close(os.open(device, os.O_RDWR | os.O_NONBLOCK))
    except FileNotFoundError:
        raise CameraNotFound(device, []) from None
    except PermissionError:
        raise CameraBusy(
            f"This user may not use {device}.",
            'Run: sudo usermod -aG video "$USER", then log out and in again.',
        ) from None
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise _refusal(device) from None
        raise CameraLost(
            f"{device} cannot be opened: {error.strerror}.", "Plug the camera in again."
        ) from None


def _refusal(device: str) -> CameraBusy:
    if sys.platform == "darwin":
        return CameraBusy(
            "The camera cannot be opened.",
            "Allow it in System Settings, Privacy & Security, Camera; close other programs that use it.",
        )
    if any(node.path == device and node.loopback and node.can_output for node in video_nodes()):
        return CameraBusy(
            "No program feeds that virtual camera.", "Start the program that does, or choose another."
        )
    users = sorted(set(users_of(device, but=[os.getpid()]).values())) if device.startswith("/dev/") else []
    if users:
        return CameraBusy(
            f"The camera is used by {', '.join(users)}.", "Close it there, or choose another camera."
        )
    return CameraBusy(
        "The camera cannot be opened; another program may be using it.",
        "Close video calls and other camera programs, or choose another camera.",
    )
