"""Faces from camera frames, and for engines that look at the driver the driving frames cut from them.

The last place where a camera's frame is seen, but for the window's inset. A driving frame travels on inside its face,
as input to an engine; nothing that makes or sends pictures looks at it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.live.announcer import Announcer
from app.live.capture import Shot
from app.live.follow import Follower, Tracker
from app.live.latest import Latest
from app.live.neutral_keeper import NeutralKeeper
from app.live.stage_timer import StageTimer
from app.live.status import InsetFrame
from app.tracking.driving import DrivingCrop, DrivingFrame
from engines.base import Face

_WAIT_S = 0.25


@dataclass(frozen=True, eq=False)
class Sighting:
    """What was seen in one frame. All that the later stages get.

    Attributes:
        face: smoothed, with its driving frame if the engine looks at the driver; None when there was no face.
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
        drives: Callable[[], bool] = lambda: False,
    ) -> None:
        """Prepare; the tracker is loaded on the track thread.

        Args:
            shots: what comes.
            sightings: what goes.
            inset: for the window.
            keeper: sees every face.
            make_tracker: loads what finds faces.
            announcer: is told of changes.
            timer: of the stages.
            smoothing: strength, 0..1.
            drives: whether the engine looks at the driver, so that driving frames are to be cut.
        """
        self.smoothing = smoothing
        self.faces = 0
        self.ready = False
        self._shots, self._sightings, self._inset = shots, sightings, inset
        self._keeper, self._make_tracker = keeper, make_tracker
        self._announcer, self._timer = announcer, timer
        self._drives = drives
        self._crop: DrivingCrop | None = None
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
            self._crop = None
        follower.smooth(self.smoothing)
        rgb, time_s = shot.frame.rgb, shot.frame.time_s
        with self._timer.section("track"):
            face, calm = follower.look(rgb, time_s)
            frame = None
            if face is not None and calm is not None and self._drives():
                driving, frame = self._cut(rgb, face)
                calm = replace(calm, driving=driving)
        self._sightings.put(Sighting(calm, time_s, shot.epoch))
        self._notice(0 if face is None else 1 + follower.others)
        self._keeper.see(face, time_s, frame)
        if self._inset.put(InsetFrame(rgb, face, time_s)):
            self._announcer.inset_ready()

    def finish(self) -> None:
        """Close the tracker."""
        if self._follower is not None:
            self._follower.close()

    def _cut(
        self, rgb: NDArray[np.uint8], face: Face
    ) -> tuple[NDArray[np.uint8] | None, DrivingFrame | None]:
        """Return the driving frame for the engine, and the one for the neutral's keeper if it can use one.

        A calibration cuts around its own face, so that its end can fix the square there with a neutral cut alike.
        """
        try:
            home = self._keeper.home(face)
        except ValueError:  # what was found is no face after all
            return None, None
        self._crop = self._crop or DrivingCrop(home)
        self._crop.aim(home)
        driving = self._crop.cut(rgb, face)
        new_home = self._keeper.new_home(face, face.time_s)
        if new_home is not None:
            return driving, DrivingFrame(new_home.cut(rgb), face)
        return driving, DrivingFrame(driving, face) if self._crop.at_home else None

    def _load(self) -> Follower:
        self._follower = Follower(self._make_tracker(), self.smoothing)
        self.ready = True
        return self._follower

    def _notice(self, faces: int) -> None:
        if faces != self.faces:
            self.faces = faces
            self._announcer.status_changed()
