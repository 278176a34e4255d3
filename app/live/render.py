"""Animating a picture with a clip, offline: the same stages as live, but every frame gets its turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.avatars.picture import load_picture
from app.devices.clips import Clip, read_clip
from app.devices.film import FILMS
from app.devices.recorder import Recorder
from app.devices.snapshot import write_png
from app.errors import GuiseError
from app.live.animate import controls_of
from app.live.clip_faces import ClipFaces, PlainFrames, TrackedFaces, WantedNeutral
from app.live.compose import Composer
from app.live.follow import Tracker, face_tracker
from app.live.framing import whole_picture
from app.live.picture import Picture
from app.live.puppets import LoadEngine
from app.settings import BackgroundKind, BackgroundSettings, ControlSettings
from engines.base import Avatar, EngineOptions, Puppet, View
from engines.registry import load_engine as load_any_engine

Progress = Callable[[int, int | None], None]
_Write = Callable[[Picture, int, float], None]


@dataclass(frozen=True)
class Rendered:
    """What came of it.

    Attributes:
        frames: how many were written.
        faces: in how many of the clip's frames a face was found; all of them where none was looked for.
        neutral: the frame motion was measured from.
        left_out: names of the folder's pictures that cannot be read.
        remarks: what of the avatar's picture does not suit the engine.
    """

    frames: int
    faces: int
    neutral: int
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def render(
    avatar: Avatar,
    driving: Path,
    output: Path,
    *,
    engine: str = "rig",
    options: EngineOptions | None = None,
    size: int | None = None,
    neutral: WantedNeutral = "auto",
    controls: ControlSettings | None = None,
    background: BackgroundSettings | None = None,
    progress: Progress = lambda _done, _total: None,
    make_tracker: Callable[[], Tracker] = face_tracker,
    load_engine: LoadEngine = load_any_engine,
) -> Rendered:
    """Write one picture for every frame of a clip, at its times and with its sound.

    The same input gives the same output.
    Where no face is found, the last one is held for a moment and then idle motion takes over. With options.crop off
    nothing is looked for: picture and frames are squares, and the network gets them as they are.

    Args:
        avatar: the picture to animate.
        driving: a video, or a folder of pictures.
        output: an .mp4, .mov or .webm file, or a folder for 000000.png and so on. All but .mp4 have alpha where the
            background is transparent.
        engine: by name.
        options: model, runner and framing, for an engine with networks.
        size: longest side of the output, pixels; the avatar's own by default.
        neutral: the frame motion is measured from, or the calmest one.
        controls: gains, mode and smoothing.
        background: what is behind the person.
        progress: told how many frames are done, and of how many if that is known.
        make_tracker: loads what finds faces.
        load_engine: loads an engine by name, with its options.

    Raises:
        GuiseError: the clip cannot be read or shows no face, or the output cannot be written.
        EngineError: the avatar cannot be animated.
    """
    controls, background = controls or ControlSettings(), background or BackgroundSettings()
    if output.suffix.lower() not in ("", *FILMS):
        raise GuiseError(
            f"Guise cannot write {output.name}.", "Name an .mp4, .mov or .webm file, or a folder."
        )
    if output.resolve() == driving.resolve():
        raise GuiseError(f"{output.name} would overwrite what it is made from.", "Choose another output.")
    clip = read_clip(driving)
    options = options or EngineOptions()
    loaded = load_engine(engine, options)
    try:
        if not (options.crop or loaded.info.sees_driver):
            raise GuiseError(f"The engine {engine} animates by landmarks.", "Leave out --crop none.")
        puppet = loaded.prepare(avatar)
        view = whole_picture(avatar.size, _fitted(avatar.size, size))
        composer = Composer(
            avatar, puppet.backdrop(View(*avatar.size, 1.0)), background, view, _behind(background)
        )
        faces: ClipFaces
        if options.crop:
            faces = TrackedFaces(
                clip,
                neutral,
                avatar,
                controls.smoothing,
                make_tracker,
                lambda done, of: progress(done // 2, of),
                driving=loaded.info.sees_driver,
            )
        else:
            faces = PlainFrames(clip, neutral)
        done, count = faces.count // 2 if options.crop else 0, faces.count
        with _writing(output, driving, clip, view) as write:
            for index, picture in enumerate(_pictures(puppet, composer, faces, controls)):
                write(picture, index, picture.time_s)
                progress(done + (index + 1) * (count - done) // count, count)
    finally:
        loaded.close()
    return Rendered(count, faces.found, faces.neutral, tuple(faces.left_out), puppet.remarks)


def _fitted(size: tuple[int, int], longest: int | None) -> tuple[int, int]:
    scale = 1.0 if longest is None else longest / max(size)
    return max(round(size[0] * scale), 2), max(round(size[1] * scale), 2)


def _behind(background: BackgroundSettings) -> NDArray[np.uint8] | None:
    wanted = background.kind is BackgroundKind.PICTURE and background.picture
    return load_picture(background.picture).rgb if wanted else None


def _pictures(
    puppet: Puppet, composer: Composer, faces: ClipFaces, settings: ControlSettings
) -> Iterator[Picture]:
    """Yield the finished pictures in order."""
    controls = controls_of(settings)
    neutral = faces.rest.mirrored() if settings.mirror_motion else faces.rest
    for face, time_s in faces:
        shown = face.mirrored() if settings.mirror_motion else face
        yield composer.compose(puppet.animate(shown, neutral, controls, composer.view), time_s, driven=True)


@contextmanager
def _writing(output: Path, driving: Path, clip: Clip, view: View) -> Iterator[_Write]:
    """Open the film or the folder, and close it."""
    if output.suffix.lower() in FILMS:
        recorder = Recorder(output, exact=True, audio_from=driving if clip.has_audio else None)
        recorder.open(view.width, view.height, clip.fps)
        with recorder:
            alpha = recorder.wants_alpha
            yield lambda picture, _index, time_s: recorder.send(
                picture.pixels if alpha else picture.rgb, time_s
            )
        return

    def write(picture: Picture, index: int, _time_s: float) -> None:
        write_png(output / f"{index:06d}.png", picture.pixels)

    yield write
