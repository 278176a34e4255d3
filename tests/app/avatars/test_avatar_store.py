from __future__ import annotations

import errno
import json
import logging
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from app.avatars import disk, record
from app.avatars.avatar_store import AvatarLibrary
from app.avatars.entry import AvatarEntry
from app.avatars.errors import AvatarDamaged, NoFaceFound, SeveralFaces, StorageError
from app.avatars.picture import LoadedPicture, PictureError, load_picture
from app.errors import UnknownNameError
from app.paths import Paths
from engines.base import Avatar, Style
from tests.fakes.faces import made_face
from tests.fakes.pictures import every_kind, gradient
from tests.fakes.portraits import FaceFinder

KINDS = every_kind()


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> FaceFinder:
    return FaceFinder(monkeypatch)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    home = tmp_path / "dåta folder"
    return Paths(home, home, home)


@pytest.fixture
def builtins(tmp_path: Path) -> Path:
    """Two built-in avatars."""
    parent = tmp_path / "assets"
    for name in ("1-ada", "2-bob"):
        folder = parent / name
        folder.mkdir(parents=True)
        picture = LoadedPicture(gradient(), None, name)
        landmarks = made_face((96, 80)).landmarks
        record.write_picture(folder, picture)
        record.write_landmarks(folder, landmarks)
        record.write_matte(folder, np.full((80, 96), 200, np.uint8))
        record.write_thumbnail(folder, picture, landmarks)
        record.write_card(folder, record.Card(name[2:].title(), Style.DRAWN))
    return parent


@pytest.fixture
def library(paths: Paths, builtins: Path, finder: FaceFinder) -> AvatarLibrary:
    return AvatarLibrary(paths, builtins)


def names(library: AvatarLibrary) -> list[str]:
    return [entry.name for entry in library.list()]


def reopened(library: AvatarLibrary, paths: Paths, builtins: Path) -> AvatarLibrary:
    return AvatarLibrary(paths, builtins)


def test_an_added_picture_survives_a_restart(
    library: AvatarLibrary, paths: Paths, builtins: Path, tmp_path: Path
) -> None:
    file = tmp_path / "Große_Katze 猫.png"
    file.write_bytes(KINDS["png"])

    entry = library.add(file)

    again = AvatarLibrary(paths, builtins)
    assert names(again) == ["Ada", "Bob", "Große Katze 猫"]
    avatar = again.load(entry.id)
    assert (avatar.rgb == gradient()).all()
    assert avatar.style is Style.DRAWN
    assert not avatar.has_alpha
    assert avatar.matte[0, 0] == 0
    assert avatar.matte[79, 0] == 255
    assert np.allclose(avatar.landmarks, made_face((96, 80), share=0.6).landmarks)
    assert load_picture(entry.thumbnail).size == (256, 256)
    assert entry.id.isascii()


def test_a_pictures_own_alpha_is_its_matte(library: AvatarLibrary) -> None:
    avatar = library.load(library.add(KINDS["png with alpha"]).id)

    assert avatar.has_alpha
    assert avatar.matte[0, 0] == 0
    assert avatar.matte[0, 95] == 255


def test_rounded_corners_are_not_taken_for_a_cutout(library: AvatarLibrary) -> None:
    alpha = np.full((80, 96), 255, np.uint8)
    alpha[:5, :5] = 0

    avatar = library.load(library.add(np.dstack([gradient(), alpha])).id)

    assert not avatar.has_alpha


def test_names_are_made_unique_and_tidy(library: AvatarLibrary) -> None:
    first, second = library.add(KINDS["png"], "  My \n face "), library.add(KINDS["png"], "my face")

    assert (first.name, second.name) == ("My face", "my face 2")
    assert first.id != second.id


def test_no_face_carries_the_picture_and_takes_placed_landmarks(
    library: AvatarLibrary, finder: FaceFinder
) -> None:
    finder.shares = []
    with pytest.raises(NoFaceFound) as caught:
        library.add(KINDS["png"], "Rock")
    assert names(library) == ["Ada", "Bob"]

    entry = library.add(caught.value.picture, caught.value.name, landmarks=made_face((96, 80)).landmarks)

    assert entry.name == "Rock"
    assert not entry.needs_landmarks


