"""What drives the avatar at a moment: the driver's face, or what stands in for it while nobody is there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.live.idle import IdleMotion, blend, fitted
from app.settings import FaceLostPolicy
from engines.base import Face

# A tracker loses a face for a frame or two now and then: not worth a change.
_GRACE_S = 0.35
_AWAY_S, _BACK_S = 0.8, 0.35
_GLIDE_S = 0.4


@dataclass(frozen=True)
class Drive:
    """What to show.

    Attributes:
        face: the driver now.
        slate: show the slate instead.
        live: the face is a tracked one, not mixed with anything.
        back: the face has just been found again, so its driving frame is far from the last one.
    """

    face: Face
    slate: bool
    live: bool
    back: bool = False


class Presence:
    """Fades between the tracked face and its stand-in.

    A function of the moments it is asked for, so that it serves live and in `render` alike. One thread uses it.
    """

    def __init__(
        self, policy: FaceLostPolicy = FaceLostPolicy.IDLE, *, present: bool = False, seed: int = 0
    ) -> None:
        """Begin without a face.

        Args:
            policy: what stands in for the face.
            present: the first face is shown as it is; otherwise it is faded to.
            seed: of the idle motion.
        """
        self.policy = policy
        self.always_idle = False
        self._idle: IdleMotion | None = None
        self._seed = seed
        self._tracked: Face | None = None
        self._held: Face | None = None
        self._seen_s = float("-inf")
        self._began_s: float | None = None
        self._last_s = 0.0
        self._away = 0.0 if present else 1.0
        self._lost = not present

    @property
    def size(self) -> tuple[int, int] | None:
        """Size of the frames the driver was last seen in."""
        return self._tracked.size if self._tracked is not None else None

    def see(self, face: Face | None, now_s: float) -> None:
        """Take what tracking found."""
        if face is None:
            return
        if self._tracked is not None and self._tracked.size != face.size and self._held is not None:
            self._held = fitted(self._held, face.size)
        self._tracked, self._seen_s = face, now_s

    def forget(self) -> None:
        """Another camera: what the one before saw means nothing any more."""
        self._tracked = self._held = None
        self._seen_s, self._away = float("-inf"), 1.0

    def drive(self, now_s: float, neutral: Face) -> Drive:
        """Return what to show now.

        Args:
            now_s: seconds on a steady clock; must not run backwards.
            neutral: the idle motion's rest.
        """
        if self._began_s is None:
            self._began_s = self._last_s = now_s
        lost = self._tracked is None or now_s - self._seen_s > _GRACE_S
        back, self._lost = self._lost and not lost, lost
        self._fade(lost, now_s)
        slate = self.policy is FaceLostPolicy.SLATE and not self.always_idle and self._away >= 1
        if self._tracked is None:
            return Drive(self._stand_in(now_s, neutral), slate, live=False)
        if self._away <= 0:
            return Drive(self._tracked, slate=False, live=True, back=back)
        share = self._away * self._away * (3 - 2 * self._away)
        face = blend(self._tracked, self._stand_in(now_s, neutral), share)
        return Drive(face, slate, live=False, back=back)

    def _fade(self, lost: bool, now_s: float) -> None:
        if lost and self._away <= 0:
            self._held = self._tracked
        step = (now_s - self._last_s) / (_AWAY_S if lost else -_BACK_S)
        self._away = min(max(self._away + step, 0.0), 1.0)
        self._last_s = now_s

    def _stand_in(self, now_s: float, neutral: Face) -> Face:
        if self.policy is not FaceLostPolicy.IDLE and self._held is not None and not self.always_idle:
            return self._held
        if self._idle is None:
            self._idle = IdleMotion(neutral, self._seed)
        elif self._idle.neutral is not neutral:
            self._idle = self._idle.about(neutral)
        return self._idle.face_at(now_s - (self._began_s or 0.0))


class NeutralGlide:
    """Goes from one neutral to the next without a jump. One thread uses it."""

    def __init__(self) -> None:
        self._from: Face | None = None
        self._to: Face | None = None
        self._began_s = 0.0
        self._shown: Face | None = None
        self._fitted: Face | None = None

    def at(self, now_s: float, neutral: Face, size: tuple[int, int], *, jump: bool = False) -> Face:
        """Return the neutral to use now.

        Args:
            now_s: seconds on a steady clock.
            neutral: the one to come to.
            size: of the driver's frames; the neutral is fitted to it.
            jump: the one before has nothing to do with this one.
        """
        if neutral is not self._to or self._fitted is None or self._fitted.size != size:
            start = None if jump or self._shown is None else fitted(self._shown, size)
            self._to, self._fitted = neutral, fitted(neutral, size)
            self._from, self._began_s = start, now_s
        share = (now_s - self._began_s) / _GLIDE_S
        if self._from is None or share >= 1:
            self._from, self._shown = None, self._fitted
        else:
            share = min(max(share, 0.0), 1.0)
            shown = blend(self._from, self._fitted, share * share * (3 - 2 * share))
            self._shown = replace(shown, driving=self._fitted.driving)
        return self._shown
