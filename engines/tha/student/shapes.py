"""The numbers of Talking Head Anime 4's student networks, and what the shapes of their weights tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

SIDE = 512  # of a character's picture, pixels
FACE_SIDE = 128  # of what the face morpher paints
FACE_ROWS, FACE_COLUMNS = slice(80, 208), slice(192, 320)  # where in the picture that belongs
FACE_POSE, BODY_POSE = 39, 45  # pose parameters each network sees; the face's are the first of the body's
BODY_SIDES = (128, 256, 512)  # of the body morpher's levels
OMEGA = 30.0  # what a sine layer multiplies by before the sine

# What the published students have.
FACE_WIDTH, FACE_LAYERS = 128, 8
BODY_WIDTHS = (360, 180, 90)

NETWORKS = ("face_morpher", "body_morpher")


@dataclass(frozen=True)
class FaceSize:
    """A face morpher's width and its number of sine layers."""

    width: int
    layers: int

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> FaceSize:
        """Read them off a state dict; one of other keys or shapes fails when it is loaded strictly."""
        layers = next(n for n in count() if f"siren.sine_layers.{n}.linear.weight" not in state)
        return cls(state["siren.last_linear.weight"].shape[1], layers)


@dataclass(frozen=True)
class BodySize:
    """A body morpher's widths, coarse level first, and the number of sine layers of a level."""

    widths: tuple[int, ...]
    layers: int

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> BodySize:
        """Read them off a state dict; one of other keys or shapes fails when it is loaded strictly."""
        layers = next(n for n in count() if f"siren_layers.0.{n}.linear.weight" not in state)
        levels = range(len(BODY_SIDES))
        return cls(tuple(state[f"siren_layers.{n}.0.linear.weight"].shape[0] for n in levels), layers)
