"""Clips: every frame once, upright and in order; damage is named, never fatal."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.devices.clips import ClipError, is_clip, looks_like_clip, read_clip
from tests.fakes.clips import grey_of, index_of, make_clip


def test_every_frame_comes_once_in_order_with_its_time(tmp_path: Path) -> None:
    clip = read_clip(make_clip(tmp_path / "a.mp4", frames=20, fps=Fraction(30000, 1001)))
    frames = list(clip)
    assert [index_of(rgb) for rgb, _ in frames] == list(range(20))
    assert clip.fps == Fraction(30000, 1001)
    assert clip.frame_count == 20
    assert clip.size == (64, 48)
    assert [time_s for _, time_s in frames] == pytest.approx([i * 1001 / 30000 for i in range(20)], abs=1e-4)
    assert all(rgb.dtype == np.uint8 and rgb.shape == (48, 64, 3) for rgb, _ in frames)


def test_a_clip_can_be_read_twice(tmp_path: Path) -> None:
    clip = read_clip(make_clip(tmp_path / "a.mp4"))
    assert [time_s for _, time_s in clip] == [time_s for _, time_s in clip]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".avi", ".ts"])
def test_common_containers(tmp_path: Path, suffix: str) -> None:
    clip = read_clip(make_clip(tmp_path / f"a{suffix}"))
    assert [index_of(rgb) for rgb, _ in clip] == list(range(10))
    assert clip.frame_count == 10


def test_an_animation(tmp_path: Path) -> None:
    from PIL import Image

    pictures = [Image.new("RGB", (64, 48), (grey_of(i),) * 3) for i in range(5)]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=100)
    clip = read_clip(tmp_path / "a.gif")
    assert [index_of(rgb) for rgb, _ in clip] == list(range(5))
    assert clip.fps == 10


def test_names_with_spaces_and_foreign_letters(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "möwe über 東京" / "ein Film.mp4", frames=3)
    assert len(list(read_clip(path))) == 3


def test_a_phone_clip_is_turned_upright(tmp_path: Path) -> None:
    """The note of a rotation is written by hand into the track header's matrix, as phones do."""
    path = make_clip(tmp_path / "phone.mp4", frames=3, corner=True)
    raw = bytearray(path.read_bytes())
    at = raw.index(b"tkhd") + 4 + 40
    one = 1 << 16
    quarter_right = [0, one, 0, -one, 0, 0, 48 << 16, 0, 1 << 30]
    raw[at : at + 36] = b"".join(number.to_bytes(4, "big", signed=True) for number in quarter_right)
    path.write_bytes(raw)
    clip = read_clip(path)
    assert clip.size == (48, 64)
    rgb, _time = next(iter(clip))
    assert rgb.shape == (64, 48, 3)
    assert rgb[:20, 30:].mean() > 240  # upper left of the recording is upper right when turned to the right
    assert rgb[:20, :20].mean() < 60


def test_sound_is_seen(tmp_path: Path) -> None:
    assert read_clip(make_clip(tmp_path / "a.mp4", audio="aac")).has_audio
    assert not read_clip(make_clip(tmp_path / "b.mp4")).has_audio


def test_a_folder_of_pictures_in_the_order_a_person_counts(tmp_path: Path) -> None:
    for index in (0, 1, 2, 9, 10, 11):
        _save(tmp_path / "ordner" / f"bild {index}.png", grey_of(index))
    (tmp_path / "ordner" / "notes.txt").write_text("not a picture")
    (tmp_path / "ordner" / "bild 3.png").write_bytes(b"damaged")
    clip = read_clip(tmp_path / "ordner")
    assert [index_of(rgb) for rgb, _ in clip] == [0, 1, 2, 9, 10, 11]
    assert [time_s for _, time_s in clip] == pytest.approx([i / 30 for i in range(6)])


def test_scaled_frames_keep_their_shape(tmp_path: Path) -> None:
    clip = read_clip(make_clip(tmp_path / "a.mp4", frames=1, size=(640, 320)))
    assert next(clip.lazy()).to_rgb((320, 320)).shape == (160, 320, 3)
    assert next(clip.lazy()).to_rgb((2000, 2000)).shape == (320, 640, 3)


@pytest.mark.parametrize("content", [b"", b"no film", b"\0" * 5000, b"\x89PNG\r\n\x1a\n" + b"x" * 100])
def test_what_is_no_film_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "holiday.mp4"
    path.write_bytes(content)
    with pytest.raises(ClipError, match=r"holiday\.mp4"):
        list(read_clip(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="There is no file"):
        read_clip(tmp_path / "gone.mp4")


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="no picture"):
        read_clip(tmp_path)


def test_a_file_with_sound_alone_is_named(tmp_path: Path) -> None:
    import wave

    with wave.open(str(tmp_path / "song.wav"), "wb") as song:
        song.setnchannels(1)
        song.setsampwidth(2)
        song.setframerate(8000)
        song.writeframes(bytes(1600))
    with pytest.raises(ClipError, match="holds no video"):
        read_clip(tmp_path / "song.wav")


def test_a_cut_off_film_gives_what_is_there(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mkv", frames=28)
    path.write_bytes(path.read_bytes()[:-600])
    seen = [index_of(rgb) for rgb, _ in read_clip(path)]
    assert seen == list(range(len(seen)))
    assert seen


def test_two_hundred_mutated_clips_never_crash(tmp_path: Path) -> None:
    """In a process of its own, so that a crash of a decoder would be seen as one."""
    for suffix in (".mp4", ".mkv"):
        make_clip(tmp_path / f"a{suffix}", frames=6, audio="aac")
    done = subprocess.run(
        [sys.executable, "-c", _MUTATE, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    good, named = (int(word) for word in done.stdout.split())
    assert good + named == 200
    assert good > 20
    assert named > 20


_MUTATE = """
import random, sys
from pathlib import Path
from app.devices.clips import ClipError, read_clip
folder, good, named = Path(sys.argv[1]), 0, 0
for number in range(200):
    dice = random.Random(number)
    raw = bytearray((folder / dice.choice(["a.mp4", "a.mkv"])).read_bytes())
    for _ in range(dice.choice([1, 4, 30, 300])):
        raw[dice.randrange(len(raw))] = dice.randrange(256)
    if dice.random() < 0.3:
        del raw[dice.randrange(len(raw)):]
    path = folder / "mutated.bin"
    path.write_bytes(raw)
    try:
        for rgb, time_s in read_clip(path):
            assert rgb.ndim == 3 and time_s >= 0
        good += 1
    except ClipError as error:
        assert "mutated.bin" in str(error)
        named += 1
print(good, named)
"""


def test_what_counts_as_a_clip(tmp_path: Path) -> None:
    assert is_clip(tmp_path)
    assert not is_clip(tmp_path / "nothing")
    assert not is_clip(Path("/dev/null"))
    assert not is_clip(Path("a\0b"))
    assert looks_like_clip("me.mp4")
    assert looks_like_clip("clips/me")
    assert not looks_like_clip("/dev/video0")
    assert not looks_like_clip("Logitech BRIO")


def _save(path: Path, grey: int) -> None:
    path.parent.mkdir(exist_ok=True)
    _done, png = cv2.imencode(".png", np.full((48, 64, 3), grey, np.uint8))
    path.write_bytes(png.tobytes())
