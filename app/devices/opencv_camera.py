"""Webcams through OpenCV: V4L2 on Linux, DirectShow on Windows, AVFoundation on macOS.

Every call into the driver happens on one thread of the camera's own, so a driver that hangs costs one idle
thread and never the reader: open() and read() wait a bounded time and then say that the camera is lost. The
newest frame wins.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import cv2

from app.devices.camera import Camera, CameraBusy, CameraInfo, CameraLost, CameraNotFound, Frame
from app.devices.opencv_driver import Capture, open_with_opencv, to_rgb
from app.settings import CameraSettings

logger = logging.getLogger(__name__)

_OPEN_TIMEOUT_S = 20.0  # some Windows drivers take more than ten seconds
_READ_TIMEOUT_S = 3.0
_MOST_FAILURES = 30
_FAILURE_WAIT_S = 0.02
_CLOSE_TIMEOUT_S = 1.0

OpenCapture = Callable[[str, CameraSettings], Capture]


class OpenCVCamera(Camera):
    """One webcam.

    Threads: as Camera; a thread "camera NAME" of its own talks to the driver while open.
    """

    def __init__(
        self,
        info: CameraInfo,
        settings: CameraSettings,
        *,
        cameras: Callable[[], list[CameraInfo]] | None = None,
        open_capture: OpenCapture | None = None,
        open_timeout_s: float = _OPEN_TIMEOUT_S,
        read_timeout_s: float = _READ_TIMEOUT_S,
    ) -> None:
        """Remember what to open.

        Args:
            info: which camera.
            settings: size and rate to ask for.
            cameras: lists what is plugged in; with it the camera is found by name each time it is opened,
                because its number may have changed.
            open_capture: opens the driver; for tests.
            open_timeout_s: how long opening may take.
            read_timeout_s: how long a frame may take.
        """
        self.info = info
        self._settings = settings
        self._cameras = cameras
        self._open_capture = open_capture or open_with_opencv
        self._open_timeout_s = open_timeout_s
        self._read_timeout_s = read_timeout_s
        self._stream: _Stream | None = None
        self._before: _Stream | None = None

    def open(self) -> None:
        """Open the driver; at most about 20 s.

        Raises:
            CameraNotFound: it is not plugged in.
            CameraBusy: another program has it, or this user may not.
            CameraLost: the driver does not answer, or has not yet returned from the opening before.
        """
        self.close()
        self._locate()
        if self._before is not None and self._before.hangs_in(self.info.id):
            raise _no_answer(self.info.name)  # another thread in the same driver would hang beside it
        stream = _Stream(self.info.id, self.info.name, self._settings, self._open_capture)
        self._stream = stream
        try:
            stream.wait_open(self._open_timeout_s)
        except BaseException:
            self.close()
            raise
        if self.note:
            logger.info("%s", self.note)

    def read(self) -> Frame:
        """Return the newest frame not returned before; waits at most about 3 s.

        Raises:
            CameraLost: none came, or the camera was closed.
        """
        stream = self._stream
        if stream is None:
            raise CameraLost(f"The camera {self.info.name} is not open.")
        return stream.next_frame(self._read_timeout_s)

    def close(self) -> None:
        """Release the driver; a driver that hangs is left to its thread."""
        stream, self._stream = self._stream, None
        if stream is not None:
            self._before = stream
            stream.stop(_CLOSE_TIMEOUT_S)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the frames that come."""
        return self._stream.size if self._stream else (0, 0)

    @property
    def fps(self) -> float:
        """Frames a second as the driver says; 0 where it does not."""
        return self._stream.fps if self._stream else 0.0

    @property
    def note(self) -> str:
        """What was asked for and what the camera gives, where they differ."""
        asked, given = (self._settings.width, self._settings.height), self.size
        if given in ((0, 0), asked):
            return ""
        return f"{self.info.name} gives {given[0]}x{given[1]} instead of {asked[0]}x{asked[1]}."

    def _locate(self) -> None:
        """Find the camera by name among those plugged in now, where there is a list of them."""
        if self._cameras is None:
            return
        known = self._cameras()
        same = [info for info in known if info.name == self.info.name]
        if same:
            self.info = same[0]
        elif self.info.name != self.info.id:  # asked for by its path alone, it needs no listing
            raise CameraNotFound(self.info.name, [info.name for info in known])


