"""The faces of a clip, one for every frame: found by tracking, or the frames themselves, taken as they are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.devices.clips import Clip
from app.errors import GuiseError
from app.live.follow import Follower, Tracker
from app.live.presence import Presence
from app.tracking.calibration import NeutralPicker
from app.tracking.driving import DrivingCrop
from engines.base import Avatar, Face
from engines.face.topology import LANDMARK_COUNT
from engines.fomm.framing import Square, square_of

_MOST_SCORED = 600
_NEIGHBOURS = 2

WantedNeutral = Literal["auto"] | int


class ClipFaces(ABC):
    """What drives an avatar through a clip.

    Attributes:
        count: frames.
        found: frames that show a face.
        neutral: number of the frame motion is measured from.
        rest: the face in that frame.
        left_out: names of pictures in a folder that cannot be read.
    """

    count: int
    found: int
    neutral: int
    rest: Face
    left_out: list[str]

    @abstractmethod
    def __iter__(self) -> Iterator[tuple[Face, float]]:
        """Yield what is to be shown for every frame, and its time in seconds."""


@dataclass(frozen=True)
class _Track:
    """What was found in a clip; frames and times, no pictures.

    Attributes:
        size: of the frames.
        times: seconds, one for each frame.
        landmarks: smoothed, None where there was no face.
        left_out: names of pictures that cannot be read.
    """

    size: tuple[int, int]
    times: list[float] = field(default_factory=list)
    landmarks: list[NDArray[np.float32] | None] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def face(self, index: int) -> Face | None:
        """Return the face in a frame."""
        points = self.landmarks[index]
        return None if points is None else Face(points, self.size, self.times[index])

    @property
    def found(self) -> list[int]:
        """The frames that show a face."""
        return [index for index, points in enumerate(self.landmarks) if points is not None]


class TrackedFaces(ClipFaces):
    """Every frame is looked at once to find the faces; for an engine that looks at the driver, a second time to cut.

    Where no face is found, the last one is held for a moment and then idle motion takes over.
    """

    def __init__(
        self,
        clip: Clip,
        wanted: WantedNeutral,
        avatar: Avatar,
        smoothing: float,
        make_tracker: Callable[[], Tracker],
        progress: Callable[[int, int | None], None],
        *,
        driving: bool,
    ) -> None:
        """Track the clip and choose its neutral.

        Args:
            clip: what drives.
            wanted: the frame motion is measured from, or the calmest one.
            avatar: which the calmest one is also to suit.
            smoothing: strength, 0..1.
            make_tracker: loads what finds faces.
            progress: told how many frames are done, and of how many if that is known.
            driving: the engine looks at the driver: faces come with their driving frames.

        Raises:
            GuiseError: the clip cannot be read, shows no face, or none in the frame that was wanted.
        """
        self._clip, self._driving = clip, driving
        self._track = track = _tracked(clip, smoothing, make_tracker, progress)
        self.count, self.found, self.left_out = len(track.times), len(track.found), track.left_out
        self.neutral = _neutral_frame(track, wanted, avatar)
        rest = track.face(self.neutral)
        assert rest is not None
        self.rest = rest
        if driving:
            crop = DrivingCrop(square_of(rest.landmarks))
            self.rest = replace(rest, driving=crop.cut(frame_of(clip, self.neutral), rest))

    def __iter__(self) -> Iterator[tuple[Face, float]]:
        """Yield the face of every frame, or what stands in for it."""
        presence = Presence(present=True)
        for face, time_s in self._cut() if self._driving else self._found():
            presence.see(face, time_s)
            yield presence.drive(time_s, self.rest).face, time_s

    def _found(self) -> Iterator[tuple[Face | None, float]]:
        for index, time_s in enumerate(self._track.times):
            yield self._track.face(index), time_s

    def _cut(self) -> Iterator[tuple[Face | None, float]]:
        crop = DrivingCrop(square_of(self.rest.landmarks))
        for (face, time_s), frame in zip(self._found(), self._clip.lazy(), strict=True):
            yield None if face is None else replace(face, driving=crop.cut(frame.to_rgb(None), face)), time_s


class PlainFrames(ClipFaces):
    """The clip's frames as they are, all of them squares; nothing is looked for in them."""

    def __init__(self, clip: Clip, wanted: WantedNeutral) -> None:
        """Read the neutral.

        Args:
            clip: of square frames.
            wanted: the frame motion is measured from; "auto" is the first.

        Raises:
            GuiseError: the clip has no such frame, or that is not square.
        """
        self._clip, self.left_out = clip, []
        self.neutral = 0 if wanted == "auto" else wanted
        self._checked(clip.size, 0)
        self.count = self.found = sum(1 for _ in clip.lazy(lambda file: self.left_out.append(file.name)))
        if not 0 <= self.neutral < self.count:
            raise GuiseError(
                f"The clip has no frame {self.neutral}.",
                f"Its frames are counted from 0 to {self.count - 1}.",
            )
        self.rest = self._face(frame_of(clip, self.neutral), self.neutral, 0.0)

    def __iter__(self) -> Iterator[tuple[Face, float]]:
        """Yield every frame.

        Raises:
            GuiseError: one is not square.
        """
        for index, (rgb, time_s) in enumerate(self._clip):
            yield self._face(rgb, index, time_s), time_s

    def _face(self, rgb: NDArray[np.uint8], index: int, time_s: float) -> Face:
        height, width = rgb.shape[:2]
        self._checked((width, height), index)
        driving = Square(width / 2, height / 2, width).cut(rgb)
        return Face(np.zeros((LANDMARK_COUNT, 3), np.float32), (width, height), time_s, driving)

    def _checked(self, size: tuple[int, int], index: int) -> None:
        if size[0] != size[1]:
            raise GuiseError(
                f"Frame {index} of the clip is {size[0]} by {size[1]} pixels and not square.",
                "Crop the clip to squares, or let Guise follow the head with --crop head.",
            )


