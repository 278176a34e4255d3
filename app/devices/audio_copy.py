"""The sound of a driving clip, carried over into the film made from it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

from app.devices.clips import open_container
from app.devices.film import Film

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet

logger = logging.getLogger(__name__)

_OPUS_RATE = 48_000  # the only one of the usual rates that Opus knows


class AudioCopy:
    """Copies a clip's sound, packet by packet where the film can hold it, encoded anew where not.

    The sound keeps its place against the pictures: what lies before the clip's first picture is left out, a
    later start stays later.

    Attributes:
        copied: the packets are taken as they are.
    """

    def __init__(self, clip: Path, output: OutputContainer, film: Film) -> None:
        """Add a sound track to the output.

        Args:
            clip: has a sound track and pictures.
            output: not yet begun.
            film: its kind.

        Raises:
            ClipError: the clip cannot be read.
        """
        self._input: InputContainer = open_container(clip)
        source = self._input.streams.audio[0]
        self._output, self._film = output, film
        self.copied = source.codec_context.name in film.sounds
        self._start_s = _start_of_pictures(self._input)
        self._source: AudioStream = source
        self._track = output.add_stream_from_template(source) if self.copied else self._new_track()
        self._packets = self._copied() if self.copied else self._encoded()
        self._waiting: Packet | None = None
        self._done = False

    def advance(self, until_s: float) -> None:
        """Write the sound up to that time of the film, seconds."""
        while not self._done:
            packet = self._waiting or next(self._packets, None)
            self._waiting = None
            if packet is None:
                self._done = True
                return
            if (
                packet.pts is not None
                and packet.time_base
                and float(packet.pts * packet.time_base) >= until_s
            ):
                self._waiting = packet
                return
            self._output.mux(packet)

    def close(self) -> None:
        """Let go of the clip."""
        self._done = True
        self._input.close()

    def _new_track(self) -> AudioStream:
        source = self._source.codec_context
        codec = self._film.sound
        rate = _OPUS_RATE if codec == "libopus" else source.sample_rate
        track = cast("AudioStream", self._output.add_stream(codec, rate=rate))
        track.codec_context.layout = "stereo" if source.channels > 1 else "mono"
        return track

    def _copied(self) -> Iterator[Packet]:
        for packet in self._demuxed():
            if packet.pts is None or packet.dts is None or not packet.time_base:
                continue
            shift = round(self._start_s / packet.time_base)
            if packet.pts < shift:
                continue
            packet.pts -= shift
            packet.dts -= shift
            packet.stream = self._track
            yield packet

    def _demuxed(self) -> Iterator[Packet]:
        """Yield the clip's packets up to the first damaged place."""
        import av

        try:
            yield from self._input.demux(self._source)
        except (av.error.FFmpegError, OSError) as error:
            logger.info("the sound ends early: %s", error)

    def _encoded(self) -> Iterator[Packet]:
        import av

        context = self._track.codec_context
        resampler = av.AudioResampler(format=context.format, layout=context.layout, rate=context.sample_rate)
        tick = Fraction(1, context.sample_rate)
        for frame in self._decoded():
            for piece in resampler.resample(frame):
                if frame.time is not None and piece.pts is not None and piece.time_base:
                    piece.pts = round((piece.pts * piece.time_base - self._start_s) / tick)
                    piece.time_base = tick
                if piece.pts is None or piece.pts >= 0:
                    yield from self._track.encode(piece)
        yield from self._track.encode(None)

    def _decoded(self) -> Iterator[AudioFrame]:
        import av

        for packet in self._demuxed():
            try:
                yield from self._source.decode(packet)
            except (av.error.FFmpegError, ValueError) as error:
                if not isinstance(error, av.error.EOFError):
                    logger.info("a damaged piece of sound was left out: %s", error)


def _start_of_pictures(container: InputContainer) -> Fraction:
    """Return the time of the clip's first picture, in seconds."""
    stream = container.streams.video[0]
    if stream.start_time is None or stream.time_base is None:
        return Fraction(0)
    return stream.start_time * stream.time_base
