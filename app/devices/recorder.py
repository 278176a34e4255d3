"""Recording to a film: live pictures at a constant rate, or a clip's pictures at exactly their times.

The file is written in pieces of two seconds that stand for themselves, so that a full disk, a crash or a
power cut costs the last piece at most; a recording that ends as meant is then turned into an ordinary file. Which kind
of film it is, and whether that keeps transparency, the file's ending says; see app.devices.film.
"""

from __future__ import annotations

import contextlib
import logging
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from app.devices.audio_copy import AudioCopy
from app.devices.clips import read_clip
from app.devices.film import PIECE_S, Film, film_for
from app.devices.fitting import fit
from app.devices.sink import FrameSink
from app.devices.snapshot import WriteError, write_error

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

logger = logging.getLogger(__name__)

_LONGEST_GAP_S = 5.0
_CLOCK = Fraction(1, 90_000)
PROVENANCE = "Animated from a still picture with Guise; not a filmed person."


class Recorder(FrameSink):
    """Writes one film.

    Threads: as FrameSink; encoding happens in send(), so give it a thread of its own.

    Attributes:
        path: of the file.
        frames: pictures written so far, repeated ones included.
        failure: why it stopped early; None while all is well. What was written before stays playable.
    """

    name = "recording"

    def __init__(
        self, path: Path, *, exact: bool = False, audio_from: Path | None = None, quality: int = 20
    ) -> None:
        """Remember where to write.

        Args:
            path: replaced if it exists; its folder is made.
            exact: every picture is written once, at its own time (for `render`); otherwise pictures are
                repeated or left out so that the film has a constant rate.
            audio_from: a clip whose sound goes along; it is left out if there is none.
            quality: H.264's constant rate factor, 0 the best to 51.
        """
        self.path = path
        self._film = film_for(path)
        self.wants_alpha = self._film.alpha
        self.frames = 0
        self.failure: WriteError | None = None
        self._exact = exact
        self._audio_from = audio_from
        self._quality = quality
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._audio: AudioCopy | None = None
        self._start_s: float | None = None
        self._last: NDArray[np.uint8] | None = None
        self._last_tick = -1
        self._still = b""

    @property
    def seconds(self) -> float:
        """Length of the film so far."""
        return self.frames / float(self._fps) if self.frames else 0.0

    def open(self, width: int, height: int, fps: float | Fraction) -> None:
        """Begin the film. While open: do nothing, pictures of another size are fitted into the film's.

        Raises:
            WriteError: the file cannot be written, and why.
            ClipError: the clip with the sound cannot be read.
        """
        if self._container is not None:
            return
        if self._audio_from is not None and self._audio_from.resolve() == self.path.resolve():
            raise WriteError(
                f"{self.path.name} would overwrite the clip it is made from.", "Choose another name."
            )
        self._size = (width, height)
        self._fps = Fraction(fps).limit_denominator(1001)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._container = _new_container(self.path, self._film)
            self._stream = self._add_pictures(self._container)
            if self._audio_from is not None and read_clip(self._audio_from).has_audio:
                self._audio = AudioCopy(self._audio_from, self._container, self._film)
            self._container.start_encoding()
        except OSError as error:
            self._abandon()
            raise write_error(self.path, error) from None
        except BaseException:
            self._abandon()
            raise

    def send(self, picture: NDArray[np.uint8], time_s: float) -> None:
        """Write one picture, (H, W, 3) or (H, W, 4) uint8; transparency becomes black where the film has none.

        Raises:
            WriteError: the disk is full, or the file cannot be written; nothing more will be.
        """
        if self._container is None:
            raise self.failure or WriteError("The recording is over.")
        picture = _even(fit(picture, self._size))
        if self._start_s is None:
            self._start_s = time_s
        since_s = max(0.0, time_s - self._start_s)
        if self._exact:
            tick = max(round(since_s / _CLOCK), self._last_tick + 1)
            self._write(picture, tick)
        else:
            self._write_at_constant_rate(picture, since_s)

    def close(self) -> None:
        """Finish the film.

        Raises:
            WriteError: its end could not be written; what was written before stays playable.
        """
        if self._container is None:
            return
        try:
            assert self._stream is not None
            for packet in self._stream.encode(None):
                self._container.mux(packet)
            if self._audio is not None:
                self._audio.advance(self._end_s())
            self._container.close()
        except OSError as error:
            raise self._fail(error) from None
        finally:
            self._abandon()

    def _write_at_constant_rate(self, picture: NDArray[np.uint8], since_s: float) -> None:
        """Write the picture at the film's next moment; repeat the last one for moments without any."""
        step = round(1 / self._fps / _CLOCK)
        number = round(since_s * self._fps)
        gap = number - self.frames
        if gap < 0:
            self._last = picture
            return
        if gap > _LONGEST_GAP_S * self._fps:  # the computer slept: the film does not
            self._start_s = (self._start_s or 0.0) + float((gap - 1) / self._fps)
            gap = 1
        before = picture if self._last is None else self._last
        for _ in range(gap):
            self._write(before, self.frames * step, again=self._last is not None)
        self._write(picture, self.frames * step)
        self._last = picture

    def _write(self, picture: NDArray[np.uint8], tick: int, *, again: bool = False) -> None:
        """Write a picture. again: it is the one written last, so that a slow codec of stills keeps up with time."""
        container = self._container
        assert container is not None
        try:
            for packet in self._repeated(tick) if again and self._still else self._encoded(picture, tick):
                container.mux(packet)
            if self._audio is not None:
                self._audio.advance(float(tick * _CLOCK))
        except OSError as error:
            failure = self._fail(error)
            self._abandon()
            raise failure from None
        self._last_tick = tick
        self.frames += 1

    def _encoded(self, picture: NDArray[np.uint8], tick: int) -> list[Packet]:
        frame = self._film.frame(picture)
        frame.pts, frame.time_base = tick, _CLOCK
        assert self._stream is not None
        packets = self._stream.encode(frame)
        if self._film.stills and packets:
            self._still = bytes(packets[-1])
        return packets

    def _repeated(self, tick: int) -> list[Packet]:
        from av.packet import Packet

        assert self._stream is not None
        packet = Packet(self._still)
        packet.pts = packet.dts = tick
        packet.time_base, packet.stream, packet.is_keyframe = _CLOCK, self._stream, True
        return [packet]

    def _end_s(self) -> float:
        return float(self._last_tick * _CLOCK + 1 / self._fps)

    def _add_pictures(self, container: OutputContainer) -> VideoStream:
        film = self._film
        stream = cast("VideoStream", container.add_stream(film.codec, rate=self._fps))
        stream.width, stream.height = (side + side % 2 for side in self._size)
        stream.pix_fmt = film.pixels
        stream.time_base = _CLOCK
        context = stream.codec_context
        context.time_base = _CLOCK
        context.gop_size = max(1, round(self._fps * PIECE_S))
        film.tag(context)
        if film.stills:
            context.thread_count = 1  # more of them would hold pictures back, and repeated ones overtake
        context.options = dict(film.options) | ({} if film.alpha else {"crf": str(self._quality)})
        return stream

    def _fail(self, error: OSError) -> WriteError:
        self.failure = write_error(self.path, error)
        return self.failure

    def _abandon(self) -> None:
        """Let go of everything; never raises."""
        audio, self._audio = self._audio, None
        if audio is not None:
            audio.close()
        container, self._container = self._container, None
        if container is not None:
            with contextlib.suppress(OSError, ValueError):
                container.close()
        # Whoever still holds the finished recorder, to tell of it, holds no encoder and no picture.
        self._stream = self._last = None
        self._still = b""


def _new_container(path: Path, film: Film) -> OutputContainer:
    import av

    container = av.open(str(path), "w", format=film.container, options=film.container_options())
    container.metadata["comment"] = PROVENANCE
    return container


def _even(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Repeat the last row or column where a side is odd: codecs halve their colours."""
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return picture