class _Stream:
    """One opening of a camera: a thread reads the driver, the newest frame waits in one place.

    Threads: wait_open, next_frame and stop may come from any thread.
    """

    def __init__(self, device: str, name: str, settings: CameraSettings, open_capture: OpenCapture) -> None:
        self.size = (0, 0)
        self.fps = 0.0
        self._device = device
        self._name = name
        self._settings = settings
        self._open_capture = open_capture
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._newest: Frame | None = None
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=f"camera {name}", daemon=True)
        self._thread.start()

    def wait_open(self, timeout_s: float) -> None:
        """Return when frames flow."""
        with self._changed:
            done = self._changed.wait_for(lambda: self._newest or self._failure or self._ended, timeout_s)
            if self._failure:
                raise self._failure
            if not done or self._ended:
                raise _no_answer(self._name)

    def next_frame(self, timeout_s: float) -> Frame:
        """Return the newest frame nobody has had."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._failure or self._ended, timeout_s)
            frame, self._newest = self._newest, None
            if frame is not None:
                return frame
            if self._failure:
                raise self._failure
            if self._ended:
                raise CameraLost(f"The camera {self._name} was closed.")
            raise CameraLost(f"The camera {self._name} gave no picture for {timeout_s:.0f} s.")

    def stop(self, timeout_s: float) -> None:
        """End the thread; give up on it when the driver does not return."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            logger.info("the driver of %s does not return; left to itself", self._name)

    def hangs_in(self, device: str) -> bool:
        """Whether it is still waiting for its first frame of that device, though nobody waits for it any more."""
        return self._ended and self._device == device and self.size == (0, 0) and self._thread.is_alive()

    @property
    def _ended(self) -> bool:
        return self._stopping.is_set()

    def _run(self) -> None:
        capture = None
        try:
            capture = self._open_capture(self._device, self._settings)
            if not self._ended:
                self.fps = _rate(capture.get(cv2.CAP_PROP_FPS))
                self._grab(capture)
        except Exception as error:  # noqa: BLE001 - the thread's last door; the reader gets it
            self._fail(error if isinstance(error, (CameraBusy, CameraLost, CameraNotFound)) else None, error)
        finally:
            if capture is not None:
                capture.release()

    def _grab(self, capture: Capture) -> None:
        index = failures = 0
        while not self._ended:
            frame = self._next(capture, index)
            if frame is None:
                failures += 1
                if failures >= _MOST_FAILURES:
                    raise CameraLost(f"The camera {self._name} gives no usable pictures any more.")
                self._stopping.wait(_FAILURE_WAIT_S)
                continue
            index, failures = index + 1, 0
            with self._changed:
                self._newest = frame
                self.size = (frame.rgb.shape[1], frame.rgb.shape[0])
                self._changed.notify_all()

    def _next(self, capture: Capture, index: int) -> Frame | None:
        """Return the driver's next frame, or None where it is missing or garbage."""
        if not capture.grab():
            return None
        time_s = time.perf_counter()
        good, picture = capture.retrieve()
        rgb = to_rgb(picture) if good else None
        return None if rgb is None else Frame(rgb, time_s, index)

    def _fail(self, known: Exception | None, error: Exception) -> None:
        if known is None:
            known = CameraLost(f"The camera {self._name} failed: {error}.")
        with self._changed:
            self._failure = known
            self._changed.notify_all()


def _no_answer(name: str) -> CameraLost:
    return CameraLost(f"The camera {name} does not answer.", "Unplug it and plug it in again.")


def _rate(value: float) -> float:
    return float(value) if 0 < value < 1000 else 0.0
