"""Tells which configuration of Talking Head Anime networks are of, from keys and shapes; PyTorch is not needed for it.

Whether version 3 is meant for single or half precision leaves no trace in shapes: a name that holds the word "half"
tells, as the published folders' names do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engines.tha.shapes import tha1_shapes, tha3_shapes, tha4_shapes
from engines.tha.student import shapes as student_shapes
from engines.tha.student.shapes import BodySize, FaceSize
from engines.tha.tha1 import config as tha1_config
from engines.tha.tha1.config import Tha1Config
from engines.tha.tha3 import config as tha3_config
from engines.tha.tha3.config import LAYOUTS, Tha3Config
from engines.tha.widths import LEVELS, Widths

Shapes = Mapping[str, tuple[int, ...]]

STUDENTS = "tha4"

_WIDEST = 8192  # channels; more is no network anybody trained


@dataclass(frozen=True)
class Tha4Config:
    """A version 4 character's student networks: what they are told by their shapes."""

    face: FaceSize
    body: BodySize
    name: str = STUDENTS


Config = Tha3Config | Tha1Config | Tha4Config


def recognise(networks: Mapping[str, Shapes], file_name: str = "") -> str | None:
    """Return the name of the configuration these networks are of, or None; the arguments are config_of()'s."""
    try:
        return config_of(networks, file_name).name
    except ValueError:
        return None


def config_of(networks: Mapping[str, Shapes], file_name: str = "") -> Config:
    """Return the configuration that keys and shapes speak of.

    Networks that the configuration has no use for are passed over.

    Args:
        networks: network -> key -> shape.
        file_name: of the file or folder, or a stored model's configuration; tells half precision.

    Raises:
        ValueError: these are no networks of Talking Head Anime that Guise can use; the text says what is wrong.
    """
    if "eyebrow_decomposer" in networks and "two_algo_face_rotator" in networks:
        raise ValueError("it is version 2, and versions 1, 3 and 4 can be used")
    for names, read in (
        (tha3_config.NETWORKS, _tha3),
        (tha1_config.NETWORKS, _tha1),
        (student_shapes.NETWORKS, _tha4),
    ):
        if all(name in networks for name in names):
            chosen = {name: networks[name] for name in names}
            _check_numbers(chosen)
            try:
                return read(chosen, file_name)
            except (KeyError, IndexError, AttributeError) as error:
                raise ValueError(f"its networks have another structure ({error})") from error
    raise ValueError(_what_is_missing(networks))


def _what_is_missing(networks: Mapping[str, Shapes]) -> str:
    """Return a text about networks that make no model."""
    if "body_morpher" in networks and "upscaler" in networks:
        return (
            "it is the large model of version 4, from which characters are made, and those alone can be used"
        )
    choices = (tha3_config.NETWORKS, tha1_config.NETWORKS)
    nearest = max(choices, key=lambda names: sum(name in networks for name in names) / len(names))
    missing = " and ".join(f"'{name}'" for name in nearest if name not in networks)
    return f"it has no network {missing}"


def _tha3(networks: Mapping[str, Shapes], file_name: str) -> Tha3Config:
    separable = "body.downsample_blocks.0.2.weight" in networks["editor"]
    draft = Tha3Config(tha3_config.CUSTOM, separable, half="half" in file_name.lower())
    found = replace(
        draft,
        widths=_tha3_widths(networks, "eyebrow_decomposer", draft),
        editor=_tha3_widths(networks, "editor", draft),
    )
    _check_equal(networks, tha3_shapes(found))
    published = (
        config for config in tha3_config.CONFIGS.values() if replace(config, name=found.name) == found
    )
    return next(published, found)


def _tha3_widths(networks: Mapping[str, Shapes], network: str, config: Tha3Config) -> Widths:
    shapes, prefix = networks[network], LAYOUTS[network].prefix
    last = 1 if config.separable else 0  # the pointwise convolution has the output's channels
    start = shapes[f"{prefix}downsample_blocks.0.{last}.weight"][0]
    middle = shapes[f"{prefix}downsample_blocks.{LEVELS}.{last}.weight"][0]
    blocks = _count(shapes, rf"{re.escape(prefix)}bottleneck_blocks\.(\d+)\.")
    return Widths(start, _widest(start, middle), blocks)


def _tha1(networks: Mapping[str, Shapes], file_name: str) -> Tha1Config:
    shapes = networks["combiner"]
    start = shapes["main_body.downward_modules.0.0.weight"][0]
    middle = shapes[f"main_body.downward_modules.{LEVELS}.0.weight"][0]
    blocks = _count(shapes, r"main_body\.bottleneck_modules\.(\d+)\.")
    found = Tha1Config(tha1_config.CUSTOM, Widths(start, _widest(start, middle), blocks))
    _check_equal(networks, tha1_shapes(found))
    return tha1_config.CONFIG if found.widths == tha1_config.CONFIG.widths else found


def _tha4(networks: Mapping[str, Shapes], file_name: str) -> Tha4Config:
    tensors = {
        network: {key: _Shaped(shape) for key, shape in shapes.items()}
        for network, shapes in networks.items()
    }
    found = Tha4Config(FaceSize.of(tensors["face_morpher"]), BodySize.of(tensors["body_morpher"]))
    _check_equal(networks, tha4_shapes(found.face, found.body))
    return found


@dataclass(frozen=True)
class _Shaped:
    """What the sizes of students are read off."""

    shape: tuple[int, ...]


def _widest(start: int, middle: int) -> int:
    """Return where the doubling of channels ends; a network that never got there does not show it."""
    return middle if middle < start << LEVELS else max(Widths().widest, middle)


def _count(shapes: Shapes, pattern: str) -> int:
    return len({match[1] for key in shapes if (match := re.match(pattern, key))})


def _check_numbers(networks: Mapping[str, Shapes]) -> None:
    for network, shapes in networks.items():
        for key, shape in shapes.items():
            if not all(0 < side <= _WIDEST for side in shape):
                raise ValueError(f"'{network}/{key}' has the impossible shape {shape}")


def _check_equal(networks: Mapping[str, Shapes], expected: Mapping[str, Shapes]) -> None:
    for network, keys in expected.items():
        shapes = networks[network]
        for key, shape in keys.items():
            if key not in shapes:
                raise ValueError(f"'{network}/{key}' is missing")
            if shapes[key] != shape:
                raise ValueError(f"'{network}/{key}' has the shape {shapes[key]}, not {shape}")
        for key in shapes:
            if key not in keys:
                raise ValueError(f"'{network}/{key}' is unknown")
