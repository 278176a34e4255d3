"""Which neutral face motion is measured from: stored, calibrated now, or picked by itself for the time being."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.live.announcer import Announcer
from app.live.status import NeutralState
from app.tracking.calibration import Calibrator, NeutralPicker
from app.tracking.neutrals import forget_neutral, load_neutral, save_neutral
from engines.base import Face

logger = logging.getLogger(__name__)

_COLLECT_S = 0.55
_GIVE_UP_S = 2.0
_LEAST_FACES = 6  # a slow camera takes longer for them
_MOST_UNDO = 10
_CLEARLY_BETTER = 0.1
_OFFER_EVERY_S = 5.0


@dataclass(frozen=True)
class _Kept:
    """A neutral and where it comes from."""

    face: Face | None
    state: NeutralState


@dataclass
class _Collecting:
    """A calibration under way."""

    begins_s: float
    calibrator: Calibrator | None = None


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
        self._offered: Face | None = None
        self._next_offer_s = 0.0

    @property
    def neutral(self) -> Face | None:
        """The neutral now; None before any face was seen."""
        return self._kept.face

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
        """Another camera: take its stored neutral, or begin anew."""
        stored = load_neutral(self._folder, name)
        with self._lock:
            self._camera = name
            self._kept = _NOTHING if stored is None else _Kept(stored, NeutralState.CALIBRATED)
            self._before.clear()
            self._picker = NeutralPicker()
            self._offered = None
        self._announcer.status_changed()

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

    def find_better(self, on: bool) -> None:
        """Look out for a better neutral and offer it, or stop looking."""
        with self._lock:
            self._seeker = NeutralPicker() if on else None
            self._offered = None

    def accept(self) -> bool:
        """Take the neutral that was offered; False when there is none."""
        with self._lock:
            if self._offered is None:
                return False
            self._take(self._offered)
            self._offered = None
        self._announcer.status_changed()
        return True

    def see(self, face: Face | None, time_s: float) -> None:
        """Look at the newest face, as tracked, with its frame's capture time."""
        with self._lock:
            collecting = self._collecting
        if collecting is not None and time_s >= collecting.begins_s:
            self._collect(collecting, face, time_s)
        if face is None:
            return
        if self._kept.state is not NeutralState.CALIBRATED:
            self._pick(face)
        self._seek(face, time_s)

    def tick(self) -> None:
        """Called now and then, also without frames: a calibration nobody can be seen for ends."""
        with self._lock:
            collecting = self._collecting
            if collecting is None or self._clock() < collecting.begins_s + _GIVE_UP_S:
                return
        self._finish(collecting)

    def _collect(self, collecting: _Collecting, face: Face | None, time_s: float) -> None:
        if collecting.calibrator is None:
            collecting.calibrator = Calibrator()
            self._announcer.status_changed()
        if face is not None:
            collecting.calibrator.add(face)
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
                self._take(calibration.neutral)
        self._announcer.calibrated(calibration)
        self._announcer.status_changed()

    def _take(self, neutral: Face) -> None:
        self._before = [*self._before, self._kept][-_MOST_UNDO:]
        self._kept = _Kept(neutral, NeutralState.CALIBRATED)
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
            self._kept = _Kept(best, NeutralState.PROVISIONAL)
        if first:
            self._announcer.status_changed()

    def _seek(self, face: Face, time_s: float) -> None:
        seeker, present = self._seeker, self._kept.face
        if seeker is None or present is None:
            return
        best = seeker.add(face)
        if best is None or best is self._offered or time_s < self._next_offer_s:
            return
        score = seeker.score(best)
        if score <= seeker.score(present) + _CLEARLY_BETTER:
            return
        with self._lock:
            self._offered, self._next_offer_s = best, time_s + _OFFER_EVERY_S
        self._announcer.neutral_offered(score)
