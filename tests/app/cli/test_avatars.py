from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from app.avatars import avatar_store
from app.avatars.errors import NoFaceFound, SeveralFaces
from app.avatars.picture import picture_from_array
from app.cli.main import main
from app.paths import assets
from app.tracking.portrait import FoundFace
from engines.base import Style
from tests.fakes.session import fake_face

BUILT_IN = next(path for path in sorted((assets() / "avatars").iterdir()) if path.is_dir())


@pytest.fixture
def picture(tmp_path):
    """A picture's file, outside the library."""
    source = next(each for each in BUILT_IN.iterdir() if each.stem == "picture")
    return str(shutil.copy(source, tmp_path / f"mein bíld{source.suffix}"))


@pytest.fixture
def one_face(monkeypatch):
    """Finds one face in whatever picture."""
    found = FoundFace(fake_face((200, 200), 6).landmarks, 0.9, Style.DRAWN)
    monkeypatch.setattr(avatar_store, "choose_face", lambda picture, name, index: found)


def _names(capsys):
    capsys.readouterr()
    assert main(["avatars", "list", "--json"]) == 0
    return [each["name"] for each in json.loads(capsys.readouterr().out)]


def test_the_built_in_avatars_are_listed(capsys):
    assert main(["avatars", "list"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("ID ")
    assert BUILT_IN.name in text
    assert "built in" in text


def test_an_avatar_is_added_renamed_and_removed(capsys, picture, one_face):
    assert main(["avatars", "add", picture]) == 0
    assert "Added 'mein bíld'" in capsys.readouterr().out
    assert "mein bíld" in _names(capsys)
    assert main(["avatars", "rename", "MEIN BÍLD", "Zoë"]) == 0
    assert "Zoë" in _names(capsys)
    assert main(["avatars", "remove", "zoë"]) == 0
    assert "Removed 'Zoë'." in capsys.readouterr().out
    assert "Zoë" not in _names(capsys)


def test_a_built_in_avatar_is_hidden_and_comes_back(capsys):
    before = _names(capsys)
    assert main(["avatars", "remove", before[0]]) == 0
    assert f"Hid '{before[0]}'." in capsys.readouterr().out
    assert _names(capsys) == before[1:]
    assert main(["avatars", "restore"]) == 0
    assert sorted(_names(capsys)) == sorted(before)


def test_no_face_sends_to_the_window(capsys, picture, monkeypatch):
    def none(picture, name, index):
        raise NoFaceFound(picture, name)

    monkeypatch.setattr(avatar_store, "choose_face", none)
    assert main(["avatars", "add", picture]) == 1
    streams = capsys.readouterr()
    assert "No face was found in" in streams.err
    assert "in the window" in streams.err


def test_several_faces_ask_for_one(capsys, picture, monkeypatch):
    faces = [FoundFace(fake_face((size, 200), 6).landmarks, 0.9, Style.PHOTO) for size in (100, 300)]
    asked = []

    def several(picture, name, index):
        asked.append(index)
        if index is None:
            raise SeveralFaces(picture_from_array(np.zeros((200, 200, 3), np.uint8)), name, faces)
        return faces[index]

    monkeypatch.setattr(avatar_store, "choose_face", several)
    assert main(["avatars", "add", picture]) == 1
    assert "--face 1 (25% from the left), --face 2 (75% from the left)" in capsys.readouterr().err
    assert main(["avatars", "add", picture, "--face", "2", "--name", "Right"]) == 0
    assert asked == [None, 1]
    assert "Right" in _names(capsys)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["remove", "nobody"], "There is no avatar 'nobody'."),
        (["rename", "nobody", "x"], "There is no avatar 'nobody'."),
        (["add", "nowhere.png"], "nowhere.png"),
    ],
)
def test_what_is_not_there_is_one_line(capsys, arguments, said):
    assert main(["avatars", *arguments]) == 1
    error = capsys.readouterr().err
    assert error.startswith("guise: ")
    assert error.count("\n") == 1
    assert said in error


def test_a_picture_that_is_none_is_one_line(capsys, tmp_path):
    path = tmp_path / "text.png"
    path.write_text("no picture")
    assert main(["avatars", "add", str(path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
