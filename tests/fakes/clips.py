"""Small films made for a test: every picture's grey level tells its number."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

STEP = 8


def grey_of(index: int) -> int:
    """The grey level of a film's picture."""
    return 16 + STEP * (index % 28)


def index_of(rgb: np.ndarray) -> int:
    """Which picture this is, from its grey level (the first 28 differ)."""
    return round((float(rgb.mean()) - 16) / STEP)


def make_clip(
    path: Path,
    frames: int = 10,
    fps: Fraction = Fraction(25),
    size: tuple[int, int] = (64, 48),
    *,
    audio: str = "",
    audio_start_s: float = 0.0,
    corner: bool = False,
) -> Path:
    """Write a film.

    Args:
        path: its suffix chooses the format.
        frames: how many pictures.
        fps: their rate.
        size: width and height.
        audio: name of the sound's codec, none when empty; the sound is a click each half second.
        audio_start_s: when the sound begins.
        corner: the upper left quarter of each picture is white.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.options = {"crf": "5", "bf": "0"}
        sound = container.add_stream(audio, rate=48_000) if audio else None
        for index in range(frames):
            picture = np.full((size[1], size[0], 3), grey_of(index), np.uint8)
            if corner:
                picture[: size[1] // 2, : size[0] // 2] = 255
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = index
            frame.time_base = 1 / fps
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            for piece in clicks(float(frames / fps) - audio_start_s, audio_start_s):
                container.mux(sound.encode(piece))
            container.mux(sound.encode(None))
    return path


def clicks(seconds: float, start_s: float) -> list[av.AudioFrame]:
    """Silence with a loud 20 ms tone at every half second of the film."""
    rate, piece = 48_000, 960
    frames = []
    for first in range(0, int(seconds * rate), piece):
        times = start_s + (first + np.arange(piece)) / rate
        loud = (times % 0.5) < 0.02
        wave = (np.sin(times * 2 * np.pi * 1000) * 30_000 * loud).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(wave[None, :], format="s16", layout="mono")
        frame.sample_rate = rate
        frame.pts = first + round(start_s * rate)
        frame.time_base = Fraction(1, rate)
        frames.append(frame)
    return frames


def click_times(path: Path) -> list[float]:
    """When the film's sound gets loud, in seconds."""
    times: list[float] = []
    loud_before = False
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.audio[0]):
            samples = frame.to_ndarray().astype(float)
            peak = 30_000 if frame.format.name.startswith("s16") else 1.0
            level = np.abs(samples).max(axis=0) / peak
            for place in range(0, level.size, 48):
                loud = bool(level[place : place + 48].max() > 0.3)
                if loud and not loud_before:
                    times.append(float(frame.time) + place / frame.sample_rate)
                loud_before = loud
    return times
