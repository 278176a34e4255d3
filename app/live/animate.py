"""The heartbeat: one finished picture per beat, from the newest face or from what stands in for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.live.announcer import Announcer
from app.live.compose import cross_fade
from app.live.latest import Latest
from app.live.neutral_keeper import NeutralKeeper
from app.live.pace import Pace
from app.live.picture import Picture
from app.live.presence import Drive, NeutralGlide, Presence
from app.live.scene import Scene
from app.live.slate import slate_picture
from app.live.stage_timer import StageTimer
from app.live.track import Sighting
from app.settings import ControlSettings, OutputSettings, Settings
from engines.base import GAINS, Controls, Face

logger = logging.getLogger(__name__)

_CROSS_FADE_S = 0.25
# An engine that fails: the last picture is held this long, then the slate comes on.
_HOLD_S = 0.7
_TRY_AGAIN_S = (0.0, 0.0, 0.0, 0.1, 0.2, 0.5, 1.0, 2.0)


def controls_of(settings: ControlSettings) -> Controls:
    """Return an engine's controls."""
    return Controls(relative=settings.relative, **{gain: getattr(settings, gain) for gain in GAINS})


@dataclass
class _Trouble:
    """An engine's failures since it last worked."""

    count: int = 0
    since_s: float = 0.0
    again_s: float = float("-inf")


