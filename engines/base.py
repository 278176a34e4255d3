"""What every engine agrees on: an avatar and a face go in, a layer of pixels comes out.

Prepare once, animate many: `Engine.prepare(avatar)` is slow and returns a `Puppet`; `Puppet.animate` is fast and is
called for every frame. A puppet never changes (but for its working buffers), so switching avatars is one reference.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.face.canonical import mirror_order
from engines.face.pose import HeadPose, fit_pose


@dataclass(frozen=True)
class Face:
    """What tracking found in one frame.

    Attributes:
        landmarks: (478, 3) float32; x right and y down in pixels of the frame, z of the same scale, away from the
            viewer. See engines.face.topology for who is who.
        size: width and height of the frame, pixels.
        time_s: when the frame was captured, seconds on the session's clock.
        driving: (256, 256, 3) uint8 RGB, the driving frame: the square of the camera's frame around the head that
            networks look at. None where there are no such pixels: idle motion, a face read from a file, an engine
            that needs none. It is input to an engine and nothing else; no code shows it.
    """

    landmarks: NDArray[np.float32]
    size: tuple[int, int]
    time_s: float = 0.0
    driving: NDArray[np.uint8] | None = field(default=None, repr=False)

    @cached_property
    def pose(self) -> HeadPose:
        """The head's pose in the frame."""
        return fit_pose(self.landmarks)

    @cached_property
    def local(self) -> NDArray[np.float64]:
        """(478, 3) landmarks in the head's own axes, centimetres."""
        return self.pose.to_local(self.landmarks)

    def mirrored(self) -> Face:
        """Return the face as a mirror shows it: left is right, and the landmarks keep their meaning."""
        landmarks = self.landmarks[mirror_order()]
        landmarks[:, 0] = self.size[0] - landmarks[:, 0]
        driving = None if self.driving is None else np.ascontiguousarray(self.driving[:, ::-1])
        return Face(landmarks, self.size, self.time_s, driving)


class Style(str, Enum):
    """How an avatar is made, which decides how lids and mouth are drawn."""

    PHOTO = "photo"
    DRAWN = "drawn"


@dataclass(frozen=True)
class Avatar:
    """The picture to animate.

    Attributes:
        name: for the user.
        rgb: (H, W, 3) uint8.
        matte: (H, W) uint8, 255 where the person is, 0 where the background is; the picture's own alpha if it has one.
        landmarks: (478, 3) float32 in the picture's pixels, as in Face.
        style: photo or drawn.
        has_alpha: the matte came with the picture, and there is no background behind the person.
        character: folder of a stored model (engines.weights.model) whose networks were trained for this very picture;
            None for a picture that comes without any.
        hand_before_face: a hand was found before the face; it moves as if it were part of it. Not every hand is found.
    """

    name: str
    rgb: NDArray[np.uint8]
    matte: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    style: Style = Style.PHOTO
    has_alpha: bool = False
    character: Path | None = None
    hand_before_face: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]

    @cached_property
    def face(self) -> Face:
        """The avatar's own face."""
        return Face(self.landmarks, self.size)


GAINS = ("head", "mouth", "eyes", "brows", "gaze", "body", "breathing")  # of Controls, as users meet them


@dataclass(frozen=True)
class Controls:
    """What the user can turn. Gains: 0 still, 1 as the driver, 2 twice as much.

    Attributes:
        head: gain of the head's rotation and position.
        mouth: gain of lips and jaw.
        eyes: gain of lids and gaze.
        brows: gain of the brows.
        gaze: gain of the gaze alone, besides that of the eyes; engines that move irises apart from lids follow it.
        body: gain of how the body follows the head, for engines that move one.
        breathing: gain of the breathing, for engines that breathe by themselves.
        relative: motion is measured from the neutral; otherwise the driver's pose and expression are taken as they are.
    """

    head: float = 1.0
    mouth: float = 1.0
    eyes: float = 1.0
    brows: float = 1.0
    relative: bool = True
    gaze: float = 1.0
    body: float = 1.0
    breathing: float = 1.0

    def __post_init__(self) -> None:
        for name in GAINS:
            if not 0 <= getattr(self, name) <= 2:
                raise ValueError(f"{name} must be between 0 and 2, not {getattr(self, name)}")


