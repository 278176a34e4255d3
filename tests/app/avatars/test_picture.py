from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from app.avatars.picture import (
    MIN_SIDE,
    WORKING_SIDE,
    LoadedPicture,
    PictureError,
    load_picture,
    picture_from_array,
)
from tests.fakes.pictures import encoded, every_kind, gradient

KINDS = every_kind()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "turned" not in kind])
def test_every_kind_shows_the_same_picture(kind: str) -> None:
    picture = load_picture(KINDS[kind])

    wanted = gradient().astype(int)
    if "grey" in kind or "16 bits" in kind:
        wanted = np.repeat(np.asarray(Image.fromarray(gradient()).convert("L"))[..., None], 3, axis=2).astype(
            int
        )
    if "one bit" in kind:
        assert set(np.unique(picture.rgb)) == {0, 255}
        return
    seen = np.ones(wanted.shape[:2], bool) if picture.alpha is None else picture.alpha > 128
    assert picture.size == (96, 80)
    assert np.abs(picture.rgb.astype(int) - wanted)[seen].mean() < 12


@pytest.mark.parametrize("kind", ["png with alpha", "webp"])
def test_alpha_comes_along(kind: str) -> None:
    alpha = load_picture(KINDS[kind]).alpha

    assert alpha is not None
    assert alpha[40, 0] == 0
    assert alpha[40, 95] == 255


def test_a_palettes_transparent_colour_is_transparent() -> None:
    alpha = load_picture(KINDS["png of a palette"]).alpha

    assert alpha is not None
    assert set(np.unique(alpha)) == {0, 255}


def test_alpha_that_hides_nothing_is_dropped() -> None:
    opaque = Image.fromarray(gradient()).convert("RGBA")

    assert load_picture(encoded(opaque, "PNG")).alpha is None


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG"])
def test_pictures_stand_upright(orientation: int, kind: str) -> None:
    upright = Image.fromarray(gradient())
    stored = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation

    picture = load_picture(encoded(stored, kind, exif=exif))

    assert picture.size == (96, 80)
    assert np.abs(picture.rgb.astype(int) - gradient()).mean() < 6


def test_a_wide_colour_profile_is_obeyed() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain, profiled = (
        encoded(Image.fromarray(gradient()), "PNG"),
        encoded(Image.fromarray(gradient()), "PNG", icc_profile=lab),
    )

    assert np.abs(load_picture(plain).rgb.astype(int) - load_picture(profiled).rgb).max() <= 2


def test_a_damaged_colour_profile_does_not_refuse_the_picture() -> None:
    picture = load_picture(encoded(Image.fromarray(gradient()), "PNG", icc_profile=b"not a profile"))

    assert (picture.rgb == gradient()).all()


def test_a_grey_alpha_picture_and_a_lab_one_are_read() -> None:
    grey = Image.merge("LA", (Image.new("L", (96, 80), 90), Image.linear_gradient("L").resize((96, 80))))
    lab = ImageCms.profileToProfile(
        Image.new("RGB", (96, 80), (200, 60, 40)),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )

    assert load_picture(encoded(grey, "PNG")).alpha is not None
    assert np.abs(load_picture(encoded(lab, "TIFF")).rgb.astype(int) - (200, 60, 40)).max() <= 6


def test_a_float_tiff_of_one_is_white() -> None:
    ramp = np.tile(np.linspace(0, 1, 96, dtype=np.float32), (80, 1))

    picture = load_picture(encoded(Image.fromarray(ramp), "TIFF"))

    assert picture.rgb[0, 0, 0] == 0
    assert picture.rgb[0, 95, 0] == 255