def frame_of(clip: Clip, index: int) -> NDArray[np.uint8]:
    """Return one frame of a clip, (H, W, 3) uint8, that is known to be there."""
    return next(frame for number, frame in enumerate(clip.lazy()) if number == index).to_rgb(None)


def _tracked(
    clip: Clip,
    smoothing: float,
    make_tracker: Callable[[], Tracker],
    progress: Callable[[int, int | None], None],
) -> _Track:
    """Look at every frame once."""
    track, total = _Track(clip.size), clip.frame_count or None
    follower = Follower(make_tracker(), smoothing)

    def skipped(file: Path) -> None:
        track.left_out.append(file.name)

    try:
        for frame in clip.lazy(skipped):
            _, face = follower.look(frame.to_rgb(None), frame.time_s)
            track.times.append(frame.time_s)
            track.landmarks.append(None if face is None else _scaled(face, clip.size))
            progress(len(track.times), total)
    finally:
        follower.close()
    return track


def _scaled(face: Face, size: tuple[int, int]) -> NDArray[np.float32]:
    """A folder's pictures may differ in size: all faces are told in the first one's pixels."""
    if face.size == size:
        return face.landmarks
    return face.landmarks * np.float32(size[1] / face.size[1])


def _neutral_frame(track: _Track, wanted: WantedNeutral, avatar: Avatar) -> int:
    """Return the frame to measure motion from.

    Raises:
        GuiseError: there is no face in it, or anywhere.
    """
    found = track.found
    if not found:
        raise GuiseError(
            "No face was found in the clip.", "Use one that shows a face from the front, well lit."
        )
    if wanted == "auto":
        return _calmest(track, found, avatar)
    if wanted not in found:
        nearest = min(found, key=lambda index: abs(index - wanted))
        raise GuiseError(
            f"Frame {wanted} of the clip shows no face.", f"The nearest one that does is {nearest}."
        )
    return wanted


def _calmest(track: _Track, found: list[int], avatar: Avatar) -> int:
    """Return the frame with the most neutral face, by this driver's habits, that also suits the avatar.

    A frame counts with its neighbours: between two expressions no face is neutral.
    """
    looked_at = found[:: max(1, len(found) // _MOST_SCORED)]
    picker = NeutralPicker(avatar.face)
    faces = [face for index in looked_at if (face := track.face(index)) is not None]
    for face in faces:
        picker.add(face)
    scores = [picker.score(face) for face in faces]
    around = [
        min(scores[max(place - _NEIGHBOURS, 0) : place + _NEIGHBOURS + 1]) for place in range(len(scores))
    ]
    return looked_at[int(np.argmax(np.array(around) + 1e-3 * np.array(scores)))]
