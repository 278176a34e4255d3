"""Stands in for Guise on the devices alone: reads the webcam, publishes a picture of its own.

What it publishes is a grey ramp whose brightness follows the number of frames read, so a frozen webcam would show; not
one pixel comes from the webcam.
"""

from __future__ import annotations

import sys
import threading
import time

import numpy as np

from app.devices.discovery import open_camera
from app.devices.reconnect import Reconnector
from app.devices.virtual_camera import VirtualCameraSink, VirtualCameraStatus
from app.settings import CameraSettings

SLATE_GREY = 200


def ramp(width: int, height: int, frames: int) -> np.ndarray:
    """The picture after so many frames: dark to light from left to right, lighter with every frame up to 50."""
    row = np.linspace(20, 120, width) + min(frames, 50)
    return np.repeat(np.repeat(row.astype(np.uint8)[None, :, None], height, 0), 3, 2)


def slate(width: int, height: int) -> np.ndarray:
    """A light grey card."""
    return np.full((height, width, 3), SLATE_GREY, np.uint8)


def tell(status: VirtualCameraStatus) -> None:
    """Write the virtual camera's state into the program's log."""
    sys.stdout.write(f"{status.message}\n")
    sys.stdout.flush()


def main(camera: str, width: int, height: int, fps: float, seconds: float) -> None:
    """Publish until the time is over."""
    settings = CameraSettings(camera, width, height, fps)
    sink = VirtualCameraSink(slate, on_change=tell)
    sink.open(width, height, fps)
    reader = Reconnector(open_camera(camera, settings), threading.Event().wait)
    deadline, frames = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        frames += reader.read() is not None
        sink.send(ramp(width, height, frames), time.perf_counter())
    sink.close()


if __name__ == "__main__":
    name, width_text, height_text, fps_text, seconds_text = sys.argv[1:]
    main(name, int(width_text), int(height_text), float(fps_text), float(seconds_text))
