"""The keys and shapes of every configuration's networks, without making the networks: no PyTorch is needed to know one.

They are written down a second time here, and a test compares them with the networks' own.
"""

from __future__ import annotations

from collections.abc import Iterator

from engines.tha.student.shapes import BODY_POSE, FACE_POSE, BodySize, FaceSize
from engines.tha.tha1 import config as tha1_config
from engines.tha.tha1.config import Tha1Config
from engines.tha.tha3 import config as tha3_config
from engines.tha.tha3.config import Layout, Tha3Config
from engines.tha.widths import LEVELS, Widths

Entries = Iterator[tuple[str, tuple[int, ...]]]
Shapes = dict[str, dict[str, tuple[int, ...]]]

_PLACE = 2  # x and y, which a student sees of a pixel
_COLOURS = 4  # what a student's face morpher paints
_BODY_PAINTS = 7  # flow, alpha and colours


def tha3_shapes(config: Tha3Config) -> Shapes:
    """Return network -> key -> shape of version 3, in the order of the published files."""
    return {network: dict(_tha3_network(network, config)) for network in tha3_config.NETWORKS}


def tha1_shapes(config: Tha1Config) -> Shapes:
    """Return network -> key -> shape of version 1, in the order of the published files."""
    return {network: dict(_tha1_network(network, config)) for network in tha1_config.NETWORKS}


def tha4_shapes(face: FaceSize, body: BodySize) -> Shapes:
    """Return network -> key -> shape of version 4's students, in the order of the published files."""
    return {"face_morpher": dict(_student_face(face)), "body_morpher": dict(_student_body(body))}


def _tha3_network(network: str, config: Tha3Config) -> Entries:
    layout, widths, prefix = (
        tha3_config.LAYOUTS[network],
        config.widths_of(network),
        config.prefix_of(network),
    )
    yield from _tha3_coder(prefix, layout, widths, separable=config.separable)
    for head in layout.heads:
        if head.kind == "flow":
            yield f"{head.name}.weight", (head.channels, widths.start, 3, 3)
        else:
            yield f"{head.name}.0.weight", (head.channels, widths.start, 3, 3)
            yield f"{head.name}.0.bias", (head.channels,)


def _tha3_coder(prefix: str, layout: Layout, widths: Widths, *, separable: bool) -> Entries:
    at, middle, joined = widths.at, widths.at(LEVELS), layout.joins == "bottleneck"

    def block(name: str, channels: int, out: int, kernel: int) -> Entries:
        """A convolution, one or two modules long, and the normalisation behind it."""
        if separable:
            yield f"{name}.0.weight", (channels, 1, kernel, kernel)
            yield f"{name}.1.weight", (out, channels, 1, 1)
            yield from _norm(f"{name}.2", out)
        else:
            yield f"{name}.0.weight", (out, channels, kernel, kernel)
            yield from _norm(f"{name}.1", out)

    inputs = layout.channels + (0 if joined else layout.pose_size)
    yield from block(f"{prefix}downsample_blocks.0", inputs, at(0), layout.kernel)
    for level in range(LEVELS):
        yield from block(f"{prefix}downsample_blocks.{level + 1}", at(level), at(level + 1), 4)
    if joined:
        yield from block(f"{prefix}bottleneck_blocks.0", middle + layout.pose_size, middle, 3)
    for index in range(joined, widths.blocks):
        for place in (0, 3):
            path = f"{prefix}bottleneck_blocks.{index}.resnet_path.{place}"
            if separable:
                yield f"{path}.0.weight", (middle, 1, 3, 3)
                yield f"{path}.1.weight", (middle, middle, 1, 1)
            else:
                yield f"{path}.weight", (middle, middle, 3, 3)
            yield from _norm(f"{prefix}bottleneck_blocks.{index}.resnet_path.{place + 1}", middle)
    for index, level in enumerate(reversed(range(LEVELS))):
        name, below, here = f"{prefix}upsample_blocks.{index}", at(level + 1), at(level)
        if layout.up == "repeated":
            yield from block(f"{name}.1", below, here, 3)
        elif layout.up == "skips":
            yield from block(name, below + here, here, 3)
        elif separable:
            yield from block(name, below, here, 4)
        else:
            yield f"{name}.0.weight", (below, here, 4, 4)
            yield from _norm(f"{name}.1", here)


def _tha1_network(network: str, config: Tha1Config) -> Entries:
    layout, widths = tha1_config.LAYOUTS[network], config.widths
    at, middle = widths.at, widths.at(LEVELS)

    def block(name: str, shape: tuple[int, ...], out: int) -> Entries:
        yield f"{name}.0.weight", shape
        yield from _norm(f"{name}.1", out)

    down = "main_body.downward_modules" if layout.skips else "main_body.module_list"
    yield from block(f"{down}.0", (at(0), layout.channels, 7, 7), at(0))
    for level in range(LEVELS):
        yield from block(f"{down}.{level + 1}", (at(level + 1), at(level), 4, 4), at(level + 1))
    for index in range(widths.blocks):
        name = (
            f"main_body.bottleneck_modules.{index}"
            if layout.skips
            else f"main_body.module_list.{LEVELS + 1 + index}"
        )
        for number in (1, 2):
            yield f"{name}.conv{number}.weight", (middle, middle, 3, 3)
            yield from _norm(f"{name}.norm{number}", middle)
    if layout.skips:
        yield from block("main_body.upsampling_modules.0", (at(0), 2 * at(0), 7, 7), at(0))
        for level in range(LEVELS):
            below = at(level + 1) * (1 if level == LEVELS - 1 else 2)
            yield from block(f"main_body.upsampling_modules.{level + 1}", (below, at(level), 4, 4), at(level))
    else:
        for index, level in enumerate(reversed(range(LEVELS))):
            name = f"main_body.module_list.{LEVELS + 1 + widths.blocks + index}"
            yield from block(name, (at(level + 1), at(level), 4, 4), at(level))
    for head in layout.heads:
        key = head.name if head.kind == "flow" else f"{head.name}.0"
        yield f"{key}.weight", (head.channels, at(0), 7, 7)


def _norm(name: str, channels: int) -> Entries:
    yield f"{name}.weight", (channels,)
    yield f"{name}.bias", (channels,)


def _student_face(size: FaceSize) -> Entries:
    inputs = [_PLACE + FACE_POSE, *[size.width] * (size.layers - 1)]
    for index, channels in enumerate(inputs):
        yield from _linear(f"siren.sine_layers.{index}.linear", channels, size.width)
    yield from _linear("siren.last_linear", size.width, _COLOURS)


def _student_body(size: BodySize) -> Entries:
    ahead = 0
    for level, width in enumerate(size.widths):
        after = (*size.widths[level + 1 :], width)[0]  # the last layer of a level has the next one's width
        widths = [ahead + _PLACE + BODY_POSE, *[width] * (size.layers - 1), after]
        for index in range(size.layers):
            yield from _linear(f"siren_layers.{level}.{index}.linear", widths[index], widths[index + 1])
        ahead = after
    yield from _linear("last_linear", ahead, _BODY_PAINTS)


def _linear(name: str, channels: int, out: int) -> Entries:
    yield f"{name}.weight", (out, channels, 1, 1)
    yield f"{name}.bias", (out,)
