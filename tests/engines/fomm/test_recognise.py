"""Checkpoints tell what they are by keys and shapes, then by their name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engines.fomm.config import CONFIGS, FommConfig, GeneratorConfig
from engines.fomm.recognise import CUSTOM, UNNAMED, config_of, recognise
from engines.fomm.shapes import expected_shapes
from engines.weights.model import load_model
from tests.engines.fomm.rules import published_keys, small_config, small_model

Networks = dict[str, dict[str, tuple[int, ...]]]


def without_discriminator(config: FommConfig) -> Networks:
    return expected_shapes(config, ("generator", "kp_detector"))


@pytest.mark.parametrize("name", CONFIGS)
def test_every_published_configuration_is_known_by_its_file(name: str) -> None:
    file_name = f"{name.removesuffix('-256')}-cpk.pth.tar"

    assert recognise(expected_shapes(CONFIGS[name]), file_name) == name
    assert recognise(without_discriminator(CONFIGS[name]), file_name) == name


def test_the_published_key_lists_are_known() -> None:
    keys = published_keys()
    plain = {network: keys[network] for network in ("generator", "kp_detector")}
    spectral = keys["variant_vox-256_discriminator(spectral_norm)"]

    assert recognise(plain | {"discriminator": keys["discriminator"]}, "vox-adv-cpk.pth.tar") == "vox-adv-256"
    assert recognise(plain | {"discriminator": spectral}, "vox-cpk.pth.tar") == "vox-256"


@pytest.mark.parametrize(
    ("name", "file_name", "found"),
    [
        ("vox-adv-256", "", UNNAMED),
        ("vox-adv-256", "vox.pth", "vox-adv-256"),
        ("vox-adv-256", "My_VOX_ADV (1).pth.tar", "vox-adv-256"),
        ("taichi-256", "download.pt", UNNAMED),
        ("nemo-256", "fashion.pth.tar", UNNAMED),
        ("fashion-256", "fashion.pth.tar", "fashion-256"),
        ("fashion-256", "unfashionable.pth.tar", UNNAMED),
        ("mgif-256", "", "mgif-256"),
    ],
)
def test_a_name_decides_only_between_equals(name: str, file_name: str, found: str) -> None:
    assert recognise(expected_shapes(CONFIGS[name]), file_name) == found


def test_a_discriminator_nobody_published_does_no_harm() -> None:
    networks = expected_shapes(CONFIGS["vox-256"]) | {"discriminator": {"conv.weight": (1, 2, 3)}}

    assert recognise(networks, "vox-cpk.pth.tar") == "vox-256"


def test_a_model_of_other_numbers_is_read_from_its_shapes(tmp_path: Path) -> None:
    model = load_model(small_model(tmp_path))

    assert config_of(model.shapes()) == small_config()
    assert recognise(model.shapes(), "vox-cpk.pth.tar") == CUSTOM


def test_keypoints_and_sizes_are_read_from_shapes() -> None:
    config = replace(
        small_config(),
        num_kp=5,
        size=128,
        dense_motion=replace(small_config().dense_motion, scale=0.5),
        generator=replace(small_config().generator, num_down_blocks=1),
    )

    assert config_of(without_discriminator(config)) == config


@pytest.mark.parametrize(
    "config",
    [
        FommConfig("", jacobian=False),
        FommConfig("", num_channels=1),
        FommConfig("", generator=GeneratorConfig(occlusion=False)),
        FommConfig("", generator=GeneratorConfig(num_down_blocks=3)),
    ],
    ids=["order zero", "grey", "no occlusion", "another size of features"],
)
def test_models_that_cannot_be_animated_are_refused(config: FommConfig) -> None:
    assert recognise(without_discriminator(config), "vox-cpk.pth.tar") is None


def spoil(networks: Networks, how: str) -> None:
    generator, detector = networks["generator"], networks["kp_detector"]
    if how == "missing network":
        del networks["kp_detector"]
    elif how == "missing key":
        del generator["final.bias"]
    elif how == "extra key":
        generator["back.door"] = (1,)
    elif how == "another shape":
        detector["kp.weight"] = (10, 35, 5, 5)
    elif how == "no axes":
        detector["kp.weight"] = ()
    elif how == "huge":
        generator["first.conv.weight"] = (1 << 40, 3, 7, 7)
    elif how == "nothing":
        generator.clear()
    elif how == "zero channels":
        generator["first.conv.weight"] = (0, 3, 7, 7)
    elif how == "many levels":
        generator |= {f"down_blocks.{level}.conv.weight": (64, 64, 3, 3) for level in range(2, 3000)}
    elif how == "another filter":
        generator["dense_motion_network.down.weight"] = (3, 1, 253, 253)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("missing network", "no network 'kp_detector'"),
        ("missing key", "'generator/final.bias' is missing"),
        ("extra key", "'generator/back.door' is unknown"),
        ("another shape", "'kp_detector/kp.weight' has the shape"),
        ("no axes", "another structure"),
        ("huge", "impossible shape"),
        ("nothing", "another structure"),
        ("zero channels", "impossible shape"),
        ("many levels", "different sizes"),
        ("another filter", "unknown size"),
    ],
)
def test_other_networks_are_refused_with_a_reason(how: str, reason: str) -> None:
    networks = without_discriminator(CONFIGS["vox-256"])
    spoil(networks, how)

    assert recognise(networks, "vox-cpk.pth.tar") is None
    with pytest.raises(ValueError, match=reason):
        config_of(networks)
