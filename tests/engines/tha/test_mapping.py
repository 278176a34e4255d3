from __future__ import annotations

from pathlib import Path

import pytest

from engines.tha.pose import PARAMETERS
from engines.tha.posing.mapping import DEFAULT, SHAPES, STEMS, BadMappingError, default_mapping, read_mapping


def test_the_default_has_a_line_for_every_parameter_and_vowel() -> None:
    mapping = default_mapping()
    assert mapping.parameters.keys() == set(STEMS)
    assert mapping.vowels.keys() == set(SHAPES)
    assert len(PARAMETERS) == 45
    assert read_mapping(None) == read_mapping(Path("nowhere.toml")) == (mapping, [])
    assert read_mapping(DEFAULT) == (mapping, [])


def test_a_users_table_is_laid_over_the_default(tmp_path: Path) -> None:
    own = tmp_path / "mapping.toml"
    own.write_text(
        '[parameters]\nhead_y = { to = 30, most = -1 }\neye_wink = { follows = "brow_down", without = "" }\n'
        "[vowels]\nooo = { opens = 0.5 }\n[rhythm]\nbreath_s = 6\n"
    )
    mapping, complaints = read_mapping(own)
    assert not complaints
    default = default_mapping()
    turned = mapping.parameters["head_y"]
    assert (turned.follows, turned.full, turned.most) == ("head_left", 30, -1)
    assert mapping.parameters["eye_wink"].follows == "brow_down"
    assert mapping.vowels["ooo"].opens == 0.5
    assert mapping.vowels["ooo"].width == default.vowels["ooo"].width
    assert mapping.rhythm.breath_s == 6
    assert mapping.parameters["mouth_aaa"] == default.parameters["mouth_aaa"]


@pytest.mark.parametrize(
    "line",
    [
        "[parameters]\nhead_y = { to = 'far' }",
        "[parameters]\nhead_y = { to = nan }",
        "[parameters]\nhead_y = { to = true }",
        "[parameters]\nhead_y = { from = 20 }",
        "[parameters]\nhead_y = { follows = 'eye_wide' }",
        "[parameters]\nhead_y = { follows = '' }",
        "[parameters]\nhead_y = { follow = 'head_up' }",
        "[parameters]\nhead_y = 3",
        "[parameters]\nhead_w = { to = 3 }",
        "parameters = 3",
        "[vowels]\naaa = { width = [1, 0] }",
        "[vowels]\naaa = { width = 1 }",
        "[vowels]\naaa = { width = ['a', 0] }",
        "[vowels]\naaa = { opens = 0 }",
        "[vowels]\naaa = { open_ = 0 }",
        "[rhythm]\nbreath_s = 0",
        "[rhythm]\nwalk_s = 3",
        "rhythm = 3",
        "[colours]\nred = 1",
    ],
)
def test_each_bad_key_alone_falls_back(tmp_path: Path, line: str) -> None:
    own = tmp_path / "mapping.toml"
    own.write_text(line)
    mapping, complaints = read_mapping(own)
    assert mapping == default_mapping()
    assert len(complaints) == 1
    assert complaints[0].startswith("In the mapping, ")
    assert complaints[0].count("\n") == 0


@pytest.mark.parametrize("text", [b"parameters = [", b"\xff\xfe\xfa", b"#" * 200_000, b"a=" + b"[" * 9000])
def test_a_file_that_is_no_table_is_told_in_one_sentence(tmp_path: Path, text: bytes) -> None:
    own = tmp_path / "mapping.toml"
    own.write_bytes(text)
    with pytest.raises(BadMappingError, match=r"mapping\.toml cannot be read: .+\. Correct it, or delete it"):
        read_mapping(own)
    with pytest.raises(BadMappingError):
        read_mapping(tmp_path)