class AnimateStage:
    """Takes sightings, gives pictures.

    Threads: step() on the animate thread; show(), apply() and expect_camera() from anywhere.

    Attributes:
        in_trouble: the engine does not work just now.
        missed: sightings replaced before anybody looked, because a picture took too long.
    """

    def __init__(
        self,
        settings: Settings,
        sightings: Latest[Sighting],
        pictures: Latest[Picture],
        keeper: NeutralKeeper,
        announcer: Announcer,
        timer: StageTimer,
        clock: Callable[[], float],
    ) -> None:
        self.in_trouble = False
        self._settings = settings
        self._sightings, self._pictures = sightings, pictures
        self._keeper, self._announcer, self._timer, self._clock = keeper, announcer, timer, clock
        self._pace = Pace(settings.output.fps)
        self._presence, self._glide = Presence(settings.face_lost), NeutralGlide()
        self._next_scene: Scene | None = None
        self._scene: Scene | None = None
        self._last: Picture | None = None
        self._fade_from: Picture | None = None
        self._fade_began_s = 0.0
        self._had_neutral = False
        self._mirrored: tuple[Face, Face] | None = None
        self._rest: NDArray[np.uint8] | None = None
        self._trouble = _Trouble()
        self._epoch = -1
        self._next_epoch, self._no_camera = -1, False

    @property
    def scene(self) -> Scene | None:
        """What the last beat showed; nothing else is animated any more."""
        return self._scene

    @property
    def missed(self) -> int:
        """How many sightings were replaced before anybody looked."""
        return self._sightings.dropped

    def show(self, scene: Scene) -> None:
        """Put another scene on stage at the next beat."""
        self._next_scene = scene

    def apply(self, settings: Settings) -> None:
        """Use other controls, rate and policy from the next beat on."""
        self._settings = settings

    def expect_camera(self, epoch: int, *, none: bool) -> None:
        """Sightings of earlier cameras count no more. none: there is no camera by choice, so idle motion drives."""
        self._next_epoch, self._no_camera = epoch, none

    def step(self) -> None:
        """Wait for the beat, make the picture."""
        sighting = self._wait()
        now = self._clock()
        settings = self._begin_beat()
        if sighting is not None:
            self._presence.see(sighting.face, now)
        picture = self._picture(settings, sighting, now)
        self._pace.done(now)
        if picture is not None:
            self._last = picture
            self._pictures.put(picture)

    def _wait(self) -> Sighting | None:
        """Return the newest sighting once it may be shown, or None when it is time to show something without one."""
        newest: Sighting | None = None
        while True:
            now = self._clock()
            wait_s = self._pace.late_s(now) if newest is None else self._pace.early_s(now)
            if newest is not None and wait_s <= 0:
                return newest
            try:
                sighting = self._sightings.take(wait_s)
            except TimeoutError:
                return newest
            if sighting.epoch >= self._epoch:
                newest = sighting

    def _begin_beat(self) -> Settings:
        """Take over what other threads asked for since the last beat."""
        settings = self._settings
        if self._pace.period_s != 1 / settings.output.fps:
            self._pace = Pace(settings.output.fps)
        self._presence.policy, self._presence.always_idle = settings.face_lost, self._no_camera
        if self._next_epoch != self._epoch:
            self._epoch = self._next_epoch
            self._presence.forget()
            self._begin_fade()
        if self._next_scene is not self._scene:
            if (
                self._scene is None
                or self._next_scene is None
                or self._scene.puppet is not self._next_scene.puppet
            ):
                self._trouble = _Trouble()
            self._scene = self._next_scene
            self._begin_fade()
        return settings

    def _begin_fade(self) -> None:
        self._fade_from, self._fade_began_s = self._last, self._clock()

    def _picture(self, settings: Settings, sighting: Sighting | None, now: float) -> Picture | None:
        """Return the next picture, or None to leave the last one on."""
        scene = self._scene
        if scene is None:
            return self._faded(self._slate(settings.output, now), now)
        if now < self._trouble.again_s:
            return self._hold(settings.output, now)
        try:
            picture = self._animated(scene, settings, sighting, now)
        except Exception as error:  # noqa: BLE001 - whatever an engine raises, the call goes on
            self._fail(error, now)
            return self._hold(settings.output, now)
        if self._trouble.count:
            self._trouble = _Trouble()
        if self.in_trouble:
            self.in_trouble = False
            self._announcer.status_changed()
        return self._faded(picture, now)

    def _animated(self, scene: Scene, settings: Settings, sighting: Sighting | None, now: float) -> Picture:
        neutral = self._neutral(scene, now)
        drive = self._presence.drive(now, neutral)
        if drive.slate:
            return self._slate(settings.output, now)
        face = drive.face
        self._soften_jumps(drive, neutral)
        if settings.controls.mirror_motion:
            face, neutral = face.mirrored(), self._mirror(neutral)
        driven = sighting is not None and sighting.face is not None and drive.live
        with self._timer.section("animate"):
            person = scene.puppet.animate(face, neutral, controls_of(settings.controls), scene.view)
        with self._timer.section("compose"):
            return scene.composer.compose(person, face.time_s if driven else now, driven=driven)

    def _neutral(self, scene: Scene, now: float) -> Face:
        """Return what motion is measured from; before any driver was seen, the avatar's own face."""
        neutral, before = self._keeper.neutral, self._had_neutral
        self._had_neutral = neutral is not None
        if neutral is None:
            own = scene.puppet.avatar.face
            return self._glide.at(now, own, own.size, jump=True)
        return self._glide.at(now, neutral, self._presence.size or neutral.size, jump=not before)

    def _soften_jumps(self, drive: Drive, neutral: Face) -> None:
        """Landmarks glide to another neutral or driver; driving frames cannot, so the picture fades instead."""
        rest, self._rest = self._rest, neutral.driving
        another = rest is not None and neutral.driving is not None and rest is not neutral.driving
        if another or (drive.back and drive.face.driving is not None):
            self._begin_fade()

    def _mirror(self, neutral: Face) -> Face:
        """The neutral mirrored; kept, as it rarely changes and knows its pose."""
        if self._mirrored is None or self._mirrored[0] is not neutral:
            mirrored = neutral.mirrored()
            if self._mirrored is not None and self._mirrored[0].driving is neutral.driving:
                mirrored = replace(
                    mirrored, driving=self._mirrored[1].driving
                )  # engines know it by its identity
            self._mirrored = neutral, mirrored
        return self._mirrored[1]

    def _slate(self, output: OutputSettings, now: float) -> Picture:
        picture = slate_picture(output.width, output.height, now)
        if self._last is not None and not self._last.slate and self._fade_from is None:
            self._begin_fade()
        return picture

    def _faded(self, picture: Picture, now: float) -> Picture:
        """Mix with what was shown before, for a moment after a change."""
        if self._last is not None and self._last.slate and not picture.slate and self._fade_from is None:
            self._begin_fade()
        if self._fade_from is None:
            return picture
        share = (now - self._fade_began_s) / _CROSS_FADE_S
        if share >= 1:
            self._fade_from = None
            return picture
        return cross_fade(self._fade_from, picture, share)

    def _fail(self, error: Exception, now: float) -> None:
        trouble = self._trouble
        if not trouble.count:
            trouble.since_s = now
        trouble.again_s = now + _TRY_AGAIN_S[min(trouble.count, len(_TRY_AGAIN_S) - 1)]
        trouble.count += 1
        logger.log(
            logging.ERROR if trouble.count == 1 else logging.DEBUG, "the engine failed", exc_info=error
        )
        self._announcer.failed("engine", error)

    def _hold(self, output: OutputSettings, now: float) -> Picture | None:
        """The engine does not work: keep the last picture, for a while; then show the slate."""
        size = output.width, output.height
        held = self._last is not None and self._last.size == size
        if held and now - self._trouble.since_s < _HOLD_S:
            return None
        if not self.in_trouble:
            self.in_trouble = True
            self._announcer.status_changed()
        return self._faded(self._slate(output, now), now)
