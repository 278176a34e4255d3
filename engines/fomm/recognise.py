"""Tells which configuration a checkpoint is of, from its keys and shapes; PyTorch is not needed for it.

All published configurations but mgif-256 have the same generator and keypoint detector. The discriminator, where the
file has one, tells three kinds apart, and within a kind only the file's name does: what remains unknown is of no
consequence for animating.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from engines.fomm.config import (
    CONFIGS,
    DenseMotionConfig,
    DiscriminatorConfig,
    FommConfig,
    GeneratorConfig,
    HourglassConfig,
    KeypointConfig,
)
from engines.fomm.shapes import expected_shapes

Shapes = Mapping[str, tuple[int, ...]]

UNNAMED = "fomm-256"  # one of several published configurations; nothing says which
CUSTOM = "fomm-custom"  # none of the published ones

_WIDEST = 8192  # channels; more is no network anybody trained
_FLOW_SIDE = 64


def recognise(networks: Mapping[str, Shapes], file_name: str = "") -> str | None:
    """Return the name of the configuration these networks are of.

    Args:
        networks: network -> key -> shape; "generator" and "kp_detector", and "discriminator" where there is one.
        file_name: of the checkpoint; decides between configurations of equal shapes.

    Returns:
        A published name; UNNAMED where several look like this and the file's name names none of them; CUSTOM for
        another model of this architecture that can be animated; None for anything else.
    """
    try:
        return config_of(networks, file_name).name
    except ValueError:
        return None


def config_of(networks: Mapping[str, Shapes], file_name: str = "") -> FommConfig:
    """Return the configuration that keys and shapes speak of.

    What leaves no trace in them is taken as published: the temperature, the variance of the Gaussians, a flow of
    64 x 64. A discriminator that does not fit is passed over, since it is not needed to animate.

    Args:
        networks: as in recognise().
        file_name: as in recognise().

    Raises:
        ValueError: these are not the networks of a First Order Motion Model, or of one that lacks what Guise needs;
            the text says what is wrong.
    """
    for network in ("generator", "kp_detector"):
        if network not in networks:
            raise ValueError(f"it has no network '{network}'")
        _check_numbers(network, networks[network])
    try:
        found = _read(networks["generator"], networks["kp_detector"])
    except (KeyError, IndexError, ArithmeticError) as error:
        raise ValueError(f"its networks have another structure ({error})") from error
    for network, expected in expected_shapes(found, ("generator", "kp_detector")).items():
        _check_equal(network, networks[network], expected)
    judge = _discriminator(networks.get("discriminator", {}), found)
    found = found if judge is None else replace(found, discriminator=judge)
    return replace(found, name=_name(found, judge is not None, file_name))


def _read(generator: Shapes, detector: Shapes) -> FommConfig:
    """Return the configuration at a few telling places of the networks."""
    num_channels = generator["first.conv.weight"][1]
    if num_channels != 3:
        raise ValueError(f"its pictures have {num_channels} channels, not 3")
    if "jacobian.weight" not in detector:
        raise ValueError("its keypoints have no Jacobians")
    if "dense_motion_network.occlusion.weight" not in generator:
        raise ValueError("it estimates no occlusion")
    num_kp = detector["kp.weight"][0]
    dense_scale = _scale(generator, "dense_motion_network.down.weight")
    down_blocks = _count(generator, r"down_blocks\.(\d+)\.conv\.weight")
    if 2**down_blocks != round(1 / dense_scale):
        raise ValueError("its flow and its features have different sizes")
    return FommConfig(
        CUSTOM,
        size=round(_FLOW_SIDE / dense_scale),
        num_kp=num_kp,
        num_channels=num_channels,
        keypoints=KeypointConfig(
            hourglass=_hourglass(detector, "predictor.", KeypointConfig().hourglass),
            scale=_scale(detector, "down.weight"),
            single_jacobian_map=detector["jacobian.weight"][0] == 4 and num_kp > 1,
        ),
        dense_motion=DenseMotionConfig(
            hourglass=_hourglass(generator, "dense_motion_network.hourglass.", DenseMotionConfig().hourglass),
            scale=dense_scale,
        ),
        generator=GeneratorConfig(
            block_expansion=generator["first.conv.weight"][0],
            max_features=_max_features(
                generator["first.conv.weight"][0],
                down_blocks,
                generator[f"down_blocks.{down_blocks - 1}.conv.weight"][0],
                GeneratorConfig().max_features,
            ),
            num_down_blocks=down_blocks,
            num_bottleneck_blocks=_count(generator, r"bottleneck\.r(\d+)\.conv1\.weight"),
        ),
    )


def _hourglass(shapes: Shapes, prefix: str, published: HourglassConfig) -> HourglassConfig:
    blocks = _count(shapes, rf"{re.escape(prefix)}encoder\.down_blocks\.(\d+)\.conv\.weight")
    widest = shapes[f"{prefix}encoder.down_blocks.{blocks - 1}.conv.weight"][0]
    narrowest = shapes[f"{prefix}decoder.up_blocks.{blocks - 1}.conv.weight"][0]
    return HourglassConfig(
        narrowest, _max_features(narrowest, blocks, widest, published.max_features), blocks
    )


def _max_features(block_expansion: int, blocks: int, widest: int, published: int) -> int:
    """Return where the doubling of channels ends; a model that never got there does not show it."""
    reached = widest < block_expansion << blocks
    return widest if reached else max(published, widest)


def _scale(shapes: Shapes, key: str) -> float:
    """Return what a stored filter makes pictures smaller by; without one they stay as they are."""
    if key not in shapes:
        return 1.0
    every = (shapes[key][-1] + 3) / 4  # a filter for every k-th pixel has 4 k - 3 taps
    if every not in (2, 4, 8):
        raise ValueError(f"its filter '{key}' has an unknown size")
    return 1 / every


def _discriminator(shapes: Shapes, config: FommConfig) -> DiscriminatorConfig | None:
    """Return the published form of discriminator these shapes are of, if any."""
    for form in {config.discriminator for config in CONFIGS.values()}:
        expected = expected_shapes(replace(config, discriminator=form), ("discriminator",))
        if shapes == expected["discriminator"]:
            return form
    return None


def _name(found: FommConfig, judged: bool, file_name: str) -> str:
    """Return a published name, UNNAMED or CUSTOM.

    Args:
        found: what the shapes say.
        judged: they say of the discriminator too.
        file_name: what the user calls it.
    """
    alike = [
        name
        for name, config in CONFIGS.items()
        if config
        == replace(found, name=name, discriminator=found.discriminator if judged else config.discriminator)
    ]
    if len(alike) <= 1:
        return alike[0] if alike else CUSTOM
    words = re.sub(r"[^a-z0-9]+", "-", file_name.lower())
    called = [name for name in alike if re.search(rf"\b{name.removesuffix('-256')}\b", words)]
    if not called:  # "vox.pth" with the discriminator of an -adv model
        called = [name for name in alike if re.search(rf"\b{name.partition('-')[0]}\b", words)]
    return max(called, key=len, default=UNNAMED)


def _count(shapes: Shapes, pattern: str) -> int:
    return sum(re.fullmatch(pattern, key) is not None for key in shapes)


def _check_numbers(network: str, shapes: Shapes) -> None:
    for key, shape in shapes.items():
        if not all(0 < side <= _WIDEST for side in shape):
            raise ValueError(f"'{network}/{key}' has the impossible shape {shape}")


def _check_equal(network: str, shapes: Shapes, expected: Shapes) -> None:
    for key, shape in expected.items():
        if key not in shapes:
            raise ValueError(f"'{network}/{key}' is missing")
        if shapes[key] != shape:
            raise ValueError(f"'{network}/{key}' has the shape {shapes[key]}, not {shape}")
    for key in shapes:
        if key not in expected:
            raise ValueError(f"'{network}/{key}' is unknown")
