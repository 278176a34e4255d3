from __future__ import annotations

import pytest
import typer

from app.cli.options import read_background, read_size
from app.settings import BackgroundKind


@pytest.mark.parametrize(
    ("text", "size"), [("1280x720", (1280, 720)), (" 64X64 ", (64, 64)), ("2×3", (2, 3))]
)
def test_a_size_is_two_numbers(text, size):
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "12", "x", "12x", "1.5x2", "-1x2", "1x2x3"])
def test_anything_else_is_no_size(text):
    with pytest.raises(typer.BadParameter):
        read_size(text)


@pytest.mark.parametrize("text", ["as-is", "as_is", "AS_IS"])
def test_a_kind_of_background_may_be_spelt_either_way(text):
    assert read_background(text).kind is BackgroundKind.AS_IS


def test_a_colour_and_a_picture_are_backgrounds(tmp_path):
    assert read_background("#102030").colour == "#102030"
    path = tmp_path / "bëach.png"
    path.touch()
    found = read_background(str(path))
    assert (found.kind, found.picture) == (BackgroundKind.PICTURE, str(path))


@pytest.mark.parametrize("text", ["picture", "nowhere.png", "#12", "#gggggg", ""])
def test_anything_else_is_no_background(text):
    with pytest.raises(typer.BadParameter):
        read_background(text)