def test_several_faces_are_offered_and_one_is_chosen(library: AvatarLibrary, finder: FaceFinder) -> None:
    finder.shares = [0.7, 0.5, 0.1]
    with pytest.raises(SeveralFaces) as caught:
        library.add(KINDS["png"], "Two")
    assert len(caught.value.faces) == 2  # the third is somebody in the background

    entry = library.add(caught.value.picture, "Two", face_index=1)

    assert np.allclose(library.load(entry.id).landmarks, caught.value.faces[1].landmarks)


def test_a_face_index_that_is_not_there_is_no_face(library: AvatarLibrary) -> None:
    with pytest.raises(NoFaceFound):
        library.add(KINDS["png"], face_index=3)


def test_what_is_no_picture_is_not_added(library: AvatarLibrary) -> None:
    with pytest.raises(PictureError):
        library.add(b"nothing")
    with pytest.raises(ValueError, match="landmarks"):
        library.add(KINDS["png"], landmarks=np.zeros((478, 3), np.float32))
    assert names(library) == ["Ada", "Bob"]


def test_moving_renaming_and_removing_survive_a_restart(
    library: AvatarLibrary, paths: Paths, builtins: Path
) -> None:
    entry = library.add(KINDS["png"], "Cy")
    library.move(entry.id, 0)
    library.move("1-ada", 99)
    library.rename(entry.id, "Cyd")
    library.rename("2-bob", "Robert")
    library.rename("2-bob", "   ")

    again = AvatarLibrary(paths, builtins)
    assert names(again) == ["Cyd", "Robert", "Ada"]

    again.remove(entry.id)
    again.remove("2-bob")
    assert names(AvatarLibrary(paths, builtins)) == ["Ada"]
    assert [hidden.name for hidden in again.hidden()] == ["Robert"]
    assert not list(paths.avatars.glob("*Cy*"))

    again.restore()
    assert sorted(names(library)) == ["Ada", "Robert"]


def test_built_in_avatars_are_never_written_to(library: AvatarLibrary, builtins: Path, paths: Paths) -> None:
    before = {path: path.read_bytes() for path in builtins.rglob("*") if path.is_file()}
    moved = made_face((96, 80), shift=(5, 3)).landmarks

    library.set_landmarks("1-ada", moved)
    library.rename("1-ada", "Eve")
    library.remove("2-bob")

    assert {path: path.read_bytes() for path in builtins.rglob("*") if path.is_file()} == before
    again = AvatarLibrary(paths, builtins)
    assert np.allclose(again.load("1-ada").landmarks, moved)
    assert (again.load("1-ada").matte == 200).all()
    assert again.get("1-ada").thumbnail.is_relative_to(paths.avatars)


def test_landmarks_can_be_placed_again(library: AvatarLibrary) -> None:
    entry = library.add(KINDS["png"])
    moved = made_face((96, 80), shift=(4, 2)).landmarks

    library.set_landmarks(entry.id, moved)

    assert np.allclose(library.load(entry.id).landmarks, moved)
    found = library.landmarks(entry.id)
    assert found is not None
    assert np.allclose(found, moved)


def test_what_the_user_should_look_at_is_kept_until_the_landmarks_are_placed(
    library: AvatarLibrary, finder: FaceFinder
) -> None:
    finder.hand, finder.confidence = True, 0.4

    entry = library.add(KINDS["png"])

    assert (entry.hand_before_face, entry.face_guessed, len(entry.notes)) == (True, True, 2)
    assert library.load(entry.id).hand_before_face
    assert library.rename(entry.id, "Other").notes == entry.notes
    finder.hand = False
    assert library.set_landmarks(entry.id, made_face((96, 80)).landmarks).notes == ()
    assert not library.load(entry.id).hand_before_face