def test_large_pictures_come_down_to_the_working_size() -> None:
    picture = load_picture(encoded(Image.new("RGB", (8000, 4000), "teal"), "JPEG"))

    assert picture.size == (WORKING_SIDE, WORKING_SIDE // 2)


def test_a_narrow_picture_keeps_its_short_side() -> None:
    assert min(load_picture(encoded(Image.new("RGB", (4000, 64), "teal"), "PNG")).size) == MIN_SIDE


def test_names_with_spaces_and_foreign_letters(tmp_path: Path) -> None:
    path = tmp_path / "Zoë und 猫 .png"
    path.write_bytes(KINDS["png"])

    assert load_picture(path).name == "Zoë und 猫 "


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The pasted picture is empty."),
        (b"hello, this is text" * 40, "The pasted picture is not a picture Guise can read."),
        (KINDS["png"][: len(KINDS["png"]) // 2], "The pasted picture is damaged or incomplete."),
        (KINDS["jpeg"][:400], "The pasted picture is damaged or incomplete."),
        (encoded(Image.new("RGB", (63, 200)), "PNG"), "The pasted picture is too small (63 x 200 pixels)."),
        (encoded(Image.new("L", (8001, 64)), "PNG"), "The pasted picture is too large (8001 x 64 pixels)."),
        (encoded(Image.new("RGBA", (96, 80)), "PNG"), "The pasted picture is transparent everywhere."),
    ],
)
def test_what_is_wrong_is_said_with_the_way_out(data: bytes, sentence: str) -> None:
    with pytest.raises(PictureError) as caught:
        load_picture(data)

    assert caught.value.message == sentence
    assert caught.value.hint


def test_a_bomb_is_refused_by_its_header() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    data = zlib.compress(bytes(1000))
    bomb += struct.pack(">I", len(data)) + b"IDAT" + data + struct.pack(">I", zlib.crc32(b"IDAT" + data))

    with pytest.raises(PictureError, match="too large"):
        load_picture(bomb)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path, words in (
        (tmp_path / "folder", "is a folder"),
        (tmp_path / "none.png", "There is no file"),
        (Path("a\0b"), "There is no file"),
    ):
        with pytest.raises(PictureError, match=words):
            load_picture(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")

    with pytest.raises(PictureError, match="not a file"):
        load_picture(tmp_path / "pipe.png")


def test_pixels_that_are_decoded_already() -> None:
    assert picture_from_array(gradient()).alpha is None
    assert (picture_from_array(gradient()[..., 0]).rgb[..., 2] == gradient()[..., 0]).all()
    for odd in (gradient().astype(np.float32), gradient()[..., :2], gradient()[None]):
        with pytest.raises(PictureError):
            picture_from_array(odd)  # type: ignore[arg-type]


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """The file with bytes changed, cut out, repeated or cut off."""
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 12))):
        at, how = int(rng.integers(0, max(len(changed), 1))), int(rng.integers(0, 5))
        if how == 0:
            changed[at : at + 1] = bytes([int(rng.integers(0, 256))])
        elif how == 1:
            del changed[at : at + int(rng.integers(1, 60))]
        elif how == 2:
            changed[at:at] = changed[at : at + int(rng.integers(1, 60))]
        elif how == 3:
            changed[at : at + 4] = rng.choice(
                [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\0\0\x1f\x40"]
            )
        else:
            head = int(rng.integers(0, min(64, max(len(changed), 1))))
            changed[head : head + 1] = bytes([int(rng.integers(0, 256))])
    return bytes(changed[: int(rng.integers(1, len(changed) + 2))] if rng.random() < 0.2 else changed)


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_files_load_or_say_why_not(kind: str) -> None:
    rng = np.random.default_rng(sorted(KINDS).index(kind))
    refusals: list[PictureError] = []
    for _ in range(60):
        try:
            picture = load_picture(mutated(KINDS[kind], rng))
        except PictureError as error:
            refusals.append(error)
        else:
            assert isinstance(picture, LoadedPicture)
            assert max(picture.size) <= WORKING_SIDE
    assert len(refusals) > 5
    assert all(error.message and error.hint for error in refusals)
