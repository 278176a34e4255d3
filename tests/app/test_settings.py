from __future__ import annotations

import dataclasses
import random
import sys
from pathlib import Path

import pytest

from app.settings import (
    BackgroundKind,
    BackgroundSettings,
    CameraSettings,
    ControlSettings,
    FaceLostPolicy,
    OutputSettings,
    Settings,
    SettingsError,
    Theme,
    load_settings,
    save_settings,
)

CHANGED = Settings(
    engine="other",
    avatar="mäx-1",
    camera=CameraSettings(name='Kamera "1" ü', width=640, height=480, fps=25),
    output=OutputSettings(width=512, height=512, fps=24, mirror=True, virtual_camera=True),
    controls=ControlSettings(head=1.5, relative=False, smoothing=0.0),
    background=BackgroundSettings(kind=BackgroundKind.COLOUR, colour="#123456"),
    face_lost=FaceLostPolicy.SLATE,
    theme=Theme.DARK,
    keys={"calibrate": "Ctrl+X", "next avatar": "D"},
    countdown_s=3,
)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings.toml"


def test_what_is_saved_is_what_is_loaded(tmp_path):
    path = tmp_path / "neue mappe ü" / "settings.toml"
    save_settings(CHANGED, path)
    assert load_settings(path) == CHANGED
    assert [each.name for each in path.parent.iterdir()] == ["settings.toml"]


def test_no_file_is_the_defaults(file):
    assert load_settings(file) == Settings()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("engine = 7", "engine"),
        ('face_lost = "camera"', "face_lost"),
        ('[camera]\nwidth = "wide"', "camera.width"),
        ("[camera]\nwidth = 1", "camera.width"),
        ("[camera]\nwidth = true", "camera.width"),
        ("[camera]\nfps = nan", "camera.fps"),
        ("[controls]\nhead = inf", "controls.head"),
        ("[controls]\nhead = 2.1", "controls.head"),
        ("[controls]\nrelative = 1", "controls.relative"),
        ('[background]\ncolour = "green"', "background.colour"),
        ('[background]\nkind = ["still"]', "background.kind"),
        ("preview = 3", "preview"),
        ("keys = 3", "keys"),
        ("[keys]\ncalibrate = 3", "keys.calibrate"),
        ("unheard_of = 1", "unheard_of"),
        ("[camera]\nunheard_of = 1", "camera.unheard_of"),
        ("[controls]\nhead = 1" + "0" * 400, "controls.head"),
    ],
)
def test_a_bad_key_alone_falls_back(file, caplog, line, said):
    file.write_text('avatar = "kept"\n' + line + "\n", encoding="utf-8")
    assert load_settings(file) == Settings(avatar="kept")
    assert said in caplog.text
    assert len(caplog.records) == 1


def test_neighbours_of_a_bad_key_survive(file, caplog):
    file.write_text('[camera]\nname = "X"\nwidth = -1\nfps = 24\n[keys]\na = "A"\nb = 2\n', encoding="utf-8")
    loaded = load_settings(file)
    assert loaded.camera == CameraSettings(name="X", fps=24.0)
    assert loaded.keys == {"a": "A"}


def test_a_file_that_is_no_toml_is_set_aside(file, caplog):
    file.write_bytes(b"\xff\xfe not toml")
    assert load_settings(file) == Settings()
    assert not file.exists()
    assert file.with_name("settings.bad.toml").read_bytes() == b"\xff\xfe not toml"
    assert "settings.bad.toml" in caplog.text


@pytest.mark.parametrize("call", ["read_text", "stat"])
def test_a_file_that_cannot_be_read_is_not_taken_for_the_defaults(file, caplog, monkeypatch, call):
    save_settings(CHANGED, file)

    def refuse(*_args, **_options):
        raise PermissionError(13, "used by another process")

    with monkeypatch.context() as patched:
        patched.setattr(Path, call, refuse)
        assert load_settings(file) is None
    assert "used by another process" in caplog.text
    assert load_settings(file) == CHANGED


def test_a_damaged_file_that_cannot_be_set_aside_is_not_taken_for_the_defaults(file, caplog):
    file.write_bytes(b"\xff\xfe not toml")
    file.with_name("settings.bad.toml").mkdir()
    assert load_settings(file) is None
    assert file.read_bytes() == b"\xff\xfe not toml"