def test_an_avatar_is_made_where_hands_cannot_be_looked_for(
    library: AvatarLibrary, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> bool:
        raise RuntimeError("Failed to load resource")

    monkeypatch.setattr("app.tracking.hands.hand_before_face", fail)

    assert library.add(KINDS["png"]).notes == ()
    assert "Failed to load resource" in caplog.text


@pytest.mark.parametrize("damage", ["picture.png", "avatar.json"])
def test_one_damaged_avatar_hides_only_itself(
    library: AvatarLibrary, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = library.add(KINDS["png"], "Bad"), library.add(KINDS["png"], "Good")
    (bad.folder / damage).unlink()

    with caplog.at_level(logging.WARNING):
        assert names(library) == ["Ada", "Bob", "Good"]
        assert names(library) == ["Ada", "Bob", "Good"]

    assert len(caplog.records) == 1  # once, not at every look at the shelf
    assert bad.folder.is_dir()
    assert library.load(good.id).name == "Good"


def test_mutated_folders_never_take_the_shelf_down(
    library: AvatarLibrary, rng: np.random.Generator, caplog: pytest.LogCaptureFixture
) -> None:
    good, victim = library.add(KINDS["png"], "Good"), library.add(KINDS["png"], "Victim")
    whole = {
        path: path.read_bytes() for path in [*victim.folder.iterdir(), victim.folder.parent / "shelf.json"]
    }
    refusals: list[AvatarDamaged] = []
    for _ in range(200):
        path = list(whole)[int(rng.integers(len(whole)))]
        data = bytearray(whole[path])
        for _ in range(int(rng.integers(1, 8))):
            data[int(rng.integers(len(data)))] = int(rng.integers(256))
        path.write_bytes(
            bytes(data[: int(rng.integers(len(data) + 1))]) if rng.random() < 0.3 else bytes(data)
        )

        entries = {entry.id: entry for entry in library.list()}
        assert good.id in entries
        if victim.id in entries:
            try:
                library.load(victim.id)
            except AvatarDamaged as error:
                refusals.append(error)
        path.write_bytes(whole[path])
    assert refusals
    assert all(error.hint for error in refusals)


def test_lost_landmarks_are_asked_for_and_a_lost_matte_is_made_again(library: AvatarLibrary) -> None:
    entry = library.add(KINDS["png"])
    (entry.folder / "matte.png").unlink()
    (entry.folder / "thumbnail.png").unlink()
    assert library.load(entry.id).matte[79, 0] == 255
    assert library.get(entry.id).thumbnail == entry.folder / "picture.png"

    (entry.folder / "landmarks.npz").write_bytes(b"PK\x03\x04 no")
    assert library.get(entry.id).needs_landmarks
    with pytest.raises(AvatarDamaged, match="landmarks"):
        library.load(entry.id)

    library.set_landmarks(entry.id, made_face((96, 80)).landmarks)
    assert library.load(entry.id)


def test_pickled_landmarks_are_not_opened(library: AvatarLibrary) -> None:
    entry = library.add(KINDS["png"])
    np.savez(entry.folder / "landmarks.npz", landmarks=np.array([{"a": 1}], object))

    assert library.get(entry.id).needs_landmarks


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EIO])
def test_a_failed_write_is_named_and_leaves_nothing_behind(
    library: AvatarLibrary, paths: Paths, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    kept = library.add(KINDS["png"], "Kept")
    files = sorted(paths.avatars.rglob("*"))
    real = os.replace

    def refuse(source: str, target: Path) -> None:
        if Path(target).name in ("thumbnail.png", "shelf.json"):
            raise OSError(number, os.strerror(number))
        real(source, target)

    monkeypatch.setattr(disk.os, "replace", refuse)
    for attempt in (
        lambda: library.add(KINDS["png"]),
        lambda: library.move(kept.id, 0),
        lambda: library.remove("1-ada"),
    ):
        with pytest.raises(StorageError) as caught:
            attempt()
        assert str(paths.avatars) in str(caught.value)

    assert sorted(paths.avatars.rglob("*")) == files
    assert names(library) == ["Ada", "Bob", "Kept"]


def test_a_folder_that_cannot_be_made_is_named(
    library: AvatarLibrary, paths: Paths, caplog: pytest.LogCaptureFixture
) -> None:
    paths.data.mkdir(parents=True)
    paths.avatars.write_text("a file where the folder should be")

    with pytest.raises(StorageError):
        library.add(KINDS["png"])


def test_what_the_command_line_means(library: AvatarLibrary, tmp_path: Path) -> None:
    entry = library.add(KINDS["png"], "Cyrano")
    file = tmp_path / "face.png"
    file.write_bytes(KINDS["png"])

    for name in (entry.id, "cyrano", "CYR"):
        found = library.resolve(name)
        assert isinstance(found, AvatarEntry)
        assert found.id == entry.id
    made = library.resolve(str(file))
    assert isinstance(made, Avatar)
    assert made.name == "face"
    with pytest.raises(PictureError, match="no file"):
        library.resolve("gone.png")
    with pytest.raises(UnknownNameError, match="Did you mean 'Cyrano'"):
        library.resolve("Cyrane")
    with pytest.raises(UnknownNameError):
        library.resolve("")


def test_a_file_with_several_faces_gives_its_best_one(
    library: AvatarLibrary, finder: FaceFinder, tmp_path: Path
) -> None:
    finder.shares = [0.7, 0.6]
    file = tmp_path / "two.png"
    file.write_bytes(KINDS["png"])

    made = library.resolve(str(file))

    assert isinstance(made, Avatar)
    assert np.allclose(made.landmarks, made_face((96, 80), share=0.7).landmarks)


@pytest.mark.parametrize("avatar_id", ["nobody", "../1-ada", "", ".built-in"])
def test_unknown_ids_are_refused(library: AvatarLibrary, avatar_id: str) -> None:
    for attempt in (library.load, library.remove, library.picture, lambda each: library.rename(each, "x")):
        with pytest.raises(UnknownNameError):
            attempt(avatar_id)


def test_odd_things_in_the_shelf_file_are_ignored(library: AvatarLibrary, paths: Paths) -> None:
    library.add(KINDS["png"], "Cy")
    stored = {
        "order": ["2-bob", 7, None, "2-bob", "gone"],
        "hidden": "all",
        "names": {"1-ada": 3, "2-bob": "Robert"},
    }
    (paths.avatars / "shelf.json").write_text(json.dumps(stored))

    assert names(library) == ["Robert", "Ada", "Cy"]


@pytest.mark.parametrize("damage", ["{", "[]", "[" * 100_000])
def test_a_damaged_shelf_file_falls_back_to_the_default_order_and_is_kept(
    library: AvatarLibrary, paths: Paths, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    library.add(KINDS["png"], "Cy")
    library.move("2-bob", 0)
    (paths.avatars / "shelf.json").write_text(damage)

    assert names(library) == ["Ada", "Bob", "Cy"]
    assert "default order" in caplog.text
    library.move("1-ada", 9)
    assert (paths.avatars / "shelf.bad.json").read_text() == damage


def test_a_shelf_file_that_cannot_be_read_for_a_moment_is_not_written_over(
    library: AvatarLibrary, paths: Paths, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mine = library.add(KINDS["png"], "Cy")
    library.move(mine.id, 0)
    library.rename("1-ada", "Eve")
    library.remove("2-bob")
    files, file = sorted(paths.avatars.rglob("*")), paths.avatars / "shelf.json"
    kept, real, failing = file.read_bytes(), Path.read_text, True

    def read(path: Path, **options: str) -> str:
        if path == file and failing:
            raise PermissionError(errno.EACCES, "used by another process")
        return real(path, **options)

    monkeypatch.setattr(Path, "read_text", read)
    for attempt in (
        lambda: library.add(KINDS["png"], "Dee"),
        lambda: library.move(mine.id, 2),
        lambda: library.rename("1-ada", "Ida"),
        lambda: library.remove("1-ada"),
        library.restore,
    ):
        with pytest.raises(StorageError):
            attempt()
    assert names(library) == ["Ada", "Bob", "Cy"]
    assert "default order" in caplog.text

    failing = False
    assert (sorted(paths.avatars.rglob("*")), file.read_bytes()) == (files, kept)
    assert names(library) == ["Cy", "Eve"]


def test_many_threads_add_and_look_at_once(library: AvatarLibrary) -> None:
    problems: list[Exception] = []

    def work(number: int) -> None:
        try:
            for _ in range(3):
                library.add(KINDS["png"], f"Avatar {number}")
                library.list()
        except Exception as error:  # noqa: BLE001 - told to the test's own thread
            problems.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert not problems
    assert len(library.list()) == 14
