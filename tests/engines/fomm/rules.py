"""Weights and pictures that stand in for trained ones and for faces: both follow rules, so nobody has to store them.

The vectors beside this file were recorded with them from the published definition of the networks. A weight is a
function of its key, its shape and the network's rule in vectors/config.json; a picture is one of a few numbers.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.fomm.config import (
    DenseMotionConfig,
    FommConfig,
    GeneratorConfig,
    HourglassConfig,
    KeypointConfig,
)
from engines.fomm.shapes import expected_shapes
from engines.weights.model import save_model

VECTORS = Path(__file__).with_name("vectors")

State = dict[str, NDArray[Any]]


def make_tensor(key: str, shape: tuple[int, ...], rule: Mapping[str, Any]) -> NDArray[np.float32]:
    """The weight of that key: drawn in float64 by a generator of its own, cast last."""
    rng = np.random.Generator(np.random.PCG64(zlib.crc32(f"{key}#2".encode())))
    if len(shape) >= 2:
        values = rng.standard_normal(shape) * _spread(key, shape, rule)
    elif key.endswith("running_var"):
        values = rng.uniform(0.5, 1.5, shape)
    elif key.endswith("running_mean"):
        values = rng.standard_normal(shape) * 0.1
    elif key.endswith("weight"):
        values = rng.uniform(0.8, 1.2, shape)
    else:
        values = rng.standard_normal(shape) * 0.05
    return values.astype(np.float32)


def _spread(key: str, shape: tuple[int, ...], rule: Mapping[str, Any]) -> float:
    spread = float(np.sqrt(rule.get("gain", 1.0) / np.prod(shape[1:])))
    for override in rule.get("overrides", ()):
        if re.search(override["re"], key):
            return float(override["std"]) if "std" in override else spread * override["mult"]
    return spread


def spectral(
    key_orig: str, shape: tuple[int, ...], rule: Mapping[str, Any]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The pair (u, v) a spectrally normalised weight is kept with."""
    u = np.full(shape[0], 1 / np.sqrt(shape[0]))
    v = make_tensor(key_orig, shape, rule).astype(np.float64).reshape(shape[0], -1).T @ u
    return u.astype(np.float32), (v / np.linalg.norm(v)).astype(np.float32)


def picture(seed: int, height: int, width: int, channels: int = 3, move: float = 0.0) -> NDArray[np.uint8]:
    """A drawn head: `move` turns it, opens its mouth and narrows its eyes. (height, width, channels)."""
    g = np.random.Generator(np.random.PCG64(seed))
    y, x = np.mgrid[0:height, 0:width]
    x, y = (2 * x + 1) / width - 1, (2 * y + 1) / height - 1
    freq, phase, amp = g.uniform(-4, 4, (6, 2)), g.uniform(0, 6, 6), g.uniform(-25, 25, (6, 3))
    waves = (np.cos(f[0] * x + f[1] * y + p)[..., None] * a for f, p, a in zip(freq, phase, amp, strict=True))
    image = 125 + sum(waves)
    pos, colour = g.uniform(-0.06, 0.06, 8), g.uniform(-30, 30, (5, 3))
    step = np.sign(g.uniform(-1, 1, 3)) * g.uniform(0.05, 0.1, 3)
    (dx, dy, tilt), light = step * move + pos[:3], g.uniform(0.6, 1.1)
    u = np.cos(tilt) * (x - dx) + np.sin(tilt) * (y - dy)
    v = np.cos(tilt) * (y - dy) - np.sin(tilt) * (x - dx)
    eye_x, eye_y = 0.19 + pos[4], -0.1 + pos[5]
    blobs = [  # across, down, centre, radii, colour, part of the figure
        (x, y, dx / 3, 1.15, 0.8, 0.55, colour[0] + (70, 80, 150), True),  # shoulders
        (u, v, 0, -0.12, 0.56, 0.72, colour[1] + (70, 50, 40), True),  # hair
        (u, v, 0, pos[3], 0.44, 0.62, colour[2] + (205, 165, 140), True),  # face
    ]
    for side in (-1, 1):
        iris = side * eye_x + 0.03 * move
        blobs += [
            (u, v, side * eye_x, eye_y, 0.1, 0.06 - 0.015 * move, np.array([235, 235, 230]), False),
            (u, v, iris, eye_y, 0.045, 0.05 - 0.012 * move, colour[3] + (50, 50, 60), False),
        ]
    mouth = (0.17 + pos[7], 0.04 + 0.04 * move)
    blobs.append((u, v, 0, 0.36 + pos[6], *mouth, colour[4] + (150, 60, 60), False))
    alpha = np.zeros((height, width))
    for across, down, cx, cy, rx, ry, paint, solid in blobs:
        cover = np.clip((1 - np.sqrt(((across - cx) / rx) ** 2 + ((down - cy) / ry) ** 2)) / 0.06, 0, 1)
        image = image * (1 - cover[..., None]) + cover[..., None] * paint
        alpha = np.maximum(alpha, cover) if solid else alpha
    image = np.clip(np.rint(image * (light - 0.15 * move) + g.integers(-6, 7, image.shape)), 0, 255)
    return np.dstack([image, np.rint(255 * alpha)])[..., :channels].astype(np.uint8)


