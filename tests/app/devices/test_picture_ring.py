"""The memory shared with the camera process."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from app.devices import picture_ring
from app.devices.picture_ring import PictureRing, RingError, sweep

SLATE = np.full((48, 64, 3), 9, np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "rings"


def test_both_sides_see_the_same(folder: Path) -> None:
    mine = PictureRing.create(SLATE, folder)
    theirs = PictureRing.attach(mine.path)
    assert (theirs.width, theirs.height, theirs.channels) == (64, 48, 3)
    assert (theirs.slate == SLATE).all()
    into = np.zeros_like(SLATE)
    assert theirs.read_newer(0, into) == 0
    for value in (50, 60, 70, 80):
        mine.write(np.full_like(SLATE, value))
    assert theirs.read_newer(0, into) == 4
    assert (into == 80).all()
    assert theirs.read_newer(4, into) == 4
    theirs.close()
    mine.close(remove=True)
    assert list(folder.iterdir()) == []


def test_a_picture_overwritten_while_it_is_copied_is_not_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer laps the reader in the middle of its copy: the stamp differs then, and the newer one is taken."""
    ring = PictureRing.create(SLATE, folder)
    ring.write(np.full_like(SLATE, 50))
    copy = np.copyto
    laps = iter([True])

    def copy_and_be_lapped(into: np.ndarray, source: np.ndarray) -> None:
        copy(into[:24], source[:24])
        if next(laps, False):
            for value in (60, 70, 80):
                place = ring._pictures[(ring.newest + 1) % 3]
                number = ring.newest + 1
                ring._numbers[16 + number % 3] = 2 * number - 1
                copy(place, np.full_like(SLATE, value))
                ring._numbers[16 + number % 3] = 2 * number
                ring._numbers[4] = number
        copy(into[24:], source[24:])

    monkeypatch.setattr(picture_ring.np, "copyto", copy_and_be_lapped)
    into = np.zeros_like(SLATE)
    assert ring.read_newer(0, into) == 4
    assert (into == 80).all()
    ring.close(remove=True)


def test_a_fast_writer_never_tears(folder: Path) -> None:
    ring = PictureRing.create(np.zeros((240, 320, 3), np.uint8), folder)
    done = threading.Event()

    def write() -> None:
        value = 0
        while not done.is_set():
            value = value % 250 + 1
            ring.write(np.full((240, 320, 3), value, np.uint8))

    writer = threading.Thread(target=write)
    writer.start()
    into = np.zeros((240, 320, 3), np.uint8)
    number = seen = 0
    while seen < 100:
        newest = ring.read_newer(number, into)
        if newest != number:
            number, seen = newest, seen + 1
            assert into.min() == into.max()
    done.set()
    writer.join()
    ring.close(remove=True)


def test_the_device_is_noted_for_others(folder: Path) -> None:
    ring = PictureRing.create(SLATE, folder)
    assert ring.device == ""
    ring.device = "OBS Virtüal Camera"
    other = PictureRing.attach(ring.path)
    assert other.device == "OBS Virtüal Camera"
    other.device = "x" * 2000
    assert len(ring.device) == 511
    other.close()
    ring.close(remove=True)


def test_sweeping_leaves_the_living_and_finds_orphans(folder: Path) -> None:
    living = PictureRing.create(SLATE, folder)
    dead = PictureRing.create(SLATE, folder)
    dead.close()
    (folder / "junk.ring").write_bytes(b"not a ring")
    assert sweep(folder) == []
    assert list(folder.iterdir()) == [living.path]
    living.set_orphan()
    (orphan,) = sweep(folder)
    assert not living.asked_to_leave
    orphan.ask_to_leave()
    assert living.asked_to_leave
    orphan.close()
    living.close(remove=True)


def test_what_is_no_ring_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RingError, match="gone"):
        PictureRing.attach(tmp_path / "nothing.ring")
    (tmp_path / "short.ring").write_bytes(b"")
    with pytest.raises(RingError):
        PictureRing.attach(tmp_path / "short.ring")
    (tmp_path / "other.ring").write_bytes(bytes(8192))
    with pytest.raises(RingError, match="another version"):
        PictureRing.attach(tmp_path / "other.ring")


def test_a_home_with_a_tilde_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path / "me"))
    monkeypatch.setenv("GUISE_HOME", "~/guise")
    ring = PictureRing.create(SLATE)
    assert ring.path.parent == tmp_path / "me" / "guise" / "run"
    ring.close(remove=True)


def test_no_room_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(picture_ring, "_fill", full)
    with pytest.raises(RingError, match="No space left"):
        PictureRing.create(SLATE, folder)
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_only_its_user_may_look(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    ring = PictureRing.create(SLATE, folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert ring.path.stat().st_mode & 0o777 == 0o600
    ring.close(remove=True)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_folder_somebody_else_put_there_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(RingError):
        PictureRing.create(SLATE, tmp_path / "link")
