"""An avatar prepared for the network: from a face to a finished layer of pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar, Controls, Face, View
from engines.carrying.puppet import Carriable
from engines.fomm.hull import movement_scale
from engines.fomm.idle import IdleDriver
from engines.fomm.network import Keypoints, Network, Result, State
from engines.fomm.paste import Paste, backdrop_of
from engines.fomm.source import Source
from engines.fomm.tone import tone_of

Pixels = NDArray[np.uint8]

# Between a driver's pixels and none: the picture goes over from one to the other in this time.
_CROSS_FADE_S = 0.25
# Faces tell the time by their capture; where that stands still or jumps, a frame counts as this long at most.
_FRAME_S, _LONGEST_FRAME_S = 1 / 30, 0.1


@dataclass
class _Fade:
    """A picture on its way out.

    Attributes:
        last: what was shown when the change came.
        gone_s: for how long it has been fading.
    """

    last: Result
    gone_s: float = 0.0


class FommPuppet(Carriable):
    """A puppet of the First Order Motion Model.

    Nothing of the driver's pixels goes anywhere but into the network. Around its picture, behind it and where it fades
    out stands the avatar's own picture, and when the network fails, so does the puppet.

    Threads: result() on one thread, show() on one thread, which may be another.
    """

    def __init__(self, source: Source, network: Network, state: State, idle: IdleDriver | None) -> None:
        """Make the avatar's picture at rest, and measure its colours.

        Args:
            source: the avatar, framed.
            network: the model.
            state: of this avatar, from network.encode.
            idle: stands in for a driver; None where the avatar has no face.
        """
        self.avatar = source.avatar
        self.source = source
        self._network, self._state, self._idle = network, state, idle
        own = state.keypoints
        self.rest = network.animate(state, own, source.crop, np.ones(4, np.float32))
        self._tone = tone_of(source, self.rest.picture)
        self._scales: tuple[Keypoints, float] = own, 1.0
        self._live_neutral: Keypoints | None = None
        self._last: tuple[Result, bool, float] | None = None
        self._fade: _Fade | None = None
        self._paste: Paste | None = None
        self._expected: Paste | None = None

    def animate(self, face: Face, neutral: Face, controls: Controls, view: View) -> Pixels:
        """Return the person, (view.height, view.width, 4) uint8 RGBA with premultiplied alpha.

        A working buffer, overwritten by the next call. Where the puppet animates a square as it is, all of the square
        is the person.

        Raises:
            EngineError: the network cannot be run any more.
        """
        return self.show(self.result(face, neutral, controls), view)

    def result(self, face: Face, neutral: Face, controls: Controls) -> Result:
        """Return the network's picture of a face; see animate().

        A face without driving pixels is played by the rig. A neutral without them, after a restart, is replaced by the
        first live face until one comes.
        """
        live = face.driving is not None
        driving, rest = self._driving(face, neutral)
        scale = self._scale(rest)
        wanted = np.array([controls.relative, 1, scale, controls.head], np.float32)
        return self._faded(self._network.animate(self._state, rest, driving, wanted), live, face.time_s)

    def show(self, result: Result, view: View) -> Pixels:
        """Return a result in the avatar's picture, as a view shows it; see animate()."""
        if self._paste is None or self._paste.view != view:
            expected, self._expected = self._expected, None
            if expected is None or expected.view != view:
                expected = Paste(self.source, self._tone, view)
            self._paste = expected
        return self._paste(result.picture, result.matte)

    @property
    def square(self) -> Avatar:
        """The crop as an avatar of its own."""
        return self.source.as_avatar()

    def rest_layers(self) -> Pixels:
        """Return the picture at rest and its matte as one, (S, S, 4)."""
        return np.dstack([self.rest.picture, self.rest.matte])

    def layers(self, face: Face, neutral: Face, controls: Controls) -> Pixels:
        """Return the network's picture of a face and its matte as one, (S, S, 4); see animate()."""
        result = self.result(face, neutral, controls)
        return np.dstack([result.picture, result.matte])

    def show_layers(self, layers: Pixels, view: View) -> Pixels:
        """Return layers in the avatar's picture, as a view shows it; see animate()."""
        picture, matte = np.ascontiguousarray(layers[..., :3]), np.ascontiguousarray(layers[..., 3])
        return self.show(Result(picture, matte), view)

    def expect(self, view: View) -> None:
        """Prepare what stands around the network's picture; another thread may be animating."""
        self._expected = Paste(self.source, self._tone, view)

    def backdrop(self, view: View) -> Pixels:
        """Return what is behind the person, (view.height, view.width, 3) uint8 RGB. Outside, the edge repeats."""
        return backdrop_of(self.source, view)

    def _driving(self, face: Face, neutral: Face) -> tuple[Pixels, Keypoints]:
        """Return what the network looks at, and what it takes for the rest of that."""
        if face.driving is None:
            own = self.source.crop if self._idle is None else self._idle.frame(face, neutral)
            return own, self._state.keypoints
        if neutral.driving is not None:
            self._live_neutral = self._network.keypoints(self._state, neutral.driving)
        elif self._live_neutral is None:
            self._live_neutral = self._network.keypoints(self._state, face.driving)
        return face.driving, self._live_neutral

    def _scale(self, rest: Keypoints) -> float:
        """Return how far the avatar moves for the driver's motion by 1; measured once per neutral."""
        if self._scales[0] is not rest:
            own = self._state.keypoints
            self._scales = rest, 1.0 if rest is own else movement_scale(own.value, rest.value)
        return self._scales[1]

    def _faded(self, result: Result, live: bool, time_s: float) -> Result:
        """Return the result, mixed with the last one for a moment where a driver has come or gone."""
        if self._last is not None:
            last, was_live, last_s = self._last
            if live != was_live:
                self._fade = _Fade(last)
            if self._fade is not None:
                result = self._mixed(self._fade, result, time_s - last_s)
        self._last = result, live, time_s
        return result

    def _mixed(self, fade: _Fade, result: Result, passed_s: float) -> Result:
        fade.gone_s += min(passed_s, _LONGEST_FRAME_S) if passed_s > 0 else _FRAME_S
        share = fade.gone_s / _CROSS_FADE_S
        if share >= 1:
            self._fade = None
            return result
        return mixed(fade.last, result, share * share * (3 - 2 * share))


def mixed(one: Result, other: Result, share: float) -> Result:
    """Return a result on the way from one (share 0) to the other (1)."""
    pairs = (one.picture, other.picture), (one.matte, other.matte)
    picture, matte = (np.asarray(cv2.addWeighted(a, 1 - share, b, share, 0), np.uint8) for a, b in pairs)
    return Result(picture, matte)