def source_picture() -> NDArray[np.uint8]:
    """The avatar of the vectors, (256, 256, 3)."""
    return picture(13, 256, 256)


def driving_picture(index: int) -> NDArray[np.uint8]:
    """The driver's frame 0, 1 or 2 of the vectors, (256, 256, 3). Frame 0 is the neutral."""
    return picture(18, 256, 256, move=index)


@cache
def vectors_config() -> dict[str, Any]:
    """What vectors/config.json says."""
    return dict(json.loads((VECTORS / "config.json").read_text("utf-8")))


@cache
def published_keys() -> dict[str, dict[str, tuple[int, ...]]]:
    """Network -> key -> shape, in the checkpoint's order, of vox-adv-256 and of vox-256's discriminator."""
    keys = json.loads((VECTORS / "keys.json").read_text("utf-8"))
    return {network: {key: tuple(shape) for key, shape, _ in rows} for network, rows in keys.items()}


@cache
def vectors() -> dict[str, NDArray[Any]]:
    """The recorded arrays by name."""
    with np.load(VECTORS / "io.npz") as stored:
        return dict(stored)


@cache
def rule_state(network: str) -> State:
    """All weights of a network of vox-adv-256 by the rule: "generator", "kp_detector" or "discriminator".

    The arrays are shared by all tests: do not write to them.
    """
    return state_by_rule(network, published_keys()[network])


def state_by_rule(network: str, shapes: Mapping[str, tuple[int, ...]]) -> State:
    """Weights by the network's rule for any keys and shapes: the same networks with fewer channels, say.

    Values that follow no rule (filters, the start value of a bias) are taken from vectors/fixed.npz, repeated as
    often as the shape needs.
    """
    rule = vectors_config()["weight_rule"][network]
    state: State = {}
    for key, shape in shapes.items():
        if key.endswith("num_batches_tracked"):
            state[key] = np.zeros(shape, np.int64)
        elif any(re.search(pattern, key) for pattern in rule["fixed"]):
            state[key] = _fixed(f"{network}/{key}", shape)
        elif key.endswith(("weight_u", "weight_v")):
            weight = f"{key[:-2]}_orig"
            state[key] = spectral(weight, shapes[weight], rule)[key.endswith("_v")]
        else:
            state[key] = make_tensor(key, shape, rule)
    return state


def _fixed(name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    with np.load(VECTORS / "fixed.npz") as stored:
        return np.resize(stored[name], shape).astype(np.float32)


def checksum(state: Mapping[str, NDArray[Any]]) -> str:
    """The sha256 the fixtures give for a network's float tensors."""
    digest = hashlib.sha256()
    for key in sorted(state):
        if state[key].ndim and np.issubdtype(state[key].dtype, np.floating):
            digest.update(key.encode())
            digest.update(np.ascontiguousarray(state[key]).astype("<f4").tobytes())
    return digest.hexdigest()


def small_config() -> FommConfig:
    """A whole model that runs in milliseconds: pictures as large as ever, but few channels and levels."""
    return FommConfig(
        "fomm-custom",
        keypoints=KeypointConfig(HourglassConfig(4, 16, 3)),
        dense_motion=DenseMotionConfig(HourglassConfig(4, 16, 3)),
        generator=GeneratorConfig(block_expansion=4, num_bottleneck_blocks=2),
    )


@cache
def small_state(network: str) -> State:
    """All weights of a network of small_config() by the rule. Shared: do not write to them."""
    return state_by_rule(network, expected_shapes(small_config(), (network,))[network])


def small_model(parent: Path) -> Path:
    """Store the small model below a folder, as if the user had added it; returns its own folder."""
    return save_model(
        parent,
        {network: small_state(network) for network in ("generator", "kp_detector")},
        name="small",
        family="fomm",
        configuration=small_config().name,
        licence="free to use: made by a rule",
    ).folder


def full_model(parent: Path) -> Path:
    """Store vox-adv-256 with rule-made weights below a folder, 240 MB; returns its own folder."""
    return save_model(
        parent,
        {network: rule_state(network) for network in ("generator", "kp_detector")},
        name="vox-adv",
        family="fomm",
        configuration="vox-adv-256",
        licence="free to use: made by a rule",
    ).folder
