"""Faces from camera frames. The last place where a frame's pixels are seen, but for the window's inset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.live.announcer import Announcer
from app.live.capture import Shot
from app.live.follow import Follower, Tracker
from app.live.latest import Latest
from app.live.neutral_keeper import NeutralKeeper
from app.live.stage_timer import StageTimer
from app.live.status import InsetFrame
from engines.base import Face

_WAIT_S = 0.25


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
        self._follower: Follower | None = None
        self._epoch = -1

    def step(self) -> None:
        """Handle one shot, or nothing for a moment."""
        follower = self._follower or self._load()
        try:
            shot = self._shots.take(_WAIT_S)
        except TimeoutError:
            self._notice(0)
            return
        if shot.epoch < self._epoch:
            return
        if shot.epoch > self._epoch:
            self._epoch = shot.epoch
            follower.reset()
            self._keeper.use_camera(shot.camera)
        follower.smooth(self.smoothing)
        rgb, time_s = shot.frame.rgb, shot.frame.time_s
        with self._timer.section("track"):
            face, calm = follower.look(rgb, time_s)
        self._sightings.put(Sighting(calm, time_s, shot.epoch))
        self._notice(0 if face is None else 1 + follower.others)
        self._keeper.see(face, time_s)
        if self._inset.put(InsetFrame(rgb, face, time_s)):
            self._announcer.inset_ready()

    def finish(self) -> None:
        """Close the tracker."""
        if self._follower is not None:
            self._follower.close()

    def _load(self) -> Follower:
        self._follower = Follower(self._make_tracker(), self.smoothing)
        self.ready = True
        return self._follower

    def _notice(self, faces: int) -> None:
        if faces != self.faces:
            self.faces = faces
            self._announcer.status_changed()
