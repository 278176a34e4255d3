"""A video file or a folder of pictures that behaves like a webcam: in real time, over and over."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

from app.devices.camera import Camera, CameraInfo, CameraLost, Frame
from app.devices.clips import Clip, ClipError, LazyFrame, read_clip
from app.settings import CameraSettings

_STILL_S = 0.1  # without a frame for some tenths of a second, the driver would be taken for gone


class FileCamera(Camera):
    """Plays a clip.

    A reader who is late misses frames, as with a webcam, and a frame that is shown for long comes again and again; one
    who reads as fast as it can gets every frame once.
    """

    def __init__(
        self,
        path: Path,
        settings: CameraSettings | None = None,
        *,
        loop: bool = True,
        as_fast_as_read: bool = False,
    ) -> None:
        """Remember what to play.

        Args:
            path: a video file or a folder of pictures.
            settings: frames larger than this are scaled down to fit.
            loop: start again at the end; otherwise the camera is lost there.
            as_fast_as_read: do not wait for a frame's time and skip none; frame times are the clip's then.
        """
        self.info = CameraInfo(id=str(path), name=path.name or str(path), kind="file")
        self._path = path
        self._within = (settings.width, settings.height) if settings else None
        self._loop = loop
        self._fast = as_fast_as_read
        self._closed = threading.Event()
        self._clip: Clip | None = None
        self._frames: Iterator[LazyFrame] = iter(())
        self._shown: LazyFrame | None = None
        self._coming: LazyFrame | None = None  # its time is _last_s
        self._size = (0, 0)
        self._round_start_s = 0.0
        self._last_s = 0.0
        self._index = 0

    def open(self) -> None:
        """Open the file.

        Raises:
            CameraLost: it cannot be read, and why.
        """
        self.close()
        try:
            self._clip = read_clip(self._path)
        except ClipError as error:
            raise CameraLost(error.message, error.hint) from None
        self._size = self._clip.size
        self._index = 0
        self._shown = self._coming = None
        self._closed.clear()
        self._start_round(0.0 if self._fast else time.perf_counter())

    def read(self) -> Frame:
        """Wait for the next frame's time and return it; return the one before, again, where that takes long.

        Raises:
            CameraLost: the file is at its end and does not loop, or cannot be read any more, or was closed.
        """
        if self._clip is None or self._closed.is_set():
            raise CameraLost(f"The clip {self.info.name} is closed.")
        try:
            frame = self._awaited()
            time_s = self._last_s if self._fast else time.perf_counter()
            rgb = frame.to_rgb(self._within)
        except ClipError as error:
            raise CameraLost(error.message, error.hint) from None
        self._size = (rgb.shape[1], rgb.shape[0])
        index, self._index = self._index, self._index + 1
        return Frame(rgb, time_s, index)

    def close(self) -> None:
        """End a wait and let go of the file."""
        self._closed.set()
        self._clip = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the frames."""
        return self._size

    @property
    def fps(self) -> float:
        """Frames a second of the clip."""
        clip = self._clip
        return float(clip.fps) if clip else 0.0

    def _start_round(self, start_s: float) -> None:
        if self._clip is None:
            raise CameraLost(f"The clip {self.info.name} was closed.")
        self._frames = self._clip.lazy()
        self._round_start_s = start_s

    def _next(self) -> LazyFrame:
        """Return the next frame that is not already over; begin again at the end."""
        step_s = 1 / self.fps if self.fps else 0.0
        late_s = 0.0
        while True:
            frame = next(self._frames, None)
            if frame is None:
                if not self._loop:
                    raise CameraLost(f"The clip {self.info.name} is at its end.")
                self._start_round(self._last_s + step_s)
                continue
            self._last_s = self._round_start_s + frame.time_s
            late_s = 0.0 if self._fast else time.perf_counter() - self._last_s
            if late_s <= step_s:
                return frame
            if late_s > 1.0:  # the computer slept, or decoding is slower than the clip: go on from here
                self._round_start_s += late_s
                self._last_s += late_s
                return frame

    def _awaited(self) -> LazyFrame:
        """Sleep until the coming frame is due, or for a moment before the shown one is to be shown again."""
        coming = self._coming or self._next()
        left_s = 0.0 if self._fast else max(0.0, self._last_s - time.perf_counter())
        again = self._shown if left_s > _STILL_S else None
        if self._closed.wait(left_s if again is None else _STILL_S):
            raise CameraLost(f"The clip {self.info.name} was closed.")
        self._shown, self._coming = (coming, None) if again is None else (again, coming)
        return self._shown
