"""Video files and folders of pictures, frame by frame and in order: what drives `render` and the file camera.

Every frame comes once, upright (rotation notes of phones are applied), with its own time. Damaged parts are
skipped and counted; a file without a single good frame is an error that says so.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.errors import GuiseError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

logger = logging.getLogger(__name__)

Rgb = NDArray[np.uint8]

FOLDER_FPS = Fraction(30)
_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}
_CLIPS = {".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".gif", ".mpg", ".mpeg", ".wmv", ".flv", ".ts"}
_LARGEST_SIDE = 8192
_SMALLEST_SIDE = 16
_MOST_FPS = 1000


class ClipError(GuiseError):
    """The clip cannot be read, and why."""


@dataclass(frozen=True)
class LazyFrame:
    """A decoded frame that is not yet turned into RGB, so that skipping it is cheap.

    Attributes:
        time_s: since the clip's first frame.
        to_rgb: makes the picture, (H, W, 3) uint8; given (width, height), it is scaled down to fit into that.
    """

    time_s: float
    to_rgb: Callable[[tuple[int, int] | None], Rgb]


@dataclass(frozen=True)
class Clip:
    """A clip that can be read, again and again, from its first frame.

    Attributes:
        path: the file or folder.
        size: width and height as shown, pixels.
        fps: frames a second; of a clip with a varying rate the average.
        frame_count: how many frames the file says it has; 0 where it does not say.
        has_audio: there is sound.
    """

    path: Path
    size: tuple[int, int]
    fps: Fraction
    frame_count: int
    has_audio: bool = False

    def __iter__(self) -> Iterator[tuple[Rgb, float]]:
        """Yield (H, W, 3) uint8 RGB and seconds since the first frame, strictly rising.

        Raises:
            ClipError: there is no good frame at all.
        """
        for frame in self.lazy():
            yield frame.to_rgb(None), frame.time_s

    def lazy(self, skipped: Callable[[Path], None] | None = None) -> Iterator[LazyFrame]:
        """Yield the same frames without making pictures of them.

        Args:
            skipped: told which of a folder's pictures cannot be read.
        """
        frames = _pictures(self, skipped) if self.path.is_dir() else _decoded(self)
        count = 0
        for frame in frames:
            count += 1
            yield frame
        if not count:
            raise ClipError(f"{self.path.name} has no picture that can be read.", "Try another file.")


def is_clip(path: Path) -> bool:
    """Whether there is a file or folder of that name; a device is neither."""
    try:
        return path.is_file() or path.is_dir()
    except (OSError, ValueError):  # too long for a name, or with a zero in it
        return False


def looks_like_clip(spec: str) -> bool:
    """Whether someone who wrote this meant a file, there or not."""
    return Path(spec).suffix.lower() in _CLIPS | _PICTURES or (
        ("/" in spec or "\\" in spec) and spec[:5] != "/dev/"
    )


def read_clip(path: str | Path) -> Clip:
    """Return the clip's card; iterate over it for the frames.

    Args:
        path: a video file, an animation, or a folder of pictures (in the order of their names, at 30 a
            second).

    Raises:
        ClipError: there is no such file, or it holds no video.
    """
    path = Path(path).expanduser()
    if not is_clip(path):
        raise ClipError(f"There is no file {path}.", "Check the spelling.")
    return _folder_card(path) if path.is_dir() else _file_card(path)


def _file_card(path: Path) -> Clip:
    with open_container(path) as container:
        stream = _video_stream(container, path)
        rotated = _is_sideways(container, stream)
        width, height = stream.width, stream.height
        rate = stream.average_rate or stream.guessed_rate
        fps = rate if rate and 0 < rate <= _MOST_FPS else FOLDER_FPS
        count = stream.frames or round(_seconds(container, stream) * fps)
        size = (height, width) if rotated else (width, height)
        return Clip(path, size, Fraction(fps), max(0, count), bool(container.streams.audio))


def _seconds(container: InputContainer, stream: VideoStream) -> Fraction:
    """Return how long the file says it is; 0 where it does not."""
    if stream.duration and stream.time_base:
        return stream.duration * stream.time_base
    return Fraction(container.duration or 0, 1_000_000)


def open_container(path: Path) -> InputContainer:
    """Open a media file.

    Raises:
        ClipError: it cannot be read, and why.
    """
    import av

    try:
        return av.open(str(path), "r", metadata_errors="replace")
    except PermissionError:
        raise ClipError(f"This user may not read {path}.", "Change the file's permissions.") from None
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise ClipError(
            f"{path.name} is not a video that can be read ({_reason(error)}).",
            "Try another file, or convert it to MP4.",
        ) from None


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).rstrip(".").lower()


def _video_stream(container: InputContainer, path: Path) -> VideoStream:
    streams = container.streams.video
    if not streams:
        raise ClipError(f"{path.name} holds no video.", "Choose a file with pictures in it.")
    stream = streams[0]
    if stream.codec_context is None or not (stream.width and stream.height):
        raise ClipError(f"{path.name} is made in a way Guise cannot read.", "Convert it to MP4 (H.264).")
    if not (_plausible(stream.width) and _plausible(stream.height)):
        raise ClipError(
            f"{path.name} says it is {stream.width}x{stream.height} pixels.",
            f"Guise reads clips from {_SMALLEST_SIDE} to {_LARGEST_SIDE} pixels a side.",
        )
    return stream


def _plausible(side: int) -> bool:
    return _SMALLEST_SIDE <= side <= _LARGEST_SIDE


def _is_sideways(container: InputContainer, stream: VideoStream) -> bool:
    """Whether the first frame is to be turned by a quarter."""
    for frame in _frames(container, stream, []):
        return frame.rotation % 180 != 0
    return False


def _decoded(clip: Clip) -> Iterator[LazyFrame]:
    problems: list[str] = []
    with open_container(clip.path) as container:
        stream = _video_stream(container, clip.path)
        stream.thread_type = "AUTO"
        start, last, step = None, -1.0, float(1 / clip.fps)
        for index, frame in enumerate(_frames(container, stream, problems)):
            time_s = index * step if frame.time is None else frame.time
            start = time_s if start is None else start
            last = time_s - start if time_s - start > last else last + step
            yield LazyFrame(last, _Upright(frame))
    if problems:
        logger.info("%s is damaged: %d parts were skipped (%s)", clip.path.name, len(problems), problems[0])


def _frames(container: InputContainer, stream: VideoStream, problems: list[str]) -> Iterator[VideoFrame]:
    """Yield what can be decoded; note what cannot in problems."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.error.FFmpegError, OSError) as error:
            problems.append(_reason(error))
            packet = None
        if packet is None:
            return
        for frame in _decode(stream, packet, problems):
            if _plausible(frame.width) and _plausible(frame.height):
                yield frame


