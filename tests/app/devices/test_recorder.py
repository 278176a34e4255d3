"""Films: constant rate, exact times, sound in its place, and what is left when it goes wrong."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from app.devices.clips import ClipError, read_clip
from app.devices.recorder import Recorder
from app.devices.snapshot import WriteError
from tests.fakes.clips import click_times, grey_of, index_of, make_clip


def grey(index: int, size: tuple[int, int] = (64, 48), channels: int = 3) -> np.ndarray:
    return np.full((size[1], size[0], channels), grey_of(index), np.uint8)


def record(path: Path, times: list[float], fps: float | Fraction = 25, **options: bool) -> Recorder:
    recorder = Recorder(path, **options)
    recorder.open(64, 48, fps)
    for index, time_s in enumerate(times):
        recorder.send(grey(index), time_s)
    recorder.close()
    return recorder


def test_steady_pictures_come_back_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "aufnähme 1" / "film é.mp4"
    recorder = record(path, [100 + i / 25 for i in range(20)])
    clip = read_clip(path)
    frames = list(clip)
    assert [index_of(rgb) for rgb, _ in frames] == list(range(20))
    assert [time_s for _, time_s in frames] == pytest.approx([i / 25 for i in range(20)])
    assert clip.fps == 25
    assert recorder.frames == 20
    assert recorder.seconds == pytest.approx(0.8)


def test_uneven_pictures_become_a_constant_rate(tmp_path: Path) -> None:
    record(tmp_path / "a.mp4", [0, 0.041, 0.079, 0.2, 0.21, 0.24, 0.285])
    frames = list(read_clip(tmp_path / "a.mp4"))
    times = [time_s for _, time_s in frames]
    assert times == pytest.approx([i / 25 for i in range(len(times))])
    assert [index_of(rgb) for rgb, _ in frames] == [0, 1, 2, 2, 2, 3, 5, 6]


def test_a_computer_that_slept_leaves_no_hole(tmp_path: Path) -> None:
    recorder = record(tmp_path / "a.mp4", [0, 0.04, 3600, 3600.04])
    assert recorder.frames < 10
    assert [index_of(rgb) for rgb, _ in read_clip(tmp_path / "a.mp4")][-2:] == [2, 3]


def test_exact_pictures_keep_their_times(tmp_path: Path) -> None:
    times = [0, 0.04, 0.05, 0.5, 1.25]
    record(tmp_path / "a.mp4", times, exact=True)
    frames = list(read_clip(tmp_path / "a.mp4"))
    assert [index_of(rgb) for rgb, _ in frames] == [0, 1, 2, 3, 4]
    assert [time_s for _, time_s in frames] == pytest.approx(times, abs=1e-4)


def test_broken_rates_are_kept(tmp_path: Path) -> None:
    rate = Fraction(30000, 1001)
    record(tmp_path / "a.mp4", [float(i / rate) for i in range(30)], rate, exact=True)
    assert read_clip(tmp_path / "a.mp4").fps == rate
    record(tmp_path / "b.mp4", [i / 29.97 for i in range(60)], 29.97)
    assert float(read_clip(tmp_path / "b.mp4").fps) == pytest.approx(29.97, abs=0.01)


@pytest.mark.parametrize("size", [(63, 47), (64, 47), (63, 48)])
def test_odd_sizes_are_padded(tmp_path: Path, size: tuple[int, int]) -> None:
    with Recorder(tmp_path / "a.mp4") as recorder:
        recorder.open(*size, 25)
        recorder.send(grey(3, size), 0.0)
    rgb, _ = next(iter(read_clip(tmp_path / "a.mp4")))
    assert rgb.shape == (48, 64, 3)
    assert np.abs(rgb.astype(int) - grey_of(3)).max() <= 3


def test_colours_survive(tmp_path: Path) -> None:
    colours = [(200, 30, 60), (10, 200, 90), (40, 60, 240), (128, 128, 128), (255, 255, 255), (0, 0, 0)]
    with Recorder(tmp_path / "a.mp4") as recorder:
        recorder.open(64, 48, 25)
        for index, colour in enumerate(colours):
            recorder.send(np.full((48, 64, 3), colour, np.uint8), index / 25)
    for colour, (rgb, _) in zip(colours, read_clip(tmp_path / "a.mp4"), strict=True):
        assert np.abs(rgb.mean(axis=(0, 1)) - colour).max() < 5


def test_transparency_becomes_black_and_other_sizes_fit(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a.mp4") as recorder:
        recorder.open(64, 48, 25)
        clear = grey(20, channels=4)
        clear[..., 3] = 0
        recorder.send(clear, 0.0)
        recorder.open(32, 32, 30)
        recorder.send(grey(20, (32, 32)), 0.04)
    frames = [rgb for rgb, _ in read_clip(tmp_path / "a.mp4")]
    assert frames[0].mean() < 3
    assert frames[1].shape == (48, 64, 3)
    assert frames[1][:, :4].mean() < 6
    assert frames[1][10:38, 12:52].mean() == pytest.approx(grey_of(20), abs=4)


def test_a_finished_film_is_an_ordinary_mp4(tmp_path: Path) -> None:
    record(tmp_path / "a.mp4", [i / 25 for i in range(60)])
    raw = (tmp_path / "a.mp4").read_bytes()
    assert b"avc1" in raw
    if av.library_versions["libavformat"] >= (61, 9):
        assert not _boxes(raw) & {b"moof"}
    assert b"moov" in _boxes(raw)


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
@pytest.mark.parametrize("start_s", [0.0, 0.7])
def test_sound_goes_along_in_its_place(tmp_path: Path, codec: str, start_s: float) -> None:
    """Copied where MP4 can hold it, encoded anew where not; clicks stay where they were, to 30 ms."""
    source = make_clip(tmp_path / "quelle.mkv", frames=75, audio=codec, audio_start_s=start_s)
    clip = read_clip(source)
    recorder = Recorder(tmp_path / "a.mp4", exact=True, audio_from=source)
    recorder.open(64, 48, clip.fps)
    for rgb, time_s in clip:
        recorder.send(rgb, time_s)
    recorder.close()
    result = read_clip(tmp_path / "a.mp4")
    assert result.has_audio
    assert [index_of(rgb) for rgb, _ in result] == [i % 28 for i in range(75)]
    before, after = click_times(source), click_times(tmp_path / "a.mp4")
    assert len(before) >= 4
    shared_after = [time_s for time_s in after if time_s > start_s + 0.1]
    shared_before = [time_s for time_s in before if time_s > start_s + 0.1]
    assert shared_after == pytest.approx(shared_before, abs=0.03)


def test_sound_of_a_clip_that_is_cut_short_ends_with_the_pictures(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mp4", frames=75, audio="aac")
    recorder = Recorder(tmp_path / "b.mp4", exact=True, audio_from=source)
    recorder.open(64, 48, 25)
    for index in range(25):
        recorder.send(grey(index), index / 25)
    recorder.close()
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert float(container.duration / av.time_base) == pytest.approx(1.0, abs=0.1)


def test_a_silent_clip_gives_a_silent_film(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mp4", frames=5)
    with Recorder(tmp_path / "b.mp4", exact=True, audio_from=source) as recorder:
        recorder.open(64, 48, 25)
        recorder.send(grey(0), 0.0)
    assert not read_clip(tmp_path / "b.mp4").has_audio


def test_a_clip_for_the_sound_that_is_no_clip_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no film")
    with pytest.raises(ClipError, match=r"a\.mp4"):
        Recorder(tmp_path / "b.mp4", audio_from=tmp_path / "a.mp4").open(64, 48, 25)


def test_a_film_never_overwrites_its_own_source(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mp4", audio="aac")
    before = source.read_bytes()
    with pytest.raises(WriteError, match="would overwrite"):
        Recorder(tmp_path / "." / "a.mp4", exact=True, audio_from=source).open(64, 48, 25)
    assert source.read_bytes() == before


def test_a_finished_recorder_holds_no_encoder(tmp_path: Path) -> None:
    def encoders() -> int:
        gc.collect()
        return sum(type(each) is av.VideoCodecContext for each in gc.get_objects())

    before = encoders()
    held = record(tmp_path / "a.mp4", [0, 0.04])
    assert encoders() == before
    assert held.frames == 2


def test_an_empty_recording_is_no_accident(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.mp4")
    recorder.open(64, 48, 25)
    recorder.close()
    recorder.close()
    assert (recorder.frames, recorder.seconds) == (0, 0.0)
    with pytest.raises(WriteError, match="over"):
        recorder.send(grey(0), 0.0)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(WriteError, match="may not be written to"):
            Recorder(tmp_path / "a.mp4").open(64, 48, 25)
    finally:
        tmp_path.chmod(0o700)


def test_a_place_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(WriteError, match="file"):
        Recorder(tmp_path / "file" / "a.mp4").open(64, 48, 25)
    with pytest.raises(WriteError):
        Recorder(tmp_path).open(64, 48, 25)


@pytest.mark.skipif(sys.platform == "win32", reason="limits a file's size the POSIX way")
def test_a_full_disk_is_named_and_the_film_so_far_plays(tmp_path: Path) -> None:
    done = _in_a_process(tmp_path / "voll.mp4", "limit")
    assert "The disk is full, so voll.mp4 could not be written to its end." in done.stdout, done.stderr
    assert "over" not in done.stdout
    assert len(list(read_clip(tmp_path / "voll.mp4"))) >= 50


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process the POSIX way")
def test_a_killed_recording_plays(tmp_path: Path) -> None:
    done = _in_a_process(tmp_path / "killed.mp4", "kill")
    assert done.returncode == -signal.SIGKILL
    assert len(list(read_clip(tmp_path / "killed.mp4"))) >= 100


def _in_a_process(path: Path, end: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _RECORD, str(path), end],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


_RECORD = """
import os, signal, sys
from pathlib import Path
import numpy as np
from app.devices.recorder import Recorder
from app.devices.snapshot import WriteError
path, end = Path(sys.argv[1]), sys.argv[2]
if end == "limit":
    import resource
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
recorder = Recorder(path)
recorder.open(320, 240, 25)
try:
    for index in range(200):
        recorder.send(np.roll(noise, 5 * index, axis=1), index / 25)
    if end == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    recorder.close()
