"""Camera frames, from one camera, until another takes its place."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.devices.camera import Camera, CameraBusy, CameraInfo, CameraLost, CameraNotFound, Frame
from app.devices.reconnect import Reconnector
from app.errors import GuiseError
from app.live.latest import Latest
from app.live.stage_timer import Rate
from app.live.status import CameraState
from app.live.worker import Worker
from app.settings import CameraSettings

logger = logging.getLogger(__name__)

OpenCamera = Callable[[str, CameraSettings], Camera]

_SMALLEST_SIDE = 16
_MOST_BAD_FRAMES = 10
_BAD_FRAME_WAIT_S = 0.02
_FIND_WAIT_S, _LONGEST_FIND_WAIT_S = 0.5, 3.0
_SILENT_AFTER_S, _REOPEN_AFTER_S = 2.0, 6.0
_PREDECESSOR_WAIT_S = 3.0


@dataclass(frozen=True, eq=False)
class Shot:
    """A frame and the camera it came from.

    Attributes:
        frame: the camera's; it goes to tracking and to the inset, never further.
        camera: name of the camera.
        epoch: counts the cameras chosen, so that a late frame of the one before is recognised.
    """

    frame: Frame
    camera: str
    epoch: int


class CheckedCamera(Camera):
    """Lets only usable frames through: some drivers give empty or odd ones after a change of mode."""

    def __init__(self, camera: Camera) -> None:
        self.info = camera.info
        self._camera = camera
        self._closed = threading.Event()

    def open(self) -> None:
        """Open the camera."""
        self._closed.clear()
        self._camera.open()

    def read(self) -> Frame:
        """Return the next usable frame.

        Raises:
            CameraLost: the camera is lost or gives nothing usable.
        """
        for _ in range(_MOST_BAD_FRAMES):
            frame = self._camera.read()
            if _usable(frame):
                return frame
            self._closed.wait(_BAD_FRAME_WAIT_S)
        raise CameraLost(
            f"The camera {self.info.name} gives no usable pictures.", "Choose another size or camera."
        )

    def close(self) -> None:
        """Close the camera."""
        self._closed.set()
        self._camera.close()

    @property
    def size(self) -> tuple[int, int]:
        """The camera's."""
        return self._camera.size

    @property
    def fps(self) -> float:
        """The camera's."""
        return self._camera.fps

    @property
    def note(self) -> str:
        """The camera's."""
        return self._camera.note


class Capture:
    """One chosen camera: found, opened, read, and found again when it is lost.

    Threads: a thread of its own reads; everything else may be called from anywhere.

    Attributes:
        epoch: counts the cameras chosen.
        rate: of its frames.
        state: what it does.
        problem: why there are no frames, in words; "" while there are.
        info: its card, once found.
    """

    def __init__(
        self,
        epoch: int,
        settings: CameraSettings,
        open_camera: OpenCamera,
        shots: Latest[Shot],
        on_change: Callable[[], None],
        on_failure: Callable[[str, Exception], None],
        clock: Callable[[], float],
        before: Capture | None = None,
    ) -> None:
        self.epoch = epoch
        self.rate = Rate(clock)
        self.state, self.problem = CameraState.STARTING, ""
        self.info: CameraInfo | None = None
        self._settings, self._open_camera, self._shots = settings, open_camera, shots
        self._on_change, self._clock, self._before = on_change, clock, before
        self._camera: Camera | None = None
        self._reader: Reconnector | None = None
        self._attempts = 0
        self._last_s = clock()
        self._worker = Worker("capture", self._step, on_failure, finish=self.close)

    def start(self) -> None:
        """Start looking for the camera."""
        self._worker.start()

    def request_stop(self) -> None:
        """Ask for the end, of the camera before too; returns at once."""
        self._worker.request_stop()
        if (before := self._before) is not None:
            before.request_stop()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end, of the camera before too; False when it did not come in time."""
        before = self._before
        return self._worker.join(timeout_s) and (before is None or before.join(timeout_s))

    def close(self) -> None:
        """Close the camera, and the one before; ends a read that waits."""
        camera, before = self._camera, self._before
        if camera is not None:
            camera.close()
        if before is not None:
            before.close()

    @property
    def note(self) -> str:
        """Where the camera gives something else than was asked for, in words."""
        return self._camera.note if self._camera is not None and self.state is CameraState.LIVE else ""

    def watch(self) -> None:
        """Notice a camera that neither gives frames nor says why; called now and then."""
        silence = self._clock() - self._last_s
        if self.state is CameraState.LIVE and silence > _SILENT_AFTER_S:
            self._change(CameraState.SILENT, "The camera does not answer. Unplug it and plug it in again.")
        if self.state is CameraState.SILENT and silence > _REOPEN_AFTER_S:
            self._last_s = self._clock()
            self.close()

    def _step(self) -> None:
        if self._reader is None:
            self._find()
            return
        frame = self._reader.read()
        if frame is None:
            return
        self._last_s = self._clock()
        if self.state is not CameraState.LIVE:
            self._change(CameraState.LIVE, "")
        self.rate.tick()
        if not self._worker.stopping:
            self._shots.put(Shot(frame, self._reader.camera.info.name, self.epoch))

    def _find(self) -> None:
        if self._before is not None:  # the same device may be wanted again: it must be let go of first
            self._before.request_stop()
            self._before.close()
            self._before.join(_PREDECESSOR_WAIT_S)
            self._before = None
        try:
            camera = self._open_camera(self._settings.name, self._settings)
            self.info = camera.info
            if camera.info.kind == "idle":
                self._rest()
                return
            self._camera = CheckedCamera(camera)
            self._camera.open()
        except GuiseError as error:
            self._on_lost(error)
            if self._camera is None:
                self._worker.stopped_within(min(_FIND_WAIT_S * 2**self._attempts, _LONGEST_FIND_WAIT_S))
                self._attempts += self._attempts < 10
                return
        self._reader = Reconnector(self._camera, self._worker.stopped_within, self._on_lost)

    def _rest(self) -> None:
        """There is no camera, by choice."""
        self._change(CameraState.IDLE, "")
        while not self._worker.stopped_within(1.0):
            pass

    def _on_lost(self, error: Exception | None) -> None:
        if error is None:
            self._last_s = self._clock()
            self._change(CameraState.LIVE, "")
        elif isinstance(error, CameraBusy):
            self._change(CameraState.BUSY, str(error))
        elif isinstance(error, CameraNotFound):
            self._change(CameraState.NOT_FOUND, str(error))
        else:
            self._change(CameraState.LOST, str(error))

    def _change(self, state: CameraState, problem: str) -> None:
        if (state, problem) != (self.state, self.problem):
            self.state, self.problem = state, problem
            self._on_change()


def _usable(frame: object) -> bool:
    """Whether it is a frame with a picture in it."""
    if not isinstance(frame, Frame) or not isinstance(frame.rgb, np.ndarray):
        return False
    rgb = frame.rgb
    return (
        rgb.dtype == np.uint8 and rgb.ndim == 3 and rgb.shape[2] == 3 and min(rgb.shape[:2]) >= _SMALLEST_SIDE
    )