def test_a_byte_order_mark_and_windows_lines_are_read(file):
    file.write_bytes(b'\xef\xbb\xbfavatar = "a"\r\n[output]\r\nfps = 24\r\n')
    loaded = load_settings(file)
    assert (loaded.avatar, loaded.output.fps) == ("a", 24.0)


def test_a_file_of_another_schema_is_read_with_a_warning(file, caplog):
    file.write_text('schema = 99\navatar = "a"\n', encoding="utf-8")
    assert load_settings(file) == Settings(avatar="a")
    assert "another version" in caplog.text


def test_a_folder_in_the_files_place_is_no_crash(file, caplog):
    file.mkdir()
    assert load_settings(file) is None
    with pytest.raises(SettingsError, match="could not be saved"):
        save_settings(Settings(), file)
    assert [each.name for each in file.parent.iterdir() if each.suffix == ".new"] == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "config").write_text("in the way")
    with pytest.raises(SettingsError, match="config"):
        save_settings(Settings(), tmp_path / "config" / "settings.toml")


def test_a_file_s_name_that_is_no_text_is_refused_and_leaves_nothing(file):
    save_settings(CHANGED, file)
    odd = Settings(background=BackgroundSettings(picture="C:\\\udcff.png"))
    with pytest.raises(SettingsError, match="no text"):
        save_settings(odd, file)
    assert load_settings(file) == CHANGED
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_values_are_checked_wherever_they_come_from():
    with pytest.raises(ValueError, match="head must be between 0 and 2"):
        ControlSettings(head=3)
    with pytest.raises(TypeError):
        dataclasses.replace(Settings(), avatar=None)
    assert dataclasses.replace(Settings(), theme="dark").theme is Theme.DARK
    assert type(ControlSettings(head=1).head) is float


_VALUES = ("-1", "1e400", "nan", "[1, [2]]", "{a = 1}", "true", '""', "1979-05-27", "'x'", "0x", "9" * 50)


def _mutated(text: str, source: random.Random) -> bytes:
    """Change values, cut and double lines, and now and then flip bytes."""
    lines = text.splitlines()
    for _ in range(source.randint(1, 8)):
        place = source.randrange(len(lines))
        kind = source.randrange(4)
        if kind == 0 and len(lines) > 2:
            del lines[place]
        elif kind == 1:
            lines.insert(place, source.choice(lines))
        elif "=" in lines[place]:
            lines[place] = lines[place].split("=")[0] + "= " + source.choice(_VALUES)
    data = bytearray("\n".join(lines), "utf-8")
    if source.random() < 0.3:
        for _ in range(source.randint(1, 4)):
            data[source.randrange(len(data))] = source.randrange(256)
    return bytes(data)


def test_a_thousand_mutated_files_never_stop_the_start(file, caplog):
    caplog.set_level("CRITICAL", "app")
    save_settings(CHANGED, file)
    good = file.read_text(encoding="utf-8")
    source = random.Random(7)
    survived = 0
    for _ in range(1000):
        file.write_bytes(_mutated(good, source))
        loaded = load_settings(file)
        survived += loaded != Settings()
        save_settings(loaded, file)
        assert load_settings(file) == loaded
    assert survived > 200  # the mutations do not merely break the syntax


_ODD = [None, -1, 0, 10**30, 1.5, float("nan"), "", "x" * 5000, [], [1], {}, {"a": 1}, True, "\0", "idle"]


def test_each_key_alone_survives_each_odd_value(file, caplog):
    import tomli_w

    for section in dataclasses.fields(Settings):
        default = getattr(Settings(), section.name)
        keys = (
            [each.name for each in dataclasses.fields(default)]
            if dataclasses.is_dataclass(default)
            else [None]
        )
        for key in keys:
            for odd in _ODD[1:]:
                raw = {"avatar": "kept"} | {section.name: odd if key is None else {key: odd}}
                file.write_text(tomli_w.dumps(raw), encoding="utf-8")
                loaded = load_settings(file)
                others = dataclasses.replace(loaded, **{section.name: default})
                assert others == Settings(avatar="" if section.name == "avatar" else "kept")


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no write bit there")
def test_a_read_only_folder_keeps_the_old_file(file):
    save_settings(Settings(), file)
    file.parent.chmod(0o500)
    try:
        save_settings(CHANGED, file)
        kept = CHANGED  # root may write everywhere
    except SettingsError:
        kept = Settings()
    finally:
        file.parent.chmod(0o700)
    assert load_settings(file) == kept
