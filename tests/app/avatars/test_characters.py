"""Characters in the library: whole or not at all, nothing run, nothing opened outside their folder."""

from __future__ import annotations

import errno
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.avatars.avatar_store import AvatarLibrary
from app.avatars.character import is_character
from app.avatars.character_face import character_face
from app.avatars.errors import CharacterError, StorageError
from app.avatars.picture import load_picture
from app.cli.main import main
from app.errors import GuiseError
from app.paths import Paths, user_paths
from engines.base import Avatar, Style
from engines.errors import EngineError
from engines.runners.build_cache import BuildCache, BuildKey
from engines.weights.model import load_model
from engines.weights.tensor_file import write_tensors
from tests.fakes.characters import SIDE, character_picture, character_states, write_character
from tests.fakes.faces import made_face
from tests.fakes.portraits import FaceFinder

NAMES = ("character_image_file_name", "face_morpher_file_name", "body_morpher_file_name")


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> FaceFinder:
    """Finds a face where a character has it not, unless told otherwise."""
    finder = FaceFinder(monkeypatch)
    finder.shares = []
    return finder


@pytest.fixture
def paths() -> Paths:
    return user_paths()


@pytest.fixture
def library(paths: Paths, tmp_path: Path, finder: FaceFinder) -> AvatarLibrary:
    return AvatarLibrary(paths, tmp_path / "no built-in ones")


def test_a_character_survives_a_restart_and_goes_whole(library, paths, tmp_path):
    card = write_character(tmp_path / "Chara_Ë")
    entry = library.add(card.parent)
    assert (entry.name, entry.character, entry.style) == ("Chara Ë", True, Style.DRAWN)
    again = AvatarLibrary(paths, tmp_path / "no built-in ones")
    avatar = again.load(entry.id)
    rgba = character_picture()
    assert avatar.has_alpha
    assert (avatar.matte == rgba[..., 3]).all()
    assert (avatar.rgb[rgba[..., 3] > 0] == rgba[..., :3][rgba[..., 3] > 0]).all()
    assert avatar.character is not None
    model = load_model(avatar.character)
    assert (model.family, model.configuration) == ("tha", "tha4")
    expected = character_states()
    for network in model.networks:
        state = model.state(network)
        assert all((state[key] == array).all() for key, array in expected[network].items())
    assert load_picture(entry.thumbnail).size == (256, 256)
    builds = BuildCache(paths.builds)
    for checksum in (model.sha256, "ab" * 32):
        key = BuildKey(checksum, 1, "torch", "fp32", "this card", ())
        with builds.building(key) as work:
            work.finish({})
    again.remove(entry.id)
    assert [each.name for each in paths.avatars.iterdir()] == ["shelf.json"]
    assert [each.key.model_sha256 for each in builds.all()] == ["ab" * 32]


def test_the_description_alone_is_enough_and_may_have_another_name(library, tmp_path):
    card = write_character(tmp_path / "folder")
    renamed = card.rename(card.with_name("Mira.yml"))
    assert is_character(renamed)
    assert is_character(renamed.parent)
    assert library.add(renamed).name == "Mira"
    assert library.add(str(renamed.parent), "Other").name == "Other"


def test_a_face_that_cannot_be_found_is_placed_and_remembered_as_a_guess(library, tmp_path):
    entry = library.add(write_character(tmp_path / "one"))
    assert entry.face_guessed
    assert not entry.needs_landmarks
    face = library.landmarks(entry.id)
    assert np.allclose(face[:, :2].mean(axis=0), (256, 150), atol=15)
    assert library.rename(entry.id, "Two").face_guessed
    placed = library.set_landmarks(entry.id, made_face((SIDE, SIDE), share=0.2).landmarks)
    assert not placed.face_guessed


def test_a_face_is_taken_where_a_character_has_it_and_nowhere_else(finder):
    picture = load_picture(bytes(cv2.imencode(".png", character_picture())[1]))
    finder.shares = [0.6]  # in the middle of the picture: the bow on the chest
    assert not character_face(picture)[1]
    finder.find = lambda *_: []  # type: ignore[method-assign]
    assert not character_face(picture)[1]


def test_one_that_is_not_added_can_be_animated_too(library, paths, tmp_path):
    card = write_character(tmp_path / "guest")
    first, second = library.resolve(str(card)), library.resolve(str(card.parent))
    assert isinstance(first, Avatar)
    assert isinstance(second, Avatar)
    assert first.character == second.character
    assert load_model(first.character).networks == ("body_morpher", "face_morpher")
    assert library.list() == []


