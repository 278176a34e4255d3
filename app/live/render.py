"""Animating a picture with a clip, offline: the same stages as live, but every frame gets its turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.avatars.picture import load_picture
from app.devices.clips import Clip, read_clip
from app.devices.recorder import Recorder
from app.devices.snapshot import write_png
from app.errors import GuiseError
from app.live.animate import controls_of
from app.live.compose import Composer
from app.live.follow import Follower, Tracker, face_tracker
from app.live.framing import whole_picture
from app.live.picture import Picture
from app.live.presence import Presence
from app.settings import BackgroundKind, BackgroundSettings, ControlSettings
from app.tracking.calibration import NeutralPicker
from engines.base import Avatar, Engine, Face, Puppet, View
from engines.registry import load_engine as load_any_engine

_MOST_SCORED = 600
_NEIGHBOURS = 2

Progress = Callable[[int, int | None], None]
_Write = Callable[[Picture, int, float], None]


@dataclass(frozen=True)
class Rendered:
    """What came of it.

    Attributes:
        frames: how many were written.
        faces: in how many of the clip's frames a face was found.
        neutral: the frame motion was measured from.
    """

    frames: int
    faces: int
    neutral: int


@dataclass(frozen=True)
class _Track:
    """What was found in a clip; frames and times, no pictures.

    Attributes:
        size: of the frames.
        times: seconds, one for each frame.
        landmarks: smoothed, None where there was no face.
    """

    size: tuple[int, int]
    times: list[float]
    landmarks: list[NDArray[np.float32] | None]

    def face(self, index: int) -> Face | None:
        """Return the face in a frame."""
        points = self.landmarks[index]
        return None if points is None else Face(points, self.size, self.times[index])

    @property
    def found(self) -> list[int]:
        """The frames that show a face."""
        return [index for index, points in enumerate(self.landmarks) if points is not None]


def render(
    avatar: Avatar,
    driving: Path,
    output: Path,
    *,
    engine: str = "rig",
    size: int | None = None,
    neutral: Literal["auto"] | int = "auto",
    controls: ControlSettings | None = None,
    background: BackgroundSettings | None = None,
    progress: Progress = lambda _done, _total: None,
    make_tracker: Callable[[], Tracker] = face_tracker,
    load_engine: Callable[[str], Engine] = load_any_engine,
) -> Rendered:
    """Write one picture for every frame of a clip, at its times and with its sound.

    The same input gives the same output.
    Where no face is found, the last one is held for a moment and then idle motion takes over.

    Args:
        avatar: the picture to animate.
        driving: a video, or a folder of pictures.
        output: an .mp4 file, or a folder for 000000.png and so on (with alpha where the background is transparent).
        engine: by name.
        size: longest side of the output, pixels; the avatar's own by default.
        neutral: the frame motion is measured from, or the calmest one.
        controls: gains, mode and smoothing.
        background: what is behind the person.
        progress: told how many frames are done, and of how many if that is known.
        make_tracker: loads what finds faces.
        load_engine: loads an engine by name.

    Raises:
        GuiseError: the clip cannot be read or shows no face, or the output cannot be written.
        EngineError: the avatar cannot be animated.
    """
    controls, background = controls or ControlSettings(), background or BackgroundSettings()
    if output.suffix.lower() not in ("", ".mp4"):
        raise GuiseError(f"Guise cannot write {output.name}.", "Name an .mp4 file or a folder.")
    if output.resolve() == driving.resolve():
        raise GuiseError(f"{output.name} would overwrite what it is made from.", "Choose another output.")
    clip = read_clip(driving)
    puppet = load_engine(engine).prepare(avatar)
    view = whole_picture(avatar.size, _fitted(avatar.size, size))
    composer = Composer(
        avatar, puppet.backdrop(View(*avatar.size, 1.0)), background, view, _behind(background)
    )
    track = _tracked(clip, controls.smoothing, make_tracker, lambda done, of: progress(done // 2, of))
    count = len(track.times)
    chosen = _neutral_frame(track, neutral, avatar)
    with _writing(output, driving, clip, view) as write:
        for index, picture in enumerate(_pictures(puppet, composer, track, chosen, controls)):
            write(picture, index, track.times[index])
            progress(count // 2 + (index + 1) * (count - count // 2) // count, count)
    return Rendered(count, len(track.found), chosen)


def _fitted(size: tuple[int, int], longest: int | None) -> tuple[int, int]:
    scale = 1.0 if longest is None else longest / max(size)
    return max(round(size[0] * scale), 2), max(round(size[1] * scale), 2)


def _behind(background: BackgroundSettings) -> NDArray[np.uint8] | None:
    wanted = background.kind is BackgroundKind.PICTURE and background.picture
    return load_picture(background.picture).rgb if wanted else None


def _tracked(clip: Clip, smoothing: float, make_tracker: Callable[[], Tracker], progress: Progress) -> _Track:
    """Look at every frame once."""
    track, total = _Track(clip.size, [], []), clip.frame_count or None
    follower = Follower(make_tracker(), smoothing)
    try:
        for rgb, time_s in clip:
            _, face = follower.look(rgb, time_s)
            track.times.append(time_s)
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


def _neutral_frame(track: _Track, wanted: Literal["auto"] | int, avatar: Avatar) -> int:
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


def _pictures(
    puppet: Puppet, composer: Composer, track: _Track, chosen: int, settings: ControlSettings
) -> Iterator[Picture]:
    """Yield the finished pictures in order."""
    presence, controls = Presence(present=True), controls_of(settings)
    neutral = rest = track.face(chosen)
    assert neutral is not None
    assert rest is not None
    if settings.mirror_motion:
        neutral = neutral.mirrored()
    for index, time_s in enumerate(track.times):
        presence.see(track.face(index), time_s)
        face = presence.drive(time_s, rest).face
        if settings.mirror_motion:
            face = face.mirrored()
        yield composer.compose(puppet.animate(face, neutral, controls, composer.view), time_s, driven=True)


@contextmanager
def _writing(output: Path, driving: Path, clip: Clip, view: View) -> Iterator[_Write]:
    """Open the film or the folder, and close it."""
    if output.suffix.lower() == ".mp4":
        recorder = Recorder(output, exact=True, audio_from=driving if clip.has_audio else None)
        recorder.open(view.width, view.height, clip.fps)
        with recorder:
            yield lambda picture, _index, time_s: recorder.send(picture.rgb, time_s)
        return

    def write(picture: Picture, index: int, _time_s: float) -> None:
        write_png(output / f"{index:06d}.png", picture.pixels)

    yield write
