"""Sinks that come and go while the session runs: the virtual camera, recordings, snapshots."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.devices.sink import FrameSink
from app.errors import GuiseError
from app.live.announcer import Announcer
from app.live.outputs import Outlet, Publisher
from app.live.slate import slate
from app.paths import Paths

if TYPE_CHECKING:
    from app.devices.virtual_camera import VirtualCameraStatus

DrawSlate = Callable[[int, int], NDArray[np.uint8]]
MakeVirtualCamera = Callable[[DrawSlate, Callable[[], None]], FrameSink]
MakeRecorder = Callable[[Path], FrameSink]


def virtual_camera(draw_slate: DrawSlate, on_change: Callable[[], None]) -> FrameSink:
    """Return the system's virtual camera, not yet open.

    Args:
        draw_slate: draws the slate for a width and a height, (H, W, 3) uint8.
        on_change: told that its status changed.
    """
    from app.devices.virtual_camera import VirtualCameraSink

    return VirtualCameraSink(draw_slate, transparent=True, on_change=lambda _status: on_change())


def recorder(path: Path) -> FrameSink:
    """Return a recorder that writes a film of the kind its name asks for, not yet open."""
    from app.devices.recorder import Recorder

    return Recorder(path)


class VirtualCameraDesk:
    """Turns the virtual camera on and off. Threads: any."""

    def __init__(self, publisher: Publisher, make: MakeVirtualCamera, announcer: Announcer) -> None:
        self._publisher, self._make, self._announcer = publisher, make, announcer
        self._outlet: Outlet | None = None
        self._leaving: Outlet | None = None
        self._lock = threading.Lock()

    def switch(self, on: bool) -> None:
        """Turn it on or off; nothing happens when it is so already."""
        with self._lock:
            if on == (self._outlet is not None):
                return
            if on:
                sink = self._make(slate, self._announcer.status_changed)
                self._outlet = Outlet(
                    sink, lambda: self._publisher.fps, self._announcer.failed, after=self._leaving
                )
                self._publisher.add(self._outlet)
            elif self._outlet is not None:
                self._publisher.remove(self._outlet)
                self._leaving, self._outlet = self._outlet, None
        self._announcer.status_changed()

    def status(self) -> VirtualCameraStatus | None:
        """Return how it is, None while it is off."""
        from app.devices.virtual_camera import VirtualCameraSink, VirtualCameraStatus

        outlet = self._outlet
        if outlet is None:
            return None
        if isinstance(outlet.sink, VirtualCameraSink):
            return outlet.sink.status()
        return VirtualCameraStatus("on", message=f"Pictures go to: {outlet.sink.name}.")

    def recheck(self) -> None:
        """Try again now: the user says that something has changed."""
        from app.devices.virtual_camera import VirtualCameraSink

        outlet = self._outlet
        if outlet is not None and isinstance(outlet.sink, VirtualCameraSink):
            outlet.sink.recheck()
        self._announcer.status_changed()


class RecordingDesk:
    """Starts and stops recordings, takes snapshots. Threads: any."""

    def __init__(
        self,
        publisher: Publisher,
        paths: Paths,
        make: MakeRecorder,
        announcer: Announcer,
        clock: Callable[[], float],
    ) -> None:
        self._publisher, self._paths, self._make = publisher, paths, make
        self._announcer, self._clock = announcer, clock
        self._outlet: Outlet | None = None
        self._path: Path | None = None
        self._began_s = 0.0
        self._lock = threading.Lock()

    @property
    def path(self) -> Path | None:
        """The file being written."""
        return self._path

    @property
    def length_s(self) -> float:
        """How long the recording is."""
        return self._clock() - self._began_s if self._path is not None else 0.0

    def start(self, path: Path | None, *, transparent: bool = False) -> Path:
        """Start recording; returns the file's path.

        Args:
            path: of the file; a new name by the time of day where left out.
            transparent: of a file whose name is left out: it keeps transparency.

        Raises:
            GuiseError: a recording runs already.
        """
        with self._lock:
            if self._path is not None:
                raise GuiseError("A recording runs already.", "Stop it first.")
            path = self._place(path, self._paths.recordings, ".mov" if transparent else ".mp4")
            self._outlet = Outlet(
                self._make(path),
                lambda: self._publisher.fps,
                self._announcer.failed,
                once=True,
                on_end=lambda error: self._ended(path, error),
            )
            self._path, self._began_s = path, self._clock()
            self._publisher.add(self._outlet)
        self._announcer.status_changed()
        return path

    def stop(self) -> None:
        """Stop recording, if one runs; the listener is told when the file is complete."""
        with self._lock:
            outlet = self._outlet
            if outlet is not None:
                self._publisher.remove(outlet)

    def snapshot(self, path: Path | None) -> Path:
        """Write the picture shown now as PNG; returns the file's path.

        Raises:
            GuiseError: nothing was shown yet, or the file cannot be written.
        """
        from app.devices.snapshot import write_png

        picture = self._publisher.last
        if picture is None:
            raise GuiseError("There is no picture yet.", "Try again in a moment.")
        path = self._place(path, self._paths.snapshots, ".png")
        write_png(path, picture.pixels)
        return path

    def _ended(self, path: Path, error: Exception | None) -> None:
        with self._lock:
            if self._outlet is not None:
                self._publisher.remove(self._outlet)
            self._outlet = self._path = None
        self._announcer.recording_stopped(path, error)
        self._announcer.status_changed()

    def _place(self, path: Path | None, folder: Path, suffix: str) -> Path:
        """Return where to write: a new name by the time of day unless one was given."""
        from app.devices.snapshot import unique_path

        return path if path is not None else unique_path(folder, suffix)