BAD_CARDS = {
    "no YAML": "{{{",
    "binary": "\x00\x01",
    "another thing": "- a\n- b\n",
    "nothing": "",
    "no picture": "\n".join(f"{name}: x.pt" for name in NAMES[1:]),
    "no body": "\n".join(f"{name}: character.png" for name in NAMES[:2]),
    "a number": f"{NAMES[0]}: 4\n{NAMES[1]}: 5\n{NAMES[2]}: 6\n",
    "an object": "!!python/object/apply:os.system ['echo']",
    "an alias": "a: &a [x, x]\nb: [*a, *a]\ncharacter_image_file_name: character.png\n",
    **{
        f"tagged {value}": f"{NAMES[0]}: {value}\n"
        for value in ("!!bool x", "!!int ''", "!!float x", "!!timestamp x", "!!binary é")
    },
    "half a letter": f'{NAMES[0]}: "\\uD800"\n',
    "no letter": f'{NAMES[0]}: "\\UFFFFFFFF"\n',
    "too long": "#" * 20_000,
    "deep": "[" * 16_000,
    "a file that is not there": "\n".join(f"{name}: gone.png" for name in NAMES),
    "itself": "\n".join(f"{name}: character_model.yaml" for name in NAMES),
    **{
        f"outside by {path}": f"{NAMES[0]}: '{path}'\n{NAMES[1]}: face_morpher.safetensors\n"
        f"{NAMES[2]}: body_morpher.safetensors\n"
        for path in ("../secret.png", "/etc/hostname", "C:\\secret.png", "a\\..\\..\\secret.png", "link.png")
    },
}


@pytest.mark.parametrize("card", BAD_CARDS.values(), ids=BAD_CARDS)
def test_what_is_no_character_is_one_sentence_and_leaves_nothing(library, paths, tmp_path, card):
    (tmp_path / "secret.png").write_bytes(b"secret")
    path = write_character(tmp_path / "bad", card or " ")
    (path.parent / "link.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(GuiseError) as caught:
        library.add(path.parent)
    assert caught.value.message.count(". ") == 0
    assert caught.value.message.encode()
    assert caught.value.hint
    assert library.list() == []
    assert not paths.avatars.exists()


def _small(folder: Path) -> None:
    picture = cv2.resize(character_picture(), (256, 256))
    cv2.imwrite(str(folder / "character.png"), picture)


def _opaque(folder: Path) -> None:
    cv2.imwrite(str(folder / "character.png"), character_picture()[..., :3])


def _swapped(folder: Path) -> None:
    (folder / "face_morpher.safetensors").write_bytes((folder / "body_morpher.safetensors").read_bytes())


def _missing(folder: Path) -> None:
    state = character_states()["body_morpher"]
    del state["siren_layers.1.1.linear.bias"]
    write_tensors(folder / "body_morpher.safetensors", state)


def _cut_off(folder: Path) -> None:
    path = folder / "body_morpher.safetensors"
    path.write_bytes(path.read_bytes()[:-40])


def _not_numbers(folder: Path) -> None:
    state = character_states()["face_morpher"]
    state["siren.last_linear.bias"][1] = np.nan
    write_tensors(folder / "face_morpher.safetensors", state)


@pytest.mark.parametrize("spoil", [_small, _opaque, _swapped, _missing, _cut_off, _not_numbers])
def test_files_that_do_not_fit_are_refused_and_leave_nothing(library, paths, tmp_path, spoil):
    folder = write_character(tmp_path / "bad").parent
    spoil(folder)
    with pytest.raises((GuiseError, EngineError)):
        library.add(folder)
    assert not paths.avatars.exists()


def test_a_full_disk_leaves_nothing(library, paths, tmp_path, monkeypatch):
    def full(*_args: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("app.avatars.character.save_model", full)
    with pytest.raises(StorageError, match="disk is full"):
        library.add(write_character(tmp_path / "good"))
    assert list(paths.avatars.iterdir()) == []


def test_folders_without_a_description_are_refused_by_name(library, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CharacterError, match="'empty' holds no character"):
        library.add(tmp_path / "empty")


def test_weights_as_pytorch_writes_them(library, tmp_path):
    torch = pytest.importorskip("torch", reason="needs the extra 'neural'")
    card = write_character(tmp_path / "published")
    for network, state in character_states().items():
        torch.save(
            {key: torch.from_numpy(array) for key, array in state.items()}, card.parent / f"{network}.pt"
        )
    card.write_text(card.read_text().replace(".safetensors", ".pt"))
    avatar = library.load(library.add(card).id)
    state = load_model(avatar.character).state("face_morpher")
    assert (
        state["siren.last_linear.weight"] == character_states()["face_morpher"]["siren.last_linear.weight"]
    ).all()


def test_the_published_characters_come_without_pytorch(library, shared, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    folder = shared / "data" / "tha4"
    for name in ("lambda_00", "lambda_01"):
        entry = library.add(folder / name)
        model = load_model(library.load(entry.id).character)
        assert model.size == pytest.approx(1_816_420, rel=0.01)


def test_the_command_line_adds_several_shows_them_and_says_what_failed(finder, tmp_path, capsys):
    good, bad = write_character(tmp_path / "good").parent, write_character(tmp_path / "bad", "- no").parent
    assert main(["avatars", "add", str(good), str(bad), str(good / "character_model.yaml")]) == 1
    streams = capsys.readouterr()
    assert streams.out.count("a character.") == 2
    assert "CC BY-NC 4.0" in streams.out
    assert "describes no character" in streams.err
    assert main(["avatars", "list", "--json"]) == 0
    listed = [each for each in json.loads(capsys.readouterr().out) if each["character"]]
    assert [each["name"] for each in listed] == ["good", "good 2"]
    assert main(["avatars", "show", "good 2"]) == 0
    assert "networks of its own" in capsys.readouterr().out
    assert main(["avatars", "add", str(good), str(good), "--name", "X"]) == 2
