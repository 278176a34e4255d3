"""An engine that draws a block of the avatar's own colour where the head is, and fails when told to."""

from __future__ import annotations

import threading
import time

import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar, Controls, Engine, EngineInfo, Face, Puppet, View
from engines.errors import EngineError
from tests.fakes.faces import made_face


def made_avatar(
    colour: tuple[int, int, int] = (40, 160, 220),
    size: tuple[int, int] = (96, 96),
    *,
    has_alpha: bool = False,
) -> Avatar:
    """A picture of one colour on a dark ground, with a face in its middle."""
    rgb = np.full((size[1], size[0], 3), 30, np.uint8)
    matte = np.zeros((size[1], size[0]), np.uint8)
    inside = slice(size[1] // 5, size[1]), slice(size[0] // 4, -size[0] // 4)
    rgb[inside], matte[inside] = colour, 255
    return Avatar("made", rgb, matte, made_face(size).landmarks, has_alpha=has_alpha)


class FakePuppet(Puppet):
    """Draws the block.

    Attributes:
        seen: (face, neutral) of the last calls.
        calls: how many frames were asked for.
        expected: the views it was told to prepare for.
    """

    def __init__(self, avatar: Avatar, engine: FakeEngine) -> None:
        self.avatar = avatar
        self.seen: list[tuple[Face, Face]] = []
        self.calls = 0
        self.expected: list[View] = []
        self._engine = engine
        self._canvas = np.zeros((1, 1, 4), np.uint8)

    def animate(self, face: Face, neutral: Face, controls: Controls, view: View) -> NDArray[np.uint8]:
        self.calls += 1
        self._engine.calls += 1
        self.seen = [*self.seen[-200:], (face, neutral)]
        if self._engine.fail_every and self._engine.calls % self._engine.fail_every == 0:
            raise EngineError("The fake engine fails.")
        if self._engine.frame_s:
            time.sleep(self._engine.frame_s)
        if self._canvas.shape[:2] != (view.height, view.width):
            self._canvas = np.zeros((view.height, view.width, 4), np.uint8)
        self._canvas[:] = 0
        move = (face.landmarks[4, :2] / face.size - neutral.landmarks[4, :2] / neutral.size) * (view.width, 0)
        x, y = (np.array([view.width / 2, view.height / 2]) + np.nan_to_num(move)).astype(int)
        half = max(view.height // 4, 1)
        block = slice(max(y - half, 0), y + half), slice(max(x - half, 0), max(x + half, 0))
        self._canvas[block] = (*self.avatar.rgb[self.avatar.size[1] // 2, self.avatar.size[0] // 2], 255)
        return self._canvas

    def expect(self, view: View) -> None:
        self.expected.append(view)

    def backdrop(self, view: View) -> NDArray[np.uint8]:
        return np.full((view.height, view.width, 3), 30, np.uint8)


class FakeEngine(Engine):
    """Makes fake puppets.

    Attributes:
        prepare_s: how long preparing takes.
        gate: preparing waits for it.
        preparing: set whenever preparing begins.
        frame_s: how long a frame takes.
        fail_every: every so many frames one fails; 0 none, 1 all.
        refuse: preparing fails.
        prepared: how many avatars were prepared.
    """

    info = EngineInfo("fake", "Fake", "Draws blocks.")

    def __init__(self) -> None:
        self.prepare_s = 0.0
        self.gate, self.preparing = threading.Event(), threading.Event()
        self.gate.set()
        self.frame_s = 0.0
        self.fail_every = 0
        self.refuse = False
        self.prepared = 0
        self.calls = 0

    def prepare(self, avatar: Avatar) -> FakePuppet:
        self.preparing.set()
        assert self.gate.wait(30)
        time.sleep(self.prepare_s)
        if self.refuse:
            raise EngineError("The fake engine refuses.")
        self.prepared += 1
        return FakePuppet(avatar, self)
