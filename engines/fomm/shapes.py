"""The keys and shapes of a configuration's networks, without making the networks: no PyTorch is needed to know a model.

They are written down a second time here, and a test compares them with the networks' own for every configuration.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

from engines.fomm.config import FommConfig, HourglassConfig

Entries = Iterator[tuple[str, tuple[int, ...]]]


def expected_shapes(
    config: FommConfig, networks: Collection[str] = ("generator", "kp_detector", "discriminator")
) -> dict[str, dict[str, tuple[int, ...]]]:
    """Return network -> key -> shape of a configuration, in the order of the published checkpoints."""
    makers = {"generator": _generator, "kp_detector": _detector, "discriminator": _discriminator}
    return {network: dict(makers[network](config)) for network in networks}


def _generator(config: FommConfig) -> Entries:
    own = config.generator
    widths = [own.channels(level) for level in range(own.num_down_blocks + 1)]
    steps = list(pairwise(widths))
    yield from _dense_motion(config)
    yield from _block("first", config.num_channels, widths[0], 7)
    for index, (above, below) in enumerate(steps):
        yield from _block(f"down_blocks.{index}", above, below, 3)
    for index, (above, below) in enumerate(reversed(steps)):
        yield from _block(f"up_blocks.{index}", below, above, 3)
    for index in range(own.num_bottleneck_blocks):
        for conv in ("conv1", "conv2"):
            yield from _conv(f"bottleneck.r{index}.{conv}", widths[-1], widths[-1], 3)
        for norm in ("norm1", "norm2"):
            yield from _batch_norm(f"bottleneck.r{index}.{norm}", widths[-1])
    yield from _conv("final", widths[0], config.num_channels, 7)


def _dense_motion(config: FommConfig) -> Entries:
    own, prefix = config.dense_motion, "dense_motion_network"
    channels = (config.num_kp + 1) * (config.num_channels + 1)
    width = own.hourglass.channels(0) + channels
    yield from _hourglass(f"{prefix}.hourglass", own.hourglass, channels)
    yield from _conv(f"{prefix}.mask", width, config.num_kp + 1, 7)
    if config.generator.occlusion:
        yield from _conv(f"{prefix}.occlusion", width, 1, 7)
    yield from _anti_alias(f"{prefix}.down", config.num_channels, own.scale)


def _detector(config: FommConfig) -> Entries:
    own = config.keypoints
    width = own.hourglass.channels(0) + config.num_channels
    yield from _hourglass("predictor", own.hourglass, config.num_channels)
    yield from _conv("kp", width, config.num_kp, 7)
    if config.jacobian:
        yield from _conv("jacobian", width, 4 if own.single_jacobian_map else 4 * config.num_kp, 7)
    yield from _anti_alias("down", config.num_channels, own.scale)


def _discriminator(config: FommConfig) -> Entries:
    own = config.discriminator
    first = config.num_channels + (config.num_kp if own.sees_keypoints else 0)
    widths = [
        first,
        *(min(own.max_features, own.block_expansion << level + 1) for level in range(own.num_blocks)),
    ]
    for scale in own.scales:
        prefix = f"discs.{scale:g}".replace("0.", "0-")
        for index, (above, below) in enumerate(pairwise(widths)):
            block = f"{prefix}.down_blocks.{index}"
            yield from _judging_conv(f"{block}.conv", above, below, 4, spectral=own.spectral_norm)
            if index:
                yield f"{block}.norm.weight", (below,)
                yield f"{block}.norm.bias", (below,)
        yield from _judging_conv(f"{prefix}.conv", widths[-1], 1, 1, spectral=own.spectral_norm)


def _hourglass(prefix: str, config: HourglassConfig, channels: int) -> Entries:
    widths = [config.channels(level) for level in range(config.num_blocks + 1)]
    for index, (above, below) in enumerate(pairwise((channels, *widths[1:]))):
        yield from _block(f"{prefix}.encoder.down_blocks.{index}", above, below, 3)
    for index, level in enumerate(range(config.num_blocks, 0, -1)):
        joined = widths[level] * (1 if index == 0 else 2)
        yield from _block(f"{prefix}.decoder.up_blocks.{index}", joined, widths[level - 1], 3)


def _block(prefix: str, channels: int, out_channels: int, kernel: int) -> Entries:
    yield from _conv(f"{prefix}.conv", channels, out_channels, kernel)
    yield from _batch_norm(f"{prefix}.norm", out_channels)


def _conv(prefix: str, channels: int, out_channels: int, kernel: int) -> Entries:
    yield f"{prefix}.weight", (out_channels, channels, kernel, kernel)
    yield f"{prefix}.bias", (out_channels,)


def _judging_conv(prefix: str, channels: int, out_channels: int, kernel: int, *, spectral: bool) -> Entries:
    if not spectral:
        yield from _conv(prefix, channels, out_channels, kernel)
        return
    yield f"{prefix}.bias", (out_channels,)
    yield f"{prefix}.weight_orig", (out_channels, channels, kernel, kernel)
    yield f"{prefix}.weight_u", (out_channels,)
    yield f"{prefix}.weight_v", (channels * kernel * kernel,)


def _batch_norm(prefix: str, channels: int) -> Entries:
    for each in ("weight", "bias", "running_mean", "running_var"):
        yield f"{prefix}.{each}", (channels,)
    yield f"{prefix}.num_batches_tracked", ()


def _anti_alias(prefix: str, channels: int, scale: float) -> Entries:
    if scale != 1:
        taps = 4 * round(1 / scale) - 3  # a Gaussian of sigma (k - 1) / 2, four sigmas far
        yield f"{prefix}.weight", (channels, 1, taps, taps)
