"""Small students that nobody trained, and where the recorded ones lie."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.tha.student.shapes import BODY_POSE, FACE_POSE, OMEGA, SIDE

State = dict[str, NDArray[Any]]


def face_state(width: int = 8, layers: int = 3, seed: int = 1) -> State:
    """Weights of a face morpher, drawn as the SIREN paper draws them."""
    rng = np.random.default_rng(seed)
    widths = [2 + FACE_POSE, *[width] * layers]
    state = {}
    for index, (a, b) in enumerate(pairwise(widths)):
        state |= _layer(rng, f"siren.sine_layers.{index}.linear", a, b, 1 if index else OMEGA / 4)
    return state | _layer(rng, "siren.last_linear", width, 4, OMEGA / 2)


def body_state(widths: tuple[int, ...] = (8, 6, 5), layers: int = 3, seed: int = 2) -> State:
    """Weights of a body morpher whose flow is a few pixels and whose alpha is mostly near 0."""
    rng = np.random.default_rng(seed)
    state, given = {}, 0
    for level, (width, following) in enumerate(pairwise([*widths, widths[-1]])):
        channels = [2 + BODY_POSE + given, *[width] * (layers - 1), following]
        for index, (a, b) in enumerate(pairwise(channels)):
            state |= _layer(rng, f"siren_layers.{level}.{index}.linear", a, b, 1 if index else 4)
        given = following
    last = _layer(rng, "last_linear", widths[-1], 7, OMEGA / 2)
    last["last_linear.weight"][:2] *= 0.05
    return state | last


def _layer(rng: np.random.Generator, key: str, given: int, wanted: int, gain: float) -> State:
    reach = gain * np.sqrt(6 / given) / OMEGA
    return {
        f"{key}.weight": rng.uniform(-reach, reach, (wanted, given, 1, 1)).astype(np.float32),
        f"{key}.bias": rng.uniform(-reach, reach, wanted).astype(np.float32),
    }


def character_picture() -> NDArray[np.uint8]:
    """A figure in the middle third of a transparent picture: (512, 512, 4) RGBA, straight alpha."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    inside = 0.22 - np.hypot((x - 0.5) * 1.2, np.maximum(np.abs(y - 0.55) - 0.25, 0))
    alpha = np.clip(inside * 100, 0, 1)
    colour = [0.5 + 0.4 * np.sin(9 * x + k) * np.cos(7 * y - k) for k in range(3)]
    return np.rint(np.dstack([*colour, alpha]) * 255).astype(np.uint8)


def some_poses(count: int, seed: int = 3) -> NDArray[np.float32]:
    """Poses within their ranges."""
    rng = np.random.default_rng(seed)
    poses = rng.uniform(0, 1, (count, BODY_POSE)).astype(np.float32)
    poses[:, 37:44] = poses[:, 37:44] * 2 - 1
    return poses


def recorded(shared: Path) -> Path:
    """The folder of the recorded outputs of a published character."""
    return shared / "data" / "tha4" / "vectors_lambda_00"


def published(shared: Path, name: str = "lambda_00") -> tuple[State, State, NDArray[np.uint8]]:
    """A published character: face state, body state, picture."""
    from PIL import Image

    from engines.weights.checkpoint import read_checkpoint

    folder = shared / "data" / "tha4" / name
    states = [read_checkpoint(folder / f"{network}.pt")[""] for network in ("face_morpher", "body_morpher")]
    with Image.open(folder / "character.png") as picture:
        return states[0], states[1], np.asarray(picture.convert("RGBA"))
