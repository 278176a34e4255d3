"""A character prepared: from a face to a finished layer of pixels."""

from __future__ import annotations

import cv2
import numpy as np

from engines.base import Avatar, Controls, Face, View
from engines.building.speed import Speed
from engines.carrying.puppet import Carriable
from engines.rig.frame import frame_of
from engines.rig.layers import Layers
from engines.tha.network import Performer, Pixels
from engines.tha.pose import INDEX, Pose, rest
from engines.tha.posing.poser import Poser
from engines.tha.screen import Screen
from engines.tha.square import Square, still_of

# A pose that is no farther than this from the one last painted looks the same: parameters reach to 1.
_SAME = 5e-4
_TRIALS = 3  # before a network that was never measured here knows how fast it is


class ThaPuppet(Carriable):
    """A puppet of Talking Head Anime. It sees a pose and never a pixel of the driver.

    Threads: layers() on one thread, show_layers() on one thread, which may be another.
    """

    carried_below_fps = 12.0

    def __init__(
        self,
        avatar: Avatar,
        layers: Layers,
        square: Square,
        performer: Performer,
        poser: Poser,
        own: Poser,
        remarks: tuple[str, ...] = (),
    ) -> None:
        """Paint the character at rest, until it is known how fast that is.

        Args:
            avatar: the picture.
            layers: it, split.
            square: the part of it that is animated.
            performer: paints it; closed with the puppet.
            poser: reads poses from the driver's faces; shared by all puppets of an engine.
            own: reads them from the avatar's own face while there is no driver: it teaches nothing about one.
            remarks: what of the picture does not suit the networks.
        """
        self.avatar, self.remarks = avatar, remarks
        self._own_faces = avatar.landmarks, avatar.face.mirrored().landmarks
        self._layers, self._square, self._performer = layers, square, performer
        self._poser, self._own = poser, own
        self._pose = rest()
        self._picture = self._rest = performer.animate(self._pose)
        for trial in range(0 if performer.speed().measured else _TRIALS):
            performer.animate(_turned(0.1 * (trial + 1)))
        self._screen: Screen | None = None
        self._expected: Screen | None = None
        self._shown: tuple[Pixels, Screen, Pixels] | None = None

    def animate(self, face: Face, neutral: Face, controls: Controls, view: View) -> Pixels:
        """Return the character, (view.height, view.width, 4) uint8 RGBA with premultiplied alpha.

        A working buffer, overwritten by the next call. Faces that cannot be measured leave the character at rest.

        Raises:
            EngineError: the network cannot be run any more.
        """
        return self.show_layers(self.layers(face, neutral, controls), view)

    @property
    def square(self) -> Avatar:
        """The square as an avatar of its own."""
        return self._square.as_avatar(self.avatar)

    def rest_layers(self) -> Pixels:
        """Return the character at rest, (S, S, 4)."""
        return self._rest

    def layers(self, face: Face, neutral: Face, controls: Controls) -> Pixels:
        """Return the character as the network paints it for a face: (S, S, 4), the same array for the same pose.

        Raises:
            EngineError: the network cannot be run any more.
        """
        own = any(np.array_equal(neutral.landmarks, face) for face in self._own_faces)
        poser = self._own if own else self._poser
        pose = poser.pose(face, neutral, controls)
        if np.abs(pose - self._pose).max() > _SAME:
            self._picture = self._performer.animate(pose)
            self._pose = pose
        return self._picture

    def show_layers(self, layers: Pixels, view: View) -> Pixels:
        """Return what layers() gave as a view shows it; see animate()."""
        screen = self._on_screen(view)
        if self._shown is None or self._shown[0] is not layers or self._shown[1] is not screen:
            self._shown = layers, screen, screen(layers)
        return self._shown[2]

    def expect(self, view: View) -> None:
        """Make the screen of a view beforehand; another thread may be animating."""
        self._expected = self._screen_for(view)

    def backdrop(self, view: View) -> Pixels:
        """Return what is behind the character, (view.height, view.width, 3) uint8 RGB. Outside, the edge repeats."""
        matrix = view.matrix.copy()
        matrix[:, 2] += (matrix[:, :2].sum(axis=1) - 1) / 2
        behind, size = self._layers.backdrop, (view.width, view.height)
        shown = cv2.warpAffine(
            behind, matrix, size, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(shown, np.uint8)

    def speed(self) -> Speed:
        """Return how fast this character is painted here."""
        return self._performer.speed()

    def close(self) -> None:
        """Free the network where it is the character's own."""
        self._performer.close()

    def _on_screen(self, view: View) -> Screen:
        if self._screen is None or self._screen.view != view:
            expected, self._expected = self._expected, None
            if expected is None or expected.view != view:
                expected = self._screen_for(view)
            self._screen = expected
        return self._screen

    def _screen_for(self, view: View) -> Screen:
        still = still_of(self.avatar, self._layers, self._square, view)
        frame = frame_of(self.avatar, view)
        return Screen(self._square.matrix, self._performer.side, view, frame, still)


def _turned(share: float) -> Pose:
    """Return a pose that moves everything, so that nothing is spared in painting it."""
    pose = rest()
    pose[[INDEX[name] for name in ("head_x", "head_y", "body_y", "mouth_aaa")]] = share
    return pose
