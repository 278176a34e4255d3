"""Which neutral face motion is measured from: stored, calibrated now, or picked by itself for the time being.

For an engine that looks at the driver the neutral is also a driving frame. That frame lives in memory alone: files keep
landmarks. After a start, the live frame most like the stored neutral so far stands in for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from app.live.announcer import Announcer
from app.live.idle import fitted
from app.live.status import NeutralState
from app.tracking.calibration import Calibrator, NeutralPicker
from app.tracking.driving import DrivingFrame, is_near, likest, unlike
from app.tracking.neutrals import forget_neutral, load_neutral, save_neutral
from engines.base import Face
from engines.fomm.framing import Square, square_of

logger = logging.getLogger(__name__)

_COLLECT_S = 0.55
_GIVE_UP_S = 2.0
_LEAST_FACES = 6  # a slow camera takes longer for them
_MOST_UNDO = 10
_CLEARLY_BETTER = 0.1
_OFFER_EVERY_S = 5.0
# A better stand-in for the neutral's driving frame is a small jump: rarely, and only for the better.
_FRAME_EVERY_S = 0.5
_FRAME_BETTER = 0.8
_MOST_FRAMES, _MOST_SEEN = 40, 8
_SITS_S = 1.5  # a face outside its square for so long has not just leant over


@dataclass(frozen=True, eq=False)
class _Kept:
    """A neutral and where it comes from.

    Attributes:
        face: without pixels.
        state: where it comes from.
        home: the square its driving frame is cut from; None while no engine asked for one.
        size: of the frames that square is in.
        driving: what stands for its driving frame.
        firm: the driver chose that frame, by calibrating in it or by accepting it.
    """

    face: Face | None
    state: NeutralState
    home: Square | None = None
    size: tuple[int, int] = (0, 0)
    driving: DrivingFrame | None = None
    firm: bool = False

    @cached_property
    def neutral(self) -> Face | None:
        """The face with its driving frame."""
        if self.face is None or self.driving is None:
            return self.face
        return replace(self.face, driving=self.driving.rgb)


@dataclass
class _Collecting:
    """A calibration under way.

    Attributes:
        begins_s: when the countdown is over.
        calibrator: collects faces.
        home: where its driving frames are cut: around its first face.
        frames: those cut so far.
    """

    begins_s: float
    calibrator: Calibrator | None = None
    home: Square | None = None
    frames: list[DrivingFrame] = field(default_factory=list)


_NOTHING = _Kept(None, NeutralState.NONE)


class NeutralKeeper:
    """Keeps the neutral.

    Threads: see() and use_camera() on the track thread, the rest from anywhere.
    """

    def __init__(self, folder: Path, announcer: Announcer, clock: Callable[[], float]) -> None:
        self._folder, self._announcer, self._clock = folder, announcer, clock
        self._lock = threading.RLock()
        self._camera = ""
        self._kept = _NOTHING
        self._before: list[_Kept] = []
        self._collecting: _Collecting | None = None
        self._picker = NeutralPicker()
        self._seeker: NeutralPicker | None = None
        self._alike: Face | None = None  # what the seeker's faces shall be like
        self._seen: list[DrivingFrame] = []  # by the seeker, those most like its best
        self._offered: _Kept | None = None
        self._next_offer_s = 0.0
        self._stand_in: DrivingFrame | None = None
        self._strayed_s: float | None = None
        self._next_frame_s = 0.0

    @property
    def neutral(self) -> Face | None:
        """The neutral now, with its driving frame if there is one; None before any face was seen."""
        return self._kept.neutral

    @property
    def state(self) -> NeutralState:
        """Where the neutral comes from."""
        return self._kept.state

    @property
    def can_undo(self) -> bool:
        """There is a calibration to undo."""
        return bool(self._before)

    @property
    def countdown_s(self) -> float | None:
        """Seconds until a calibration begins; None when none is due."""
        collecting = self._collecting
        if collecting is None or collecting.calibrator is not None:
            return None
        return max(collecting.begins_s - self._clock(), 0.0)

    @property
    def calibrating(self) -> bool:
        """Frames are being collected."""
        collecting = self._collecting
        return collecting is not None and self._clock() >= collecting.begins_s

    def use_camera(self, name: str) -> None:
        """Another camera: take its stored neutral, or begin anew. Faces of the one before count no more."""
        stored = load_neutral(self._folder, name)
        with self._lock:
            self._camera = name
            self._kept = _NOTHING if stored is None else _Kept(stored, NeutralState.CALIBRATED)
            self._before.clear()
            self._picker = NeutralPicker()
            self._stand_in = self._strayed_s = None
            self.find_better(self._seeker is not None, self._alike)
            if self._collecting is not None:
                self._collecting = _Collecting(max(self._collecting.begins_s, self._clock()))
        self._announcer.status_changed()

    def home(self, face: Face) -> Square:
        """Return where driving frames are cut while the face is well inside: fixed with the neutral.

        Until the driver calibrates, it moves to where he sits: nothing else would be like a neutral of another place.

        Args:
            face: the driver now, whose frame's pixels the square is in.

        Raises:
            ValueError: its landmarks are no face's.
        """
        here = square_of(face.landmarks)
        with self._lock:
            kept = self._kept
            home = kept.home if kept.size == face.size else None
            if home is None:
                rest = here if kept.face is None else square_of(fitted(kept.face, face.size).landmarks)
                home = rest if is_near(here, rest) else here
            elif kept.firm or is_near(here, home):
                self._strayed_s = None
            elif self._strayed_s is None:
                self._strayed_s = face.time_s
            elif face.time_s - self._strayed_s > _SITS_S:
                home = here
            if home != kept.home or kept.size != face.size:
                self._kept = replace(kept, home=home, size=face.size, driving=None, firm=False)
                self._stand_in = self._strayed_s = None
            return home

    def new_home(self, face: Face, time_s: float) -> Square | None:
        """Return where see()'s driving frame is to be cut for a calibration under way; None while there is none."""
        with self._lock:
            collecting = self._collecting
            if collecting is None or time_s < collecting.begins_s:
                return None
            if collecting.home is None:
                collecting.home = square_of(face.landmarks)
            return collecting.home

    def calibrate(self, countdown_s: float) -> None:
        """Collect frames for a neutral, after a countdown. A calibration under way begins again."""
        with self._lock:
            self._collecting = _Collecting(self._clock() + countdown_s)
        self._announcer.status_changed()

    def undo(self) -> bool:
        """Return to the neutral before the last calibration; False when there was none."""
        with self._lock:
            self._collecting = None
            if not self._before:
                return False
            self._kept = self._before.pop()
            self._store()
        self._announcer.status_changed()
        return True

    def find_better(self, on: bool, avatar: Face | None = None) -> None:
        """Look out for a better neutral and offer it, or stop looking.

        Args:
            on: look out.
            avatar: the avatar's own face, for a neutral that also looks the same way and sits alike.
        """
        with self._lock:
            self._seeker, self._alike = NeutralPicker(avatar) if on else None, avatar
            self._offered = None
            self._seen = []

    def accept(self) -> bool:
        """Take the neutral that was offered; False when there is none."""
        with self._lock:
            if self._offered is None:
                return False
            self._take(self._offered)
            self._offered = None
        self._announcer.status_changed()
        return True

    def see(self, face: Face | None, time_s: float, frame: DrivingFrame | None = None) -> None:
        """Look at the newest face, as tracked, with its frame's capture time.

        Args:
            face: without pixels; None when there was none.
            time_s: when the frame was captured.
            frame: cut at home(), or at new_home() while that gives one; None for an engine that needs none, and
                where the square had to follow the face.
        """
        with self._lock:
            collecting = self._collecting
        if collecting is not None and time_s >= collecting.begins_s:
            self._collect(collecting, face, time_s, frame)
            frame = None  # cut at another place than the present neutral's
        if face is None:
            return
        if self._kept.state is not NeutralState.CALIBRATED:
            self._pick(face)
        self._seek(face, time_s, frame)
        if frame is not None:
            self._match(frame, time_s)

    def tick(self) -> None:
        """Called now and then, also without frames: a calibration nobody can be seen for ends."""
        with self._lock:
            collecting = self._collecting
            if collecting is None or self._clock() < collecting.begins_s + _GIVE_UP_S:
                return
        self._finish(collecting)

    def _collect(
        self, collecting: _Collecting, face: Face | None, time_s: float, frame: DrivingFrame | None
    ) -> None:
        if collecting.calibrator is None:
            collecting.calibrator = Calibrator()
            self._announcer.status_changed()
        if face is not None:
            collecting.calibrator.add(face)
        if frame is not None:
            collecting.frames = [*collecting.frames, frame][-_MOST_FRAMES:]
        collected_s = time_s - collecting.begins_s
        enough = collecting.calibrator.count >= _LEAST_FACES
        if collected_s >= _GIVE_UP_S or (collected_s >= _COLLECT_S and enough):
            self._finish(collecting)

    def _finish(self, collecting: _Collecting) -> None:
        calibration = (collecting.calibrator or Calibrator()).result()
        with self._lock:
            if self._collecting is not collecting:  # begun again, or undone, meanwhile
                return
            self._collecting = None
            if calibration.good and calibration.neutral is not None:
                self._take(_calibrated(calibration.neutral, collecting))
        self._announcer.calibrated(calibration)
        self._announcer.status_changed()

    def _take(self, neutral: _Kept) -> None:
        self._before = [*self._before, self._kept][-_MOST_UNDO:]
        self._kept, self._stand_in = neutral, None
        self._store()

    def _store(self) -> None:
        """Keep the neutral for the next start; a folder that cannot be written to only costs that."""
        if not self._camera:
            return
        try:
            if self._kept.face is not None and self._kept.state is NeutralState.CALIBRATED:
                save_neutral(self._folder, self._camera, self._kept.face)
            else:
                forget_neutral(self._folder, self._camera)
        except OSError as error:
            logger.warning("the calibration could not be stored in %s (%s)", self._folder, error)

    def _pick(self, face: Face) -> None:
        """Until the user calibrates, the most neutral face so far serves."""
        best = self._picker.add(face)
        with self._lock:
            if best is None or best is self._kept.face or self._kept.state is NeutralState.CALIBRATED:
                return
            first = self._kept.face is None
            self._kept = replace(self._kept, face=best, state=NeutralState.PROVISIONAL)
        if first:
            self._announcer.status_changed()

    def _match(self, frame: DrivingFrame, time_s: float) -> None:
        """Let the live frame most like the neutral stand for its driving frame.

        A good calibration has a frame of its own, which hardly any other is more like.
        """
        with self._lock:
            neutral, present = self._kept.face, self._kept.driving
            if neutral is None:
                return
            best = likest((each for each in (frame, self._stand_in) if each is not None), neutral)
            self._stand_in = best
            if best is None or (present is not None and time_s < self._next_frame_s):
                return
            if present is None or unlike(best.face, neutral) < _FRAME_BETTER * unlike(present.face, neutral):
                self._kept = replace(self._kept, driving=best)
                self._next_frame_s = time_s + _FRAME_EVERY_S

    def _seek(self, face: Face, time_s: float, frame: DrivingFrame | None) -> None:
        seeker, present = self._seeker, self._kept.face
        if seeker is None or present is None:
            return
        best = seeker.add(face)
        if frame is not None:
            self._seen = sorted([*self._seen, frame], key=lambda each: unlike(each.face, best))[:_MOST_SEEN]
        if best is None or time_s < self._next_offer_s or (self._offered and best is self._offered.face):
            return
        score = seeker.score(best)
        if score <= seeker.score(present) + _CLEARLY_BETTER:
            return
        with self._lock:
            self._offered = replace(
                self._kept,
                face=best,
                state=NeutralState.CALIBRATED,
                driving=likest(self._seen, best),
                firm=bool(self._seen),
            )
            self._next_offer_s = time_s + _OFFER_EVERY_S
        self._announcer.neutral_offered(score)


def _calibrated(neutral: Face, collecting: _Collecting) -> _Kept:
    """Return a calibration's neutral with that one of its driving frames that is most like it."""
    driving = likest(collecting.frames, neutral)
    home = collecting.home if driving is not None else None
    return _Kept(neutral, NeutralState.CALIBRATED, home, neutral.size, driving, firm=driving is not None)
