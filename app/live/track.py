"""Faces from camera frames. The last place where a frame's pixels are seen, but for the window's inset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.live.announcer import Announcer
from app.live.capture import Shot
from app.live.latest import Latest
from app.live.neutral_keeper import NeutralKeeper
from app.live.stage_timer import StageTimer
from app.live.status import InsetFrame
from app.tracking.smoothing import FaceFilter
from engines.base import Face

_WAIT_S = 0.25


class Tracker(Protocol):
    """What finds faces; app.tracking.tracker.FaceTracker."""

    @property
    def others(self) -> int:
        """How many further faces the last frame showed."""

    def track(self, rgb: NDArray[np.uint8], time_s: float) -> Face | None:
        """Return the driver's face."""

    def reset(self) -> None:
        """Forget the face followed so far."""

    def close(self) -> None:
        """Free what it holds."""


@dataclass(frozen=True, eq=False)
class Sighting:
    """What was seen in one frame. All that the later stages get: no pixel of the camera.

    Attributes:
        face: smoothed; None when there was no face.
        time_s: when the frame was captured.
        epoch: of the camera.
    """

    face: Face | None
    time_s: float
    epoch: int


class TrackStage:
    """Takes shots, gives sightings, and shows the shot in the inset.

    Threads: step() and finish() on the track thread; smoothing may be set from anywhere.

    Attributes:
        smoothing: strength, 0..1.
        faces: how many faces the last frame showed.
        ready: the tracker is loaded.
    """

    def __init__(
        self,
        shots: Latest[Shot],
        sightings: Latest[Sighting],
        inset: Latest[InsetFrame],
        keeper: NeutralKeeper,
        make_tracker: Callable[[], Tracker],
        announcer: Announcer,
        timer: StageTimer,
        smoothing: float,
    ) -> None:
        self.smoothing = smoothing
        self.faces = 0
        self.ready = False
        self._shots, self._sightings, self._inset = shots, sightings, inset
        self._keeper, self._make_tracker = keeper, make_tracker
        self._announcer, self._timer = announcer, timer
        self._tracker: Tracker | None = None
        self._filter = FaceFilter(smoothing)
        self._epoch = -1

    def step(self) -> None:
        """Handle one shot, or nothing for a moment."""
        if self._tracker is None:
            self._tracker = self._make_tracker()
            self._shots.dropped = 0  # frames that came while it was loading were not late
            self.ready = True
        try:
            shot = self._shots.take(_WAIT_S)
        except TimeoutError:
            self._notice(0)
            return
        if shot.epoch < self._epoch:
            return
        if shot.epoch > self._epoch or self.smoothing != self._filter.strength:
            self._begin(shot, self._tracker)
        rgb, time_s = shot.frame.rgb, shot.frame.time_s
        with self._timer.section("track"):
            face = self._tracker.track(rgb, time_s)
            calm = self._filter(face) if face is not None else None
        if face is None:
            self._filter.reset()
        self._notice(0 if face is None else 1 + self._tracker.others)
        self._sightings.put(Sighting(calm, time_s, shot.epoch))
        self._keeper.see(face, time_s)
        if self._inset.put(InsetFrame(rgb, face, time_s)):
            self._announcer.inset_ready()

    def finish(self) -> None:
        """Close the tracker."""
        if self._tracker is not None:
            self._tracker.close()

    def _begin(self, shot: Shot, tracker: Tracker) -> None:
        """Another camera, or another smoothing."""
        self._filter = FaceFilter(self.smoothing)
        if shot.epoch > self._epoch:
            self._epoch = shot.epoch
            tracker.reset()
            self._keeper.use_camera(shot.camera)

    def _notice(self, faces: int) -> None:
        if faces != self.faces:
            self.faces = faces
            self._announcer.status_changed()
