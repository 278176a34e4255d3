from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.main import main
from app.live import render as live_render
from app.live.render import Rendered
from app.paths import assets, user_paths
from app.settings import BackgroundKind, BackgroundSettings, ControlSettings
from engines.base import EngineOptions

BUILT_IN = next(path for path in sorted((assets() / "avatars").iterdir()) if path.is_dir())


@pytest.fixture
def asked(monkeypatch):
    """What the renderer was asked for; nothing is rendered."""
    asked = {}

    def render(avatar, driving, output, *, progress, **options):
        asked.update(avatar=avatar, driving=driving, output=output, **options)
        progress(3, 10)
        return Rendered(10, 9, 4)

    monkeypatch.setattr(live_render, "render", render)
    return asked


def test_the_plain_command_renders_as_live_does(asked, capsys):
    arguments = ["render", "--avatar", BUILT_IN.name, "--driving", "clip ü.mp4", "--output", "out.mp4"]
    assert main(arguments) == 0
    assert asked.pop("avatar").size[0] > 100
    assert asked == {
        "driving": Path("clip ü.mp4"),
        "output": Path("out.mp4"),
        "engine": "rig",
        "options": EngineOptions(builds=user_paths().builds),
        "size": None,
        "neutral": "auto",
        "controls": ControlSettings(),
        "background": BackgroundSettings(),
    }
    text = capsys.readouterr().out
    assert "out.mp4: 10 frames in" in text
    assert "neutral: frame 4; no face in 1 of them." in text


def test_every_option_arrives(asked, tmp_path):
    picture = next(each for each in BUILT_IN.iterdir() if each.stem == "picture")
    arguments = ["render", "--avatar", BUILT_IN.name, "--driving", "a", "--output", "b", "--size", "256"]
    arguments += [
        "--neutral",
        "12",
        "--absolute",
        "--gain-head",
        "0.5",
        "--gain-mouth",
        "2",
        "--gain-eyes",
        "0",
    ]
    arguments += ["--gain-brows", "1.5", "--smoothing", "0", "--mirror-motion", "--background", str(picture)]
    assert main(arguments) == 0
    assert (asked["size"], asked["neutral"]) == (256, 12)
    assert asked["controls"] == ControlSettings(
        head=0.5, mouth=2, eyes=0, brows=1.5, relative=False, smoothing=0, mirror_motion=True
    )
    assert asked["background"].kind is BackgroundKind.PICTURE


@pytest.mark.parametrize(
    ("avatar", "driving", "said"),
    [
        ("nobody", "nowhere.mp4", "There is no avatar 'nobody'."),
        ("nowhere.png", "nowhere.mp4", "nowhere.png"),
        (BUILT_IN.name, "nowhere.mp4", "nowhere.mp4"),
    ],
)
def test_what_is_not_there_is_one_line(capsys, avatar, driving, said):
    assert main(["render", "--avatar", avatar, "--driving", driving, "--output", "out"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("guise: ")
    assert error.count("\n") == 1
    assert said in error


def test_an_output_of_another_kind_is_refused(capsys):
    assert main(["render", "--avatar", BUILT_IN.name, "--driving", "a.mp4", "--output", "out.avi"]) == 1
    assert "Name an .mp4, .mov or .webm file, or a folder." in capsys.readouterr().err


def test_crop_none_takes_picture_and_frames_as_they_are(asked, tmp_path, capsys):
    from PIL import Image

    picture = tmp_path / "no face.png"
    Image.new("RGB", (64, 64), (10, 200, 10)).save(picture)
    arguments = ["render", "--avatar", str(picture), "--driving", "a", "--output", "b", "--crop", "none"]
    assert main(arguments) == 0
    avatar = asked["avatar"]
    assert (avatar.rgb == (10, 200, 10)).all()
    assert (avatar.matte == 255).all()
    assert asked["options"].crop is False
    assert "taken as they are" in capsys.readouterr().out


def test_an_avatar_of_the_library_can_be_taken_whole(asked):
    arguments = ["render", "--avatar", BUILT_IN.name, "--driving", "a", "--output", "b", "--crop", "none"]
    assert main(arguments) == 0
    assert (asked["avatar"].matte == 255).all()


def test_pictures_left_out_are_named(monkeypatch, capsys):
    rendered = Rendered(3, 3, 0, ("3.png", "7.png"))
    monkeypatch.setattr(live_render, "render", lambda *_, **__: rendered)
    assert main(["render", "--avatar", BUILT_IN.name, "--driving", "a", "--output", "b"]) == 0
    assert "cannot be read: 3.png, 7.png." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--crop", "face"], 2, "neither head nor none"),
        (["--crop", "none", "--background", "still"], 2, "--crop none"),
        (["--model", "vox"], 1, "needs no model"),
    ],
)
def test_options_that_do_not_fit_are_refused(asked, capsys, options, code, said):
    arguments = ["render", "--avatar", BUILT_IN.name, "--driving", "a", "--output", "b", *options]
    assert main(arguments) == code
    assert said in capsys.readouterr().err
    assert not asked
