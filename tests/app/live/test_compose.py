from __future__ import annotations

import numpy as np
import pytest

from app.live.compose import Composer, cross_fade
from app.live.framing import frame_avatar
from app.live.ground import cover, fades, make_ground
from app.live.picture import Picture
from app.settings import BackgroundKind, BackgroundSettings, OutputSettings
from engines.base import Avatar, View
from tests.fakes.engine import made_avatar

AS_IS = BackgroundSettings()
IDENTITY = View(96, 96, 1.0)


def person_of(view: View, alpha: int = 255, colour: tuple[int, int, int] = (200, 100, 50)) -> np.ndarray:
    """A layer with a block of premultiplied colour in its middle."""
    layer = np.zeros((view.height, view.width, 4), np.uint8)
    block = slice(view.height // 4, -view.height // 4), slice(view.width // 4, -view.width // 4)
    layer[block] = (*(np.array(colour) * alpha // 255), alpha)
    return layer


def noise(size: tuple[int, int], seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)


def smooth(size: tuple[int, int]) -> np.ndarray:
    """A picture that changes slowly from place to place."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    return np.dstack([80 + 100 * x / size[0], 60 + 120 * y / size[1], np.full(x.shape, 90)]).astype(np.uint8)


def test_an_empty_layer_shows_the_backdrop_exactly():
    backdrop = noise((96, 96))
    composer = Composer(made_avatar(), backdrop, AS_IS, IDENTITY)
    picture = composer.compose(np.zeros((96, 96, 4), np.uint8), 1.0)
    assert np.array_equal(picture.rgb, backdrop)
    assert picture.pixels is picture.rgb


def test_an_opaque_layer_hides_the_backdrop_exactly():
    layer = np.dstack([noise((96, 96), 2), np.full((96, 96), 255, np.uint8)])
    picture = Composer(made_avatar(), noise((96, 96)), AS_IS, IDENTITY).compose(layer, 1.0)
    assert np.array_equal(picture.rgb, layer[..., :3])


def test_a_half_transparent_layer_is_mixed_to_the_nearest_value(rng):
    alpha = rng.integers(0, 256, (96, 96)).astype(np.uint8)
    front = (noise((96, 96), 2) * (alpha[..., None] / 255)).astype(np.uint8)
    backdrop = noise((96, 96))
    picture = Composer(made_avatar(), backdrop, AS_IS, IDENTITY).compose(np.dstack([front, alpha]), 1.0)
    exact = front + backdrop * (1 - alpha[..., None] / 255)
    assert np.abs(picture.rgb - exact).max() <= 0.51


def test_a_layer_of_another_size_is_refused():
    with pytest.raises(ValueError, match="layer"):
        Composer(made_avatar(), noise((96, 96)), AS_IS, IDENTITY).compose(np.zeros((95, 96, 4), np.uint8), 0)


def test_the_time_and_what_drove_it_go_along():
    composer = Composer(made_avatar(), noise((96, 96)), AS_IS, IDENTITY)
    picture = composer.compose(np.zeros((96, 96, 4), np.uint8), 7.5, driven=True)
    assert (picture.time_s, picture.driven, picture.slate, picture.size) == (7.5, True, False, (96, 96))
    with pytest.raises(ValueError, match="read-only"):
        picture.rgb[0, 0] = 0


def test_a_colour():
    settings = BackgroundSettings(kind=BackgroundKind.COLOUR, colour="#0102ff")
    ground = make_ground(made_avatar(), noise((96, 96)), settings, View(40, 30, 0.2))
    assert ground.shape == (30, 40, 3)
    assert (ground == (1, 2, 255)).all()


def test_a_blur_is_smoother_and_keeps_the_light():
    backdrop = noise((96, 96))
    grounds = [
        make_ground(
            made_avatar(), backdrop, BackgroundSettings(kind=BackgroundKind.BLUR, blur=blur), IDENTITY
        )
        for blur in (0.0, 0.3, 1.0)
    ]
    roughness = [np.abs(np.diff(ground.astype(int), axis=1)).mean() for ground in grounds]
    assert roughness[0] > 3 * roughness[1] > roughness[2]
    assert grounds[2].mean() == pytest.approx(backdrop.mean(), abs=5)


def test_a_picture_fills_the_output_without_distortion():
    picture = np.zeros((100, 400, 3), np.uint8)
    picture[:, 150:250] = 255
    covered = cover(picture, (64, 64))
    assert covered.shape == (64, 64, 3)
    assert covered.mean() > 250, "the middle of a wide picture is what is seen"
    settings = BackgroundSettings(kind=BackgroundKind.PICTURE, picture="any")
    assert (make_ground(made_avatar(), noise((96, 96)), settings, IDENTITY, picture) > 250).all()


def test_a_missing_background_picture_leaves_the_background_as_it_is():
    settings = BackgroundSettings(kind=BackgroundKind.PICTURE, picture="gone.png")
    backdrop = noise((96, 96))
    assert np.array_equal(make_ground(made_avatar(), backdrop, settings, IDENTITY), backdrop)


def test_transparent_pictures_carry_straight_alpha_and_black_for_the_rest():
    settings = BackgroundSettings(kind=BackgroundKind.TRANSPARENT)
    picture = Composer(made_avatar(), noise((96, 96)), settings, IDENTITY).compose(
        person_of(IDENTITY, 128), 0
    )
    assert picture.pixels.shape == (96, 96, 4)
    assert picture.pixels[0, 0, 3] == 0
    assert np.abs(picture.pixels[48, 48].astype(int) - (200, 100, 50, 128)).max() <= 2
    assert np.abs(picture.rgb[48, 48].astype(int) - (100, 50, 25)).max() <= 1
    assert (picture.rgb[0, 0] == 0).all()


def test_a_cut_out_gets_a_quiet_ground_of_its_own_hue():
    avatar = made_avatar((200, 60, 40), has_alpha=True)
    ground = make_ground(avatar, noise((96, 96)), AS_IS, View(160, 90, 1.0))
    assert ground.std() < 40
    assert ground[..., 0].mean() > ground[..., 2].mean()


def test_what_the_picture_does_not_fill_is_its_blurred_extension_without_a_seam():
    backdrop = smooth((200, 200))
    view = View(356, 200, 1.0, (78.0, 0.0))
    ground = make_ground(made_avatar(size=(200, 200)), backdrop, AS_IS, view)
    assert np.array_equal(ground[:, 110:240], backdrop[:, 32:162]), "the middle is the picture itself"
    steps = np.abs(np.diff(ground.astype(int), axis=1))
    assert steps.max() <= 6, "no edge is seen where the picture ends"
    textured = make_ground(made_avatar(size=(200, 200)), noise((200, 200)), AS_IS, view)
    rough = np.abs(np.diff(textured.astype(int), axis=1)).mean(axis=(0, 2))
    assert rough[:40].mean() < 0.1 * rough[150:200].mean(), "far out nothing of the texture is left"


def test_a_person_cut_by_the_pictures_edge_fades_there_and_only_there():
    avatar = made_avatar(size=(96, 96))
    avatar.matte[60:, :] = 255
    across, down = fades(avatar, View(200, 96, 1.0, (52.0, 0.0)))
    assert across[52] < 20
    assert across[147] < 20
    assert across[100] == 255
    assert (down == 255).all(), "the lower edge lies on the output's"
    untouched, _ = fades(made_avatar(size=(96, 96)), View(200, 96, 1.0, (52.0, 0.0)))
    assert (untouched == 255).all(), "nothing is cut at the sides"


def test_a_faded_person_shows_the_ground():
    avatar = made_avatar(size=(96, 96))
    avatar.matte[60:, :] = 255
    view = View(200, 96, 1.0, (52.0, 0.0))
    composer = Composer(avatar, np.full((96, 96, 3), 30, np.uint8), AS_IS, view)
    layer = np.zeros((96, 200, 4), np.uint8)
    layer[:, 30:170] = (250, 10, 10, 255)
    rgb = composer.compose(layer, 0).rgb
    assert np.abs(rgb[:, 40].astype(int) - 30).max() <= 1
    assert (rgb[:, 100] == (250, 10, 10)).all()


def test_a_mirrored_view_mirrors_ground_and_fades():
    backdrop = noise((96, 96))
    mirrored = View(96, 96, 1.0, (0.0, 0.0), mirror=True)
    assert np.array_equal(make_ground(made_avatar(), backdrop, AS_IS, mirrored), backdrop[:, ::-1])
    avatar = made_avatar(size=(96, 96))
    avatar.matte[60:, :40] = 255
    views = [View(200, 96, 1.0, (30.0, 0.0), mirror=mirror) for mirror in (False, True)]
    plain, flipped = (fades(avatar, view)[0] for view in views)
    assert np.array_equal(plain, flipped[::-1])
    assert not np.array_equal(plain, flipped)


@pytest.mark.parametrize("size", [(64, 64), (64, 500), (2048, 1000), (331, 77)])
@pytest.mark.parametrize("output", [(1280, 720), (64, 64), (641, 359), (400, 1200)])
@pytest.mark.parametrize("has_alpha", [False, True])
def test_any_picture_goes_with_any_output(size, output, has_alpha):
    avatar = made_avatar(size=size, has_alpha=has_alpha)
    for zoom in (0.5, 1.0, 3.0):
        view = frame_avatar(avatar, OutputSettings(width=output[0], height=output[1]), zoom)
        picture = Composer(avatar, avatar.rgb, AS_IS, view).compose(person_of(view), 0)
        assert picture.size == output


def test_a_cross_fade_goes_from_one_to_the_other():
    one, other = (
        Picture(array, array, 1.0)
        for array in (np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 200, np.uint8))
    )
    assert (cross_fade(one, other, 0.25).rgb == 50).all()
    assert cross_fade(one, other, 1.0) is other


def test_pictures_of_different_sizes_are_not_mixed():
    one, other = (
        Picture(array, array, 1.0) for array in (np.zeros((4, 4, 3), np.uint8), np.ones((5, 4, 3), np.uint8))
    )
    assert cross_fade(one, other, 0.5) is other


def test_a_fade_from_opaque_to_transparent_keeps_the_alpha():
    rgb = np.zeros((4, 4, 3), np.uint8)
    rgba = np.full((4, 4, 4), 100, np.uint8)
    mixed = cross_fade(Picture(rgb, rgb, 1.0), Picture(rgba, rgba[..., :3].copy(), 1.0), 0.5)
    assert mixed.pixels.shape == (4, 4, 4)
    assert (mixed.rgb == 50).all()


def test_an_avatar_whose_matte_is_empty_still_composes():
    avatar = made_avatar(has_alpha=True)
    empty = Avatar(avatar.name, avatar.rgb, np.zeros_like(avatar.matte), avatar.landmarks, has_alpha=True)
    view = frame_avatar(empty, OutputSettings(width=64, height=64))
    assert Composer(empty, empty.rgb, AS_IS, view).compose(person_of(view), 0).size == (64, 64)
