"""A whole session on fakes: everything a test may want to pull, freeze or break is at hand."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.devices.camera import Camera, CameraNotFound
from app.devices.idle_camera import IdleCamera
from app.devices.recorder import Recorder
from app.devices.sink import FrameSink
from app.live.desks import DrawSlate
from app.live.session import Session
from app.paths import Paths
from app.settings import CameraSettings, OutputSettings, Settings
from tests.fakes.camera import FakeCamera, one_colour
from tests.fakes.engine import FakeEngine
from tests.fakes.events import FakeEvents
from tests.fakes.library import FakeLibrary
from tests.fakes.sink import FakeSink
from tests.fakes.tracker import FakeTracker

# No slate, avatar or background here holds anything like it.
REAL_FACE = (255, 0, 255)
SMALL = Settings(
    camera=CameraSettings(name="Fake"), output=OutputSettings(width=160, height=90, fps=60), avatar="blue"
)


def until(condition: Callable[[], Any], timeout_s: float = 15.0) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def shows_real_face(pixels: NDArray[np.uint8]) -> bool:
    """Whether any pixel has something of the camera's unmistakable colour, even mixed with another."""
    red, green, blue = (pixels[..., channel].astype(int) for channel in range(3))
    return bool(((red - green > 100) & (blue - green > 100)).any())


class WatchingSink(FakeSink):
    """Notes when pictures come, and every one that shows the camera.

    Attributes:
        times: of the pictures, on time.perf_counter.
        leaks: how many showed the camera.
    """

    def __init__(self, name: str = "watching", *, wants_alpha: bool = False) -> None:
        super().__init__(keep=20, wants_alpha=wants_alpha)
        self.name = name
        self.times: list[float] = []
        self.leaks = 0

    def send(self, picture: NDArray[np.uint8], time_s: float) -> None:
        self.times.append(time.perf_counter())
        self.leaks += shows_real_face(picture)
        super().send(picture, time_s)

    @property
    def newest(self) -> NDArray[np.uint8]:
        return self.pictures[-1][0]

    def longest_gap_s(self) -> float:
        return float(np.diff(self.times).max()) if len(self.times) > 1 else 0.0


class Stalls:
    """Measures how long this machine lets threads wait: a gap it makes is not ours."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        last = time.perf_counter()
        while not self._over.wait(0.005):
            now = time.perf_counter()
            self.longest_s = max(self.longest_s, now - last - 0.005)
            last = now

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


class Stage:
    """A session with its fakes; a context manager that stops it and looks for what is left.

    Attributes:
        camera: the camera named Fake; `other` is the one named Other.
        tracker: finds faces; engine: animates; events: what was told.
        sink: a sink of its own; virtual: the virtual cameras made so far; films: the recordings.
    """

    def __init__(self, folder: Path, settings: Settings = SMALL, **session: Any) -> None:
        self.camera = FakeCamera(one_colour(REAL_FACE), name="Fake", fps=60)
        self.other = FakeCamera(one_colour(REAL_FACE, (80, 60)), name="Other", fps=60)
        self.tracker, self.engine, self.events = FakeTracker(), FakeEngine(), FakeEvents()
        self.library, self.sink = FakeLibrary(), WatchingSink()
        self.virtual: list[WatchingSink] = []
        self.films: list[Recorder] = []
        self.settings = settings
        self.late: list[str] = []
        self.stalls = Stalls()
        self.paths = Paths(folder / "config", folder / "data", folder / "logs")
        chosen: dict[str, Any] = {
            "library": self.library,
            "open_camera": self._open_camera,
            "make_virtual_camera": self._make_virtual_camera,
            "make_recorder": self._make_recorder,
            "make_tracker": lambda: self.tracker,
            "load_engine": lambda _name, _options: self.engine,
        }
        self.session = Session(settings, self.paths, self.events, **{**chosen, **session})

    def __enter__(self) -> Stage:
        self.stalls.start()
        self.session.add_sink(self.sink)
        self.session.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.late = self.session.stop()
        self.stalls.stop()
        if kind is None:
            assert self.late == [], "these threads did not end"

    def apply(self, **changes: Any) -> None:
        """Apply the settings with some of them changed; a dict changes fields inside, an avatar is asked for."""
        if "avatar" in changes:
            self.session.show_avatar(changes["avatar"])
        for name, value in changes.items():
            if isinstance(value, dict):
                value = dataclasses.replace(getattr(self.settings, name), **value)
            self.settings = dataclasses.replace(self.settings, **{name: value})
        self.session.apply(self.settings)

    def wait_shown(self, avatar: str) -> None:
        """Wait until an avatar is fully on: its colour is in the middle of the picture."""
        colour = self.library.avatars[avatar].rgb[48, 48]
        until(lambda: self.sink.pictures and self._middle_is(colour))

    def wait_live(self) -> None:
        """Wait until a camera frame drove a picture."""
        before = self.driven()
        until(lambda: self.driven() > before)

    def wait_pictures(self, count: int = 5) -> None:
        """Wait for some more pictures at the sink."""
        before = self.sink.count
        until(lambda: self.sink.count >= before + count)

    def wait_recorded(self, count: int) -> None:
        """Wait until the newest recording holds so many pictures: it misses those that come while it opens."""
        until(lambda: self.films[-1].frames >= count)

    def longest_gap_s(self) -> float:
        """The longest time without a picture at the sink that this machine did not make everybody wait."""
        return self.sink.longest_gap_s() - self.stalls.longest_s

    def driven(self) -> int:
        """How many pictures camera frames drove so far."""
        return self.session._timer.latency.count

    def _middle_is(self, colour: NDArray[np.uint8]) -> bool:
        height, width = self.sink.newest.shape[:2]
        return bool((self.sink.newest[height // 2, width // 2, :3] == colour).all())

    def _open_camera(self, spec: str, _settings: CameraSettings) -> Camera:
        if spec == "idle":
            return IdleCamera()
        for camera in (self.camera, self.other):
            if spec in ("", camera.info.name):
                return camera
        raise CameraNotFound(spec, ["Fake", "Other"])

    def _make_virtual_camera(self, _draw_slate: DrawSlate, _on_change: Callable[[], None]) -> FrameSink:
        self.virtual.append(WatchingSink("virtual"))
        return self.virtual[-1]

    def _make_recorder(self, path: Path) -> FrameSink:
        self.films.append(Recorder(path))
        return self.films[-1]