@dataclass(frozen=True)
class View:
    """Which part of the picture the output shows: output = scale * picture + offset, mirrored where asked.

    Attributes:
        width: of the output, pixels.
        height: of the output, pixels.
        scale: output pixels a picture pixel takes.
        offset: (x, y) where the picture's upper left corner falls, output pixels.
        mirror: flip the finished output left to right.
    """

    width: int
    height: int
    scale: float
    offset: tuple[float, float] = (0.0, 0.0)
    mirror: bool = False

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(2, 3) picture to output, for cv2.warpAffine and for points with a 1 behind them."""
        x, y = self.offset
        if self.mirror:
            return np.array([[-self.scale, 0, self.width - x], [0, self.scale, y]])
        return np.array([[self.scale, 0, x], [0, self.scale, y]])


@dataclass(frozen=True)
class EngineInfo:
    """An engine's card.

    Attributes:
        name: as the command line says it.
        title: as the window says it.
        summary: one sentence for choosing.
        still_background: the engine never moves the avatar's background by itself.
        sees_driver: the engine looks at Face.driving; otherwise landmarks are all it needs.
        gains: which of the controls' gains it follows.
        family: the model family it needs weights of; None where it needs none.
        characters: avatars that bring networks of their own (Avatar.character) need no model of the family.
    """

    name: str
    title: str
    summary: str
    still_background: bool = field(default=False)
    sees_driver: bool = field(default=False)
    gains: tuple[str, ...] = ("head", "mouth", "eyes", "brows")
    family: str | None = None
    characters: bool = field(default=False)


@dataclass(frozen=True)
class EngineOptions:
    """What an engine with networks is loaded with.

    Attributes:
        model: folder of a stored model (engines.weights.model); None for an engine that needs none.
        builds: folder for graphs built from models; created when the first one is written.
        runner: which runner to use, by name, or "auto" for the fastest that works here.
        crop: frame avatars as the network's training pictures are framed; otherwise whole square pictures as they are.
        mapping: the user's own table from faces to pose parameters (TOML); None for the one that comes with the engine.
    """

    model: Path | None = None
    builds: Path | None = None
    runner: str = "auto"
    crop: bool = True
    mapping: Path | None = None


class Puppet(ABC):
    """An avatar prepared by one engine.

    Threads: one thread animates at a time; the working buffers are the puppet's own.

    Attributes:
        avatar: what is animated.
        remarks: what of it does not suit the engine, a sentence each, for the user; it is animated all the same.
    """

    avatar: Avatar
    remarks: tuple[str, ...] = ()

    @abstractmethod
    def animate(self, face: Face, neutral: Face, controls: Controls, view: View) -> NDArray[np.uint8]:
        """Return the person, (view.height, view.width, 4) uint8 RGBA with premultiplied alpha.

        The array is the puppet's working buffer: it is overwritten by the next call.

        Args:
            face: the driver now.
            neutral: the driver at rest.
            controls: gains and mode.
            view: where the picture falls in the output.
        """

    def expect(self, view: View) -> None:  # noqa: B027 - most engines need no preparation for a view
        """Prepare for a view that animate() will be asked for next. May be slow; another thread may be animating."""

    @abstractmethod
    def backdrop(self, view: View) -> NDArray[np.uint8]:
        """Return what is behind the person, (view.height, view.width, 3) uint8 RGB, the person removed. May be slow."""

    def close(self) -> None:  # noqa: B027 - most puppets hold nothing but memory
        """End its threads and free what it holds; nobody animates it any more. Closing twice is fine."""


class Engine(ABC):
    """A way to animate pictures."""

    info: EngineInfo

    @abstractmethod
    def prepare(self, avatar: Avatar) -> Puppet:
        """Compute everything that depends on the picture alone. Slow: call once per avatar.

        Raises:
            EngineError: the avatar cannot be animated, and why.
        """

    def close(self) -> None:  # noqa: B027 - most engines hold nothing but memory
        """Free what it holds; its puppets are closed before. Closing twice is fine."""