except WriteError as error:
    print(error, recorder.failure is error)
    recorder.close()
"""


def _boxes(raw: bytes) -> set[bytes]:
    """The kinds of an MP4 file's outermost boxes."""
    found, at = set(), 0
    while at + 8 <= len(raw):
        size, kind = int.from_bytes(raw[at : at + 4], "big"), raw[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(raw[at + 8 : at + 16], "big")
        found.add(kind)
        at += max(size, 8)
    return found


def soft_disc(channels: int = 4) -> np.ndarray:
    """A red disc with a soft edge; beyond it, black that nobody should see."""
    y, x = np.mgrid[0:96, 0:128]
    alpha = np.clip((36 - np.hypot(x - 64, y - 48)) * 60, 0, 255)
    rgba = np.zeros((96, 128, 4), np.uint8)
    rgba[..., 0] = np.where(alpha > 0, 220, 0)
    rgba[..., 3] = alpha
    return rgba[..., :channels]


@pytest.mark.parametrize(("suffix", "decoder", "wrong"), [(".mov", "prores", 3), (".webm", "libvpx-vp9", 24)])
def test_a_transparent_film_keeps_its_alpha_and_no_dark_edge(
    tmp_path: Path, suffix: str, decoder: str, wrong: int
) -> None:
    recorder = Recorder(tmp_path / f"film{suffix}", exact=True)
    assert recorder.wants_alpha
    recorder.open(128, 96, 25)
    disc = soft_disc()
    with recorder:
        for index in range(12):
            recorder.send(disc, index / 25)
    with av.open(str(tmp_path / f"film{suffix}")) as film:
        context = av.CodecContext.create(decoder, "r")
        context.extradata = film.streams.video[0].codec_context.extradata
        context.width, context.height = 128, 96
        frames = [frame for packet in film.demux(video=0) for frame in context.decode(packet)]
    assert len(frames) == 12
    frames[6].colorspace = 2  # unspecified: PyAV converts wrongly where a frame names its colours itself
    shown = frames[6].reformat(format="rgba", src_colorspace="ITU709").to_ndarray()
    assert np.abs(shown[..., 3].astype(int) - disc[..., 3]).max() <= wrong
    edge = (disc[..., 3] > 40) & (disc[..., 3] < 250)
    assert np.abs(shown[edge].astype(int) - disc[edge])[:, 0].mean() < 12, "black crept in from beyond"


def test_sound_goes_along_in_every_kind_of_film(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=25, audio="aac")
    for suffix, codec in ((".mov", "aac"), (".webm", "opus")):
        path = tmp_path / f"film{suffix}"
        recorder = Recorder(path, exact=True, audio_from=clip)
        recorder.open(64, 48, 25)
        with recorder:
            for index in range(25):
                recorder.send(grey(index, channels=4), index / 25)
        with av.open(str(path)) as film:
            assert film.streams.audio[0].codec_context.name.startswith(codec)
            assert sum(packet.duration or 0 for packet in film.demux(audio=0)) > 0


def test_a_slow_codec_of_stills_keeps_the_films_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(tmp_path / "film.mov")
    recorder.open(64, 48, 25)
    encoded: list[int] = []
    encode = recorder._encoded
    monkeypatch.setattr(
        recorder, "_encoded", lambda picture, tick: encoded.append(tick) or encode(picture, tick)
    )
    for index, time_s in enumerate((0, 0.4, 0.8)):
        recorder.send(grey(index), time_s)
    recorder.close()
    frames = list(read_clip(tmp_path / "film.mov"))
    assert len(encoded) == 3
    assert [index_of(rgb) for rgb, _ in frames] == [0] * 10 + [1] * 10 + [2]
    assert [time_s for _, time_s in frames] == pytest.approx([i / 25 for i in range(21)])