def _decode(stream: VideoStream, packet: Packet, problems: list[str]) -> list[VideoFrame]:
    import av

    try:
        return stream.decode(packet)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if not isinstance(error, av.error.EOFError):
            problems.append(_reason(error))
        return []


@dataclass(frozen=True)
class _Upright:
    """Makes RGB of a decoded frame, the way up it is meant to be seen."""

    frame: VideoFrame

    def __call__(self, within: tuple[int, int] | None = None) -> Rgb:
        turns = round(self.frame.rotation / 90) % 4
        width, height = self.frame.width, self.frame.height
        if within is not None:
            box = within[::-1] if turns % 2 else within
            scale = min(1.0, box[0] / width, box[1] / height)
            width, height = max(2, round(width * scale)), max(2, round(height * scale))
        rgb = np.asarray(self.frame.to_ndarray(format="rgb24", width=width, height=height), np.uint8)
        return np.ascontiguousarray(np.rot90(rgb, turns)) if turns else rgb


def _folder_card(path: Path) -> Clip:
    files = _picture_files(path)
    for file in files:
        rgb = _load(file)
        if rgb is not None:
            return Clip(path, (rgb.shape[1], rgb.shape[0]), FOLDER_FPS, len(files))
    raise ClipError(f"The folder {path} holds no picture that can be read.", "Put PNG or JPEG files into it.")


def _pictures(clip: Clip, skipped: Callable[[Path], None] | None) -> Iterator[LazyFrame]:
    index = 0
    for file in _picture_files(clip.path):
        rgb = _load(file)
        if rgb is None:
            logger.info("%s cannot be read and was skipped", file)
            if skipped is not None:
                skipped(file)
            continue
        yield LazyFrame(float(index / clip.fps), _Loaded(rgb))
        index += 1


@dataclass(frozen=True)
class _Loaded:
    """Gives a picture that is there already."""

    rgb: Rgb

    def __call__(self, within: tuple[int, int] | None = None) -> Rgb:
        import cv2

        height, width = self.rgb.shape[:2]
        scale = min(1.0, within[0] / width, within[1] / height) if within else 1.0
        if scale == 1.0:
            return self.rgb
        size = max(2, round(width * scale)), max(2, round(height * scale))
        return np.asarray(cv2.resize(self.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def _picture_files(folder: Path) -> list[Path]:
    """Return the folder's pictures in the order a person would count them: 2 before 10."""
    files = [file for file in folder.iterdir() if file.suffix.lower() in _PICTURES]
    return sorted(
        files, key=lambda file: [(part.zfill(12)) for part in re.split(r"(\d+)", file.name.lower())]
    )


def _load(file: Path) -> Rgb | None:
    import cv2

    try:
        raw = np.fromfile(file, np.uint8)  # imread cannot open every name on Windows
        picture = cv2.imdecode(raw, cv2.IMREAD_COLOR) if raw.size else None
    except (OSError, cv2.error):
        return None
    return None if picture is None else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
